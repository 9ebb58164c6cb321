// C = A·B with operands in bf16 and sums in float32, on the tensor cores (mma.sync m16n8k16; see device.cuh for who holds
// what). Each element's terms are added in ascending order of k, sixteen at a time.
//
// A block computes SIZE × SIZE of C, a warp 64 × 32 (SIZE 128: 8 warps) or 32 × 32 (SIZE 64: 4 warps) of it. Strips of 32 k's
// of A and B go to shared memory by asynchronous copies, STAGES strips in a ring: while the tensor cores work on one, the
// next two are on their way. A strip of A and one of B are 16 KiB together at SIZE 128, 48 KiB in the ring.
//
// ldmatrix makes fragments of what lies in shared memory (operandStrip.cuh), and transposes where k is slow; the eight rows
// that one of its phases reads lie in eight different groups of banks.
#pragma once
#include "operandStrip.cuh"
#include "weightGradient.cuh"

constexpr int STRIP_K = 32;
constexpr int STAGES = 3;
constexpr uint32_t ONES = 0x3f803f80u;  // two of them in bf16

// One operand of a block: how it is brought, and how a lane reads its fragments.
template <bool K_IS_FAST, int SIZE, int THREADS, bool WHOLE_CHUNKS>
struct Bf16Strip : OperandStrip<bf16, K_IS_FAST, SIZE, THREADS, WHOLE_CHUNKS> {
  using Base = OperandStrip<bf16, K_IS_FAST, SIZE, THREADS, WHOLE_CHUNKS>;
  using Base::at;
  using Base::CHUNKS;
  using Base::COPIES;
  using Base::from;
  using Base::ROW;
  using Base::ROWS_APART;
  static_assert(STRIP_K == Base::DEPTH, "strips of the block");

  int readFrom;      // index of what the lane reads first of its fragments
  uint32_t rowsBit;  // the bit of the first copy's row in a strip's word, where k is slow and its columns exist

  // `own` is where the warp's own rows (or columns) begin in the tile, a multiple of 32; `half` and `deep` say whether the
  // lane's addresses are for the second eight of them, and for the second eight k's.
  DEVICE Bf16Strip(
      const bf16* x, long long stride, int first, int size, int begin, int end, int own, int half, int deep)
      : Base(x, stride, first, size, begin, end) {
    const int row = threadIdx.x / CHUNKS;
    const int chunk = threadIdx.x % CHUNKS;
    rowsBit = !K_IS_FAST && first + 8 * chunk < size ? 1u << row : 0;
    const int lane = threadIdx.x % 8;
    readFrom = K_IS_FAST ? at(own + 8 * half + lane, deep) : at(8 * deep + lane, own / 8 + half);
  }

  // Goes on elsewhere in memory.
  DEVICE void moveBy(long long bytes) {
#pragma unroll
    for (int i = 0; i < COPIES; i++) {
      from[i] = reinterpret_cast<const bf16*>(reinterpret_cast<intptr_t>(from[i]) + bytes);
    }
  }

  // The same of those rows alone whose bit is set in a word; the others are zero.
  DEVICE void loadNextOf(uint32_t rows, bf16* shared) {
    static_assert(K_IS_FAST || COPIES * ROWS_APART == STRIP_K, "a bit for each row");
#pragma unroll
    for (int i = 0; i < COPIES; i++) {
      copyAsync16(shared + this->to + i * (ROWS_APART * ROW), from[i], (rows & rowsBit << i * ROWS_APART) != 0);
      from[i] += this->step;
    }
  }

  // A's fragment of the i-th 16 rows of the warp, or B's two of its i-th 16 columns (r[0], r[1] of the first eight, r[2], r[3]
  // of the others), and 16 k's from `kk` on. A row's chunks are permuted by its last bits, which are the lane's; so what the
  // fragments' numbers change in the chunk's number is exchanged with it bit by bit.
  DEVICE void fragment(uint32_t (&r)[4], const bf16* shared, int i, int kk) const {
    if (K_IS_FAST) {
      loadMatrix4(r, shared + (readFrom ^ kk) + i * (16 * ROW));
    } else {
      loadMatrix4Transposed(r, shared + (readFrom ^ 16 * i) + kk * ROW);
    }
  }
};

// Which of the three matrices is two tensors side by side, each of as many columns, a multiple of 32: then a strip of terms,
// and what a warp computes, lie in one of them, and nothing but addresses changes (pair.cu).
enum class Pair {
  NONE,
  LEFT,    // A, whose k is fast
  RIGHT,   // B, whose k is slow
  RESULT,
};

// With a PAIR the first tensor is the argument that is a matrix otherwise; `second` and `columns` are the other one's.
template <
    Finish KIND, int SIZE, bool A_K_FAST, bool B_K_FAST, bool WHOLE_CHUNKS, class Result, Pair PAIR = Pair::NONE,
    class Ending>
