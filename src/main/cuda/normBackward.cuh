// The gradients of layerNorm, in both precisions. dy lies where the forward pass has put the rows (normRows.cuh).
// With x̂ = (x − mean)·inverseDeviation and g = dy·gamma:
//   dx     = inverseDeviation·(g − mean(g) − x̂·mean(g·x̂))   row by row, like the forward pass
//   dGamma = Σ_rows dy·x̂,  dBeta = Σ_rows dy                 column by column
// Both need x and dy. A lane meets the same columns in every row, so it sums its columns' shares of dGamma and dBeta in
// registers while its warp goes through its rows. At the end the warps of a block add theirs in shared memory, one after
// the other, and the block writes one partial sum; sumParts (reduce.cu) adds those of all blocks. The number of blocks is
// a function of the number of rows alone, and with it the order of every sum.
#pragma once
#include "normRows.cuh"

constexpr int BACKWARD_WARPS = 4;

template <class T>
struct Backward {
  const T* dy;
  const T* x;
  const float* mean;
  const float* inverseDeviation;
  const float* gamma;
  T* dx;            // null: not wanted; may be dy
  bool accumulate;  // adds to dx
  float* partials;  // [blocks, 2, columns]: each block's share of dGamma and dBeta; null: not wanted
  int rows;
  int columns;
};

// dx of four columns from g and x̂, which are in registers.
template <class T>
DEVICE void storeInputGradient(
    const Backward<T>& o, const float (&g)[4], const float (&normalized)[4], float inverseDeviation, float meanG,
    float meanGNormalized, T* dx, int left, bool aligned) {
  float result[4] = {};
  if (o.accumulate) {
    loadFour(result, dx, left, aligned);
  }
#pragma unroll
  for (int j = 0; j < 4; j++) {
    const float centered = fmaf(-normalized[j], meanGNormalized, g[j] - meanG);
    result[j] = fmaf(inverseDeviation, centered, result[j]);
  }
  storeFour(result, dx, left, aligned);
}

// Where a block adds its warps' sums of a column: lane by lane, a row for each of a lane's columns. Rows are eight further apart
// than they have lanes, so that neighbouring columns, which lie in four rows, meet in no bank either.
constexpr int SUMS_PITCH = LANES + 8;
constexpr int SUMS_ROOM = LONGEST_IN_REGISTERS / LANES * SUMS_PITCH;

DEVICE int placeOfSum(int k, int j, int lane) {
  return (4 * k + j) * SUMS_PITCH + lane;
}

