// Memory family: copies between rows of different strides or types, and pictures' bytes to floats. (Fills and plain
// copies are the driver's.)
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

// Pictures as bytes, channels interleaved [images, plane, channels], to planes [images, channels, plane]: a
// pixel of channel c and value v becomes levels[256·c + v]. A thread has four neighbouring pixels, so that it
// writes a four of each channel; of pictures of three channels it reads three words. `pixels` starts on 16
// bytes. blockIdx.y counts pictures.
template <class T>
DEVICE void pixelsToPlanesElements(
    int images, int channels, int plane, const unsigned char* __restrict__ pixels,
    const float* __restrict__ levels, T* __restrict__ planes) {
  const bool aligned = plane % 4 == 0 && startsOnFour(planes);
  const int step = 4 * gridDim.x * blockDim.x;
  for (long long image = blockIdx.y; image < images; image += gridDim.y) {
    const unsigned char* from = pixels + image * plane * channels;
    T* to = planes + image * plane * channels;
    for (long long p = 4 * ((long long)blockIdx.x * blockDim.x + threadIdx.x); p < plane; p += step) {
      if (aligned && channels == 3) {
        const uint32_t* words = reinterpret_cast<const uint32_t*>(from + 3 * p);
        const uint32_t word[3] = {words[0], words[1], words[2]};
#pragma unroll
        for (int c = 0; c < 3; c++) {
          float four[4];
#pragma unroll
          for (int j = 0; j < 4; j++) {
            const int at = 3 * j + c;
            four[j] = levels[256 * c + (word[at / 4] >> (8 * (at % 4)) & 255u)];
          }
          writeFour(four, to + c * (long long)plane + p);
        }
        continue;
      }
      const int left = (int)min(plane - p, 4LL);
      for (int c = 0; c < channels; c++) {
        float four[4];
#pragma unroll
        for (int j = 0; j < 4; j++) {
          four[j] = j < left ? levels[256 * c + from[(p + j) * channels + c]] : 0.0f;
        }
        storeFour(four, to + c * (long long)plane + p, left, aligned);
      }
    }
  }
}

#define PIXELS_TO_PLANES(T, suffix)                                                                          \
  extern "C" __global__ void __launch_bounds__(256) pixelsToPlanes_##suffix(                                 \
      int images, int channels, int plane, const unsigned char* pixels, const float* levels, T* planes) {    \
    pixelsToPlanesElements(images, channels, plane, pixels, levels, planes);                                 \
  }                                                                                                          \
  KERNEL(pixelsToPlanes_##suffix)

PIXELS_TO_PLANES(float, f32)
PIXELS_TO_PLANES(bf16, bf16)

#define CONVERT_ROWS(From, from, To, to)                                                                     \
  extern "C" __global__ void __launch_bounds__(256) convertRows_##from##_##to(                               \
      int rows, long long columns, const From* x, long long xStride, To* y, long long yStride) {             \
    convertRowsElements(rows, columns, x, xStride, y, yStride);                                              \
  }                                                                                                          \
  KERNEL(convertRows_##from##_##to)

CONVERT_ROWS(float, f32, bf16, bf16)
CONVERT_ROWS(bf16, bf16, float, f32)
