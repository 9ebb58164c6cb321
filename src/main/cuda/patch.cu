// Patch family: pixels to patch rows, four tokens to one, one to several, and the way back. Nothing is
// computed (but the statistics of merged rows, where a LayerNorm will want them), so the kernels know no element types: they move words of 16, 8, 4 or 2 bytes, and all sizes and
// places along the innermost axis count in words. The launch (CudaPatch.java) takes the longest word that
// divides addresses and lengths: 16 bytes, or 8 for bf16 images in patches of 4.
//
// A block does one strip, which is what one row of patches (or of merged tokens) has on both sides; the image
// and the row are divided out once for the block, and threads have 32-bit indices within the strip.
// Neighbouring threads write neighbouring words. Their reads are in runs (a patch's row of pixels, a token's
// channels); the rest of a cache line is read by the same block and found in L1. So each kernel reads and
// writes every byte once: 2 · bytes of memory traffic.
#include "rowStatistics.cuh"

// Image [batch, channels, height, width] to rows [batch, patchRows, patchColumns, channels, patch, patch].
//
// `width` and `patchWidth` count in words. Words beyond the image are zero. Block: one row of patches of one
// image.
template <class Word>
DEVICE void embedGatherWords(
    int channels, int height, unsigned width, int patchRows, unsigned patchColumns, unsigned patch,
    unsigned patchWidth, const Word* __restrict__ image, Word* __restrict__ rows) {
  const long long b = blockIdx.x / patchRows;
  const int patchRow = blockIdx.x % patchRows;
  const unsigned strip = patchColumns * channels * patch * patchWidth;
  const Word* pixels = image + b * channels * height * width;
  Word* to = rows + (long long)blockIdx.x * strip;
  for (unsigned i = threadIdx.x; i < strip; i += blockDim.x) {
    unsigned rest = i / patchWidth;
    const unsigned j = i % patchWidth;
    const unsigned row = rest % patch;
    rest /= patch;
    const unsigned c = rest % channels;
    const unsigned x = rest / channels * patchWidth + j;
    const int y = patchRow * patch + row;
    Word word = {};
    if (y < height && x < width) {
      word = pixels[((long long)c * height + y) * width + x];
    }
    to[i] = word;
  }
}

// The way back: patches do not overlap, so each pixel has one source. Block: the pixels of one row of
// patches.
template <class Word>
DEVICE void embedScatterWords(
    int channels, int height, unsigned width, int patchRows, unsigned patchColumns, unsigned patch,
    unsigned patchWidth, const Word* __restrict__ rows, Word* __restrict__ image) {
  const long long b = blockIdx.x / patchRows;
  const int patchRow = blockIdx.x % patchRows;
  const Word* from = rows + (long long)blockIdx.x * patchColumns * channels * patch * patchWidth;
  Word* pixels = image + b * channels * height * width;
  const unsigned strip = channels * patch * width;
  for (unsigned i = threadIdx.x; i < strip; i += blockDim.x) {
    const unsigned x = i % width;
    const unsigned rest = i / width;
    const unsigned row = rest % patch;
    const unsigned c = rest / patch;
    const int y = patchRow * patch + row;
    if (y < height) {
      pixels[((long long)c * height + y) * width + x] =
          from[((x / patchWidth * channels + c) * patch + row) * patchWidth + x % patchWidth];
    }
  }
}

// x [batch, height, width, channels] to merged [batch, ⌈height/2⌉, ⌈width/2⌉, 4, channels], the four in
// Swin's order: (row, column) = (even, even), (odd, even), (even, odd), (odd, odd). Tokens beyond an odd edge
// are zero. `channels` counts in words. Block: one row of merged tokens.
template <class Word>
DEVICE void mergeGatherWords(
    int height, unsigned width, unsigned channels, const Word* __restrict__ x, Word* __restrict__ merged) {
  const int mergedHeight = (height + 1) / 2;
  const unsigned strip = (width + 1) / 2 * 4 * channels;
  const long long b = blockIdx.x / mergedHeight;
  const int mergedRow = blockIdx.x % mergedHeight;
  Word* to = merged + (long long)blockIdx.x * strip;
  for (unsigned i = threadIdx.x; i < strip; i += blockDim.x) {
    const unsigned c = i % channels;
    const unsigned part = i / channels % 4;
    const unsigned column = 2 * (i / channels / 4) + part / 2;
    const int row = 2 * mergedRow + part % 2;
    Word word = {};
    if (row < height && column < width) {
      word = x[((b * height + row) * width + column) * channels + c];
    }
    to[i] = word;
  }
}

