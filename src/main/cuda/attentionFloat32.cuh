// What attention in float32 is made of: it adds in the processor's order and gives its bits (docs/NUMERICS.md).
//   logits         start from their bias; then the products of the channels in ascending order, queries scaled beforehand
//   sums of a row  over its keys in ascending order, and so are the products with their values
//   maxima         of all keys that the processor looks at together, before the first of them is exponentiated: where that is
//                  more than a tile, keys stream past twice
//   gradients      of a row of queries over keys in ascending order, of keys over queries; factors come last
// What is summed over a row goes through shared memory, where each lane of the row's four meets all of it and adds it up: a
// row's probabilities are there for the product with the values anyway. No shuffle puts sums together.
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

// The same with the factor on B's side: (factor·B) are queries where rows are keys.
template <int K, int N>
DEVICE void multiplyByScaledRows(
    float (&acc)[N][4], const float* a, int aStride, float factor, const float* b, int bStride, int used) {
  multiplyByRowsOf<K>(acc, a, aStride, b, bStride, used, AsIs(), [=](const float4& x) { return scaled(x, factor); });
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

// ---- backward ---------------------------------------------------------------------------------------------

// d += Σ p·dP of a lane's two rows, over a tile of keys. Leaves p and dP in the warp's rows of two tiles of their own.
template <int N>
DEVICE void addCorrelationInOrder(
    float (&d)[2], const float (&p)[N][4], const float (&dP)[N][4], float* pRows, float* dPRows, int stride, int keys) {
  __syncwarp();  // all lanes have read what lay there
  storeRows(pRows, stride, p);
  storeRows(dPRows, stride, dP);
  __syncwarp();
  const float* pRow = pRows + groupOfLane() * stride;
  const float* dPRow = dPRows + groupOfLane() * stride;
  const int end = (keys + 3) / 4 * 4;  // both are 0 beyond the last key
#pragma unroll 1
  for (int k = 0; k < end; k += 4) {
    d[0] = dotFour(*reinterpret_cast<const float4*>(pRow + k), *reinterpret_cast<const float4*>(dPRow + k), d[0]);
    d[1] = dotFour(
        *reinterpret_cast<const float4*>(pRow + 8 * stride + k), *reinterpret_cast<const float4*>(dPRow + 8 * stride + k),
        d[1]);
  }
  __syncwarp();
}

// Turns the gradients of a warp's normalised rows x, still without the factor, into those of the rows before: with
// g = factor·gradient, (g − x·(x·g)) / norm; a row that was divided by `smallest` has g / smallest.
//
// x, room    the warp's first row of a tile, and of one that may be written over
// norms      of the warp's rows
// dots       receives x·gradient of the rows that exist; null: not wanted
template <int HEAD>
DEVICE void undoNormalization(
    float (&gradient)[HEAD / 8][4], float factor, const float* x, float* room, const float* norms, float smallest,
    float* dots, int rowsThere) {
  constexpr int ROW = PADDED_ROW<float, HEAD>;
  __syncwarp();  // all lanes have read what lay there
  storeRows(room, ROW, gradient);
  __syncwarp();
  const int row = laneOfWarp() % WARP_ROWS;
  float dot = 0.0f;
  float along = 0.0f;
#pragma unroll 2
  for (int channel = 0; channel < HEAD; channel += 4) {
    const float4 own = *reinterpret_cast<const float4*>(x + row * ROW + channel);
    const float4 g = *reinterpret_cast<const float4*>(room + row * ROW + channel);
    dot = dotFour(own, g, dot);
    along = dotFour(own, scaled(g, factor), along);
  }
  if (dots != nullptr && laneOfWarp() < min(WARP_ROWS, rowsThere)) {
    dots[row] = dot;
  }
  const float alongs[2] = {
      __shfl_sync(FULL_WARP, along, groupOfLane()), __shfl_sync(FULL_WARP, along, groupOfLane() + 8)};
  forEachElement<HEAD / 8>([&](int n, int e, int r, int column) {
    const int place = groupOfLane() + 8 * r;
    const float norm = norms[place];
    const float g = times(gradient[n][e], factor);
    const float across = plus(g, -times(x[place * ROW + column], alongs[r]));
    gradient[n][e] = norm < smallest ? g / smallest : across / norm;
  });
}
