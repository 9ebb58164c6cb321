// How bf16 products end that are a layer's, forward or backward: one kind of epilogue to a kernel, for operands and results
// whose rows consist of whole 16-byte chunks.
//
// Elements are finished where the tensor cores have left them, in registers; a lane's bias serves all of its rows. What is
// another operand of the epilogue comes by asynchronous copies while the last two strips are multiplied, into the two stages
// of the ring that have nothing to hold any more, and results take its place there. From there they go to memory 16 bytes a
// lane. Each warp brings, finishes and stores rows of its own, so no barrier of the block is needed behind the last product.
//
// (Taking every element through shared memory as float32 and then four at a time through one piece of code for every kind, as
// epilogue.cuh does, was 96 to 345 instructions for four elements.)
#pragma once
#include "epilogue.cuh"

enum class Finish {
  ANY,            // every combination: epilogue.cuh
  BIAS,           // + bias, which may be null
  GELU,           // GELU(+ bias), with what it is applied to where that is wanted
  RESIDUAL,       // (+ bias) · factor of the row + residual, each of which may be null
  GELU_GRADIENT,  // · GELU′ of a stored pre-activation · factor of the row
  WEIGHT,         // a weight's gradient in float32: weightGradient.cuh
  KEPT_WEIGHT,    // the same of the rows that DropPath kept

  // LayerNorm without a pass of its own, in inference: rowStatistics.cuh, normFold.cuh
  RESIDUAL_STATISTICS,  // RESIDUAL, and the statistics of the result's rows
  NORM_BIAS,            // A's rows count as normalised; with the statistics of the result's rows where those are wanted
  NORM_GELU,            // the same with GELU, nothing kept of what it is applied to
};

template <Finish KIND>
constexpr bool IS_RESIDUAL = KIND == Finish::RESIDUAL || KIND == Finish::RESIDUAL_STATISTICS;
template <Finish KIND>
constexpr bool NORMALIZES = KIND == Finish::NORM_BIAS || KIND == Finish::NORM_GELU;
template <Finish KIND>
constexpr bool HAS_OPERAND = IS_RESIDUAL<KIND> || KIND == Finish::GELU_GRADIENT;

// Two neighbouring bf16 of a register as floats.
DEVICE float firstOf(uint32_t pair) { return __uint_as_float(pair << 16); }
DEVICE float secondOf(uint32_t pair) { return __uint_as_float(pair & 0xffff0000u); }

// What a warp finishes: 16·TILES_M rows from `firstRow` on of 32 columns from `firstColumn` on, one half of its rows after the
// other. Each half lies in shared memory in rows of 64 bytes, whose 16-byte chunks are permuted by the row's number, so that
// neither the pairs of a fragment nor whole chunks of neighbouring rows meet in a bank.
template <int TILES_M>
struct WarpTile {
  static constexpr int ROWS = 8 * TILES_M;     // of a half
  static constexpr int ELEMENTS = ROWS * 32;   // of a half
  static constexpr int CHUNKS = ELEMENTS / 8 / 32;  // of a half that one lane moves, in every eighth row

  int firstRow;
  int firstColumn;
  int m;
  int n;

  DEVICE static int at(int row, int chunk) {
    return row * 32 + (chunk ^ (row >> 1 & 3)) * 8;
  }

  // Calls move(address in the half, index in the matrix, whether it exists) for each chunk that the lane moves.
  template <class Move>
  DEVICE void forEachChunk(int half, Move move) const {
    const int lane = threadIdx.x % 32;
    const int row = firstRow + half * ROWS + lane / 4;
    const int column = firstColumn + lane % 4 * 8;
    const int chunk = at(lane / 4, lane % 4);
    const long long index = (long long)row * n + column;
#pragma unroll
    for (int i = 0; i < CHUNKS; i++) {
      move(chunk + i * 8 * 32, index + (long long)(i * 8) * n, row + i * 8 < m && column < n);
    }
  }

  // Starts to bring a half of an operand; zeros of null.
  DEVICE void bring(int half, bf16* shared, const bf16* from) const {
    forEachChunk(half, [&](int chunk, long long index, bool exists) {
      exists &= from != nullptr;
      copyAsync16(shared + chunk, exists ? from + index : from, exists);
    });
  }

  // Stores a half, of which other lanes have written parts.
  DEVICE void store(int half, const bf16* shared, bf16* to) const {
    __syncwarp();
    forEachChunk(half, [&](int chunk, long long index, bool exists) {
      if (exists) {
        *reinterpret_cast<uint4*>(to + index) = *reinterpret_cast<const uint4*>(shared + chunk);
      }
    });
  }

  // The same, and the rows' statistics; rows are a multiple of 32 long.
  DEVICE void store(int half, const bf16* shared, bf16* to, float2* statistics) const {
    __syncwarp();
    forEachChunk(half, [&](int chunk, long long index, bool exists) {
      const uint4 eight = *reinterpret_cast<const uint4*>(shared + chunk);
      const float2 part = statisticsOfEights(eight);
      if (exists) {
        *reinterpret_cast<uint4*>(to + index) = eight;
        if (threadIdx.x % 4 == 0) {
          statistics[index / STATISTICS_COLUMNS] = part;
        }
      }
    });
  }

