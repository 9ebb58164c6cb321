// Reduce family: sums over rows, tokens and whole arrays.
//
// A long sum is split into parts, one block each, whose results a second kernel adds: no atomics, whose order would be
// another one in each run. The number of parts, and with it the order of every addition, is a function of the sizes alone.
// All of these kernels read their operand once and do next to nothing else: what counts is that many loads are under way.
#include "doubleSums.cuh"
#include "elementary.cuh"
#include "fours.cuh"
#include "launchTable.cuh"

constexpr int LANES = 32;
constexpr int WARPS = 8;

// ---- sums of columns --------------------------------------------------------------------------------------------------
//
// A block has a tile of 128 columns: a lane sums four of them in registers, each warp over every eighth row. Then the
// eight warps' sums are added through shared memory, in the order of the warps.

constexpr int TILE = 4 * LANES;

DEVICE void addFour(float (&sums)[4], const float (&v)[4]) {
#pragma unroll
  for (int j = 0; j < 4; j++) {
    sums[j] += v[j];
  }
}

// Sum over rows first, first + step, … of the column that is this thread's, `tile * TILE + threadIdx.x`, in the threads
// 0 … TILE − 1; the others return nothing of use.
template <class T>
DEVICE float sumOfColumn(
    const T* x, long long first, long long step, long long rows, long long columns, long long tile,
    float (&shared)[WARPS][TILE]) {
  const int lane = threadIdx.x % LANES;
  const int warp = threadIdx.x / LANES;
  const long long column = tile * TILE + 4 * lane;
  const int left = (int)min(columns - column, 4LL);
  float sums[4] = {};
  long long row = first + warp * step;
  if (left >= 4 && columns % 4 == 0 && startsOnFour(x)) {
    // Without a condition in it, so that the loads of several turns are under way at once.
#pragma unroll 4
    for (; row < rows; row += WARPS * step) {
      float v[4];
      readFour(v, x + row * columns + column);
      addFour(sums, v);
    }
  } else if (left > 0) {
    for (; row < rows; row += WARPS * step) {
      float v[4];
      loadFour(v, x + row * columns + column, left, false);
      addFour(sums, v);
    }
  }
  writeFour(sums, &shared[warp][4 * lane]);
  __syncthreads();
  float sum = 0.0f;
  if (threadIdx.x < TILE) {
    sum = shared[0][threadIdx.x];
#pragma unroll
    for (int w = 1; w < WARPS; w++) {
      sum += shared[w][threadIdx.x];
    }
  }
  return sum;
}

// out[blockIdx.y, :] is the sum of x's rows [rows, columns] number blockIdx.y, blockIdx.y + gridDim.y, …: with one part it
// is the result, with several each is a row of partial sums. blockIdx.x is the tile of columns.
extern "C" __global__ void __launch_bounds__(WARPS* LANES) sumRows_bf16(
    const bf16* x, float* out, long long rows, long long columns, int accumulate) {
  __shared__ float shared[WARPS][TILE];
  const float sum = sumOfColumn(x, blockIdx.y, gridDim.y, rows, columns, blockIdx.x, shared);
  const long long column = (long long)blockIdx.x * TILE + threadIdx.x;
  if (threadIdx.x < TILE && column < columns) {
    float* to = out + blockIdx.y * columns + column;
    *to = accumulate ? *to + sum : sum;
  }
}
KERNEL(sumRows_bf16)

// start and then x of rows 1, 2, … of a column, in their order: the processor's sum, to its bits. x is the column's first.
DEVICE float sumInOrder(float start, const float* x, int rows, long long columns) {
  float sum = start;
#pragma unroll 16
  for (int row = 1; row < rows; row++) {
    sum = plus(sum, x[row * columns]);
  }
  return sum;
}

// What a sum of rows begins with: the first row, which is left as it is; zero, which makes +0 of −0; what the result holds.
enum Beginning { WITH_FIRST, FROM_ZERO, FROM_RESULT };

// out[part, :] is the sum of x's rows from part · rowsOfPart on. A thread has a column of a part. Parts are summed like rows, by
// another launch.
extern "C" __global__ void __launch_bounds__(WARPS* LANES) sumRows_f32(
    const float* x, float* out, long long rows, long long columns, int rowsOfPart, int beginning) {
  const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long part = i / columns;
  const long long first = part * rowsOfPart;
  if (first >= rows) {
    return;
  }
  const float* from = x + first * columns + (i - part * columns);
  float start = from[0];
  if (beginning != WITH_FIRST) {
    start = plus(beginning == FROM_ZERO ? 0.0f : out[i], start);
  }
  out[i] = sumInOrder(start, from, (int)min((long long)rowsOfPart, rows - first), columns);
}
KERNEL(sumRows_f32)