DEVICE void productBf16(
    int m, int n, int k, const bf16* a, long long strideA, long long batchStrideA, const bf16* b, long long strideB,
    long long batchStrideB, Result* c, long long strideC, long long batchStrideC, int slices, int stretch,
    const Ending& epilogue, const WeightGradient& gradient = {}, bf16* second = nullptr, int columns = 0) {
  static_assert(PAIR != Pair::LEFT || A_K_FAST, "a strip lies in one of two");
  static_assert(PAIR != Pair::RIGHT || !B_K_FAST, "a column lies in one of two");
  constexpr bool WEIGHT = KIND == Finish::WEIGHT || KIND == Finish::KEPT_WEIGHT;
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
  c += place.batch * batchStrideC + place.slice * (WEIGHT ? gradient.sliceStride : (long long)m * n);
  if (PAIR == Pair::RIGHT && place.firstColumn + (int)threadIdx.x % StripB::CHUNKS * 8 >= columns) {
    b = second - columns;  // of all the thread's chunks
  }
  const int warp = threadIdx.x / 32;
  const int lane = threadIdx.x % 32;
  const int warpM = warp % WARPS_M * (SIZE / WARPS_M);
  const int warpN = warp / WARPS_M * 32;
  StripA stripA(a, strideA, place.firstRow, m, place.begin, place.end, warpM, lane >> 3 & 1, lane >> 4);
  StripB stripB(b, strideB, place.firstColumn, n, place.begin, place.end, warpN, lane >> 4, lane >> 3 & 1);
  // A warp of a weight's gradient takes its fragments of A in an order of its own, and sums the first.
  const int order = WEIGHT ? warp / WARPS_M : 0;
  static_assert(!WEIGHT || (!A_K_FAST && TILES_M == WARPS_N), "every warp of a row has rows to sum");
  stripA.readFrom ^= 16 * order;
  const bool storesRowSums = WEIGHT && gradient.biasSums != nullptr && place.firstColumn == 0;
  // Where two loops would take more registers than there are, everybody sums.
  const bool sumsRows = storesRowSums || KIND == Finish::KEPT_WEIGHT;
  float rowSum[4] = {};
  const uint32_t* rowsOfStrip = reinterpret_cast<uint32_t*>(sharedB + STAGES * StripB::ELEMENTS);
  if (KIND == Finish::KEPT_WEIGHT) {
    keptRows<THREADS>(const_cast<uint32_t*>(rowsOfStrip), gradient, place.begin, place.end);
    __syncthreads();
  }
  int stripsOfFirst = columns / STRIP_K;
  const long long toSecond =
      reinterpret_cast<intptr_t>(second) - reinterpret_cast<intptr_t>(a + columns);  // behind a row of the first
  auto loadNext = [&](int to) {
    if constexpr (PAIR == Pair::LEFT) {
      if (stripsOfFirst-- == 0) {
        stripA.moveBy(toSecond);
      }
    }
    if (KIND == Finish::KEPT_WEIGHT) {
      const uint32_t rows = *rowsOfStrip++;
      stripA.loadNextOf(rows, sharedA + to);
      stripB.loadNextOf(rows, sharedB + to);
    } else {
      const int k = stripA.k;
      stripA.loadNext(sharedA + to);
      stripB.loadNext(sharedB + to, WEIGHT ? k : stripB.k);
    }
  };
  int toMultiply = (place.end - place.begin + STRIP_K - 1) / STRIP_K;

  // Statistics of the tile's rows of A, behind the ring. The barrier of the first strip lies between this and their readers.
  RowStatistics* rows = reinterpret_cast<RowStatistics*>(sharedA + STAGES * (StripA::ELEMENTS + StripB::ELEMENTS));

  float sum[TILES_M][TILES_N][4] = {};
  int stage = 0;  // of the strip that is multiplied, in elements from the beginning of the ring
  int freed = (STAGES - 1) * StripA::ELEMENTS;  // the stage that the turn before has multiplied
  auto waitForStrip = [&]() {
    copyAsyncWait<STAGES - 2>();
    __syncthreads();  // everybody's copies are there, and nobody reads the stage any more that is filled next
  };
  auto multiplyOne = [&](auto sums) {
#pragma unroll
    for (int kk = 0; kk < STRIP_K; kk += 16) {
      uint32_t fragmentsA[TILES_M][4];
      uint32_t fragmentsB[TILES_N / 2][4];
#pragma unroll
      for (int i = 0; i < (WEIGHT ? 0 : TILES_M); i++) {
        stripA.fragment(fragmentsA[i], sharedA + stage, i, kk);
      }
#pragma unroll
      for (int j = 0; j < TILES_N / 2; j++) {
        stripB.fragment(fragmentsB[j], sharedB + stage, j, kk);
      }
#pragma unroll
      for (int i = 0; i < TILES_M; i++) {
        if (WEIGHT) {
          stripA.fragment(fragmentsA[i], sharedA + stage, i, kk);  // with fewer registers at a time
        }
#pragma unroll
        for (int j = 0; j < TILES_N; j++) {
          mmaBf16(sum[i][j], fragmentsA[i], fragmentsB[j / 2][j % 2 * 2], fragmentsB[j / 2][j % 2 * 2 + 1]);
        }
        if (decltype(sums)::value && i == 0) {
          mmaBf16(rowSum, fragmentsA[i], ONES, ONES);
        }
      }
    }
    freed = stage;
    stage = stage == (STAGES - 1) * StripA::ELEMENTS ? 0 : stage + StripA::ELEMENTS;
  };

  auto multiplyStrip = [&]() {
    if (WEIGHT && sumsRows) {
      multiplyOne(Known<true>());
    } else {
      multiplyOne(Known<false>());
    }
  };
  auto multiplyWhileLoading = [&](auto sums) {
#pragma unroll 1
    for (; toMultiply >= STAGES; toMultiply--) {
      waitForStrip();
      loadNext(freed);
      copyAsyncCommit();
      multiplyOne(sums);
    }
  };

  // A group is committed for every stage, empty ones where there is nothing, so that waiting counts the same throughout.
#pragma unroll
  for (int strip = 0; strip < STAGES - 1; strip++) {
    if (strip < toMultiply) {
      loadNext(strip * StripA::ELEMENTS);
    }
    copyAsyncCommit();
  }
  if (NORMALIZES<KIND>) {
    static_assert(THREADS == 2 * SIZE, "two lanes a row");
    const long long row = min(place.firstRow + (int)threadIdx.x / 2, m - 1);
    const int parts = k / STATISTICS_COLUMNS;
    const RowStatistics merged = mergeStatistics(epilogue.statistics + row * parts, parts, epilogue.epsilon);
    if (threadIdx.x % 2 == 0) {
      rows[threadIdx.x / 2] = merged;
    }
  }
  // Two loops, because a condition within makes the compiler reckon addresses in every turn.
  if (WEIGHT && sumsRows) {
    multiplyWhileLoading(Known<true>());
  } else {
    multiplyWhileLoading(Known<false>());
  }

  // The last two strips, or as many as there are. Each leaves a stage free, for a half of the result and, before that, of the
  // epilogue's operand.
  using Tile = WarpTile<TILES_M>;
  static_assert(STAGES == 3 && WARPS_M * WARPS_N <= 8 && 4 * Tile::ELEMENTS == StripA::ELEMENTS, "a half in each stage");
  Tile tile = {place.firstRow + warpM, place.firstColumn + warpN, m, n};
  if constexpr (PAIR == Pair::RESULT) {
    tile.n = columns;
    if (tile.firstColumn >= columns) {
      tile.firstColumn -= columns;
      c = second;
    }
  }
  bf16* own = (warp < 4 ? sharedA : sharedB) + warp % 4 * Tile::ELEMENTS;  // in a stage
  bf16* halves[2];
  auto bring = [&](int half, int there) {
    halves[half] = own + there;
    if (HAS_OPERAND<KIND>) {
      tile.bring(half, halves[half], IS_RESIDUAL<KIND> ? epilogue.residual : epilogue.geluGradientOf);
    }
    copyAsyncCommit();
  };
  if (toMultiply == 2) {
    waitForStrip();
    bring(0, freed);
    multiplyStrip();
  } else {
    bring(0, StripA::ELEMENTS);  // there is one strip at most, in the first stage
  }
  if (toMultiply > 0) {
    waitForStrip();
  }
  bring(1, freed);
  float2 bias[TILES_N];
  if (KIND != Finish::ANY && KIND != Finish::GELU_GRADIENT) {
    tile.loadBias(bias, epilogue.bias);
  }
  float2 weightSums[TILES_N];
  if (NORMALIZES<KIND>) {
    tile.loadBias(weightSums, epilogue.weightSums);
  }
  if (toMultiply > 0) {
    multiplyStrip();
  }

  if constexpr (WEIGHT) {
    const float alpha = KIND == Finish::KEPT_WEIGHT ? factorOfKept(gradient, place.begin, place.end) : 1.0f;
    storeSums<TILES_M>(sum, order, tile.firstRow, tile.firstColumn, m, n, c, alpha, epilogue.beta);
    if (storesRowSums) {
      float* to = gradient.biasSums + place.slice * gradient.sliceStride;
      storeBiasSums(rowSum, tile.firstRow + 16 * order, m, to, alpha, epilogue.beta);
    }
  } else if (KIND != Finish::ANY) {
    auto finish = [&](int half) {
      bf16* to = reinterpret_cast<bf16*>(c);
      if constexpr (Ending::DROPS) {
        epilogue.template finishHalf<KIND>(tile, half, halves[half], sum, bias, to);
      } else {
        tile.template finish<KIND>(half, halves[half], sum, bias, weightSums, rows + warpM, epilogue, to);
      }
    };
    copyAsyncWait<1>();
    finish(0);
    copyAsyncWait<0>();
    finish(1);
  } else {
    copyAsyncWait<0>();  // the empty groups of the last turns: nothing may land in the ring any more
    using Rows = FinishedRows<SIZE, 8>;
    static_assert(
        Rows::FLOATS * sizeof(float) <= STAGES * 2 * StripA::ELEMENTS * sizeof(bf16), "finished rows fit into the ring");
    const int group = lane / 4;
    const int quad = lane % 4;
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
    finishTile<SIZE, 8, THREADS>(
        reinterpret_cast<float*>(dynamicShared), place, m, n, c, strideC, epilogue, false, scatter);
  }
}
