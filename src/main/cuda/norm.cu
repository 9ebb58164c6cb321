// Norm family: layer normalisation of rows (Ba et al. 2016), y = (x − mean)·inverseDeviation·gamma + beta.
//
// A warp works on whole rows. Lane l holds the fours number l, l + 32, l + 64, … of a row, that is columns 4l … 4l + 3,
// 128 + 4l …, and so on. Rows of up to 1024 columns stay in registers between the passes (mean, variance, result), so that
// memory is read once and written once; these kernels cost bytes, not arithmetic: forward 2 activations' worth, backward 3,
// or 4 where dx is added to.
//
// What hides the time that memory takes is many loads under way. A short row is only one load, so a warp takes several
// short rows at once: up to eight fours of a lane are under way in the forward pass, up to sixteen in the backward pass.
// Longer rows are read again for each pass; the second time they come from the first or second cache.
#include "fours.cuh"
#include "normFloat32.cuh"
#include "normFold.cuh"

constexpr int LANES = 32;

// Columns that a warp holds with one four in each lane.
constexpr int COLUMNS_OF_FOURS = 4 * LANES;

constexpr int LONGEST_IN_REGISTERS = 8 * COLUMNS_OF_FOURS;

// Calls RUN(fours of a lane, rows at once) for a row's length: rows1 for rows of up to 128 columns, and so on.
#define FOR_ROW_LENGTH(columns, RUN, rows1, rows2, rows3, rows4)          \
  switch (((columns) + COLUMNS_OF_FOURS - 1) / COLUMNS_OF_FOURS) {        \
    case 1: RUN(1, rows1); break;                                         \
    case 2: RUN(2, rows2); break;                                         \
    case 3: RUN(3, rows3); break;                                         \
    case 4: RUN(4, rows4); break;                                         \
    case 5:                                                               \
    case 6: RUN(6, 1); break;                                             \
    default: RUN(8, 1);                                                   \
  }

// ---- forward --------------------------------------------------------------------------------------------------------

constexpr int FORWARD_WARPS = 8;

template <class T>
struct Forward {
  const T* x;          // [rows, columns]
  const float* gamma;  // [columns]
  const float* beta;   // [columns]
  T* y;                // [rows, columns]; may be x
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

template <class T>
DEVICE void keepStatistics(const Forward<T>& o, long long row, float mean, float inverseDeviation) {
  if (threadIdx.x % LANES == 0 && row < o.rows) {
    if (o.mean != nullptr) {
      o.mean[row] = mean;
    }
    if (o.inverseDeviation != nullptr) {
      o.inverseDeviation[row] = inverseDeviation;
    }
  }
}

// The sums over the lanes of ROWS values each, the sum number r in all lanes of group r of LANES/ROWS lanes: warpSum's tree,
// so warpSum's bits, but each step halves the values that a lane still has to add for.
template <int ROWS>
DEVICE float groupSums(float (&values)[ROWS]) {
  const int lane = threadIdx.x % LANES;
  int distance = LANES / 2;
#pragma unroll
  for (int left = ROWS; left > 1; left /= 2, distance /= 2) {
    const bool upper = (lane & distance) != 0;
#pragma unroll
    for (int r = 0; r < left / 2; r++) {
      const float kept = upper ? values[r + left / 2] : values[r];
      const float given = upper ? values[r] : values[r + left / 2];
      values[r] = kept + __shfl_xor_sync(FULL_WARP, given, distance);
    }
  }
#pragma unroll
  for (; distance > 0; distance /= 2) {
    values[0] += __shfl_xor_sync(FULL_WARP, values[0], distance);
  }
  return values[0];
}

// Hands what each group of lanes has to all lanes.
template <int ROWS>
DEVICE void toAllLanes(float ofGroup, float (&values)[ROWS]) {
#pragma unroll
  for (int r = 0; r < ROWS; r++) {
    values[r] = ROWS == 1 ? ofGroup : __shfl_sync(FULL_WARP, ofGroup, r * (LANES / ROWS));
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
template <class T, int FOURS, int ROWS>
DEVICE void normalizeInRegisters(const Forward<T>& o) {
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
          writeFour(values[r][k], o.y + (first + r) * o.columns + column);
        }
      }
    }
  }
}

// One row at a time, of any length and alignment, read anew for each pass. Adds in the same order as above.
template <class T>
DEVICE void normalizeThroughMemory(const Forward<T>& o, bool aligned) {
  const int lane = threadIdx.x % LANES;
  const long long warp = (long long)blockIdx.x * FORWARD_WARPS + threadIdx.x / LANES;
  for (long long row = warp; row < o.rows; row += (long long)gridDim.x * FORWARD_WARPS) {
    const T* x = o.x + row * o.columns;
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
      storeFour(v, o.y + row * o.columns + column, o.columns - column, aligned);
    }
  }
}

template <class T>
DEVICE void normalize(const Forward<T>& o) {
  const bool aligned = o.columns % 4 == 0 && startsOnFour(o.x) && startsOnFour(o.y) && startsOnFour(o.gamma)
      && startsOnFour(o.beta);
  if (!aligned || o.columns > LONGEST_IN_REGISTERS) {
    normalizeThroughMemory<T>(o, aligned);
    return;
  }
#define NORMALIZE(fours, rows) normalizeInRegisters<T, fours, rows>(o)
  FOR_ROW_LENGTH(o.columns, NORMALIZE, 4, 2, 1, 1)
#undef NORMALIZE
}

