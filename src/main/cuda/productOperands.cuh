// The arguments of a kernel that multiplies, and how it passes them on; Product.java has them in the same order.
#pragma once
#include "epilogue.cuh"

#define OPERANDS(T, Result)                                                                                    \
  int m, int n, int k, const T *a, long long strideA, long long batchStrideA, const T *b, long long strideB,   \
      long long batchStrideB, Result *c, long long strideC, long long batchStrideC, int slices, int stretch,   \
      float alpha, float beta, const float *bias, T *preActivation, int gelu, const T *geluGradientOf,         \
      const float *rowScale, int rowsPerScale, const T *residual, const float *weightSums,                     \
      const float2 *statistics, float epsilon, float2 *rowStatistics
#define PASSED(T) MATRICES, EPILOGUE(T)
#define MATRICES                                                                                               \
  m, n, k, a, strideA, batchStrideA, b, strideB, batchStrideB, c, strideC, batchStrideC, slices, stretch
#define EPILOGUE(T)                                                                                            \
      Epilogue<T>{alpha,        beta,     bias,       preActivation, gelu,    geluGradientOf, rowScale,        \
                  rowsPerScale, residual, weightSums, statistics,    epsilon, rowStatistics}
