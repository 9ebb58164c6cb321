// Sums in float64 in the processor's order (DoubleSums.java), so that they have its bits. Sixteen threads, a half warp, add a chunk
// of SUM_CHUNK elements, element i in thread i mod 16, and fold their sums in halves; the chunks' sums are added in the same way,
// chunk c in lane c mod 16. No place of an element depends on how many blocks there are.
#pragma once
#include "device.cuh"

constexpr int SUM_LANES = 16;
constexpr int SUM_CHUNK = 8192;

struct Itself {
  DEVICE double operator()(double x) const { return x; }
};

// Of a float32 exact in float64, fused or not.
struct Square {
  DEVICE double operator()(double x) const { return x * x; }
};

DEVICE double toDouble(float value) { return value; }
DEVICE double toDouble(double value) { return value; }
DEVICE double toDouble(bf16 value) { return __bfloat162float(value); }

// The sum of the half warp's lanes, in all of them: halves, quarters, eighths. Both halves of a warp take part.
DEVICE double foldLanes(double value) {
#pragma unroll
  for (int distance = SUM_LANES / 2; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(FULL_WARP, value, distance);
  }
  return value;
}

// Σ term(x) of every sixteenth element from `begin` + the thread's lane to `end`.
template <class Term, class T>
DEVICE double sumOfLane(const T* x, long long begin, long long end, Term term) {
  double sum = 0.0;
#pragma unroll 16
  for (long long i = begin + threadIdx.x % SUM_LANES; i < end; i += SUM_LANES) {
    sum += term(toDouble(x[i]));
  }
  return sum;
}

// Σ term(x) of the chunk from `first` on, of which there is what lies before n; also nothing.
template <class Term, class T>
DEVICE double sumOfChunk(const T* x, long long first, long long n, Term term) {
  return foldLanes(sumOfLane(x, first, min(n, first + SUM_CHUNK), term));
}
