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
    int images, int channels, int height, int width, const unsigned char* __restrict__ pixels,
    const float* __restrict__ levels, T* __restrict__ planes) {
  const int plane = height * width;
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

// Pixel `at` of channel c of a picture, or what the last box over it has there.
DEVICE float changedPixel(
    long long image, int c, int at, int channels, int height, int width, const unsigned char* __restrict__ pixels,
    const float* __restrict__ levels, const int* __restrict__ firstBox, const int* __restrict__ boxes,
    const float* __restrict__ values) {
  float value = levels[256 * c + pixels[(image * height * width + at) * channels + c]];
  for (int i = firstBox[image]; i < firstBox[image + 1]; i++) {
    const int* box = boxes + 5 * i;
    const int y = at / width - box[0];
    const int x = at % width - box[1];
    if (y >= 0 && y < box[2] && x >= 0 && x < box[3]) {
      value = values[box[4] + (c * box[2] + y) * box[3] + x];
    }
  }
  return value;
}

// A picture's value with its partner's: blended, or the partner's within a box, or as it is. Rounded after
// each step, as the processor does.
DEVICE float mixedPixel(
    const int* __restrict__ mix, const float* __restrict__ share, float own, float other, int y, int x) {
  if (mix[0] == 2) {
    return y >= mix[1] && y < mix[2] && x >= mix[3] && x < mix[4] ? other : own;
  }
  return mix[0] == 1 ? __fadd_rn(__fmul_rn(own, share[0]), __fmul_rn(other, share[1])) : own;
}

// The same with boxes that are overwritten, and pictures that are mixed with those at the other end of the
// batch where `mixes` is given. A thread has four neighbouring pixels of both; blockIdx.y counts pairs.
template <class T>
DEVICE void changedPixelsToPlanesElements(
    int images, int channels, int height, int width, const unsigned char* __restrict__ pixels,
    const float* __restrict__ levels, const int* __restrict__ firstBox, const int* __restrict__ boxes,
    const float* __restrict__ values, const int* __restrict__ mixes, const float* __restrict__ shares,
    T* __restrict__ planes) {
  const int plane = height * width;
  const bool aligned = plane % 4 == 0 && startsOnFour(planes);
  const int step = 4 * gridDim.x * blockDim.x;
  for (long long first = blockIdx.y; first < (images + 1) / 2; first += gridDim.y) {
    const long long second = images - 1 - first;
    for (long long p = 4 * ((long long)blockIdx.x * blockDim.x + threadIdx.x); p < plane; p += step) {
      const int left = (int)min(plane - p, 4LL);
      for (int c = 0; c < channels; c++) {
        float own[4], other[4];
#pragma unroll
        for (int j = 0; j < 4; j++) {
          own[j] = other[j] = 0.0f;
          if (j < left) {
            const int at = (int)p + j;
            const float a =
                changedPixel(first, c, at, channels, height, width, pixels, levels, firstBox, boxes, values);
            const float b =
                changedPixel(second, c, at, channels, height, width, pixels, levels, firstBox, boxes, values);
            const int y = at / width;
            const int x = at % width;
            own[j] = mixes == nullptr ? a : mixedPixel(mixes + 5 * first, shares + 2 * first, a, b, y, x);
            other[j] = mixes == nullptr ? b : mixedPixel(mixes + 5 * second, shares + 2 * second, b, a, y, x);
          }
        }
        storeFour(own, planes + (first * channels + c) * plane + p, left, aligned);
        if (first != second) {
          storeFour(other, planes + (second * channels + c) * plane + p, left, aligned);
        }
      }
    }
  }
}

#define PIXELS_TO_PLANES(T, suffix)                                                                          \
  extern "C" __global__ void __launch_bounds__(256) pixelsToPlanes_##suffix(                                 \
      int images, int channels, int height, int width, const unsigned char* pixels, const float* levels,     \
      T* planes) {                                                                                           \
    pixelsToPlanesElements(images, channels, height, width, pixels, levels, planes);                         \
  }                                                                                                          \
  KERNEL(pixelsToPlanes_##suffix)                                                                            \
  extern "C" __global__ void __launch_bounds__(256) changedPixelsToPlanes_##suffix(                          \
      int images, int channels, int height, int width, const unsigned char* pixels, const float* levels,     \
      const int* firstBox, const int* boxes, const float* values, const int* mixes, const float* shares,     \
      T* planes) {                                                                                           \
    changedPixelsToPlanesElements(                                                                           \
        images, channels, height, width, pixels, levels, firstBox, boxes, values, mixes, shares, planes);    \
  }                                                                                                          \
  KERNEL(changedPixelsToPlanes_##suffix)

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
