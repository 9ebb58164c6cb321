// layerNorm for bf16: rows of up to 1024 columns stay in registers between the passes (normRows.cuh). float32 has the
// processor's order of sums: normFloat32.cuh.
#pragma once
#include "normRows.cuh"

constexpr int FORWARD_WARPS = 8;

struct Forward {
  const bf16* x;       // [rows, columns]
  const float* gamma;  // [columns]
  const float* beta;   // [columns]
  bf16* y;             // [rows, columns]; may be x
  int rows;
  int columns;
  float epsilon;
  float* mean;              // [rows]; read where the statistics are given, else written; null: not kept
  float* inverseDeviation;  // [rows]; likewise
  bool given;
};

// 1/√(variance + epsilon). rsqrtf would be two units in the last place off.
DEVICE float inverseOfDeviation(float sumOfSquares, int columns, float epsilon) {
  return 1.0f / sqrtf(sumOfSquares / columns + epsilon);
}

DEVICE void keepStatistics(const Forward& o, long long row, float mean, float inverseDeviation) {
  if (threadIdx.x % LANES == 0 && row < o.rows) {
    if (o.mean != nullptr) {
      o.mean[row] = mean;
    }
    if (o.inverseDeviation != nullptr) {
      o.inverseDeviation[row] = inverseDeviation;
    }
  }
}

// Statistics of rows in registers: the mean first, then the sum of the squared deviations from it. One pass with Σx and
// Σx² would be cheaper and lose all digits where the mean is large beside the deviation. The divisions and the root, which
// would be most of the work, a lane does for one row only.
template <int FOURS, int ROWS>
DEVICE void statistics(
    const float (&values)[ROWS][FOURS][4], int columns, float epsilon, float (&mean)[ROWS],
    float (&inverseDeviation)[ROWS]) {
  const int lane = threadIdx.x % LANES;
  float sums[ROWS];
#pragma unroll
  for (int r = 0; r < ROWS; r++) {
    sums[r] = 0.0f;
#pragma unroll
    for (int k = 0; k < FOURS; k++) {
      sums[r] += (values[r][k][0] + values[r][k][1]) + (values[r][k][2] + values[r][k][3]);
    }
  }
  toAllLanes(groupSums(sums) / columns, mean);
  float squares[ROWS];
#pragma unroll
  for (int r = 0; r < ROWS; r++) {
    squares[r] = 0.0f;
#pragma unroll
    for (int k = 0; k < FOURS; k++) {
      const bool exists = 4 * (lane + LANES * k) < columns;
#pragma unroll
      for (int j = 0; j < 4; j++) {
        const float deviation = exists ? values[r][k][j] - mean[r] : 0.0f;
        squares[r] = fmaf(deviation, deviation, squares[r]);
      }
    }
  }
  toAllLanes(inverseOfDeviation(groupSums(squares), columns, epsilon), inverseDeviation);
}

// ROWS rows at once, each FOURS fours in every lane.
template <int FOURS, int ROWS, class Places>
DEVICE void normalizeInRegisters(const Forward& o, Places places) {
  const int lane = threadIdx.x % LANES;
  const long long warp = (long long)blockIdx.x * FORWARD_WARPS + threadIdx.x / LANES;
  const long long warps = (long long)gridDim.x * FORWARD_WARPS;
  for (long long first = warp * ROWS; first < o.rows; first += warps * ROWS) {
    float values[ROWS][FOURS][4];
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
#pragma unroll
      for (int k = 0; k < FOURS; k++) {
        const int column = 4 * (lane + LANES * k);
        const bool exists = first + r < o.rows && column < o.columns;
        loadFourOrZero(values[r][k], o.x + (first + r) * o.columns + column, exists);
      }
    }
    float mean[ROWS];
    float inverseDeviation[ROWS];
    if (o.given) {
#pragma unroll
      for (int r = 0; r < ROWS; r++) {
        const long long row = min(first + r, (long long)o.rows - 1);
        mean[r] = o.mean[row];
        inverseDeviation[r] = o.inverseDeviation[row];
      }
    } else {
      statistics<FOURS, ROWS>(values, o.columns, o.epsilon, mean, inverseDeviation);
#pragma unroll
      for (int r = 0; r < ROWS; r++) {
        keepStatistics(o, first + r, mean[r], inverseDeviation[r]);
      }
    }
    typename Places::Place to[ROWS];
    places.ofRows(first, o.rows, to);
#pragma unroll
    for (int k = 0; k < FOURS; k++) {
      const int column = 4 * (lane + LANES * k);
      float gamma[4];
      float beta[4];
      loadFourOrZero(gamma, o.gamma + column, column < o.columns);
      loadFourOrZero(beta, o.beta + column, column < o.columns);
#pragma unroll
      for (int r = 0; r < ROWS; r++) {
#pragma unroll
        for (int j = 0; j < 4; j++) {
          values[r][k][j] = fmaf((values[r][k][j] - mean[r]) * inverseDeviation[r], gamma[j], beta[j]);
        }
        if (first + r < o.rows && column < o.columns) {
          writeFour(values[r][k], o.y + (long long)to[r] * o.columns + column);
        }
      }
    }
  }
}

