// Window family: cyclic shift, partition into windows and its inverse (Swin Transformer, section 3.2) as
// kernels of their own. The attention kernels need none of them: there the same arithmetic is part of the
// loads.
//
// Nothing is computed, so the kernels move words of 16, 8, 4 or 2 bytes and know no element types; `channels`
// counts in words (see patch.cu). Each is a gather: every word of the result has one source, or is padding. A
// block writes one row of tokens [width, channels]: it divides out image and row once; a thread divides its
// 32-bit place in the row by `channels`. Reads and writes are runs of a token's channels. Memory traffic:
// every byte read once and written once.
#include "windowGeometry.cuh"

// y[b, (i + shiftHeight) mod height, (j + shiftWidth) mod width, :] = x[b, i, j, :]; shifts are in [0, size).
template <class Word>
DEVICE void cyclicShiftWords(
    int height, unsigned width, unsigned channels, int shiftHeight, unsigned shiftWidth,
    const Word* __restrict__ x, Word* __restrict__ y) {
  const long long b = blockIdx.x / height;
  const int row = blockIdx.x % height;
  const unsigned strip = width * channels;
  const Word* from = x + (b * height + floorModulo(row - shiftHeight, height)) * strip;
  Word* to = y + (long long)blockIdx.x * strip;
  const unsigned shift = shiftWidth * channels;
  for (unsigned i = threadIdx.x; i < strip; i += blockDim.x) {
    to[i] = from[i < shift ? i + strip - shift : i - shift];
  }
}

// Image [batch, height, width, channels] to windows [batch, windowRows, windowColumns, window height, window
// width, channels]. Block: one row of tokens in one window.
template <class Word>
DEVICE void partitionWords(
    Axis rows, Axis columns, unsigned channels, const Word* __restrict__ image, Word* __restrict__ windows) {
  long long rest = blockIdx.x;
  const int rowInWindow = rest % rows.window;
  rest /= rows.window;
  const int windowColumn = rest % columns.windows();
  rest /= columns.windows();
  const int windowRow = rest % rows.windows();
  const long long b = rest / rows.windows();

  const int row = rows.source(windowRow * rows.window + rowInWindow);
  const Word* from = image + (b * rows.size + row) * columns.size * channels;
  const unsigned strip = columns.window * channels;
  Word* to = windows + (long long)blockIdx.x * strip;
  for (unsigned i = threadIdx.x; i < strip; i += blockDim.x) {
    const int column = columns.source(windowColumn * columns.window + i / channels);
    Word word = {};
    if (row < rows.size && column < columns.size) {
      word = from[(unsigned)column * channels + i % channels];
    }
    to[i] = word;
  }
}

// The inverse; padding is dropped. Block: one row of the image's tokens.
template <class Word>
DEVICE void reverseWords(
    Axis rows, Axis columns, unsigned channels, const Word* __restrict__ windows, Word* __restrict__ image) {
  const long long b = blockIdx.x / rows.size;
  const int row = rows.target(blockIdx.x % rows.size);
  const long long firstWindow = (b * rows.windows() + row / rows.window) * columns.windows();
  const int rowInWindow = row % rows.window;
  const unsigned strip = columns.size * channels;
  Word* to = image + (long long)blockIdx.x * strip;
  for (unsigned i = threadIdx.x; i < strip; i += blockDim.x) {
    const int column = columns.target(i / channels);
    const long long window = firstWindow + column / columns.window;
    const long long token = (window * rows.window + rowInWindow) * columns.window + column % columns.window;
    to[i] = windows[token * channels + i % channels];
  }
}

#define WINDOW_KERNELS(Word, bytes)                                                                          \
  extern "C" __global__ void __launch_bounds__(256) cyclicShift_##bytes(                                     \
      int height, int width, int channels, int shiftHeight, int shiftWidth, const Word* x, Word* y) {        \
    cyclicShiftWords(height, width, channels, shiftHeight, shiftWidth, x, y);                                \
  }                                                                                                          \
  KERNEL(cyclicShift_##bytes)                                                                                \
  extern "C" __global__ void __launch_bounds__(256) partition_##bytes(                                       \
      int height, int windowHeight, int shiftHeight, int width, int windowWidth, int shiftWidth,             \
      int padThenShift, int channels, const Word* image, Word* windows) {                                    \
    const Axis rows = {height, windowHeight, shiftHeight, padThenShift};                                     \
    const Axis columns = {width, windowWidth, shiftWidth, padThenShift};                                     \
    partitionWords(rows, columns, channels, image, windows);                                                 \
  }                                                                                                          \
  KERNEL(partition_##bytes)                                                                                  \
  extern "C" __global__ void __launch_bounds__(256) reverse_##bytes(                                         \
      int height, int windowHeight, int shiftHeight, int width, int windowWidth, int shiftWidth,             \
      int padThenShift, int channels, const Word* windows, Word* image) {                                    \
    const Axis rows = {height, windowHeight, shiftHeight, padThenShift};                                     \
    const Axis columns = {width, windowWidth, shiftWidth, padThenShift};                                     \
    reverseWords(rows, columns, channels, windows, image);                                                   \
  }                                                                                                          \
  KERNEL(reverse_##bytes)

WINDOW_KERNELS(uint4, 16)
WINDOW_KERNELS(uint2, 8)
WINDOW_KERNELS(uint32_t, 4)
WINDOW_KERNELS(uint16_t, 2)
