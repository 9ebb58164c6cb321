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
#include "weightGradient.cuh"

constexpr int STRIP_K = 32;
constexpr int STAGES = 3;
constexpr uint32_t ONES = 0x3f803f80u;  // two of them in bf16

// One operand of a block. What does not change from strip to strip is made once, before the loop: a thread brings the same few
// chunks of each strip, whose addresses only move on, and reads at the same places. So the loop holds next to no arithmetic
// beside the products. (With a loop over chunks whose length the compiler does not know, it held nine instructions for each
// product.)
template <bool K_IS_FAST, int SIZE, int THREADS, bool WHOLE_CHUNKS>
struct Bf16Strip {
  static constexpr int ELEMENTS = SIZE * STRIP_K;
  static constexpr int ROWS = K_IS_FAST ? SIZE : STRIP_K;
  static constexpr int CHUNKS = (K_IS_FAST ? STRIP_K : SIZE) / 8;  // of a row
  static constexpr int COPIES = ROWS * CHUNKS / THREADS;           // that a thread makes of a strip
  static constexpr int ROWS_APART = THREADS / CHUNKS;              // two of them
  static_assert(ROWS * CHUNKS % THREADS == 0 && THREADS % CHUNKS == 0 && ROWS_APART % 8 == 0, "the same chunk of rows");

  const bf16* from[COPIES];
  long long step;        // from one strip's elements to the next one's
  int to;                // index of the first chunk's first element in a strip; the others follow at equal distances
  int k;                 // of the first chunk
  int limit[COPIES];     // its copies are valid while k is less
  int left;              // without WHOLE_CHUNKS: elements that exist of a chunk, or where k ends
  int readFrom;          // index of what the lane reads first of its fragments
  uint32_t rowsBit;      // the bit of the first copy's row in a strip's word, where k is slow and its columns exist

  // Index of a chunk's first element.
  DEVICE static int at(int row, int chunk) {
    const int permuted = K_IS_FAST ? chunk ^ (row >> 1 & 3) : chunk ^ (row & 7);
    return (row * CHUNKS + permuted) * 8;
  }

  // The operand's rows (or columns) from `first` on, of which there are `size` in all; its k's from `begin` to `end`.
  // `own` is where the warp's own begin in the tile, a multiple of 32; `half` and `deep` say whether the lane's addresses
  // are for the second eight of them, and for the second eight k's.
  DEVICE Bf16Strip(
      const bf16* x, long long stride, int first, int size, int begin, int end, int own, int half, int deep) {
    const int row = threadIdx.x / CHUNKS;
    const int chunk = threadIdx.x % CHUNKS;
    to = at(row, chunk);
    k = begin + (K_IS_FAST ? 8 * chunk : row);
    step = K_IS_FAST ? STRIP_K : STRIP_K * stride;
    left = K_IS_FAST ? end : size - (first + 8 * chunk);
#pragma unroll
    for (int i = 0; i < COPIES; i++) {
      const int mine = first + (K_IS_FAST ? row + i * ROWS_APART : 8 * chunk);
      const int later = K_IS_FAST ? 0 : i * ROWS_APART;
      const int there = mine < size ? mine : 0;  // nothing is read from there
      limit[i] = mine < size ? end - later : begin;
      from[i] = x + (K_IS_FAST ? there * stride + k : (k + later) * stride + there);
    }
    rowsBit = !K_IS_FAST && first + 8 * chunk < size ? 1u << row : 0;
    const int lane = threadIdx.x % 8;
    readFrom = K_IS_FAST ? at(own + 8 * half + lane, deep) : at(8 * deep + lane, own / 8 + half);
  }

  // Starts to bring the next strip to shared memory; what lies outside is zero. WHOLE_CHUNKS: addresses and lengths are
  // multiples of eight elements; else elements go one by one.
  DEVICE void loadNext(bf16* shared) { loadNext(shared, k); }

  // With the k that another operand of the same layout counts too, which spares a register.
  DEVICE void loadNext(bf16* shared, int k) {
#pragma unroll
    for (int i = 0; i < COPIES; i++) {
      bf16* target = shared + to + i * (ROWS_APART * CHUNKS * 8);
      if (WHOLE_CHUNKS) {
        copyAsync16(target, from[i], k < limit[i]);
      } else {
        const int there = k >= limit[i] ? 0 : K_IS_FAST ? left - k : left;
#pragma unroll
        for (int e = 0; e < 8; e++) {
          target[e] = e < there ? from[i][e] : fromFloat<bf16>(0.0f);
        }
      }
      from[i] += step;
    }
    this->k += STRIP_K;
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
      copyAsync16(shared + to + i * (ROWS_APART * CHUNKS * 8), from[i], (rows & rowsBit << i * ROWS_APART) != 0);
      from[i] += step;
    }
  }

  // A's fragment of the i-th 16 rows of the warp, or B's two of its i-th 16 columns (r[0], r[1] of the first eight, r[2], r[3]
  // of the others), and 16 k's from `kk` on. A row's chunks are permuted by its last bits, which are the lane's; so what the
  // fragments' numbers change in the chunk's number is exchanged with it bit by bit.
  DEVICE void fragment(uint32_t (&r)[4], const bf16* shared, int i, int kk) const {
    if (K_IS_FAST) {
      loadMatrix4(r, shared + (readFrom ^ kk) + i * (16 * CHUNKS * 8));
    } else {
      loadMatrix4Transposed(r, shared + (readFrom ^ 16 * i) + kk * (CHUNKS * 8));
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
