// The gradients of layerNorm for float32, in the processor's order of summation and with its bits (docs/NUMERICS.md), but for
// dGamma and dBeta of rows that move (expanded ones), which are added in the order of x. Two kernels,
// because the processor adds the rows of a part one after the other, and those of a row in sixteen sums: dGamma and dBeta by a
// thread for each column of a part, dx by half a warp for each row, as in normFloat32.cuh. That reads dy and x twice, 20 bytes of
// an element where one kernel for both moves 12; bf16 has that (normBackward.cuh).
#pragma once
#include "normBackward.cuh"
#include "normFloat32.cuh"

// forEach calls its argument with each of the lane's columns, as their place in the row and their number.
template <class Places, class ForEach, class Terms>
DEVICE void inputGradientOfRow(
    const Backward<float>& o, long long row, bool exists, float inverseDeviation, ForEach forEach, Terms terms) {
  float sumG = 0.0f;
  float sumGNormalized = 0.0f;
  forEach([&](int column, int k) {
    float g;
    float normalized;
    terms(column, k, g, normalized);
    sumG = plus(sumG, g);
    sumGNormalized = fmaf(g, normalized, sumGNormalized);
  });
  const float meanG = foldSums(sumG) / o.columns;
  const float meanGNormalized = foldSums(sumGNormalized) / o.columns;
  float* dx = o.dx + (exists ? row : 0) * o.columns;
  forEach([&](int column, int k) {
    float g;
    float normalized;
    terms(column, k, g, normalized);
    const float projected = fmaf(-meanGNormalized, normalized, plus(g, -meanG));
    dx[column] = o.accumulate ? fmaf(inverseDeviation, projected, dx[column]) : times(inverseDeviation, projected);
  });
}

// dx. OWN columns of a row for each lane, in registers; 0: rows of any length, read twice. dx may be dy.
template <int OWN, class Places>
DEVICE void inputGradientFloat32(const Backward<float>& o, Places places) {
  const int lane = threadIdx.x % SUMS_OF_A_ROW;
  const long long rowsAtOnce = (long long)gridDim.x * blockDim.x / SUMS_OF_A_ROW;
  const long long own = ((long long)blockIdx.x * blockDim.x + threadIdx.x) / SUMS_OF_A_ROW;
  for (long long row = own; row - own % 2 < o.rows; row += rowsAtOnce) {
    const bool exists = row < o.rows;
    const int end = exists ? o.columns : 0;
    const float* x = o.x + row * o.columns;
    const float* dy = o.dy + (exists ? (long long)places.of(row) : 0) * o.columns;
    const float mean = exists ? o.mean[row] : 0.0f;
    const float inverseDeviation = exists ? o.inverseDeviation[row] : 0.0f;
    auto read = [&](int column, int, float& g, float& normalized) {
      g = times(dy[column], o.gamma[column]);
      normalized = times(plus(x[column], -mean), inverseDeviation);
    };
    if constexpr (OWN == 0) {
      auto forEach = [&](auto step) {
#pragma unroll 4
        for (int column = lane; column < end; column += SUMS_OF_A_ROW) {
          step(column, 0);
        }
      };
      inputGradientOfRow<Places>(o, row, exists, inverseDeviation, forEach, read);
    } else {
      float ofG[OWN];
      float ofNormalized[OWN];
      auto forEach = [&](auto step) {
#pragma unroll
        for (int k = 0; k < OWN; k++) {
          const int column = lane + SUMS_OF_A_ROW * k;
          if (column < end) {
            step(column, k);
          }
        }
      };
      forEach([&](int column, int k) { read(column, k, ofG[k], ofNormalized[k]); });
      inputGradientOfRow<Places>(o, row, exists, inverseDeviation, forEach, [&](int, int k, float& g, float& normalized) {
        g = ofG[k];
        normalized = ofNormalized[k];
      });
    }
  }
}

template <class Places>
DEVICE void inputGradientFloat32(const Backward<float>& o, Places places) {
  const int own = (o.columns + SUMS_OF_A_ROW - 1) / SUMS_OF_A_ROW;
  if (own <= 6) {
    inputGradientFloat32<6>(o, places);
  } else if (own <= 12) {
    inputGradientFloat32<12>(o, places);
  } else if (own <= 24) {
    inputGradientFloat32<24>(o, places);
  } else if (own <= 48) {
    inputGradientFloat32<48>(o, places);
  } else {
    inputGradientFloat32<0>(o, places);
  }
}

// o.partials, [2, parts, columns], receives dGamma and dBeta of each part of rowsOfPart rows of dy.
template <class Places>
DEVICE void parameterGradientsFloat32(const Backward<float>& o, int rowsOfPart, Places places) {
  const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long part = i / o.columns;
  const long long first = part * rowsOfPart;
  if (first >= o.rows) {
    return;
  }
  const int column = (int)(i - part * o.columns);
  const int end = (int)min(first + rowsOfPart, (long long)o.rows);
  float dGamma = 0.0f;
  float dBeta = 0.0f;
#pragma unroll 8
  for (int place = (int)first; place < end; place++) {
    const long long row = places.sourceOf(place);
    const float dy = o.dy[(long long)place * o.columns + column];
    const float x = o.x[row * o.columns + column];
    dGamma = fmaf(dy, times(plus(x, -o.mean[row]), o.inverseDeviation[row]), dGamma);
    dBeta = plus(dBeta, dy);
  }
  const long long parts = (o.rows + rowsOfPart - 1) / rowsOfPart;
  o.partials[i] = dGamma;
  o.partials[parts * o.columns + i] = dBeta;
}
