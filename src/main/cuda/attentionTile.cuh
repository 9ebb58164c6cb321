// Products of tiles in shared memory, as attention needs them, in one shape for both precisions.
//
// A warp computes 16 rows × 8·N columns of a product. Its lanes hold them as the tensor cores hand them out
// (device.cuh): with group = lane / 4 and quad = lane % 4,
//
//   acc[n][0], acc[n][1]: row group,     columns 8·n + 2·quad and the next
//   acc[n][2], acc[n][3]: row group + 8, the same columns
//
// so that what follows a product (softmax, bias, mask) is written once. bf16 products run on the tensor
// cores. float32 products are fused multiply-adds in the order of the inner dimension: each lane computes its
// own elements from rows that it reads four floats at a time. No tf32: float32 means float32 here.
//
// Rows of a tile are 16 bytes longer than what they hold. An ldmatrix reads 16 bytes of eight neighbouring
// rows; with the padding these lie in different banks.
//
// `used` and `inner` say how many columns or inner places count: steps of 16 beyond them are left out. They
// are the same for all lanes.
#pragma once
#include "device.cuh"

constexpr int LANES_OF_A_WARP = 32;

// Rows of a product that one warp computes.
constexpr int WARP_ROWS = 16;

// Elements from one row of a tile to the next.
template <class T, int COLUMNS>
constexpr int PADDED_ROW = COLUMNS + 16 / (int)sizeof(T);

DEVICE int laneOfWarp() {
  return threadIdx.x % LANES_OF_A_WARP;
}

// The first of a lane's two rows; the other is 8 further.
DEVICE int groupOfLane() {
  return laneOfWarp() / 4;
}

// The first of a lane's two columns in a tile of eight.
DEVICE int columnOfLane() {
  return laneOfWarp() % 4 * 2;
}

// A row is spread over the four lanes of a group: sum and maximum of a row from the lanes' shares.
DEVICE float sumOverRow(float value) {
  value += __shfl_xor_sync(FULL_WARP, value, 1);
  return value + __shfl_xor_sync(FULL_WARP, value, 2);
}

DEVICE float maxOverRow(float value) {
  value = fmaxf(value, __shfl_xor_sync(FULL_WARP, value, 1));
  return fmaxf(value, __shfl_xor_sync(FULL_WARP, value, 2));
}

template <int N>
DEVICE void clear(float (&acc)[N][4]) {
#pragma unroll
  for (int n = 0; n < N; n++) {
    acc[n][0] = acc[n][1] = acc[n][2] = acc[n][3] = 0.0f;
  }
}

DEVICE void storePair(float* to, float first, float second) {
  *reinterpret_cast<float2*>(to) = make_float2(first, second);
}

DEVICE void storePair(bf16* to, float first, float second) {
  *reinterpret_cast<uint32_t*>(to) = packBf16(first, second);
}

// Writes a warp's rows to shared memory; `rows` is the first of the 16.
template <class T, int N>
DEVICE void storeRows(T* rows, int stride, const float (&acc)[N][4]) {
  T* first = rows + groupOfLane() * stride + columnOfLane();
  T* second = first + 8 * stride;
#pragma unroll
  for (int n = 0; n < N; n++) {
    storePair(first + 8 * n, acc[n][0], acc[n][1]);
    storePair(second + 8 * n, acc[n][2], acc[n][3]);
  }
}

// Calls at(n, e, row, column) for each of a lane's elements of a 16 × 8·N product; `row` is 0 or 1.
template <int N, class Function>
DEVICE void forEachElement(Function at) {
#pragma unroll
  for (int n = 0; n < N; n++) {
#pragma unroll
    for (int e = 0; e < 4; e++) {
      at(n, e, e / 2, 8 * n + columnOfLane() + e % 2);
    }
  }
}

// Whether a head's rows can be moved 16 bytes at a time. All spans of a kernel must allow it.
template <class T>
DEVICE bool startsOnSixteen(const T* x, int headDim) {
  return headDim % (16 / (int)sizeof(T)) == 0 && reinterpret_cast<uintptr_t>(x) % 16 == 0;
}

// e^x: to the last bit in float32 kernels, in one instruction in bf16 kernels, whose logits are inexact
// anyway.
template <class T>
DEVICE float exponential(float x) {
  return sizeof(T) == 2 ? exp2Approximate(x * 1.44269504088896341f) : expf(x);
}