  // Calls finish(pair, i, e, j) for each pair of neighbours that the lane has of a half: in shared memory at `pair`, of the
  // fragment's sums i, j those from e on.
  template <class FinishPair>
  DEVICE void forEachPair(int half, bf16* shared, FinishPair finish) const {
    const int group = threadIdx.x % 32 / 4;
#pragma unroll
    for (int i = 0; i < TILES_M / 2; i++) {
#pragma unroll
      for (int e = 0; e < 4; e += 2) {
#pragma unroll
        for (int j = 0; j < 4; j++) {
          bf16* pair = shared + at(group, j) + threadIdx.x % 4 * 2 + (16 * i + 4 * e) * 32;
          finish(reinterpret_cast<uint32_t*>(pair), half * (TILES_M / 2) + i, e, j);
        }
      }
    }
  }

  // The lane's neighbours of each eight columns.
  DEVICE void loadBias(float2 (&bias)[4], const float* from) const {
#pragma unroll
    for (int j = 0; j < 4; j++) {
      const int column = firstColumn + 8 * j + threadIdx.x % 4 * 2;
      const bool exists = from != nullptr && column < n;
      bias[j] = exists ? *reinterpret_cast<const float2*>(from + column) : make_float2(0.0f, 0.0f);
    }
  }

  // The factors of the lane's rows of a half.
  DEVICE void loadFactors(int half, float (&factors)[TILES_M], const Epilogue<bf16>& epilogue) const {
#pragma unroll
    for (int r = 0; r < TILES_M; r++) {
      const int row = firstRow + half * ROWS + threadIdx.x % 32 / 4 + 8 * r;
      factors[r] = epilogue.rowScale != nullptr && row < m ? epilogue.rowScale[row / epilogue.rowsPerScale] : 1.0f;
    }
  }

  // Finishes a half of the sums and stores it. `shared` holds the operand, where the kind has one; `rows` the statistics of
  // the warp's rows and `weightSums` what loadBias has loaded of them, where it normalises.
  template <Finish KIND>
  DEVICE void finish(
      int half, bf16* shared, float (&sum)[TILES_M][4][4], const float2 (&bias)[4], const float2 (&weightSums)[4],
      const RowStatistics* rows, const Epilogue<bf16>& epilogue, bf16* c) const {
    if (HAS_OPERAND<KIND>) {
      __syncwarp();  // each lane has waited for what it has brought
    }
    if (NORMALIZES<KIND>) {
      RowStatistics ofRows[TILES_M];  // the lane's rows of the half
#pragma unroll
      for (int r = 0; r < TILES_M; r++) {
        ofRows[r] = rows[half * ROWS + threadIdx.x % 32 / 4 + 8 * r];
      }
      forEachPair(half, shared, [&](uint32_t* pair, int i, int e, int j) {
        const RowStatistics row = ofRows[i % (TILES_M / 2) * 2 + e / 2];
        const float first = fmaf(row.inverseDeviation, fmaf(-row.mean, weightSums[j].x, sum[i][j][e]), bias[j].x);
        const float second = fmaf(row.inverseDeviation, fmaf(-row.mean, weightSums[j].y, sum[i][j][e + 1]), bias[j].y);
        *pair = KIND == Finish::NORM_GELU ? packBf16(gelu<bf16>(first), gelu<bf16>(second)) : packBf16(first, second);
      });
      if (KIND == Finish::NORM_BIAS && epilogue.rowStatistics != nullptr) {
        store(half, shared, c, epilogue.rowStatistics);
        return;
      }
    } else if (KIND == Finish::BIAS || KIND == Finish::GELU) {
      if (KIND == Finish::BIAS || epilogue.preActivation != nullptr) {
        forEachPair(half, shared, [&](uint32_t* pair, int i, int e, int j) {
          *pair = packBf16(sum[i][j][e] + bias[j].x, sum[i][j][e + 1] + bias[j].y);
        });
        store(half, shared, KIND == Finish::BIAS ? c : epilogue.preActivation);
      }
      if (KIND == Finish::BIAS) {
        return;
      }
      __syncwarp();  // everybody has read what is stored
      forEachPair(half, shared, [&](uint32_t* pair, int i, int e, int j) {
        *pair = packBf16(gelu<bf16>(sum[i][j][e] + bias[j].x), gelu<bf16>(sum[i][j][e + 1] + bias[j].y));
      });
    } else if (KIND == Finish::GELU_GRADIENT) {
      float scale[TILES_M];
      loadFactors(half, scale, epilogue);
      forEachPair(half, shared, [&](uint32_t* pair, int i, int e, int j) {
        const uint32_t x = *pair;
        const float factor = scale[i % (TILES_M / 2) * 2 + e / 2];
        *pair = packBf16(
            sum[i][j][e] * geluDerivative<bf16>(firstOf(x)) * factor,
            sum[i][j][e + 1] * geluDerivative<bf16>(secondOf(x)) * factor);
      });
    } else {
      float scale[TILES_M];
      loadFactors(half, scale, epilogue);
      forEachPair(half, shared, [&](uint32_t* pair, int i, int e, int j) {
        const uint32_t shortcut = *pair;
        const float factor = scale[i % (TILES_M / 2) * 2 + e / 2];
        *pair = packBf16(
            (sum[i][j][e] + bias[j].x) * factor + firstOf(shortcut),
            (sum[i][j][e + 1] + bias[j].y) * factor + secondOf(shortcut));
      });
    }
    if (KIND == Finish::RESIDUAL_STATISTICS) {
      store(half, shared, c, epilogue.rowStatistics);
    } else {
      store(half, shared, c);
    }
  }
};
