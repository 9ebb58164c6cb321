// Memory family: copies between rows of different strides or types. (Fills and plain copies are the driver's.)
// blockIdx.y counts rows, blockIdx.x and threads go along a row. Every byte is read once and written once.
#include "device.cuh"
#include "fours.cuh"

// Rows of one type are moved as words of 16, 8, 4 or 2 bytes, the longest that addresses, strides and the
// length of a row allow; all sizes count in words.
template <class Word>
DEVICE void copyRowsWords(
    int rows, long long columns, const Word* __restrict__ from, long long fromStride, Word* __restrict__ to,
    long long toStride) {
  const long long step = (long long)gridDim.x * blockDim.x;
  for (long long row = blockIdx.y; row < rows; row += gridDim.y) {
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < columns; i += step) {
      to[row * toStride + i] = from[row * fromStride + i];
    }
  }
}

// Rows of two types are converted four elements at a time, rounding to the nearest, ties to even.
template <class From, class To>
DEVICE void convertRowsElements(
    int rows, long long columns, const From* __restrict__ from, long long fromStride, To* __restrict__ to,
    long long toStride) {
  const bool aligned = (fromStride | toStride) % 4 == 0 && startsOnFour(from) && startsOnFour(to);
  const long long step = 4 * (long long)gridDim.x * blockDim.x;
  for (long long row = blockIdx.y; row < rows; row += gridDim.y) {
    for (long long i = 4 * ((long long)blockIdx.x * blockDim.x + threadIdx.x); i < columns; i += step) {
      const int left = (int)min(columns - i, 4LL);
      float four[4];
      loadFour(four, from + row * fromStride + i, left, aligned);
      storeFour(four, to + row * toStride + i, left, aligned);
    }
  }
}

#define COPY_ROWS(Word, bytes)                                                                               \
  extern "C" __global__ void __launch_bounds__(256) copyRows_##bytes(                                        \
      int rows, long long columns, const Word* from, long long fromStride, Word* to, long long toStride) {   \
    copyRowsWords(rows, columns, from, fromStride, to, toStride);                                            \
  }                                                                                                          \
  KERNEL(copyRows_##bytes)

COPY_ROWS(uint4, 16)
COPY_ROWS(uint2, 8)
COPY_ROWS(uint32_t, 4)
COPY_ROWS(uint16_t, 2)

#define CONVERT_ROWS(From, from, To, to)                                                                     \
  extern "C" __global__ void __launch_bounds__(256) convertRows_##from##_##to(                               \
      int rows, long long columns, const From* x, long long xStride, To* y, long long yStride) {             \
    convertRowsElements(rows, columns, x, xStride, y, yStride);                                              \
  }                                                                                                          \
  KERNEL(convertRows_##from##_##to)

CONVERT_ROWS(float, f32, bf16, bf16)
CONVERT_ROWS(bf16, bf16, float, f32)
