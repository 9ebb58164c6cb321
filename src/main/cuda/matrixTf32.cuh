// C = A·B with float32 operands that are rounded to TF32, on the tensor cores (mma.sync m16n8k8; see tensorFloat32.cuh). Sums
// and all that an epilogue does are float32.
//
// An element's terms are added in ascending order of k, eight at a time, whatever the tile: what a row gives does not depend
// on how many rows there are.
//
// A block of four warps computes SIZE × SIZE of C, a warp 64 × 64 (SIZE 128) or 32 × 32 (SIZE 64) of it. Floats are twice as
// long as bf16, so fragments of a warp's 64 × 32 would ask shared memory for as much as it gives while the products run; a
// warp of 64 × 64 asks for two thirds, and rounds a third fewer numbers. Strips of 16 k's of A and B go to shared memory by
// asynchronous copies, STAGES strips in a ring, 16 KiB a stage at SIZE 128: while one is multiplied, the next are on their way.
//
// Of what lies in shared memory (operandStrip.cuh) loadMatrix4 makes fragments where k is fast. Else lanes read numbers one by
// one, A's in pairs: which row of C a fragment's row is, is up to the kernel (`Strip::row`). What a tensor core wants in
// neighbouring registers is loaded into them: with four numbers at a load, of four fragments, half of all instructions were
// moves.
#pragma once
#include "epilogue.cuh"
#include "operandStrip.cuh"
#include "tensorFloat32.cuh"

constexpr int STRIP_K = 16;
constexpr int STAGES = 3;
constexpr int THREADS = 128;

// One operand of a block: how it is brought, and how a lane reads its fragments.
template <bool IS_A, bool K_IS_FAST, int SIZE, bool WHOLE_CHUNKS>
struct Strip : OperandStrip<float, K_IS_FAST, SIZE, THREADS, WHOLE_CHUNKS> {
  using Base = OperandStrip<float, K_IS_FAST, SIZE, THREADS, WHOLE_CHUNKS>;
  using Base::at;
  using Base::CHUNK;
  using Base::ROW;
  static constexpr int PARTS = SIZE / 2 / 16;  // of sixteen rows or columns, that a warp has
  static_assert(STRIP_K == Base::DEPTH, "strips of the block");

  int readFrom;  // index of what the lane reads first of its fragments

  // `own` is where the warp's own rows (or columns) begin in the tile, a multiple of 32; `half` and `deep` say whether the
  // lane's addresses for loadMatrix4 are for the second eight of them, and for the second four k's.
  DEVICE Strip(const float* x, long long stride, int first, int size, int begin, int end, int own, int half, int deep)
      : Base(x, stride, first, size, begin, end) {
    const int lane = threadIdx.x % 32;
    const int mine = IS_A ? 2 * (lane / 4) : lane / 4;  // where k is slow
    readFrom = K_IS_FAST ? at(own + 8 * half + lane % 8, deep) : at(lane % 4, (own + mine) / CHUNK) + mine % CHUNK;
  }

  // Which of the warp's rows of C is the fragments' row of this number, of the `half`th eight of a part of A.
  DEVICE static int row(int part, int half, int number) {
    return 16 * part + (K_IS_FAST ? 8 * half + number : 2 * number + half);
  }

  // The fragments of all of the warp's parts and eight k's from `kk` on: four registers for sixteen of A's rows, two and two
  // for sixteen of B's columns. Chunks are permuted by bits that are the lane's; so what the numbers of parts and k change in a
  // chunk's number is exchanged with it bit by bit, as far as the permutation reaches.
  DEVICE void fragments(uint32_t (&r)[PARTS][4], const float* shared, int kk) const {
#pragma unroll
    for (int part = 0; part < PARTS; part++) {
      if (K_IS_FAST) {
        loadMatrix4(r[part], shared + (readFrom ^ kk) + part * 16 * ROW);
      } else {
#pragma unroll
        for (int i = 0; i < 2; i++) {
          // Of A the i-th four k's, of B the i-th eight columns.
          const int there = 16 * (part % 2) + (IS_A ? 0 : 8 * i);
          const float* from = shared + (readFrom ^ there) + part / 2 * 32 + (kk + (IS_A ? 4 * i : 0)) * ROW;
          if (IS_A) {
            const uint2 rows = *reinterpret_cast<const uint2*>(from);
            r[part][2 * i] = rows.x;
            r[part][2 * i + 1] = rows.y;
          } else {
            r[part][2 * i] = __float_as_uint(from[0]);
            r[part][2 * i + 1] = __float_as_uint(from[4 * ROW]);
          }
        }
      }
#pragma unroll
      for (int i = 0; i < 4; i++) {
        r[part][i] = roundTf32(r[part][i]);
      }
    }
  }
};

