// Statistics of rows that a LayerNorm will want, kept in parts by whoever writes the rows: of each 32 columns of a row the
// mean and the sum of the squared deviations from it (Chan, Golub and LeVeque 1983), of the values as they are stored, in
// bf16. Eight bytes stand for 64 that nobody has to read again.
//
// Parts are of 32 columns whatever the tile of the kernel that makes them, and are put together in one order; so the
// statistics of a row do not depend on who made them, nor on the batch that the row was part of.
#pragma once
#include "device.cuh"

constexpr int STATISTICS_COLUMNS = 32;

struct RowStatistics {
  float mean;
  float inverseDeviation;
};

// Sum over four neighbouring lanes, in all of them.
DEVICE float quadSum(float value) {
  value += __shfl_xor_sync(FULL_WARP, value, 1);
  return value + __shfl_xor_sync(FULL_WARP, value, 2);
}

// Mean and sum of squared deviations of 32 columns, of which four neighbouring lanes hold eight each; in all four. All lanes
// of the warp call it.
DEVICE float2 statisticsOfEights(uint4 eight) {
  const uint32_t pairs[4] = {eight.x, eight.y, eight.z, eight.w};
  float v[8];
#pragma unroll
  for (int j = 0; j < 4; j++) {
    v[2 * j] = __uint_as_float(pairs[j] << 16);
    v[2 * j + 1] = __uint_as_float(pairs[j] & 0xffff0000u);
  }
  const float mean =
      quadSum(((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]))) * (1.0f / STATISTICS_COLUMNS);
  float squares = 0.0f;
#pragma unroll
  for (int j = 0; j < 8; j++) {
    const float deviation = v[j] - mean;
    squares = fmaf(deviation, deviation, squares);
  }
  return make_float2(mean, quadSum(squares));
}

// A row's statistics from those of its `parts`, by two neighbouring lanes, which take every other one; in both. All lanes of
// the warp call it.
//
// The variance of the parts' means is computed relative to the first of them: the sum of their squares is at most `parts`
// times the sum of the squared deviations that is left of it, so the subtraction costs log2(parts) bits at most, whatever
// the mean is.
DEVICE RowStatistics mergeStatistics(const float2* parts, int count, float epsilon) {
  const float origin = parts[0].x;
  float shifts = 0.0f;
  float squares = 0.0f;
  float within = 0.0f;
#pragma unroll 4
  for (int i = threadIdx.x % 2; i < count; i += 2) {
    const float2 part = parts[i];
    const float shift = part.x - origin;
    shifts += shift;
    squares = fmaf(shift, shift, squares);
    within += part.y;
  }
  shifts += __shfl_xor_sync(FULL_WARP, shifts, 1);
  squares += __shfl_xor_sync(FULL_WARP, squares, 1);
  within += __shfl_xor_sync(FULL_WARP, within, 1);
  // Each tile of the product's columns comes here, and its results are bf16: no exact divisions.
  const float inverseCount = reciprocalApproximate(static_cast<float>(count));
  const float shift = shifts * inverseCount;
  const float between = fmaxf(0.0f, fmaf(-shift, shifts, squares));
  const float variance = fmaf(within, 1.0f / STATISTICS_COLUMNS, between) * inverseCount;
  return {origin + shift, reciprocalApproximate(sqrtf(variance + epsilon))};
}
