// Layers of two tensors side by side, [first | second]: a decoder's rows and a skip connection's, which then need not be put
// side by side in memory, a trip of both through it. Each product has the bits of the one (matrix.cu) on a matrix that holds
// both, since the terms of a sum and their order are the same.
#include "matrixBf16.cuh"

// y = [a | second]·bᵀ + bias.
#define PAIR_LAYER(size)                                                                                       \
  extern "C" __global__ void __launch_bounds__(2 * size, 2) product_nt_pair_##size##_bf16(                     \
      int m, int n, int k, const bf16* a, bf16* second, const bf16* b, bf16* c, const float* bias) {           \
    Epilogue<bf16> epilogue = {};                                                                              \
    epilogue.bias = bias;                                                                                      \
    productBf16<Finish::BIAS, size, true, true, true, bf16, Pair::LEFT>(                                       \
        m, n, k, a, k / 2, 0, b, k, 0, c, n, 0, 1, k, epilogue, {}, second, k / 2);                            \
  }                                                                                                            \
  KERNEL(product_nt_pair_##size##_bf16)

// [c | second] = a·b.
#define PAIR_INPUT(size)                                                                                       \
  extern "C" __global__ void __launch_bounds__(2 * size, 2) product_nn_pair_##size##_bf16(                     \
      int m, int n, int k, const bf16* a, const bf16* b, bf16* c, bf16* second) {                              \
    productBf16<Finish::BIAS, size, true, false, true, bf16, Pair::RESULT>(                                    \
        m, n, k, a, k, 0, b, n, 0, c, n, 0, 1, k, Epilogue<bf16>{}, {}, second, n / 2);                        \
  }                                                                                                            \
  KERNEL(product_nn_pair_##size##_bf16)

// The weight's and the bias's gradient: dYᵀ·[x | second], as weightGradient.cuh has it.
#define PAIR_WEIGHT(size)                                                                                      \
  extern "C" __global__ void __launch_bounds__(2 * size, 2) product_tn_pair_##size##_bf16f32(                  \
      int m, int n, int k, const bf16* dy, const bf16* x, float* c, float* biasSums, long long sliceStride,    \
      int slices, int stretch, float beta, bf16* second) {                                                     \
    Epilogue<bf16> epilogue = {};                                                                              \
    epilogue.beta = beta;                                                                                      \
    productBf16<Finish::WEIGHT, size, false, false, true, float, Pair::RIGHT>(                                 \
        m, n, k, dy, m, 0, x, n / 2, 0, c, n, 0, slices, stretch, epilogue,                                    \
        WeightGradient{biasSums, sliceStride, nullptr, 1}, second, n / 2);                                     \
  }                                                                                                            \
  KERNEL(product_tn_pair_##size##_bf16f32)

#define PAIRS(size)                                                                                            \
  PAIR_LAYER(size)                                                                                             \
  PAIR_INPUT(size)                                                                                             \
  PAIR_WEIGHT(size)

PAIRS(128)
PAIRS(64)
