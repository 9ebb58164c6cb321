// A LayerNorm that the product after it carries out (matrixBf16.cuh), for weights that stay as they are:
//
//   out[r, j] = inverseDeviation_r · (Σ_k x[r, k]·w[j, k] − mean_r · S_j) + c_j
//   w[j, k] = gamma_k·W[j, k], rounded to bf16;  S_j = Σ_k w[j, k];  c_j = Σ_k beta_k·W[j, k] + bias_j
//
// S is the sum of the rounded weights, so that a row's mean vanishes from the result but for the rounding of sums in float32.
// What is rounded is the weight alone, where a normalised row in memory would be rounded too.
#pragma once
#include "rowStatistics.cuh"

constexpr int FOLD_WARPS = 8;

// Statistics of rows [parts/…, 32·…] in memory, one after the other: four lanes a part, eight columns each. `parts` counts
// those of all rows.
DEVICE void statisticsOfRows(const uint4* x, float2* statistics, long long parts) {
  const long long threads = (long long)gridDim.x * blockDim.x;
  for (long long first = (long long)blockIdx.x * blockDim.x; first < 4 * parts; first += threads) {
    const long long i = first + threadIdx.x;
    const bool exists = i < 4 * parts;
    const float2 part = statisticsOfEights(exists ? x[i] : uint4{});
    if (exists && threadIdx.x % 4 == 0) {
      statistics[i / 4] = part;
    }
  }
}

// A warp makes a row of w, one of S and one of c. Called once for each version of the parameters.
DEVICE void foldNorm(
    const float* weight, const float* gamma, const float* beta, const float* bias, bf16* folded, float* sums,
    float* shifts, int rows, int columns) {
  const int lane = threadIdx.x % 32;
  const int row = blockIdx.x * FOLD_WARPS + threadIdx.x / 32;
  if (row >= rows) {
    return;
  }
  float sum = 0.0f;
  float shift = 0.0f;
  for (int k = lane; k < columns; k += 32) {
    const long long at = (long long)row * columns + k;
    const bf16 rounded = fromFloat<bf16>(gamma[k] * weight[at]);
    folded[at] = rounded;
    sum += toFloat(rounded);
    shift = fmaf(beta[k], weight[at], shift);
  }
  sum = warpSum(sum);
  shift = warpSum(shift);
  if (lane == 0) {
    sums[row] = sum;
    shifts[row] = shift + (bias != nullptr ? bias[row] : 0.0f);
  }
}

extern "C" __global__ void __launch_bounds__(256) rowStatistics_bf16(const uint4* x, float2* statistics, long long parts) {
  statisticsOfRows(x, statistics, parts);
}
KERNEL(rowStatistics_bf16)

extern "C" __global__ void __launch_bounds__(32 * FOLD_WARPS) foldNorm_bf16(
    const float* weight, const float* gamma, const float* beta, const float* bias, bf16* folded, float* sums,
    float* shifts, int rows, int columns) {
  foldNorm(weight, gamma, beta, bias, folded, sums, shifts, rows, columns);
}
KERNEL(foldNorm_bf16)