// ---- bf16: tensor cores -----------------------------------------------------------------------------------

// acc += A·Bᵀ, A [16][K] and B [8·N][K] by rows: q·kᵀ.
template <int K, int N>
DEVICE void multiplyByRows(
    float (&acc)[N][4], const bf16* a, int aStride, const bf16* b, int bStride, int used) {
  const int lane = laneOfWarp();
  const bf16* aRow = a + lane % 16 * aStride + lane / 16 * 8;
  const bf16* bRow = b + (lane / 16 * 8 + lane % 8) * bStride + lane / 8 % 2 * 8;
  uint32_t aFragment[K / 16][4];
#pragma unroll
  for (int k = 0; k < K; k += 16) {
    loadMatrix4(aFragment[k / 16], aRow + k);
  }
#pragma unroll
  for (int n = 0; n < N; n += 2) {
    if (8 * n < used) {
#pragma unroll
      for (int k = 0; k < K; k += 16) {
        uint32_t bFragment[4];
        loadMatrix4(bFragment, bRow + 8 * n * bStride + k);
        mmaBf16(acc[n], aFragment[k / 16], bFragment[0], bFragment[1]);
        mmaBf16(acc[n + 1], aFragment[k / 16], bFragment[2], bFragment[3]);
      }
    }
  }
}

// One step of 16 inner places: acc += A·B, B [16][8·N] in memory.
template <int N>
DEVICE void multiplyStep(float (&acc)[N][4], const uint32_t (&aFragment)[4], const bf16* b, int bStride) {
  const int lane = laneOfWarp();
  const bf16* bRow = b + lane % 16 * bStride + lane / 16 * 8;
#pragma unroll
  for (int n = 0; n < N; n += 2) {
    uint32_t bFragment[4];
    loadMatrix4Transposed(bFragment, bRow + 8 * n);
    mmaBf16(acc[n], aFragment, bFragment[0], bFragment[1]);
    mmaBf16(acc[n + 1], aFragment, bFragment[2], bFragment[3]);
  }
}

// acc += A·B, A [16][K] and B [K][8·N].
template <int K, int N>
DEVICE void multiply(float (&acc)[N][4], const bf16* a, int aStride, const bf16* b, int bStride, int inner) {
  const int lane = laneOfWarp();
  const bf16* aRow = a + lane % 16 * aStride + lane / 16 * 8;
#pragma unroll
  for (int k = 0; k < K; k += 16) {
    if (k < inner) {
      uint32_t aFragment[4];
      loadMatrix4(aFragment, aRow + k);
      multiplyStep(acc, aFragment, b + k * bStride, bStride);
    }
  }
}

// acc += Aᵀ·B, A [K][16] and B [K][8·N].
template <int K, int N>
DEVICE void multiplyTransposed(
    float (&acc)[N][4], const bf16* a, int aStride, const bf16* b, int bStride, int inner) {
  const int lane = laneOfWarp();
  const bf16* aRow = a + (lane / 16 * 8 + lane % 8) * aStride + lane / 8 % 2 * 8;
#pragma unroll
  for (int k = 0; k < K; k += 16) {
    if (k < inner) {
      uint32_t aFragment[4];
      loadMatrix4Transposed(aFragment, aRow + k * aStride);
      multiplyStep(acc, aFragment, b + k * bStride, bStride);
    }
  }
}

// acc += P·B, P [16][8·M] in registers as another product left it: two neighbouring tiles of P, rounded to
// bf16, are an A fragment. The float32 version needs room for P.
template <int M, int N>
DEVICE void multiplyFromRegisters(
    float (&acc)[N][4], const float (&p)[M][4], bf16*, int, const bf16* b, int bStride, int inner) {
#pragma unroll
  for (int m = 0; m < M; m += 2) {
    if (8 * m < inner) {
      const uint32_t aFragment[4] = {
          packBf16(p[m][0], p[m][1]), packBf16(p[m][2], p[m][3]), packBf16(p[m + 1][0], p[m + 1][1]),
          packBf16(p[m + 1][2], p[m + 1][3])};
      multiplyStep(acc, aFragment, b + 8 * m * bStride, bStride);
    }
  }
}

// ---- float32: fused multiply-adds -------------------------------------------------------------------------

