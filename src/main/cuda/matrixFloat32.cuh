// C = A·B in float32, strictly: fused multiply-adds on the ordinary cores, each element's terms in ascending order of k, in
// blocks of 768 whose sums are added, and the first of them on the bias: the processor's order, so its bits (docs/NUMERICS.md).
//
// A block computes TILE_M × TILE_N of C. Step by step of TILE_K it brings a strip of A and of B into shared memory, both with
// k as the slow axis, so that a thread reads the eight (or four) values of A and of B that it needs with two 16-byte loads
// each and does 64 (16) multiply-adds with them: 4 flops a byte of shared memory. While it computes, the next strips are on
// their way from global memory to registers; two copies of the tiles in shared memory make one barrier a step enough.
//
// Threads stand 16 × 16. A thread's rows and columns are two groups of four, half a tile apart: lanes then read neighbouring
// 16-byte words, without bank conflicts.
#pragma once
#include "epilogue.cuh"

// An operand: TRANSPOSED says that k is its fast axis in memory ([m][k] for A, [n][k] for B).
template <bool K_IS_FAST, int SIZE, int TILE_K, int THREADS>
struct Float32Strip {
  static constexpr int ELEMENTS = SIZE * TILE_K / THREADS;  // of a thread
  static constexpr int PITCH = SIZE + 4;                    // keeps 16-byte alignment, and spreads columns over banks
  float held[ELEMENTS];

  // Where in the strip a thread's element e lies: along the operand's own axis and along k.
  DEVICE static void place(int e, int& own, int& k) {
    const int i = threadIdx.x + e * THREADS;
    own = K_IS_FAST ? i / TILE_K : i % SIZE;
    k = K_IS_FAST ? i % TILE_K : i / SIZE;
  }

  DEVICE void load(const float* x, long long stride, int first, int size, int begin, int end) {
#pragma unroll
    for (int e = 0; e < ELEMENTS; e++) {
      int own;
      int k;
      place(e, own, k);
      own += first;
      k += begin;
      const bool inside = own < size && k < end;
      held[e] = inside ? x[K_IS_FAST ? own * stride + k : k * stride + own] : 0.0f;
    }
  }

  DEVICE void store(float (&tile)[TILE_K][PITCH]) const {
#pragma unroll
    for (int e = 0; e < ELEMENTS; e++) {
      int own;
      int k;
      place(e, own, k);
      tile[k][own] = held[e];
    }
  }
};

// The values of a thread at one k: GROUPS groups of four, SIZE / GROUPS apart.
template <int GROUPS, int SIZE>
DEVICE void readFragment(float (&v)[4 * GROUPS], const float* row, int lane) {
#pragma unroll
  for (int g = 0; g < GROUPS; g++) {
    const float4 four = *reinterpret_cast<const float4*>(row + g * (SIZE / GROUPS) + 4 * lane);
    v[4 * g] = four.x;
    v[4 * g + 1] = four.y;
    v[4 * g + 2] = four.z;
    v[4 * g + 3] = four.w;
  }
}

// Terms of a block; a multiple of TILE_K. Product.java has the same number.
constexpr int DEPTH_BLOCK = 768;

// What the blocks before have added up to, of each element of a thread, in dynamic shared memory: as many floats as the tile
// has elements where there is more than one block. Registers would not do.
template <int THREADS>
struct BlockSums {
  DEVICE static float& of(int element) {
    return reinterpret_cast<float*>(dynamicShared)[element * THREADS + threadIdx.x];
  }
};

