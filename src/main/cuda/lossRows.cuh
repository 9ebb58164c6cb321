// Which row of logits a thread works on, and sums and maxima over the lanes that share one (loss.cu).
#pragma once
#include "fours.cuh"

constexpr int THREADS = 128;

// Which row a thread works on, and where in it.
struct Place {
  long long row;  // one that exists, so that all lanes take part in shuffles
  bool exists;    // whether the row is this thread's and not only a stand-in
  int lanes;      // lanes of a row, a power of two
  int lane;       // in the row
  int columns;
  bool aligned;
};

template <class T>
DEVICE Place placeInRows(const T* x, const T* other, int rows, int columns, int lanes) {
  const long long row = (long long)blockIdx.x * (THREADS / lanes) + threadIdx.x / lanes;
  const bool aligned = columns % 4 == 0 && startsOnFour(x) && startsOnFour(other);
  return {min(row, (long long)rows - 1), row < rows, lanes, (int)threadIdx.x % lanes, columns, aligned};
}

// Sum over the lanes of a row, the same bits in each.
DEVICE float rowSum(float value, int lanes) {
  for (int distance = lanes / 2; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(FULL_WARP, value, distance);
  }
  return value;
}

DEVICE float rowMaximum(float value, int lanes) {
  for (int distance = lanes / 2; distance > 0; distance /= 2) {
    value = fmaxf(value, __shfl_xor_sync(FULL_WARP, value, distance));
  }
  return value;
}
