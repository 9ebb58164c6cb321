// Epilogues with dropout: t/keep where an element is kept, else 0, between GELU and what follows. Which are kept is drawn where
// they are finished, from the numbers that dropout has as a kernel of its own (philox.cuh): no mask is stored, and none of it
// is a pass over the result.
//
// Of its own file, and its kernels of their own families (matrixDropout.cu, tf32Dropout.cu): without dropout nothing of it is
// compiled or loaded.
#pragma once
#include "epilogueBf16.cuh"
#include "philox.cuh"

// Which elements of a dense [rows, columns] are kept. The rows of a sample are one row of it.
struct DropoutMask {
  uint32_t key0;
  uint32_t key1;
  uint32_t step;
  long long firstSample;
  int rowsPerSample;
  uint32_t threshold;  // kept are those whose 24 bits are below it
  float scale;         // 1/keep

  // Bit j says whether element 4·four + j of a sample is kept.
  DEVICE uint32_t keptOf(long long sample, uint32_t four) const {
    const Words4 random = randomWords(key0, key1, step, sample, four);
    uint32_t kept = 0;
#pragma unroll
    for (int j = 0; j < 4; j++) {
      kept |= random.word[j] >> 8 < threshold ? 1u << j : 0u;
    }
    return kept;
  }

  DEVICE float finish(float t, bool kept) const { return kept ? times(t, scale) : 0.0f; }

  // Four neighbours of a row from `column` on, a multiple of four; in rows whose length is none they lie in two draws.
  DEVICE void drop(float (&t)[4], int row, int column, int columns) const {
    const int sample = row / rowsPerSample;
    const long long element = (long long)(row - sample * rowsPerSample) * columns + column;
    const uint32_t four = (uint32_t)(element >> 2);
    const int later = (int)(element & 3);
    uint32_t kept = keptOf(firstSample + sample, four);
    if (later != 0) {
      kept = (kept | keptOf(firstSample + sample, four + 1) << 4) >> later;
    }
#pragma unroll
    for (int j = 0; j < 4; j++) {
      t[j] = finish(t[j], (kept >> j & 1) != 0);
    }
  }
};

template <class T>
struct DroppingEpilogue : Epilogue<T> {
  static constexpr bool DROPS = true;

  DropoutMask mask;

  template <class Result>
  DEVICE void finish(
      float (&t)[4], int row, int column, int columns, int left, bool aligned, bool biased, const Result* y) const {
    Epilogue<T>::finish(t, row, column, columns, left, aligned, biased, y, [&](float (&u)[4]) {
      mask.drop(u, row, column, columns);
    });
  }

  // What WarpTile::finish does without dropout, of the kinds GELU, RESIDUAL and GELU_GRADIENT.
  //
  // A draw is for four neighbours of a row, of which a lane has two and the lane beside it the others, in two rows at a time.
  // So one of both draws for the upper row and one for the lower, and each tells the other what it needs: a draw for every
  // four elements, no more than a kernel of its own would make.
  template <Finish KIND, int TILES_M>
  DEVICE void finishHalf(
      const WarpTile<TILES_M>& tile, int half, bf16* shared, float (&sum)[TILES_M][4][4], const float2 (&bias)[4],
      bf16* c) const {
    const int lane = threadIdx.x % 32;
    const bool upper = lane % 2 == 0;
    uint32_t keptOfPair[TILES_M / 2][2][4];  // of the i-th sixteen rows, upper or lower, and j-th eight columns
#pragma unroll
    for (int i = 0; i < TILES_M / 2; i++) {
      const int row = tile.firstRow + half * tile.ROWS + 16 * i + lane / 4 + (upper ? 0 : 8);
      const int sample = row / mask.rowsPerSample;
      const long long first = (long long)(row - sample * mask.rowsPerSample) * tile.n + tile.firstColumn + 2 * (lane & 2);
#pragma unroll
      for (int j = 0; j < 4; j++) {
        const uint32_t mine = mask.keptOf(mask.firstSample + sample, (uint32_t)(first >> 2) + 2 * j);
        const uint32_t other = __shfl_xor_sync(FULL_WARP, mine, 1);
        keptOfPair[i][0][j] = upper ? mine : other >> 2;
        keptOfPair[i][1][j] = upper ? other : mine >> 2;
      }
    }
    // finishPair(what lies in memory, first sum, second, whether they are kept, j, which of the lane's rows) for each pair.
    auto forEachPair = [&](auto finishPair) {
      tile.forEachPair(half, shared, [&](uint32_t* pair, int i, int e, int j) {
        const int there = i % (TILES_M / 2);
        const uint32_t kept = keptOfPair[there][e / 2][j];
        *pair = finishPair(*pair, sum[i][j][e], sum[i][j][e + 1], (kept & 1) != 0, (kept & 2) != 0, j, there * 2 + e / 2);
      });
    };
    if (KIND == Finish::GELU) {
      if (this->preActivation != nullptr) {
        tile.forEachPair(half, shared, [&](uint32_t* pair, int i, int e, int j) {
          *pair = packBf16(sum[i][j][e] + bias[j].x, sum[i][j][e + 1] + bias[j].y);
        });
        tile.store(half, shared, this->preActivation);
        __syncwarp();  // everybody has read what is stored
      }
      forEachPair([&](uint32_t, float first, float second, bool keepsFirst, bool keepsSecond, int j, int) {
        return packBf16(
            mask.finish(gelu<bf16>(first + bias[j].x), keepsFirst), mask.finish(gelu<bf16>(second + bias[j].y), keepsSecond));
      });
    } else {
      __syncwarp();  // each lane has waited for what it has brought of the operand
      float scale[TILES_M];
      tile.loadFactors(half, scale, *this);
      forEachPair([&](uint32_t x, float first, float second, bool keepsFirst, bool keepsSecond, int j, int r) {
        if (KIND == Finish::GELU_GRADIENT) {
          return packBf16(
              mask.finish(first, keepsFirst) * geluDerivative<bf16>(firstOf(x)) * scale[r],
              mask.finish(second, keepsSecond) * geluDerivative<bf16>(secondOf(x)) * scale[r]);
        }
        return packBf16(
            mask.finish(first + bias[j].x, keepsFirst) * scale[r] + firstOf(x),
            mask.finish(second + bias[j].y, keepsSecond) * scale[r] + secondOf(x));
      });
    }
    tile.store(half, shared, c);
  }
};
