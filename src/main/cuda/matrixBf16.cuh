// C = A·B with operands in bf16 and sums in float32, on the tensor cores (mma.sync m16n8k16; see device.cuh for who holds
// what). Each element's terms are added in ascending order of k, sixteen at a time.
//
// A block computes SIZE × SIZE of C, a warp 64 × 32 (SIZE 128: 8 warps) or 32 × 32 (SIZE 64: 4 warps) of it. Strips of 32 k's
// of A and B go to shared memory by asynchronous copies, STAGES strips in a ring: while the tensor cores work on one, the
// next two are on their way. A strip of A and one of B are 16 KiB together at SIZE 128, 48 KiB in the ring.
//
// Layout in shared memory: k fast (A as [m][k], B as [n][k]): rows of 64 bytes; else ([k][m], [k][n]) rows of 2·SIZE bytes,
// which ldmatrix transposes while it loads. Within a row the 16-byte chunks are permuted by the row's number, so that the
// eight rows that one ldmatrix phase reads lie in eight different groups of banks.
#pragma once
#include "epilogue.cuh"

constexpr int STRIP_K = 32;
constexpr int STAGES = 3;

template <bool K_IS_FAST, int SIZE, int THREADS, bool WHOLE_CHUNKS>
struct Bf16Strip {
  static constexpr int ELEMENTS = SIZE * STRIP_K;
  static constexpr int ROWS = K_IS_FAST ? SIZE : STRIP_K;
  static constexpr int CHUNKS = (K_IS_FAST ? STRIP_K : SIZE) / 8;  // of a row

  // Index of a chunk's first element.
  DEVICE static int at(int row, int chunk) {
    const int permuted = K_IS_FAST ? chunk ^ (row >> 1 & 3) : chunk ^ (row & 7);
    return (row * CHUNKS + permuted) * 8;
  }

  // Starts to bring the strip of k's from `begin` on to shared memory; what lies outside is zero. WHOLE_CHUNKS: addresses
  // and lengths are multiples of eight elements; else elements go one by one.
  DEVICE static void load(bf16* shared, const bf16* x, long long stride, int first, int size, int begin, int end) {
#pragma unroll
    for (int i = threadIdx.x; i < ROWS * CHUNKS; i += THREADS) {
      const int row = i / CHUNKS;
      const int chunk = i % CHUNKS;
      const int own = first + (K_IS_FAST ? row : 8 * chunk);
      const int k = begin + (K_IS_FAST ? 8 * chunk : row);
      const bf16* from = x + (K_IS_FAST ? own * stride + k : k * stride + own);
      bf16* to = shared + at(row, chunk);
      const bool inside = own < size && k < end;
      if (WHOLE_CHUNKS) {
        copyAsync16(to, inside ? from : x, inside);
      } else {
        const int left = !inside ? 0 : K_IS_FAST ? end - k : size - own;
#pragma unroll
        for (int e = 0; e < 8; e++) {
          to[e] = e < left ? from[e] : fromFloat<bf16>(0.0f);
        }
      }
    }
  }

  // The A fragment of 16 rows from `own` on and 16 k's from `k` on.
  DEVICE static void fragmentOfA(uint32_t (&r)[4], const bf16* shared, int own, int k) {
    const int lane = threadIdx.x % 32;
    const int half = lane >> 3 & 1;  // second eight rows of A
    const int deep = lane >> 4;      // second eight k's
    if (K_IS_FAST) {
      loadMatrix4(r, shared + at(own + 8 * half + lane % 8, k / 8 + deep));
    } else {
      loadMatrix4Transposed(r, shared + at(k + 8 * deep + lane % 8, own / 8 + half));
    }
  }

  // The B fragments of 16 columns from `own` on and 16 k's: r[0], r[1] of the first eight columns, r[2], r[3] of the others.
  DEVICE static void fragmentsOfB(uint32_t (&r)[4], const bf16* shared, int own, int k) {
    const int lane = threadIdx.x % 32;
    const int deep = lane >> 3 & 1;
    const int half = lane >> 4;
    if (K_IS_FAST) {
      loadMatrix4(r, shared + at(own + 8 * half + lane % 8, k / 8 + deep));
    } else {
      loadMatrix4Transposed(r, shared + at(k + 8 * deep + lane % 8, own / 8 + half));
    }
  }
};

