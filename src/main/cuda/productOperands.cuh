// The arguments of a kernel that multiplies, and how it passes them on; Product.java has them in the same order.
#pragma once
#include "epilogue.cuh"

// Of a kernel that neither normalises nor keeps statistics of rows.
#define PLAIN_OPERANDS(T, Result)                                                                              \
  int m, int n, int k, const T *a, long long strideA, long long batchStrideA, const T *b, long long strideB,   \
      long long batchStrideB, Result *c, long long strideC, long long batchStrideC, int slices, int stretch,   \
      float alpha, float beta, const float *bias, T *preActivation, int gelu, const T *geluGradientOf,         \
      const float *rowScale, int rowsPerScale, const T *residual

#define OPERANDS(T, Result)                                                                                    \
  PLAIN_OPERANDS(T, Result), const float *weightSums, const float2 *statistics, float epsilon,                 \
      float2 *rowStatistics

#define MATRICES                                                                                               \
  m, n, k, a, strideA, batchStrideA, b, strideB, batchStrideB, c, strideC, batchStrideC, slices, stretch
#define STEPS                                                                                                  \
  alpha, beta, bias, preActivation, gelu, geluGradientOf, rowScale, rowsPerScale, residual
#define PLAIN_EPILOGUE(T) Epilogue<T>{STEPS, nullptr, nullptr, 0.0f, nullptr}
#define EPILOGUE(T) Epilogue<T>{STEPS, weightSums, statistics, epsilon, rowStatistics}
#define PASSED(T) MATRICES, EPILOGUE(T)

// What follows these where there is dropout (epilogueDropout.cuh), behind one of the two epilogues.
#define MASK                                                                                                   \
  uint32_t key0, uint32_t key1, uint32_t step, long long firstSample, int rowsPerSample, uint32_t threshold,   \
      float scale, const uint32_t *steps
#define DROPPING(T, STEPS_OF)                                                                                  \
  DroppingEpilogue<T> {                                                                                        \
    STEPS_OF(T), DropoutMask {                                                                                 \
      key0, key1, stepOf(step, steps), firstSample, rowsPerSample, threshold, scale                            \
    }                                                                                                          \
  }
