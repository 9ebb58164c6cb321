// What attention in float32 is made of where it adds in the processor's order and gives its bits (docs/NUMERICS.md):
//   logits         start from their bias; then the products of the channels in ascending order, queries scaled beforehand
//   sums of a row  over its keys in ascending order, and so are the products with their values
//   maxima         of all keys that the processor looks at together, before the first of them is exponentiated: where that is
//                  more than a tile, keys stream past twice
// A row's probabilities go through shared memory on their way to the product with the values, where each lane of the row's
// four meets all of them: it adds them up there, and no shuffle puts sums together.
#pragma once
#include "attentionTile.cuh"
#include "elementary.cuh"

// The two rows of a lane (attentionTile.cuh).
struct SoftmaxRows {
  float maximum[2];
  float sum[2];

  DEVICE SoftmaxRows() : maximum{-INFINITY, -INFINITY}, sum{0.0f, 0.0f} {}
};

DEVICE float4 scaled(const float4& x, float factor) {
  return make_float4(times(x.x, factor), times(x.y, factor), times(x.z, factor), times(x.w, factor));
}

// acc += (factor·A)·Bᵀ, A [16][K] and B [8·N][K] by rows.
template <int K, int N>
DEVICE void multiplyScaledByRows(
    float (&acc)[N][4], float factor, const float* a, int aStride, const float* b, int bStride, int used) {
  multiplyByRowsOf<K>(acc, a, aStride, b, bStride, used, [=](const float4& x) { return scaled(x, factor); });
}

// The largest logit so far.
template <int N>
DEVICE void addToMaximum(const float (&s)[N][4], SoftmaxRows& rows) {
#pragma unroll
  for (int r = 0; r < 2; r++) {
    float largest = rows.maximum[r];
#pragma unroll
    for (int n = 0; n < N; n++) {
      largest = fmaxf(largest, fmaxf(s[n][2 * r], s[n][2 * r + 1]));
    }
    rows.maximum[r] = maxOverRow(largest);
  }
}

DEVICE void addRow(float& sum, const float4& p) {
  sum = plus(plus(plus(plus(sum, p.x), p.y), p.z), p.w);
}

// Logits to exponentials, which are added to the rows' sums; result += exponentials·V. `room` is the warp's own.
template <int M, int N>
DEVICE void addExponentials(
    float (&result)[N][4], float (&s)[M][4], SoftmaxRows& rows, float* room, int roomStride, const float* v, int vStride,
    int keys) {
  forEachElement<M>([&](int n, int e, int r, int) { s[n][e] = exponentialOfNegative(plus(s[n][e], -rows.maximum[r])); });
  __syncwarp();  // all lanes have read what lay in the room
  storeRows(room, roomStride, s);
  __syncwarp();
  const float* pRow = room + groupOfLane() * roomStride;
  const float* vRow = v + columnOfLane();
  const int end = (keys + 3) / 4 * 4;  // exponentials beyond the last key are 0
#pragma unroll 1
  for (int k = 0; k < end; k += 4) {
    const float4 first = *reinterpret_cast<const float4*>(pRow + k);
    const float4 second = *reinterpret_cast<const float4*>(pRow + 8 * roomStride + k);
    addRow(rows.sum[0], first);
    addRow(rows.sum[1], second);
    multiplyStep(result, first.x, second.x, vRow + k * vStride);
    multiplyStep(result, first.y, second.y, vRow + (k + 1) * vStride);
    multiplyStep(result, first.z, second.z, vRow + (k + 2) * vStride);
    multiplyStep(result, first.w, second.w, vRow + (k + 3) * vStride);
  }
}

// Multiplies each of a lane's two rows by a factor of its own.
template <int N>
DEVICE void multiplyRows(float (&result)[N][4], float first, float second) {
  forEachElement<N>([&](int n, int e, int r, int) { result[n][e] = times(result[n][e], r == 0 ? first : second); });
}

// Keeps maximum and sum of a row that exists; `statistics` is the place of the warp's first row.
DEVICE void keepRows(float* statistics, const SoftmaxRows& rows, int rowsThere) {
  if (columnOfLane() == 0) {
#pragma unroll
    for (int r = 0; r < 2; r++) {
      const int row = groupOfLane() + 8 * r;
      if (row < rowsThere) {
        statistics[2 * row] = rows.maximum[r];
        statistics[2 * row + 1] = rows.sum[r];
      }
    }
  }
}
