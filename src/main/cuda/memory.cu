// Memory family: copies between rows of different strides or types. (Fills and plain copies are the driver's.)
#include "device.cuh"

template <class From, class To>
DEVICE void copyRowsElements(
    long long rows, long long columns, const From* from, long long fromStride, To* to, long long toStride) {
  const long long step = (long long)gridDim.x * blockDim.x;
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < rows * columns; i += step) {
    const long long row = i / columns;
    const long long column = i % columns;
    to[row * toStride + column] = fromFloat<To>(toFloat(from[row * fromStride + column]));
  }
}

// Integers are copied as they are: their bits need not be a number's.
DEVICE void copyRowsIntegers(
    long long rows, long long columns, const int* from, long long fromStride, int* to, long long toStride) {
  const long long step = (long long)gridDim.x * blockDim.x;
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < rows * columns; i += step) {
    to[i / columns * toStride + i % columns] = from[i / columns * fromStride + i % columns];
  }
}

#define COPY_ROWS(From, from, To, to)                                                                          \
  extern "C" __global__ void copyRows_##from##_##to(                                                           \
      long long rows, long long columns, const From* x, long long xStride, To* y, long long yStride) {         \
    copyRowsElements(rows, columns, x, xStride, y, yStride);                                                   \
  }                                                                                                            \
  KERNEL(copyRows_##from##_##to)

COPY_ROWS(float, f32, float, f32)
COPY_ROWS(float, f32, bf16, bf16)
COPY_ROWS(bf16, bf16, float, f32)
COPY_ROWS(bf16, bf16, bf16, bf16)

extern "C" __global__ void copyRows_i32_i32(
    long long rows, long long columns, const int* x, long long xStride, int* y, long long yStride) {
  copyRowsIntegers(rows, columns, x, xStride, y, yStride);
}
KERNEL(copyRows_i32_i32)
