// layerNorm for float32, in the processor's order of summation and with its bits (docs/NUMERICS.md): element c of a row goes to
// sum c mod 16, in ascending order, and the sixteen sums are added in halves. So half a warp works on a row, a lane for each of
// the sums, and halves are what a butterfly over the lanes adds: a + b is b + a.
//
// A lane reads one float at a time, and sixteen lanes 64 bytes of a row: two whole sectors. Rows of up to 1024 columns stay in
// registers between the passes (mean, squared deviations, result), so that memory is read once and written once.
#pragma once
#include "elementary.cuh"
#include "normRows.cuh"

constexpr int SUMS_OF_A_ROW = 16;
constexpr int FLOAT32_FORWARD_WARPS = 8;

struct Float32Forward {
  const float* x;      // [rows, columns]
  const float* gamma;  // [columns]
  const float* beta;   // [columns]
  float* y;            // [rows, columns]; may be x
  int rows;
  int columns;
  double epsilon;
  float* mean;              // [rows]; read where the statistics are given, else written; null: not kept
  float* inverseDeviation;  // [rows]; likewise
  bool given;
};

DEVICE float foldSums(float sum) {
#pragma unroll
  for (int distance = SUMS_OF_A_ROW / 2; distance > 0; distance /= 2) {
    sum = plus(sum, __shfl_xor_sync(FULL_WARP, sum, distance));
  }
  return sum;
}

// 1/√(sum/columns + epsilon), rounded once: a lane's work for a row, which even a GPU with few float64 units does not notice.
DEVICE float inverseOfDeviationRoundedOnce(float sumOfSquares, int columns, double epsilon) {
  return (float)(1.0 / sqrt((double)sumOfSquares / columns + epsilon));
}

DEVICE float normalized(float x, float mean, float inverseDeviation, float gamma, float beta) {
  return fmaf(times(plus(x, -mean), inverseDeviation), gamma, beta);
}

// Reads, or computes and keeps, a row's statistics. value(k) is the lane's k-th column's, count(k) calls its argument for each.
template <class ForEach>
DEVICE void statisticsOfRow(
    const Float32Forward& o, long long row, bool exists, ForEach forEach, float& mean, float& inverseDeviation) {
  if (o.given) {
    mean = exists ? o.mean[row] : 0.0f;
    inverseDeviation = exists ? o.inverseDeviation[row] : 0.0f;
    return;
  }
  float sum = 0.0f;
  forEach([&](float x) { sum = plus(sum, x); });
  mean = foldSums(sum) / o.columns;
  float squares = 0.0f;
  forEach([&](float x) {
    const float deviation = plus(x, -mean);
    squares = fmaf(deviation, deviation, squares);
  });
  inverseDeviation = inverseOfDeviationRoundedOnce(foldSums(squares), o.columns, o.epsilon);
  if (exists && threadIdx.x % SUMS_OF_A_ROW == 0) {
    if (o.mean != nullptr) {
      o.mean[row] = mean;
    }
    if (o.inverseDeviation != nullptr) {
      o.inverseDeviation[row] = inverseDeviation;
    }
  }
}

// OWN columns of a row for each lane, in registers. A warp's two rows go on together: what one lacks is skipped, not left.
template <int OWN, class Places>
DEVICE void normalizeFloat32InRegisters(const Float32Forward& o, Places places) {
  const int lane = threadIdx.x % SUMS_OF_A_ROW;
  const long long rowsAtOnce = (long long)gridDim.x * blockDim.x / SUMS_OF_A_ROW;
  const long long own = ((long long)blockIdx.x * blockDim.x + threadIdx.x) / SUMS_OF_A_ROW;
  for (long long row = own; row - own % 2 < o.rows; row += rowsAtOnce) {
    const bool exists = row < o.rows;
    const long long at = row * o.columns + lane;
    const int count = exists ? (o.columns - lane + SUMS_OF_A_ROW - 1) / SUMS_OF_A_ROW : 0;
    float values[OWN];
#pragma unroll
    for (int k = 0; k < OWN; k++) {
      values[k] = k < count ? o.x[at + SUMS_OF_A_ROW * k] : 0.0f;
    }
    float mean;
    float inverseDeviation;
    auto forEach = [&](auto step) {
#pragma unroll
      for (int k = 0; k < OWN; k++) {
        if (k < count) {
          step(values[k]);
        }
      }
    };
    statisticsOfRow(o, row, exists, forEach, mean, inverseDeviation);
    float* y = o.y + places.of(row) * o.columns + lane;
#pragma unroll
    for (int k = 0; k < OWN; k++) {
      if (k < count) {
        const int column = lane + SUMS_OF_A_ROW * k;
        y[SUMS_OF_A_ROW * k] = normalized(values[k], mean, inverseDeviation, o.gamma[column], o.beta[column]);
      }
    }
  }
}

// Longer rows are read anew for each pass.
template <class Places>
DEVICE void normalizeFloat32ThroughMemory(const Float32Forward& o, Places places) {
  const int lane = threadIdx.x % SUMS_OF_A_ROW;
  const long long rowsAtOnce = (long long)gridDim.x * blockDim.x / SUMS_OF_A_ROW;
  const long long own = ((long long)blockIdx.x * blockDim.x + threadIdx.x) / SUMS_OF_A_ROW;
  for (long long row = own; row - own % 2 < o.rows; row += rowsAtOnce) {
    const bool exists = row < o.rows;
    const float* x = o.x + row * o.columns;
    const int end = exists ? o.columns : 0;
    float mean;
    float inverseDeviation;
    auto forEach = [&](auto step) {
#pragma unroll 4
      for (int column = lane; column < end; column += SUMS_OF_A_ROW) {
        step(x[column]);
      }
    };
    statisticsOfRow(o, row, exists, forEach, mean, inverseDeviation);
    float* y = o.y + places.of(row) * o.columns;
    for (int column = lane; column < end; column += SUMS_OF_A_ROW) {
      y[column] = normalized(x[column], mean, inverseDeviation, o.gamma[column], o.beta[column]);
    }
  }
}

template <class Places>
DEVICE void normalizeFloat32(const Float32Forward& o, Places places) {
  const int own = (o.columns + SUMS_OF_A_ROW - 1) / SUMS_OF_A_ROW;
  if (own <= 6) {
    normalizeFloat32InRegisters<6>(o, places);
  } else if (own <= 12) {
    normalizeFloat32InRegisters<12>(o, places);
  } else if (own <= 24) {
    normalizeFloat32InRegisters<24>(o, places);
  } else if (own <= 48) {
    normalizeFloat32InRegisters<48>(o, places);
  } else if (own <= 64) {
    normalizeFloat32InRegisters<64>(o, places);
  } else {
    normalizeFloat32ThroughMemory(o, places);
  }
}