// GROUPS 2: tiles of 128 × 128; 1: of 64 × 64, for products that would leave a GPU half idle else.
template <int GROUPS, bool A_K_FAST, bool B_K_FAST, class Ending>
DEVICE void productFloat32(
    int m, int n, int k, const float* a, long long strideA, long long batchStrideA, const float* b, long long strideB,
    long long batchStrideB, float* c, long long strideC, long long batchStrideC, int slices, int stretch,
    const Ending& epilogue) {
  constexpr int THREADS = 256;
  constexpr int SIZE = 64 * GROUPS;
  constexpr int TILE_K = 16;
  using StripA = Float32Strip<A_K_FAST, SIZE, TILE_K, THREADS>;
  using StripB = Float32Strip<B_K_FAST, SIZE, TILE_K, THREADS>;
  __shared__ __align__(16) float tileA[2][TILE_K][StripA::PITCH];
  __shared__ __align__(16) float tileB[2][TILE_K][StripB::PITCH];

  const Place place = Place::of<SIZE>(n, k, slices, stretch);
  a += place.batch * batchStrideA;
  b += place.batch * batchStrideB;
  c += place.batch * batchStrideC + (long long)place.slice * m * n;
  const int laneM = threadIdx.x / 16;
  const int laneN = threadIdx.x % 16;

  float sum[4 * GROUPS][4 * GROUPS];
  const bool biased = epilogue.canBegin();
#pragma unroll
  for (int j = 0; j < 4 * GROUPS; j++) {
    const int column = place.firstColumn + j / 4 * 64 + 4 * laneN + j % 4;
    const float start = biased && column < n ? epilogue.bias[column] : 0.0f;
#pragma unroll
    for (int i = 0; i < 4 * GROUPS; i++) {
      sum[i][j] = start;
    }
  }
  using Before = BlockSums<THREADS>;
  static_assert(DEPTH_BLOCK % TILE_K == 0, "blocks end with strips");
  auto forEachSum = [&](auto step) {
#pragma unroll
    for (int i = 0; i < 4 * GROUPS; i++) {
#pragma unroll
      for (int j = 0; j < 4 * GROUPS; j++) {
        step(sum[i][j], Before::of(4 * GROUPS * i + j));
      }
    }
  };
  StripA stripA;
  StripB stripB;
  stripA.load(a, strideA, place.firstRow, m, place.begin, place.end);
  stripB.load(b, strideB, place.firstColumn, n, place.begin, place.end);
  int buffer = 0;
  int leftOfBlock = DEPTH_BLOCK;
  bool first = true;
  for (int begin = place.begin; begin < place.end; begin += TILE_K) {
    if (leftOfBlock == 0) {
      forEachSum([&](float& now, float& before) {
        before = first ? now : plus(before, now);
        now = 0.0f;
      });
      first = false;
      leftOfBlock = DEPTH_BLOCK;
    }
    leftOfBlock -= TILE_K;
    stripA.store(tileA[buffer]);
    stripB.store(tileB[buffer]);
    __syncthreads();
    if (begin + TILE_K < place.end) {
      stripA.load(a, strideA, place.firstRow, m, begin + TILE_K, place.end);
      stripB.load(b, strideB, place.firstColumn, n, begin + TILE_K, place.end);
    }
#pragma unroll
    for (int kk = 0; kk < TILE_K; kk++) {
      float fragmentA[4 * GROUPS];
      float fragmentB[4 * GROUPS];
      readFragment<GROUPS, SIZE>(fragmentA, tileA[buffer][kk], laneM);
      readFragment<GROUPS, SIZE>(fragmentB, tileB[buffer][kk], laneN);
#pragma unroll
      for (int i = 0; i < 4 * GROUPS; i++) {
#pragma unroll
        for (int j = 0; j < 4 * GROUPS; j++) {
          sum[i][j] = fmaf(fragmentA[i], fragmentB[j], sum[i][j]);
        }
      }
    }
    buffer ^= 1;
  }
  if (!first) {
    forEachSum([](float& now, float& before) { now = plus(before, now); });
  }

  using Rows = FinishedRows<SIZE, 4>;
  static_assert(Rows::FLOATS <= 2 * TILE_K * StripA::PITCH, "the finished rows take the place of A's tiles");
  auto scatter = [&](int pass, float* shared) {
#pragma unroll
    for (int i = 0; i < 4 * GROUPS; i++) {
      const int row = i / 4 * 64 + 4 * laneM + i % 4;
      if (row / Rows::ROWS == pass) {
#pragma unroll
        for (int j = 0; j < 4 * GROUPS; j++) {
          shared[row % Rows::ROWS * Rows::PITCH + j / 4 * 64 + 4 * laneN + j % 4] = sum[i][j];
        }
      }
    }
  };
  finishTile<SIZE, 4, THREADS>(&tileA[0][0][0], place, m, n, c, strideC, epilogue, biased, scatter);
}