template <int SIZE, bool A_K_FAST, bool B_K_FAST, bool WHOLE_CHUNKS, class Ending>
DEVICE void productTf32(
    int m, int n, int k, const float* a, long long strideA, long long batchStrideA, const float* b, long long strideB,
    long long batchStrideB, float* c, long long strideC, long long batchStrideC, int slices, int stretch,
    const Ending& epilogue) {
  constexpr int WARP = SIZE / 2;
  constexpr int TILES_M = WARP / 16;
  constexpr int TILES_N = WARP / 8;
  using StripA = Strip<true, A_K_FAST, SIZE, WHOLE_CHUNKS>;
  using StripB = Strip<false, B_K_FAST, SIZE, WHOLE_CHUNKS>;
  float* sharedA = reinterpret_cast<float*>(dynamicShared);
  float* sharedB = sharedA + STAGES * StripA::ELEMENTS;

  const Place place = Place::of<SIZE>(n, k, slices, stretch);
  a += place.batch * batchStrideA;
  b += place.batch * batchStrideB;
  c += place.batch * batchStrideC + place.slice * ((long long)m * n);
  const int warp = threadIdx.x / 32;
  const int lane = threadIdx.x % 32;
  const int warpM = warp % 2 * WARP;
  const int warpN = warp / 2 * WARP;
  StripA stripA(a, strideA, place.firstRow, m, place.begin, place.end, warpM, lane >> 3 & 1, lane >> 4);
  StripB stripB(b, strideB, place.firstColumn, n, place.begin, place.end, warpN, lane >> 4, lane >> 3 & 1);

  float sum[TILES_M][TILES_N][4] = {};
#pragma unroll
  for (int strip = 0; strip < STAGES - 1; strip++) {
    stripA.loadNext(sharedA + strip * StripA::ELEMENTS);
    stripB.loadNext(sharedB + strip * StripB::ELEMENTS);
    copyAsyncCommit();
  }
  int stage = 0;  // of the strip that is multiplied, in elements from the beginning of the ring
  int freed = (STAGES - 1) * StripA::ELEMENTS;  // the stage that the turn before has multiplied
#pragma unroll 1
  for (int strips = (place.end - place.begin + STRIP_K - 1) / STRIP_K; strips > 0; strips--) {
    copyAsyncWait<STAGES - 2>();
    __syncthreads();  // everybody's copies are there, and nobody reads the stage any more that is filled next
    // Behind the last strip these copies bring nothing: a condition here would make the compiler reckon addresses anew.
    stripA.loadNext(sharedA + freed);
    stripB.loadNext(sharedB + freed);
    copyAsyncCommit();
#pragma unroll
    for (int kk = 0; kk < STRIP_K; kk += 8) {
      uint32_t fragmentsA[TILES_M][4];
      uint32_t fragmentsB[TILES_N / 2][4];
      stripB.fragments(fragmentsB, sharedB + stage, kk);
      stripA.fragments(fragmentsA, sharedA + stage, kk);
#pragma unroll
      for (int i = 0; i < TILES_M; i++) {
#pragma unroll
        for (int j = 0; j < TILES_N; j++) {
          mmaTf32(sum[i][j], fragmentsA[i], fragmentsB[j / 2][j % 2 * 2], fragmentsB[j / 2][j % 2 * 2 + 1]);
        }
      }
    }
    freed = stage;
    stage = stage == (STAGES - 1) * StripA::ELEMENTS ? 0 : stage + StripA::ELEMENTS;
  }
  copyAsyncWait<0>();  // nothing may land in the ring any more

  // How far finished rows lie apart in shared memory for lanes that store together to meet in no bank.
  constexpr int SPREAD = A_K_FAST ? 8 : 4;
  using Rows = FinishedRows<SIZE, SPREAD>;
  static_assert(Rows::FLOATS <= STAGES * 2 * StripA::ELEMENTS, "finished rows fit into the ring");
  auto scatter = [&](int pass, float* shared) {
#pragma unroll
    for (int i = 0; i < TILES_M; i++) {
      if ((warpM + 16 * i) / Rows::ROWS == pass) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
          const int row = (warpM + StripA::row(i, half, lane / 4)) % Rows::ROWS;
#pragma unroll
          for (int j = 0; j < TILES_N; j++) {
            float2* to = reinterpret_cast<float2*>(shared + row * Rows::PITCH + warpN + 8 * j + lane % 4 * 2);
            *to = make_float2(sum[i][j][2 * half], sum[i][j][2 * half + 1]);
          }
        }
      }
    }
  };
  finishTile<SIZE, SPREAD, THREADS>(sharedA, place, m, n, c, strideC, epilogue, false, scatter);
}
