// Matrix family: products with everything that the contract does to a finished element on the way. Names say how operands
// lie in memory, A then B: n as they are ([m][k], [k][n]), t transposed ([k][m], [n][k]). A linear layer is nt, its input's
// gradient nn, its weight's gradient tn.
#include "matrixBf16.cuh"
#include "matrixFloat32.cuh"
#include "productOperands.cuh"

// Two blocks on a multiprocessor for the small tile: without that number the assembler aims at three, and spills.
#define FLOAT32_PRODUCT(layout, size, groups, aKFast, bKFast)                                                  \
  extern "C" __global__ void __launch_bounds__(256, 3 - groups) product_##layout##_##size##_f32(               \
      OPERANDS(float, float)) {                                                                                \
    productFloat32<groups, aKFast, bKFast>(PASSED(float));                                                     \
  }                                                                                                            \
  KERNEL(product_##layout##_##size##_f32)

#define FLOAT32_PRODUCTS(size, groups)                                                                         \
  FLOAT32_PRODUCT(nn, size, groups, true, false)                                                               \
  FLOAT32_PRODUCT(nt, size, groups, true, true)                                                                \
  FLOAT32_PRODUCT(tn, size, groups, false, false)                                                              \
  FLOAT32_PRODUCT(tt, size, groups, false, true)

FLOAT32_PRODUCTS(128, 2)
FLOAT32_PRODUCTS(64, 1)

#define BF16_PRODUCT(layout, finish, kind, size, aKFast, bKFast, wholeChunks, Result, suffix)                  \
  extern "C" __global__ void __launch_bounds__(2 * size, 2) product_##layout##_##kind##_##suffix(              \
      OPERANDS(bf16, Result)) {                                                                                \
    productBf16<Finish::finish, size, aKFast, bKFast, wholeChunks, Result>(PASSED(bf16));                      \
  }                                                                                                            \
  KERNEL(product_##layout##_##kind##_##suffix)

// kind: the size of the tile, or `any` for operands that do not consist of whole 16-byte chunks.
#define BF16_PRODUCTS(kind, size, wholeChunks)                                                                 \
  BF16_PRODUCT(nn, ANY, kind, size, true, false, wholeChunks, bf16, bf16)                                      \
  BF16_PRODUCT(nt, ANY, kind, size, true, true, wholeChunks, bf16, bf16)                                       \
  BF16_PRODUCT(tn, ANY, kind, size, false, false, wholeChunks, bf16, bf16)                                     \
  BF16_PRODUCT(tt, ANY, kind, size, false, true, wholeChunks, bf16, bf16)

BF16_PRODUCTS(128, 128, true)
BF16_PRODUCTS(64, 64, true)
BF16_PRODUCTS(any, 64, false)

// Layers with the epilogues that they have as a rule, forward (nt) and backward (nn).
#define BF16_LAYERS(size)                                                                                      \
  BF16_PRODUCT(nt, BIAS, bias_##size, size, true, true, true, bf16, bf16)                                      \
  BF16_PRODUCT(nt, GELU, gelu_##size, size, true, true, true, bf16, bf16)                                      \
  BF16_PRODUCT(nt, RESIDUAL, residual_##size, size, true, true, true, bf16, bf16)                              \
  BF16_PRODUCT(nn, BIAS, bias_##size, size, true, false, true, bf16, bf16)                                     \
  BF16_PRODUCT(nn, RESIDUAL, residual_##size, size, true, false, true, bf16, bf16)                             \
  BF16_PRODUCT(nn, GELU_GRADIENT, geluGradient_##size, size, true, false, true, bf16, bf16)

BF16_LAYERS(128)
BF16_LAYERS(64)

// Gradients of weights and biases: dY [k][m] and X [k][n] give float32 sums, of all rows or of those that DropPath kept.
#define WEIGHT_GRADIENT(finish, kind, size, wholeChunks)                                                       \
  extern "C" __global__ void __launch_bounds__(2 * size, 2) product_tn_##kind##_bf16f32(                       \
      int m, int n, int k, const bf16* a, const bf16* b, float* c, float* biasSums, long long sliceStride,     \
      int slices, int stretch, float beta, const float* rowScale, int rowsPerScale) {                          \
    Epilogue<bf16> epilogue = {};                                                                              \
    epilogue.beta = beta;                                                                                      \
    productBf16<Finish::finish, size, false, false, wholeChunks, float>(                                       \
        m, n, k, a, m, 0, b, n, 0, c, n, 0, slices, stretch, epilogue,                                         \
        WeightGradient{biasSums, sliceStride, rowScale, rowsPerScale});                                        \
  }                                                                                                            \
  KERNEL(product_tn_##kind##_bf16f32)

WEIGHT_GRADIENT(WEIGHT, 128, 128, true)
WEIGHT_GRADIENT(WEIGHT, 64, 64, true)
WEIGHT_GRADIENT(WEIGHT, any, 64, false)
WEIGHT_GRADIENT(KEPT_WEIGHT, kept_128, 128, true)
WEIGHT_GRADIENT(KEPT_WEIGHT, kept_64, 64, true)

// Layers of an inference in which LayerNorm is no kernel of its own: those whose result is normalised next keep its rows'
// statistics, the others normalise while they read.
#define BF16_NORM_LAYERS(size)                                                                                 \
  BF16_PRODUCT(nt, RESIDUAL_STATISTICS, residualStatistics_##size, size, true, true, true, bf16, bf16)         \
  BF16_PRODUCT(nt, NORM_BIAS, normBias_##size, size, true, true, true, bf16, bf16)                             \
  BF16_PRODUCT(nt, NORM_GELU, normGelu_##size, size, true, true, true, bf16, bf16)

BF16_NORM_LAYERS(128)
BF16_NORM_LAYERS(64)
