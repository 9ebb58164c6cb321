// Products of layers with dropout behind them: those of matrix.cu with the epilogues of epilogueDropout.cuh. Forward (nt) a
// layer with GELU, as the first of an MLP, and one with a factor and a residual, as the second and attention's projection;
// backward (nn) the way through GELU. All else has the kernels for everything.
#include "epilogueDropout.cuh"
#include "matrixBf16.cuh"
#include "matrixFloat32.cuh"
#include "productOperands.cuh"

#define FLOAT32_DROPOUT(layout, size, groups, bKFast)                                                          \
  extern "C" __global__ void __launch_bounds__(256, 3 - groups) product_##layout##_dropout_##size##_f32(       \
      OPERANDS(float, float), MASK) {                                                                          \
    productFloat32<groups, true, bKFast>(MATRICES, DROPPING(float, EPILOGUE));                                 \
  }                                                                                                            \
  KERNEL(product_##layout##_dropout_##size##_f32)

FLOAT32_DROPOUT(nt, 128, 2, true)
FLOAT32_DROPOUT(nn, 128, 2, false)
FLOAT32_DROPOUT(nt, 64, 1, true)
FLOAT32_DROPOUT(nn, 64, 1, false)

#define BF16_DROPOUT(layout, finish, kind, size, bKFast, wholeChunks)                                          \
  extern "C" __global__ void __launch_bounds__(2 * size, 2) product_##layout##_##kind##_bf16(                  \
      OPERANDS(bf16, bf16), MASK) {                                                                            \
    productBf16<Finish::finish, size, true, bKFast, wholeChunks, bf16>(MATRICES, DROPPING(bf16, EPILOGUE));    \
  }                                                                                                            \
  KERNEL(product_##layout##_##kind##_bf16)

#define BF16_DROPOUTS(size)                                                                                    \
  BF16_DROPOUT(nt, GELU, geluDropout_##size, size, true, true)                                                 \
  BF16_DROPOUT(nt, RESIDUAL, residualDropout_##size, size, true, true)                                         \
  BF16_DROPOUT(nn, GELU_GRADIENT, geluGradientDropout_##size, size, false, true)

BF16_DROPOUTS(128)
BF16_DROPOUTS(64)
BF16_DROPOUT(nt, ANY, dropout_any, 64, true, false)
BF16_DROPOUT(nn, ANY, dropout_any, 64, false, false)
