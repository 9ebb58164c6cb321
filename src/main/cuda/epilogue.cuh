// What a product does with finished elements before they are stored: the steps of the contract's Epilogue, in its order,
// each only where its operand is given. Everything is float32 until the store. Operands are dense [rows, columns].
//
// This is the form for every combination of steps, operands and alignments. bf16 layers as they are as a rule have kernels
// with epilogues of their own: epilogueBf16.cuh.
#pragma once
#include "fours.cuh"
#include "gelu.cuh"
#include "rowStatistics.cuh"

template <class T>
struct Epilogue {
  static constexpr bool DROPS = false;  // whether it is one with dropout: epilogueDropout.cuh

  float alpha;              // factor on the product
  float beta;               // factor on the result's old value, which is not read where this is 0
  const float* bias;        // [columns]
  T* preActivation;         // receives what GELU is applied to
  int gelu;                 // whether it is
  const T* geluGradientOf;  // multiplies by GELU′ of this
  const float* rowScale;    // [rows / rowsPerScale]: DropPath's factors
  int rowsPerScale;
  const T* residual;        // may be the result itself
  // For kernels that normalise A's rows on the way or keep the result's statistics alone (epilogueBf16.cuh):
  const float* weightSums;   // [columns]: sums of the weights that products were made with
  const float2* statistics;  // of A's rows
  float epsilon;             // of their LayerNorm
  float2* rowStatistics;     // receives the statistics of the result's rows; null where that is left to the kernel

  // Whether a product's sums may begin with the bias.
  DEVICE bool canBegin() const {
    return bias != nullptr && alpha == 1.0f;
  }

  // Whether fours of every operand start on their own size in all rows of `columns` columns; also of null pointers.
  DEVICE bool startOnFours(int columns) const {
    return columns % 4 == 0 && startsOnFour(bias) && startsOnFour(preActivation) && startsOnFour(geluGradientOf) &&
           startsOnFour(residual);
  }

  // Four neighbours of a row's products from `column` on, of which `left` exist; their results' old values are at y. Steps are
  // rounded one by one, as the processor's backend rounds them. Where sums began with the bias (`biased`) it is in them.
  template <class Result>
  DEVICE void finish(
      float (&t)[4], int row, int column, int columns, int left, bool aligned, bool biased, const Result* y) const {
    finish(t, row, column, columns, left, aligned, biased, y, [](float (&)[4]) {});
  }

  // The same with dropout, which stands behind GELU.
  template <class Result, class Drop>
  DEVICE void finish(
      float (&t)[4], int row, int column, int columns, int left, bool aligned, bool biased, const Result* y,
      Drop drop) const {
    const long long index = (long long)row * columns + column;
    float old[4] = {};
    float derivativeAt[4] = {};
    if (beta != 0.0f) {
      loadFour(old, y, left, aligned);
    }
    if (geluGradientOf != nullptr) {
      loadFour(derivativeAt, geluGradientOf + index, left, aligned);
    }

    // A step that is not asked for is left out: even adding 0 would change a −0.
    forEach([&](int j) { t[j] = times(alpha, t[j]); });
    if (beta != 0.0f) {
      forEach([&](int j) { t[j] = fmaf(beta, old[j], t[j]); });
    }
    if (bias != nullptr && !biased) {
      float shift[4];
      loadFour(shift, bias + column, left, aligned);
      forEach([&](int j) { t[j] = plus(t[j], shift[j]); });
    }
    if (preActivation != nullptr) {
      storeFour(t, preActivation + index, left, aligned);
    }
    if (gelu) {
      forEach([&](int j) { t[j] = ::gelu<T>(t[j]); });
    }
    drop(t);
    if (geluGradientOf != nullptr) {
      forEach([&](int j) { t[j] = times(t[j], geluDerivative<T>(derivativeAt[j])); });
    }
    if (rowScale != nullptr) {
      const float scale = rowScale[row / rowsPerScale];
      forEach([&](int j) { t[j] = times(t[j], scale); });
    }
    if (residual != nullptr) {
      float shortcut[4];
      loadFour(shortcut, residual + index, left, aligned);
      forEach([&](int j) { t[j] = plus(t[j], shortcut[j]); });
    }
  }

 private:
  template <class Step>
  DEVICE static void forEach(Step step) {
#pragma unroll
    for (int j = 0; j < 4; j++) {
      step(j);
    }
  }
};

// Which part of which product a block works on. blockIdx.x counts tiles of the result, its columns fastest: blocks that run
// side by side read the same rows of A. blockIdx.z counts slices of the inner dimension fastest, then batches; with more than
// one slice each writes its own [m, n] result, one after the other, which somebody adds up.
struct Place {
  int firstRow;
  int firstColumn;
  int batch;
  int slice;
  int begin;  // of the inner dimension
  int end;

  template <int SIZE>
  DEVICE static Place of(int n, int k, int slices, int stretch) {
    const int across = (n + SIZE - 1) / SIZE;
    Place place;
    place.firstRow = blockIdx.x / across * SIZE;
    place.firstColumn = blockIdx.x % across * SIZE;
    place.batch = blockIdx.z / slices;
    place.slice = blockIdx.z % slices;
    place.begin = place.slice * stretch;
    place.end = min(k, place.begin + stretch);
    return place;
  }
};

// How a block finishes its SIZE × SIZE sums: 32 rows at a time go through shared memory, from which the threads take them row
// by row, four columns each. Operands of the epilogue and the result are then read and written by neighbouring threads side
// by side, and the code of the steps stands in the kernel once instead of once for each register. `scatter(pass, shared)`
// stores those of the caller's sums that lie in rows 32·pass … 32·pass + 31, at shared[row % 32][column].
// Rows lie SPREAD elements further apart than they are long, which keeps 16-byte alignment and lets what neighbouring lanes
// scatter meet in no bank.
template <int SIZE, int SPREAD>
struct FinishedRows {
  static constexpr int ROWS = 32;
  static constexpr int PITCH = SIZE + SPREAD;
  static constexpr int FLOATS = ROWS * PITCH;
};

template <int SIZE, int SPREAD, int THREADS, class Ending, class Result, class Scatter>
DEVICE void finishTile(
    float* shared, const Place& place, int m, int n, Result* c, long long strideC, const Ending& epilogue,
    bool biased, Scatter scatter) {
  using Rows = FinishedRows<SIZE, SPREAD>;
  constexpr int FOURS = SIZE / 4;
  const bool aligned = startsOnFour(c) && strideC % 4 == 0 && epilogue.startOnFours(n);
#pragma unroll 1
  for (int pass = 0; pass < SIZE / Rows::ROWS; pass++) {
    __syncthreads();  // nobody reads any more what lay in this memory
    scatter(pass, shared);
    __syncthreads();
#pragma unroll 1
    for (int i = threadIdx.x; i < Rows::ROWS * FOURS; i += THREADS) {
      const int row = place.firstRow + pass * Rows::ROWS + i / FOURS;
      const int column = place.firstColumn + 4 * (i % FOURS);
      if (row < m && column < n) {
        float t[4];
        readFour(t, shared + i / FOURS * Rows::PITCH + 4 * (i % FOURS));
        Result* y = c + row * strideC + column;
        epilogue.finish(t, row, column, n, n - column, aligned, biased, y);
        storeFour(t, y, n - column, aligned);
      }
    }
  }
}