// y[b, c] = Σ_t x[b, t, c] · factor, the factor 1/tokens, in float32. A block has a sample and a tile of its channels, a thread
// a channel.
DEVICE void meanOfTokens(const float* x, float* y, int tokens, int channels, float factor) {
  const int tiles = (channels + TILE - 1) / TILE;
  const long long sample = blockIdx.x / tiles;
  const int channel = blockIdx.x % tiles * TILE + threadIdx.x;
  if (threadIdx.x < TILE && channel < channels) {
    const float* column = x + sample * tokens * channels + channel;
    y[sample * channels + channel] = times(sumInOrder(column[0], column, tokens, channels), factor);
  }
}

// The same in bf16, where a warp sums every eighth token.
DEVICE void meanOfTokens(const bf16* x, bf16* y, int tokens, int channels, float factor) {
  __shared__ float shared[WARPS][TILE];
  const int tiles = (channels + TILE - 1) / TILE;
  const long long sample = blockIdx.x / tiles;
  const int tile = blockIdx.x % tiles;
  const float sum = sumOfColumn(x + sample * tokens * channels, 0, 1, tokens, channels, tile, shared);
  const int channel = tile * TILE + threadIdx.x;
  if (threadIdx.x < TILE && channel < channels) {
    y[sample * channels + channel] = fromFloat<bf16>(sum * factor);
  }
}

// dx[b, t, c] = dy[b, c] · factor. The same division of work: a lane writes its four channels to every eighth token.
template <class T>
DEVICE void meanOfTokensBackward(const T* dy, T* dx, int tokens, int channels, float factor) {
  const int tiles = (channels + TILE - 1) / TILE;
  const long long sample = blockIdx.x / tiles;
  const int channel = blockIdx.x % tiles * TILE + 4 * (threadIdx.x % LANES);
  const bool aligned = channels % 4 == 0 && startsOnFour(dy) && startsOnFour(dx);
  float v[4];
  loadFour(v, dy + sample * channels + channel, channels - channel, aligned);
#pragma unroll
  for (int j = 0; j < 4; j++) {
    v[j] *= factor;
  }
  for (int token = threadIdx.x / LANES; token < tokens; token += WARPS) {
    storeFour(v, dx + (sample * tokens + token) * channels + channel, channels - channel, aligned);
  }
}

// ---- sums of parts ----------------------------------------------------------------------------------------------------
//
// Partial sums of one or two results: a part is the columns of the first and, behind them, those of the second (dGamma and
// dBeta, or a weight's gradient and its bias's). A backward pass has some ninety of such sums, most of them too small for a
// GPU; so a launch adds many (launchTable.cuh). In which order depends on the number of parts alone, never on what else the
// launch has to do.

struct SumOfParts {
  const float* partials;
  float* first;
  float* second;
  int firstColumns;
  int columns;
  int parts;  // negative: the sums are added to what is there
  int firstBlock;

  DEVICE float* at(long long column) const {
    return column < firstColumns ? first + column : second + (column - firstColumns);
  }
};

constexpr int PART_WARPS = 16;

// So many parts are added by one thread for each four columns, part after part. More are shared by a block's warps.
constexpr int FEW_PARTS = 32;

DEVICE void addFewParts(const SumOfParts& sum, int parts, bool accumulate, int block) {
  const long long column = 4 * ((long long)block * (PART_WARPS * LANES) + threadIdx.x);
  const long long columns = sum.columns;
  if (column >= columns) {
    return;
  }
  const int left = (int)min(columns - column, 4LL);
  const float* x = sum.partials + column;
  const bool aligned = columns % 4 == 0 && sum.firstColumns % 4 == 0 && startsOnFour(sum.partials) &&
                       startsOnFour(sum.first) && startsOnFour(sum.second);
  float sums[4] = {};
  if (aligned) {
#pragma unroll 8
    for (int part = 0; part < parts; part++) {
      float v[4];
      readFour(v, x + part * columns);
      addFour(sums, v);
    }
    float* to = sum.at(column);
    if (accumulate) {
      float before[4];
      readFour(before, to);
      addFour(sums, before);
    }
    writeFour(sums, to);
    return;
  }
  for (int part = 0; part < parts; part++) {
    float v[4];
    loadFour(v, x + part * columns, left, false);
    addFour(sums, v);
  }
#pragma unroll
  for (int j = 0; j < 4; j++) {
    if (j < left) {
      float* to = sum.at(column + j);
      *to = accumulate ? sums[j] + *to : sums[j];
    }
  }
}