// The same of bf16 whose channels are a multiple of 32, and the statistics of the merged rows (rowStatistics.cuh). `channels`
// counts in words of eight.
DEVICE void mergeGatherWithStatistics(
    int height, unsigned width, unsigned channels, const uint4* __restrict__ x, uint4* __restrict__ merged,
    float2* __restrict__ statistics) {
  const int mergedHeight = (height + 1) / 2;
  const unsigned strip = (width + 1) / 2 * 4 * channels;
  const long long b = blockIdx.x / mergedHeight;
  const int mergedRow = blockIdx.x % mergedHeight;
  const long long start = (long long)blockIdx.x * strip;
  for (unsigned first = 0; first < strip; first += blockDim.x) {
    const unsigned i = first + threadIdx.x;
    const unsigned c = i % channels;
    const unsigned part = i / channels % 4;
    const unsigned column = 2 * (i / channels / 4) + part / 2;
    const int row = 2 * mergedRow + part % 2;
    uint4 word = {};
    if (i < strip && row < height && column < width) {
      word = x[((b * height + row) * width + column) * channels + c];
    }
    const float2 ofWords = statisticsOfEights(word);
    if (i < strip) {
      merged[start + i] = word;
      if (i % 4 == 0) {
        statistics[(start + i) / 4] = ofWords;
      }
    }
  }
}

// The way back. Block: one row of x's tokens.
template <class Word>
DEVICE void mergeScatterWords(
    int height, unsigned width, unsigned channels, const Word* __restrict__ merged, Word* __restrict__ x) {
  const long long b = blockIdx.x / height;
  const int row = blockIdx.x % height;
  const unsigned strip = width * channels;
  const unsigned mergedStrip = (width + 1) / 2 * 4 * channels;
  const Word* from = merged + (b * ((height + 1) / 2) + row / 2) * mergedStrip;
  Word* to = x + (long long)blockIdx.x * strip;
  for (unsigned i = threadIdx.x; i < strip; i += blockDim.x) {
    const unsigned c = i % channels;
    const unsigned column = i / channels;
    to[i] = from[(column / 2 * 4 + column % 2 * 2 + row % 2) * channels + c];
  }
}

// x [outer, rows, columns, run] to y [outer, columns, rows, run]. `run` counts in words. Block: 1024 words of
// y, the last of an outer index fewer. Neighbouring threads read neighbouring words where a run is long; of
// runs of one word (channels last to first) they read every columns-th, and blocks of the next columns find
// the other words of the cache lines in L2.
template <class Word>
DEVICE void exchangeWords(
    unsigned rows, unsigned columns, unsigned run, unsigned pieces, const Word* __restrict__ x,
    Word* __restrict__ y) {
  const unsigned piece = 1024;
  const unsigned part = rows * columns * run;
  const long long start = (long long)(blockIdx.x / pieces) * part;
  const unsigned first = blockIdx.x % pieces * piece;
  const unsigned end = part - first < piece ? part : first + piece;
  for (unsigned i = first + threadIdx.x; i < end; i += blockDim.x) {
    const unsigned row = i / run % rows;
    const unsigned column = i / run / rows;
    y[start + i] = x[start + (row * columns + column) * run + i % run];
  }
}

#define PATCH_KERNELS(Word, bytes)                                                                           \
  extern "C" __global__ void __launch_bounds__(256) embedGather_##bytes(                                     \
      int channels, int height, int width, int patchRows, int patchColumns, int patch, int patchWidth,       \
      const Word* image, Word* rows) {                                                                       \
    embedGatherWords(channels, height, width, patchRows, patchColumns, patch, patchWidth, image, rows);      \
  }                                                                                                          \
  KERNEL(embedGather_##bytes)                                                                                \
  extern "C" __global__ void __launch_bounds__(256) embedScatter_##bytes(                                    \
      int channels, int height, int width, int patchRows, int patchColumns, int patch, int patchWidth,       \
      const Word* rows, Word* image) {                                                                       \
    embedScatterWords(channels, height, width, patchRows, patchColumns, patch, patchWidth, rows, image);     \
  }                                                                                                          \
  KERNEL(embedScatter_##bytes)                                                                               \
  extern "C" __global__ void __launch_bounds__(256) mergeGather_##bytes(                                     \
      int height, int width, int channels, const Word* x, Word* merged) {                                    \
    mergeGatherWords(height, width, channels, x, merged);                                                    \
  }                                                                                                          \
  KERNEL(mergeGather_##bytes)                                                                                \
  extern "C" __global__ void __launch_bounds__(256) mergeScatter_##bytes(                                    \
      int height, int width, int channels, const Word* merged, Word* x) {                                    \
    mergeScatterWords(height, width, channels, merged, x);                                                   \
  }                                                                                                          \
  KERNEL(mergeScatter_##bytes)                                                                               \
  extern "C" __global__ void __launch_bounds__(256) exchange_##bytes(                                        \
      int rows, int columns, int run, int pieces, const Word* x, Word* y) {                                  \
    exchangeWords(rows, columns, run, pieces, x, y);                                                         \
  }                                                                                                          \
  KERNEL(exchange_##bytes)

extern "C" __global__ void __launch_bounds__(256) mergeGatherStatistics_16(
    int height, int width, int channels, const uint4* x, uint4* merged, float2* statistics) {
  mergeGatherWithStatistics(height, width, channels, x, merged, statistics);
}
KERNEL(mergeGatherStatistics_16)

PATCH_KERNELS(uint4, 16)
PATCH_KERNELS(uint2, 8)
PATCH_KERNELS(uint32_t, 4)
PATCH_KERNELS(uint16_t, 2)
