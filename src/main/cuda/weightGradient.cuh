// What the gradient of a layer's weight, dW = dYᵀ·X, does beside the product (matrixBf16.cuh): it sums dY's rows for the
// bias, leaves out rows that DropPath dropped, and ends in float32.
//
// The sum over the rows of dY is the product with a column of ones. The tensor cores have dY's fragments in registers anyway,
// so it is one more product for sixteen, in the blocks of the first columns alone, and exact up to the order of its float32
// sums. Warps side by side read the same rows of dYᵀ, each in an order of its own: what comes first a warp sums.
//
// DropPath's factor of a sample is 0 or one number, 1/keep. So rows of dropped samples are brought as zeros, dY's and X's,
// which reads nothing of them, and sums are multiplied by the number at the end. A scaled copy of dY would be written once
// and read twice.
#pragma once
#include "epilogueBf16.cuh"

// A condition that the compiler knows, as an argument.
template <bool VALUE>
struct Known {
  static constexpr bool value = VALUE;
};

// The operands beside the product's own.
struct WeightGradient {
  float* biasSums;          // [m], receives the sums of dY's rows; null: not wanted
  long long sliceStride;    // elements between the results of slices, for both
  const float* rowScale;    // [rows / rowsPerScale], each 0 or the same positive number
  int rowsPerScale;
};

// For each strip of 32 rows of dY from `begin` to `end`, a word with a bit for each row that counts.
template <int THREADS>
DEVICE void keptRows(uint32_t* words, const WeightGradient& gradient, int begin, int end) {
  for (int first = begin + 32 * (int)threadIdx.x; first < end; first += 32 * THREADS) {
    const int last = min(first + 32, end);
    uint32_t word = 0;
    for (int row = first; row < last;) {
      const int sample = row / gradient.rowsPerScale;
      const int rows = min(gradient.rowsPerScale - row % gradient.rowsPerScale, last - row);
      if (gradient.rowScale[sample] != 0.0f) {
        word |= FULL_WARP >> (32 - rows) << (row - first);
      }
      row += rows;
    }
    words[(first - begin) / 32] = word;
  }
}

// The number that is the factor of all kept samples among those of the rows from `begin` to `end`.
DEVICE float factorOfKept(const WeightGradient& gradient, int begin, int end) {
  float factor = 0.0f;
  const int last = (end - 1) / gradient.rowsPerScale;
  for (int sample = begin / gradient.rowsPerScale + (int)threadIdx.x % 32; sample <= last; sample += 32) {
    factor = fmaxf(factor, gradient.rowScale[sample]);
  }
  return warpMax(factor);
}

// Stores a warp's sums from where they are, which neighbouring lanes do in whole sectors of 32 bytes. The i-th sixteen rows
// of the warp are those from 16·(i ^ order) on. With beta 1 they are added to what is there.
template <int TILES_M>
DEVICE void storeSums(
    const float (&sum)[TILES_M][4][4], int order, int firstRow, int firstColumn, int m, int n, float* c, float alpha,
    float beta) {
  const int lane = threadIdx.x % 32;
  const int row = firstRow + lane / 4;
  const int column = firstColumn + lane % 4 * 2;
  c += (long long)row * n + column;
  // store(to, first, second, whether there is a second) for each pair of neighbours.
  auto forEachPair = [&](auto store) {
#pragma unroll
    for (int i = 0; i < 2 * TILES_M; i++) {
      const int later = 16 * (i / 2 ^ order) + 8 * (i % 2);
      float* to = c + (long long)later * n;
#pragma unroll
      for (int j = 0; j < 4; j++) {
        if (row + later < m && column + 8 * j < n) {
          const float* t = &sum[i / 2][j][i % 2 * 2];
          store(to + 8 * j, alpha * t[0], alpha * t[1], column + 8 * j + 1 < n);
        }
      }
    }
  };
  if (n % 2 != 0 || reinterpret_cast<uintptr_t>(c) % 8 != 0) {
    forEachPair([&](float* to, float first, float second, bool both) {
      to[0] = beta != 0.0f ? fmaf(beta, to[0], first) : first;
      if (both) {
        to[1] = beta != 0.0f ? fmaf(beta, to[1], second) : second;
      }
    });
  } else if (beta != 0.0f) {
    forEachPair([&](float* to, float first, float second, bool) {
      float2* both = reinterpret_cast<float2*>(to);
      const float2 old = *both;
      *both = make_float2(fmaf(beta, old.x, first), fmaf(beta, old.y, second));
    });
  } else {
    forEachPair([&](float* to, float first, float second, bool) {
      *reinterpret_cast<float2*>(to) = make_float2(first, second);
    });
  }
}

// Stores the sums of the sixteen rows that a warp sums, `firstRow` the first; all columns of the product hold them.
DEVICE void storeBiasSums(const float (&sum)[4], int firstRow, int m, float* to, float alpha, float beta) {
  if (threadIdx.x % 4 == 0) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const int row = firstRow + threadIdx.x % 32 / 4 + 8 * half;
      if (row < m) {
        to[row] = beta != 0.0f ? fmaf(beta, to[row], alpha * sum[2 * half]) : alpha * sum[2 * half];
      }
    }
  }
}