template <class T, int FOURS, int ROWS, class Places>
DEVICE void backwardInRegisters(const Backward<T>& o, Places places, float (*shared)[SUMS_ROOM]) {
  const int lane = threadIdx.x % LANES;
  const int warpOfBlock = threadIdx.x / LANES;
  const long long warp = (long long)blockIdx.x * BACKWARD_WARPS + warpOfBlock;
  const long long warps = (long long)gridDim.x * BACKWARD_WARPS;
  float dGamma[FOURS][4] = {};
  float dBeta[FOURS][4] = {};
  for (long long first = warp * ROWS; first < o.rows; first += warps * ROWS) {
    // Columns and rows that do not exist have dy = 0 and add nothing to any sum.
    float g[ROWS][FOURS][4];           // dy, then g
    float normalized[ROWS][FOURS][4];  // x, then x̂
    typename Places::Place from[ROWS];
    places.ofRows(first, o.rows, from);
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
#pragma unroll
      for (int k = 0; k < FOURS; k++) {
        const int column = 4 * (lane + LANES * k);
        const bool exists = first + r < o.rows && column < o.columns;
        const long long at = (first + r) * o.columns + column;
        loadFourOrZero(g[r][k], o.dy + (long long)from[r] * o.columns + column, exists);
        loadFourOrZero(normalized[r][k], o.x + at, exists);
      }
    }
    float inverseDeviation[ROWS];
    float meanG[ROWS] = {};
    float meanGNormalized[ROWS] = {};
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      const bool exists = first + r < o.rows;
      const float mean = exists ? o.mean[first + r] : 0.0f;
      inverseDeviation[r] = exists ? o.inverseDeviation[first + r] : 0.0f;
#pragma unroll
      for (int k = 0; k < FOURS; k++) {
        const int column = 4 * (lane + LANES * k);
        float gamma[4];
        loadFourOrZero(gamma, o.gamma + column, column < o.columns);
#pragma unroll
        for (int j = 0; j < 4; j++) {
          normalized[r][k][j] = (normalized[r][k][j] - mean) * inverseDeviation[r];
          dGamma[k][j] = fmaf(g[r][k][j], normalized[r][k][j], dGamma[k][j]);
          dBeta[k][j] += g[r][k][j];
          g[r][k][j] *= gamma[j];
          meanG[r] += g[r][k][j];
          meanGNormalized[r] = fmaf(g[r][k][j], normalized[r][k][j], meanGNormalized[r]);
        }
      }
    }
    if (o.dx == nullptr) {
      continue;
    }
    toAllLanes(groupSums(meanG) / o.columns, meanG);
    toAllLanes(groupSums(meanGNormalized) / o.columns, meanGNormalized);
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
#pragma unroll
      for (int k = 0; k < FOURS; k++) {
        const int column = 4 * (lane + LANES * k);
        if (first + r < o.rows && column < o.columns) {
          storeInputGradient(
              o, g[r][k], normalized[r][k], inverseDeviation[r], meanG[r], meanGNormalized[r],
              o.dx + (first + r) * o.columns + column, 4, true);
        }
      }
    }
  }
  if (o.partials == nullptr) {
    return;
  }
  for (int turn = 0; turn < BACKWARD_WARPS; turn++) {
    if (turn == warpOfBlock) {
#pragma unroll
      for (int k = 0; k < FOURS; k++) {
#pragma unroll
        for (int j = 0; j < 4; j++) {
          const int at = placeOfSum(k, j, lane);
          shared[0][at] = turn == 0 ? dGamma[k][j] : shared[0][at] + dGamma[k][j];
          shared[1][at] = turn == 0 ? dBeta[k][j] : shared[1][at] + dBeta[k][j];
        }
      }
    }
    __syncthreads();
  }
  float* partial = o.partials + (long long)blockIdx.x * 2 * o.columns;
  for (int column = threadIdx.x; column < o.columns; column += BACKWARD_WARPS * LANES) {
    const int at = placeOfSum(column / COLUMNS_OF_FOURS, column % 4, column % COLUMNS_OF_FOURS / 4);
    partial[column] = shared[0][at];
    partial[o.columns + column] = shared[1][at];
  }
}

// dx of rows of any length and alignment; their dGamma and dBeta are layerNormParameters' work.
template <class T, class Places>
DEVICE void backwardThroughMemory(const Backward<T>& o, Places places, bool aligned) {
  const int lane = threadIdx.x % LANES;
  const long long warp = (long long)blockIdx.x * BACKWARD_WARPS + threadIdx.x / LANES;
  for (long long row = warp; row < o.rows; row += (long long)gridDim.x * BACKWARD_WARPS) {
    const T* dyRow = o.dy + places.of(row) * o.columns;
    const T* xRow = o.x + row * o.columns;
    const float mean = o.mean[row];
    const float inverseDeviation = o.inverseDeviation[row];
    float meanG = 0.0f;
    float meanGNormalized = 0.0f;
#pragma unroll 1
    for (int column = 4 * lane; column < o.columns; column += COLUMNS_OF_FOURS) {
      float dy[4];
      float x[4];
      float gamma[4];
      loadFour(dy, dyRow + column, o.columns - column, aligned);
      loadFour(x, xRow + column, o.columns - column, aligned);
      loadFour(gamma, o.gamma + column, o.columns - column, aligned);
#pragma unroll
      for (int j = 0; j < 4; j++) {
        const float g = dy[j] * gamma[j];
        meanG += g;
        meanGNormalized = fmaf(g, (x[j] - mean) * inverseDeviation, meanGNormalized);
      }
    }
    meanG = warpSum(meanG) / o.columns;
    meanGNormalized = warpSum(meanGNormalized) / o.columns;
#pragma unroll 1
    for (int column = 4 * lane; column < o.columns; column += COLUMNS_OF_FOURS) {
      const int left = o.columns - column;
      float g[4];
      float normalized[4];
      float gamma[4];
      loadFour(g, dyRow + column, left, aligned);
      loadFour(normalized, xRow + column, left, aligned);
      loadFour(gamma, o.gamma + column, left, aligned);
#pragma unroll
      for (int j = 0; j < 4; j++) {
        g[j] *= gamma[j];
        normalized[j] = (normalized[j] - mean) * inverseDeviation;
      }
      storeInputGradient(
          o, g, normalized, inverseDeviation, meanG, meanGNormalized, o.dx + row * o.columns + column, left, aligned);
    }
  }
}