// layerNorm: the normalised rows, from statistics that are computed and kept where mean and inverseDeviation are not null,
// or, with `given`, from statistics that were kept.
extern "C" __global__ void __launch_bounds__(FORWARD_WARPS* LANES, 4) layerNorm_bf16(
    const bf16* x, const float* gamma, const float* beta, bf16* y, float* mean, float* inverseDeviation, int rows,
    int columns, double epsilon, int given) {
  normalize<bf16>({x, gamma, beta, y, rows, columns, (float)epsilon, mean, inverseDeviation, given != 0});
}
KERNEL(layerNorm_bf16)

extern "C" __global__ void __launch_bounds__(FLOAT32_FORWARD_WARPS* LANES, 2) layerNorm_f32(
    const float* x, const float* gamma, const float* beta, float* y, float* mean, float* inverseDeviation, int rows,
    int columns, double epsilon, int given) {
  normalizeFloat32({x, gamma, beta, y, rows, columns, epsilon, mean, inverseDeviation, given != 0});
}
KERNEL(layerNorm_f32)

// ---- backward -------------------------------------------------------------------------------------------------------
//
// With x̂ = (x − mean)·inverseDeviation and g = dy·gamma:
//   dx     = inverseDeviation·(g − mean(g) − x̂·mean(g·x̂))   row by row, like the forward pass
//   dGamma = Σ_rows dy·x̂,  dBeta = Σ_rows dy                 column by column
// Both need x and dy. A lane meets the same columns in every row, so it sums its columns' shares of dGamma and dBeta in
// registers while its warp goes through its rows. At the end the warps of a block add theirs in shared memory, one after
// the other, and the block writes one partial sum; sumParts (reduce.cu) adds those of all blocks. The number of blocks is
// a function of the number of rows alone, and with it the order of every sum.

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

template <class T, int FOURS, int ROWS>
DEVICE void backwardInRegisters(const Backward<T>& o, float (*shared)[SUMS_ROOM]) {
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
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
#pragma unroll
      for (int k = 0; k < FOURS; k++) {
        const int column = 4 * (lane + LANES * k);
        const bool exists = first + r < o.rows && column < o.columns;
        const long long at = (first + r) * o.columns + column;
        loadFourOrZero(g[r][k], o.dy + at, exists);
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
template <class T>
DEVICE void backwardThroughMemory(const Backward<T>& o, bool aligned) {
  const int lane = threadIdx.x % LANES;
  const long long warp = (long long)blockIdx.x * BACKWARD_WARPS + threadIdx.x / LANES;
  for (long long row = warp; row < o.rows; row += (long long)gridDim.x * BACKWARD_WARPS) {
    const T* dyRow = o.dy + row * o.columns;
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

template <class T>
DEVICE void backward(const Backward<T>& o, bool inRegisters) {
  __shared__ float shared[2][SUMS_ROOM];
  if (!inRegisters) {
    const bool aligned = o.columns % 4 == 0 && startsOnFour(o.dy) && startsOnFour(o.x) && startsOnFour(o.dx)
        && startsOnFour(o.gamma);
    backwardThroughMemory<T>(o, aligned);
    return;
  }
#define BACKWARD(fours, rows) backwardInRegisters<T, fours, rows>(o, shared)
  FOR_ROW_LENGTH(o.columns, BACKWARD, 8, 4, 2, 2)
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
template <class T>
DEVICE void parameterGradients(const Backward<T>& o) {
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
      readFour(dy, o.dy + row * o.columns + column);
      readFour(x, o.x + row * o.columns + column);
      addParameterGradients(dy, x, o.mean[row], o.inverseDeviation[row], dGamma, dBeta);
    }
  } else if (left > 0) {
    for (; row < o.rows; row += warps) {
      float dy[4];
      float x[4];
      loadFour(dy, o.dy + row * o.columns + column, left, false);
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

// layerNormBackward: dx where it is wanted, and partial sums of dGamma and dBeta where `partials` is not null, which rows
// that are not taken in registers do not have. The caller decides `inRegisters`, because with it the number of launches
// changes: rows of at most 1024 columns, a multiple of four, all operands but the statistics aligned to a four.
// layerNormParameters: the partial sums of all other rows.
#define BACKWARD_KERNELS(T, suffix)                                                                          \
  extern "C" __global__ void __launch_bounds__(BACKWARD_WARPS* LANES) layerNormBackward_##suffix(            \
      const T* dy, const T* x, const float* mean, const float* inverseDeviation, const float* gamma, T* dx,  \
      int accumulate, float* partials, int rows, int columns, int inRegisters) {                             \
    backward<T>(                                                                                             \
        {dy, x, mean, inverseDeviation, gamma, dx, accumulate != 0, partials, rows, columns},                \
        inRegisters != 0);                                                                                   \
  }                                                                                                          \
  KERNEL(layerNormBackward_##suffix)                                                                         \
  extern "C" __global__ void __launch_bounds__(BACKWARD_WARPS* LANES) layerNormParameters_##suffix(          \
      const T* dy, const T* x, const float* mean, const float* inverseDeviation, float* partials, int rows,  \
      int columns) {                                                                                         \
    parameterGradients<T>(                                                                                   \
        {dy, x, mean, inverseDeviation, nullptr, nullptr, false, partials, rows, columns});                  \
  }                                                                                                          \
  KERNEL(layerNormParameters_##suffix)

BACKWARD_KERNELS(float, f32)
BACKWARD_KERNELS(bf16, bf16)