DEVICE float dotFour(const float4& a, const float4& b, float sum) {
  return fmaf(a.w, b.w, fmaf(a.z, b.z, fmaf(a.y, b.y, fmaf(a.x, b.x, sum))));
}

struct AsIs {
  DEVICE float4 operator()(const float4& x) const { return x; }
};

// acc += A·Bᵀ, where ofA(x) stands in for four neighbours x of A, and so does ofB.
template <int K, int N, class OfA, class OfB = AsIs>
DEVICE void multiplyByRowsOf(
    float (&acc)[N][4], const float* a, int aStride, const float* b, int bStride, int used, OfA ofA, OfB ofB = OfB()) {
  const float* aRow = a + groupOfLane() * aStride;
  const float* bRow = b + columnOfLane() * bStride;
#pragma unroll 1
  for (int k = 0; k < K; k += 4) {
    const float4 first = ofA(*reinterpret_cast<const float4*>(aRow + k));
    const float4 second = ofA(*reinterpret_cast<const float4*>(aRow + 8 * aStride + k));
#pragma unroll
    for (int n = 0; n < N; n++) {
      if (n / 2 * 16 < used) {
        const float4 left = ofB(*reinterpret_cast<const float4*>(bRow + 8 * n * bStride + k));
        const float4 right = ofB(*reinterpret_cast<const float4*>(bRow + (8 * n + 1) * bStride + k));
        acc[n][0] = dotFour(first, left, acc[n][0]);
        acc[n][1] = dotFour(first, right, acc[n][1]);
        acc[n][2] = dotFour(second, left, acc[n][2]);
        acc[n][3] = dotFour(second, right, acc[n][3]);
      }
    }
  }
}

template <int K, int N>
DEVICE void multiplyByRows(
    float (&acc)[N][4], const float* a, int aStride, const float* b, int bStride, int used) {
  multiplyByRowsOf<K>(acc, a, aStride, b, bStride, used, AsIs());
}

// One inner place: acc += the column (first, second) times a row of B.
template <int N>
DEVICE void multiplyStep(float (&acc)[N][4], float first, float second, const float* bRow) {
#pragma unroll
  for (int n = 0; n < N; n++) {
    const float2 pair = *reinterpret_cast<const float2*>(bRow + 8 * n);
    acc[n][0] = fmaf(first, pair.x, acc[n][0]);
    acc[n][1] = fmaf(first, pair.y, acc[n][1]);
    acc[n][2] = fmaf(second, pair.x, acc[n][2]);
    acc[n][3] = fmaf(second, pair.y, acc[n][3]);
  }
}

template <int K, int N>
DEVICE void multiply(
    float (&acc)[N][4], const float* a, int aStride, const float* b, int bStride, int inner) {
  const float* aRow = a + groupOfLane() * aStride;
  const float* bRow = b + columnOfLane();
  const int end = min(K, (inner + 3) / 4 * 4);
#pragma unroll 1
  for (int k = 0; k < end; k += 4) {
    const float4 first = *reinterpret_cast<const float4*>(aRow + k);
    const float4 second = *reinterpret_cast<const float4*>(aRow + 8 * aStride + k);
    multiplyStep(acc, first.x, second.x, bRow + k * bStride);
    multiplyStep(acc, first.y, second.y, bRow + (k + 1) * bStride);
    multiplyStep(acc, first.z, second.z, bRow + (k + 2) * bStride);
    multiplyStep(acc, first.w, second.w, bRow + (k + 3) * bStride);
  }
}

template <int K, int N>
DEVICE void multiplyTransposed(
    float (&acc)[N][4], const float* a, int aStride, const float* b, int bStride, int inner) {
  const float* aColumn = a + groupOfLane();
  const float* bRow = b + columnOfLane();
  const int end = min(K, inner);
#pragma unroll 4
  for (int k = 0; k < end; k++) {
    multiplyStep(acc, aColumn[k * aStride], aColumn[k * aStride + 8], bRow + k * bStride);
  }
}

// P goes through `room`, the warp's own 16 rows in shared memory.
template <int M, int N>
DEVICE void multiplyFromRegisters(
    float (&acc)[N][4], const float (&p)[M][4], float* room, int roomStride, const float* b, int bStride,
    int inner) {
  storeRows(room, roomStride, p);
  __syncwarp();
  multiply<8 * M>(acc, room, roomStride, b, bStride, inner);
}
