// Reduce family: sums in a fixed order that depends on the sizes alone. No atomics: what many blocks add up goes through
// memory, and a second kernel adds the blocks' parts in their order.
#include "device.cuh"

constexpr int SUM_THREADS = 256;

// Column sums: 32 columns side by side, so that a warp reads 32 neighbours, times 8 rows at once.
constexpr int COLUMNS = 32;
constexpr int ROWS = 8;

// Sum over a block's threads, in thread 0: a tree over distances 128, 64, … 1.
DEVICE double blockSum(double value, double* shared) {
  shared[threadIdx.x] = value;
  __syncthreads();
#pragma unroll
  for (int distance = SUM_THREADS / 2; distance > 0; distance /= 2) {
    if (static_cast<int>(threadIdx.x) < distance) {
      shared[threadIdx.x] += shared[threadIdx.x + distance];
    }
    __syncthreads();
  }
  return shared[0];
}

struct Identity {
  DEVICE static double of(double x) { return x; }
};

struct Square {
  DEVICE static double of(double x) { return x * x; }
};

// parts[block] = Σ f(x) over the block's stretch of `stretch` elements. Float64: a gradient norm over 28 million float32
// squares would lose three digits else. It stays bound by memory even where float64 is slow: one addition for four bytes.
template <class T, class Function>
DEVICE void sumParts(const T* x, long long n, long long stretch, double* parts) {
  __shared__ double shared[SUM_THREADS];
  const long long begin = blockIdx.x * stretch;
  const long long end = min(n, begin + stretch);
  double sum = 0;
  for (long long i = begin + threadIdx.x; i < end; i += SUM_THREADS) {
    sum += Function::of(toFloat(x[i]));
  }
  sum = blockSum(sum, shared);
  if (threadIdx.x == 0) {
    parts[blockIdx.x] = sum;
  }
}

#define SUM_KERNELS(T, suffix)                                                                                 \
  extern "C" __global__ void __launch_bounds__(SUM_THREADS) sumParts_##suffix(                                 \
      const T* x, long long n, long long stretch, double* parts) {                                             \
    sumParts<T, Identity>(x, n, stretch, parts);                                                               \
  }                                                                                                            \
  KERNEL(sumParts_##suffix)                                                                                    \
  extern "C" __global__ void __launch_bounds__(SUM_THREADS) sumOfSquaresParts_##suffix(                        \
      const T* x, long long n, long long stretch, double* parts) {                                             \
    sumParts<T, Square>(x, n, stretch, parts);                                                                 \
  }                                                                                                            \
  KERNEL(sumOfSquaresParts_##suffix)

SUM_KERNELS(float, f32)
SUM_KERNELS(bf16, bf16)

// out[0] = Σ parts, rounded once. One block.
extern "C" __global__ void __launch_bounds__(SUM_THREADS) sumOfParts(const double* parts, int count, float* out) {
  __shared__ double shared[SUM_THREADS];
  double sum = 0;
  for (int i = threadIdx.x; i < count; i += SUM_THREADS) {
    sum += parts[i];
  }
  sum = blockSum(sum, shared);
  if (threadIdx.x == 0) {
    out[0] = static_cast<float>(sum);
  }
}
KERNEL(sumOfParts)

// Σ over rows [begin, end) of one column of x [rows, columns]; valid in the threads whose row lane is 0. A block has
// COLUMNS × ROWS threads: column lane = threadIdx.x % 32, row lane = threadIdx.x / 32, which takes every eighth row.
template <class T>
DEVICE float columnSum(const T* x, long long begin, long long end, long long columns, long long column) {
  __shared__ float shared[ROWS][COLUMNS];
  const int columnLane = threadIdx.x % COLUMNS;
  const int rowLane = threadIdx.x / COLUMNS;
  float sum = 0;
  if (column < columns) {
    for (long long row = begin + rowLane; row < end; row += ROWS) {
      sum += toFloat(x[row * columns + column]);
    }
  }
  shared[rowLane][columnLane] = sum;
  __syncthreads();
  if (rowLane == 0) {
    for (int other = 1; other < ROWS; other++) {
      sum += shared[other][columnLane];
    }
  }
  return sum;
}

// parts[part, column] = Σ over the part's rows. Grid: tiles of columns × parts.
template <class T>
DEVICE void sumRowsParts(const T* x, long long rows, long long columns, long long stretch, float* parts) {
  const long long column = (long long)blockIdx.x * COLUMNS + threadIdx.x % COLUMNS;
  const long long begin = blockIdx.y * stretch;
  const float sum = columnSum(x, begin, min(rows, begin + stretch), columns, column);
  if (threadIdx.x < COLUMNS && column < columns) {
    parts[blockIdx.y * columns + column] = sum;
  }
}

// out[column] (+)= Σ parts[part, column], the parts in their order.
extern "C" __global__ void sumRowsOfParts(
    const float* parts, int count, long long columns, float* out, int accumulate) {
  const long long column = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (column < columns) {
    float sum = 0;
    for (int part = 0; part < count; part++) {
      sum += parts[part * columns + column];
    }
    out[column] = accumulate ? out[column] + sum : sum;
  }
}
KERNEL(sumRowsOfParts)

// y[b, channel] = mean over tokens of x[b, token, channel]. Grid: tiles of channels × batch, the tiles fastest.
template <class T>
DEVICE void meanTokensRows(const T* x, int tokens, int channels, T* y) {
  const int tiles = (channels + COLUMNS - 1) / COLUMNS;
  const long long b = blockIdx.x / tiles;
  const int channel = blockIdx.x % tiles * COLUMNS + threadIdx.x % COLUMNS;
  const float sum = columnSum(x + b * tokens * channels, 0, tokens, channels, channel);
  if (threadIdx.x < COLUMNS && channel < channels) {
    y[b * channels + channel] = fromFloat<T>(sum / tokens);
  }
}

// dx[b, token, channel] = dy[b, channel] / tokens.
template <class T>
DEVICE void meanTokensBackwardElements(const T* dy, long long n, int tokens, int channels, T* dx) {
  const long long step = (long long)gridDim.x * blockDim.x;
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += step) {
    const long long b = i / channels / tokens;
    dx[i] = fromFloat<T>(toFloat(dy[b * channels + i % channels]) / tokens);
  }
}

#define ROW_KERNELS(T, suffix)                                                                                 \
  extern "C" __global__ void __launch_bounds__(COLUMNS * ROWS) sumRowsParts_##suffix(                          \
      const T* x, long long rows, long long columns, long long stretch, float* parts) {                        \
    sumRowsParts(x, rows, columns, stretch, parts);                                                            \
  }                                                                                                            \
  KERNEL(sumRowsParts_##suffix)                                                                                \
  extern "C" __global__ void __launch_bounds__(COLUMNS * ROWS) meanTokens_##suffix(                            \
      const T* x, int tokens, int channels, T* y) {                                                            \
    meanTokensRows(x, tokens, channels, y);                                                                    \
  }                                                                                                            \
  KERNEL(meanTokens_##suffix)                                                                                  \
  extern "C" __global__ void meanTokensBackward_##suffix(                                                      \
      const T* dy, long long n, int tokens, int channels, T* dx) {                                             \
    meanTokensBackwardElements(dy, n, tokens, channels, dx);                                                   \
  }                                                                                                            \
  KERNEL(meanTokensBackward_##suffix)

ROW_KERNELS(float, f32)
ROW_KERNELS(bf16, bf16)