// One row at a time, of any length and alignment, read anew for each pass. Adds in the same order as above.
template <class Places>
DEVICE void normalizeThroughMemory(const Forward& o, bool aligned, Places places) {
  const int lane = threadIdx.x % LANES;
  const long long warp = (long long)blockIdx.x * FORWARD_WARPS + threadIdx.x / LANES;
  for (long long row = warp; row < o.rows; row += (long long)gridDim.x * FORWARD_WARPS) {
    const bf16* x = o.x + row * o.columns;
    bf16* y = o.y + places.of(row) * o.columns;
    float mean;
    float inverseDeviation;
    if (o.given) {
      mean = o.mean[row];
      inverseDeviation = o.inverseDeviation[row];
    } else {
      float sum = 0.0f;
#pragma unroll 1
    for (int column = 4 * lane; column < o.columns; column += COLUMNS_OF_FOURS) {
        float v[4];
        loadFour(v, x + column, o.columns - column, aligned);
        sum += (v[0] + v[1]) + (v[2] + v[3]);
      }
      mean = warpSum(sum) / o.columns;
      float squares = 0.0f;
#pragma unroll 1
    for (int column = 4 * lane; column < o.columns; column += COLUMNS_OF_FOURS) {
        float v[4];
        loadFour(v, x + column, o.columns - column, aligned, mean);
#pragma unroll
        for (int j = 0; j < 4; j++) {
          squares = fmaf(v[j] - mean, v[j] - mean, squares);
        }
      }
      inverseDeviation = inverseOfDeviation(warpSum(squares), o.columns, o.epsilon);
      keepStatistics(o, row, mean, inverseDeviation);
    }
#pragma unroll 1
    for (int column = 4 * lane; column < o.columns; column += COLUMNS_OF_FOURS) {
      float v[4];
      float gamma[4];
      float beta[4];
      loadFour(v, x + column, o.columns - column, aligned);
      loadFour(gamma, o.gamma + column, o.columns - column, aligned);
      loadFour(beta, o.beta + column, o.columns - column, aligned);
#pragma unroll
      for (int j = 0; j < 4; j++) {
        v[j] = fmaf((v[j] - mean) * inverseDeviation, gamma[j], beta[j]);
      }
      storeFour(v, y + column, o.columns - column, aligned);
    }
  }
}

template <class Places>
DEVICE void normalize(const Forward& o, Places places) {
  const bool aligned = o.columns % 4 == 0 && startsOnFour(o.x) && startsOnFour(o.y) && startsOnFour(o.gamma)
      && startsOnFour(o.beta);
  if (!aligned || o.columns > LONGEST_IN_REGISTERS) {
    normalizeThroughMemory(o, aligned, places);
    return;
  }
#define NORMALIZE(fours, rows) normalizeInRegisters<fours, rows>(o, places)
  FOR_ROW_LENGTH(o.columns, NORMALIZE, 4, 2, 1, 1)
#undef NORMALIZE
}