template <class T, class Places>
DEVICE void backward(const Backward<T>& o, Places places, bool inRegisters) {
  __shared__ float shared[2][SUMS_ROOM];
  if (!inRegisters) {
    const bool aligned = o.columns % 4 == 0 && startsOnFour(o.dy) && startsOnFour(o.x) && startsOnFour(o.dx)
        && startsOnFour(o.gamma);
    backwardThroughMemory<T>(o, places, aligned);
    return;
  }
#define BACKWARD(fours, rows) backwardInRegisters<T, fours, rows>(o, places, shared)
  FOR_ROW_LENGTH(o.columns, BACKWARD, Places::AT_ONCE, 4, 2, 2)
#undef BACKWARD
}

DEVICE void addParameterGradients(
    const float (&dy)[4], const float (&x)[4], float mean, float inverseDeviation, float (&dGamma)[4],
    float (&dBeta)[4]) {
#pragma unroll
  for (int j = 0; j < 4; j++) {
    dGamma[j] = fmaf(dy[j], (x[j] - mean) * inverseDeviation, dGamma[j]);
    dBeta[j] += dy[j];
  }
}

// A share of dGamma and dBeta for rows of any length and alignment: a block sums 128 columns over every gridDim.y-th
// step of rows, a lane four columns, each warp its own rows.
template <class T, class Places>
DEVICE void parameterGradients(const Backward<T>& o, Places places) {
  __shared__ __align__(16) float shared[BACKWARD_WARPS][2][COLUMNS_OF_FOURS];
  const int lane = threadIdx.x % LANES;
  const int warpOfBlock = threadIdx.x / LANES;
  const int column = blockIdx.x * COLUMNS_OF_FOURS + 4 * lane;
  const int left = o.columns - column;
  float dGamma[4] = {};
  float dBeta[4] = {};
  const long long warps = (long long)gridDim.y * BACKWARD_WARPS;
  long long row = (long long)blockIdx.y * BACKWARD_WARPS + warpOfBlock;
  if (left >= 4 && o.columns % 4 == 0 && startsOnFour(o.dy) && startsOnFour(o.x)) {
    // Without a condition in it, so that the loads of several turns are under way at once.
#pragma unroll 4
    for (; row < o.rows; row += warps) {
      float dy[4];
      float x[4];
      readFour(dy, o.dy + places.of(row) * o.columns + column);
      readFour(x, o.x + row * o.columns + column);
      addParameterGradients(dy, x, o.mean[row], o.inverseDeviation[row], dGamma, dBeta);
    }
  } else if (left > 0) {
    for (; row < o.rows; row += warps) {
      float dy[4];
      float x[4];
      loadFour(dy, o.dy + places.of(row) * o.columns + column, left, false);
      loadFour(x, o.x + row * o.columns + column, left, false);
      addParameterGradients(dy, x, o.mean[row], o.inverseDeviation[row], dGamma, dBeta);
    }
  }
  writeFour(dGamma, &shared[warpOfBlock][0][4 * lane]);
  writeFour(dBeta, &shared[warpOfBlock][1][4 * lane]);
  __syncthreads();
  const int mine = blockIdx.x * COLUMNS_OF_FOURS + threadIdx.x;
  if (mine < o.columns) {
    float* partial = o.partials + (long long)blockIdx.y * 2 * o.columns;
#pragma unroll
    for (int which = 0; which < 2; which++) {
      float sum = shared[0][which][threadIdx.x];
#pragma unroll
      for (int w = 1; w < BACKWARD_WARPS; w++) {
        sum += shared[w][which][threadIdx.x];
      }
      partial[which * o.columns + mine] = sum;
    }
  }
}
