// TF32 family: products of float32 matrices on the tensor cores, for who asks for them (docs/GPU.md). Names say how operands
// lie in memory, as matrix.cu's.
#include "matrixTf32.cuh"
#include "productOperands.cuh"

#define TF32_PRODUCT(layout, kind, size, aKFast, bKFast, wholeChunks)                                          \
  extern "C" __global__ void __launch_bounds__(THREADS, 2) product_##layout##_##kind##_tf32(                   \
      PLAIN_OPERANDS(float, float)) {                                                                          \
    productTf32<size, aKFast, bKFast, wholeChunks>(MATRICES, PLAIN_EPILOGUE(float));                           \
  }                                                                                                            \
  KERNEL(product_##layout##_##kind##_tf32)

// kind: the size of the tile, or `any` for operands that do not consist of whole 16-byte chunks.
#define TF32_PRODUCTS(kind, size, wholeChunks)                                                                 \
  TF32_PRODUCT(nn, kind, size, true, false, wholeChunks)                                                       \
  TF32_PRODUCT(nt, kind, size, true, true, wholeChunks)                                                        \
  TF32_PRODUCT(tn, kind, size, false, false, wholeChunks)                                                      \
  TF32_PRODUCT(tt, kind, size, false, true, wholeChunks)

TF32_PRODUCTS(128, 128, true)
TF32_PRODUCTS(64, 64, true)
TF32_PRODUCTS(any, 64, false)
