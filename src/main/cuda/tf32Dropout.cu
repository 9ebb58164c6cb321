// Products of tf32.cu with dropout behind them, of layers forward (nt) and backward (nn), as matrixDropout.cu has them.
#include "epilogueDropout.cuh"
#include "matrixTf32.cuh"
#include "productOperands.cuh"

#define TF32_DROPOUT(layout, kind, size, bKFast, wholeChunks)                                                  \
  extern "C" __global__ void __launch_bounds__(THREADS, 2) product_##layout##_dropout_##kind##_tf32(           \
      PLAIN_OPERANDS(float, float), MASK) {                                                                    \
    productTf32<size, true, bKFast, wholeChunks>(MATRICES, DROPPING(float, PLAIN_EPILOGUE));                   \
  }                                                                                                            \
  KERNEL(product_##layout##_dropout_##kind##_tf32)

TF32_DROPOUT(nt, 128, 128, true, true)
TF32_DROPOUT(nn, 128, 128, false, true)
TF32_DROPOUT(nt, 64, 64, true, true)
TF32_DROPOUT(nn, 64, 64, false, true)
TF32_DROPOUT(nt, any, 64, true, false)
TF32_DROPOUT(nn, any, 64, false, false)