template <int SIZE, bool A_K_FAST, bool B_K_FAST, bool WHOLE_CHUNKS, class Result>
DEVICE void productBf16(
    int m, int n, int k, const bf16* a, long long strideA, long long batchStrideA, const bf16* b, long long strideB,
    long long batchStrideB, Result* c, long long strideC, long long batchStrideC, int slices, int stretch,
    const Epilogue<bf16>& epilogue) {
  constexpr int WARPS_M = 2;
  constexpr int WARPS_N = SIZE / 32;
  constexpr int THREADS = 32 * WARPS_M * WARPS_N;
  constexpr int TILES_M = SIZE / WARPS_M / 16;
  constexpr int TILES_N = 4;  // of eight columns
  using StripA = Bf16Strip<A_K_FAST, SIZE, THREADS, WHOLE_CHUNKS>;
  using StripB = Bf16Strip<B_K_FAST, SIZE, THREADS, WHOLE_CHUNKS>;
  bf16* sharedA = reinterpret_cast<bf16*>(dynamicShared);
  bf16* sharedB = sharedA + STAGES * StripA::ELEMENTS;

  const Place place = Place::of<SIZE>(n, k, slices, stretch);
  a += place.batch * batchStrideA;
  b += place.batch * batchStrideB;
  c += place.batch * batchStrideC + (long long)place.slice * m * n;
  const int warp = threadIdx.x / 32;
  const int warpM = warp % WARPS_M * (SIZE / WARPS_M);
  const int warpN = warp / WARPS_M * 32;
  const int strips = (place.end - place.begin + STRIP_K - 1) / STRIP_K;

  // A group is committed in every turn, empty ones at the end, so that waiting counts the same throughout.
  auto load = [&](int strip) {
    if (strip < strips) {
      const int stage = strip % STAGES;
      const int begin = place.begin + strip * STRIP_K;
      StripA::load(sharedA + stage * StripA::ELEMENTS, a, strideA, place.firstRow, m, begin, place.end);
      StripB::load(sharedB + stage * StripB::ELEMENTS, b, strideB, place.firstColumn, n, begin, place.end);
    }
    copyAsyncCommit();
  };

  float sum[TILES_M][TILES_N][4] = {};
#pragma unroll
  for (int strip = 0; strip < STAGES - 1; strip++) {
    load(strip);
  }
  for (int strip = 0; strip < strips; strip++) {
    copyAsyncWait<STAGES - 2>();
    __syncthreads();  // everybody's copies are there, and nobody reads the stage any more that is filled next
    load(strip + STAGES - 1);
    const bf16* stripA = sharedA + strip % STAGES * StripA::ELEMENTS;
    const bf16* stripB = sharedB + strip % STAGES * StripB::ELEMENTS;
#pragma unroll
    for (int kk = 0; kk < STRIP_K; kk += 16) {
      uint32_t fragmentsA[TILES_M][4];
      uint32_t fragmentsB[TILES_N / 2][4];
#pragma unroll
      for (int i = 0; i < TILES_M; i++) {
        StripA::fragmentOfA(fragmentsA[i], stripA, warpM + 16 * i, kk);
      }
#pragma unroll
      for (int j = 0; j < TILES_N / 2; j++) {
        StripB::fragmentsOfB(fragmentsB[j], stripB, warpN + 16 * j, kk);
      }
#pragma unroll
      for (int i = 0; i < TILES_M; i++) {
#pragma unroll
        for (int j = 0; j < TILES_N; j++) {
          mmaBf16(sum[i][j], fragmentsA[i], fragmentsB[j / 2][j % 2 * 2], fragmentsB[j / 2][j % 2 * 2 + 1]);
        }
      }
    }
  }

  copyAsyncWait<0>();  // the empty groups of the last turns: nothing may land in the ring any more
  using Rows = FinishedRows<SIZE>;
  static_assert(
      Rows::FLOATS * sizeof(float) <= STAGES * 2 * StripA::ELEMENTS * sizeof(bf16), "finished rows fit into the ring");
  const int group = threadIdx.x % 32 / 4;
  const int quad = threadIdx.x % 4;
  auto scatter = [&](int pass, float* shared) {
#pragma unroll
    for (int i = 0; i < TILES_M; i++) {
      if ((warpM + 16 * i) / Rows::ROWS == pass) {
#pragma unroll
        for (int j = 0; j < TILES_N; j++) {
#pragma unroll
          for (int e = 0; e < 4; e++) {
            const int row = (warpM + 16 * i) % Rows::ROWS + group + e / 2 * 8;
            shared[row * Rows::PITCH + warpN + 8 * j + 2 * quad + e % 2] = sum[i][j][e];
          }
        }
      }
    }
  };
  finishTile<SIZE, THREADS>(reinterpret_cast<float*>(dynamicShared), place, m, n, c, strideC, epilogue, scatter);
}