// Many parts of few columns: a block has 32 columns, a lane one of them; each of the 16 warps adds every sixteenth part,
// and the first warp adds the warps' sums in their order.
DEVICE void addManyParts(
    const SumOfParts& sum, int parts, bool accumulate, int block, float (&shared)[PART_WARPS][LANES]) {
  const int lane = threadIdx.x % LANES;
  const int warp = threadIdx.x / LANES;
  const long long column = (long long)block * LANES + lane;
  const long long columns = sum.columns;
  float total = 0.0f;
  if (column < columns) {
    const float* x = sum.partials + column;
#pragma unroll 8
    for (int part = warp; part < parts; part += PART_WARPS) {
      total += x[part * columns];
    }
  }
  shared[warp][lane] = total;
  __syncthreads();
  if (warp == 0 && column < columns) {
#pragma unroll
    for (int w = 1; w < PART_WARPS; w++) {
      total += shared[w][lane];
    }
    float* to = sum.at(column);
    *to = accumulate ? *to + total : total;
  }
}

extern "C" __global__ void __launch_bounds__(PART_WARPS* LANES) sumParts_f32(
    int count, const LaunchTable<SumOfParts> sums) {
  __shared__ float shared[PART_WARPS][LANES];
  const SumOfParts sum = sums.of[pieceOf(sums, count, blockIdx.x)];
  const int block = blockIdx.x - sum.firstBlock;
  const int parts = abs(sum.parts);
  if (parts <= FEW_PARTS) {
    addFewParts(sum, parts, sum.parts < 0, block);
  } else {
    addManyParts(sum, parts, sum.parts < 0, block, shared);
  }
}
KERNEL(sumParts_f32)

// ---- sums of everything -------------------------------------------------------------------------------------------------
//
// In float64: a gradient norm is the sum of tens of millions of squares. The square of a float32 is exact in float64, and
// nothing that is finite overflows; an infinity or NaN among the terms comes out as one. Reading the terms takes longer
// than adding them even on GPUs that have 64 times fewer float64 units. The order is the processor's (doubleSums.cuh): half a warp
// has a chunk.

template <class Term, class T>
DEVICE void sumsOfChunks(const T* x, long long n, double* partials, Term term) {
  const long long chunk = ((long long)blockIdx.x * blockDim.x + threadIdx.x) / SUM_LANES;
  const double sum = sumOfChunk(x, chunk * SUM_CHUNK, n, term);
  if (threadIdx.x % SUM_LANES == 0 && chunk * SUM_CHUNK < n) {
    partials[chunk] = sum;
  }
}

// out[0] = Σ partials, rounded once. One warp, whose halves do the same.
extern "C" __global__ void __launch_bounds__(LANES) finishSum(const double* partials, float* out, int parts) {
  const double sum = foldLanes(sumOfLane(partials, 0, parts, Itself()));
  if (threadIdx.x == 0) {
    out[0] = (float)sum;
  }
}
KERNEL(finishSum)

#define REDUCE_KERNELS(T, suffix)                                                                            \
  extern "C" __global__ void __launch_bounds__(WARPS* LANES) meanTokens_##suffix(                            \
      const T* x, T* y, int tokens, int channels, float factor) {                                            \
    meanOfTokens(x, y, tokens, channels, factor);                                                            \
  }                                                                                                          \
  KERNEL(meanTokens_##suffix)                                                                                \
  extern "C" __global__ void __launch_bounds__(WARPS* LANES) meanTokensBackward_##suffix(                    \
      const T* dy, T* dx, int tokens, int channels, float factor) {                                          \
    meanOfTokensBackward(dy, dx, tokens, channels, factor);                                                  \
  }                                                                                                          \
  KERNEL(meanTokensBackward_##suffix)                                                                        \
  extern "C" __global__ void __launch_bounds__(WARPS* LANES) sum_##suffix(                                   \
      const T* x, double* partials, long long n) {                                                           \
    sumsOfChunks(x, n, partials, Itself());                                                                     \
  }                                                                                                          \
  KERNEL(sum_##suffix)                                                                                       \
  extern "C" __global__ void __launch_bounds__(WARPS* LANES) sumOfSquares_##suffix(                          \
      const T* x, double* partials, long long n) {                                                           \
    sumsOfChunks(x, n, partials, Square());                                                                     \
  }                                                                                                          \
  KERNEL(sumOfSquares_##suffix)

REDUCE_KERNELS(float, f32)
REDUCE_KERNELS(bf16, bf16)
