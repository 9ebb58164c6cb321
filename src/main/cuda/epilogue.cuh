// What a product does with a finished element before it is stored: the steps of the contract's Epilogue, in its order, each
// only where its operand is given. Everything is float32 until the store. Operands are dense [rows, columns].
#pragma once
#include "gelu.cuh"

template <class T>
struct Epilogue {
  float alpha;              // factor on the product
  float beta;               // factor on the result's old value, which is not read where this is 0
  const float* bias;        // [columns]
  T* preActivation;         // receives what GELU is applied to
  int gelu;                 // whether it is
  const T* geluGradientOf;  // multiplies by GELU′ of this
  const float* rowScale;    // [rows / rowsPerScale]: DropPath's factors
  int rowsPerScale;
  const T* residual;        // may be the result itself

  // `product` stands at (row, column) of a result with `columns` columns, whose old value is at `y`.
  template <class Result>
  DEVICE float finish(float product, long long row, int column, int columns, const Result* y) const {
    const long long index = row * columns + column;
    float t = alpha * product;
    if (beta != 0.0f) {
      t += beta * toFloat(*y);
    }
    if (bias != nullptr) {
      t += bias[column];
    }
    if (preActivation != nullptr) {
      preActivation[index] = fromFloat<T>(t);
    }
    if (gelu) {
      t = ::gelu(t);
    }
    if (geluGradientOf != nullptr) {
      t *= geluDerivative(toFloat(geluGradientOf[index]));
    }
    if (rowScale != nullptr) {
      t *= rowScale[row / rowsPerScale];
    }
    if (residual != nullptr) {
      t += toFloat(residual[index]);
    }
    return t;
  }
};

// Which product a block works on. blockIdx.z counts slices of the inner dimension fastest, then batches; with more than one
// slice each writes its own [m, n] result, one after the other, which somebody adds up.
struct Place {
  int batch;
  int slice;
  int begin;  // of the inner dimension
  int end;

  DEVICE static Place of(int k, int slices, int stretch) {
    Place place;
    place.batch = blockIdx.z / slices;
    place.slice = blockIdx.z % slices;
    place.begin = place.slice * stretch;
    place.end = min(k, place.begin + stretch);
    return place;
  }
};

// How a block finishes its SIZE × SIZE sums: 32 rows at a time go through shared memory, from which the threads take them row
// by row. Operands of the epilogue and the result are then read and written by neighbouring threads side by side, and
// the code of the steps stands in the kernel once instead of once for each register. `scatter(pass, shared)` stores those
// of the caller's sums that lie in rows 32·pass … 32·pass + 31, at shared[row % 32][column].
template <int SIZE>
struct FinishedRows {
  static constexpr int ROWS = 32;
  static constexpr int PITCH = SIZE + 4;
  static constexpr int FLOATS = ROWS * PITCH;
};

template <int SIZE, int THREADS, class T, class Result, class Scatter>
DEVICE void finishTile(
    float* shared, int m, int n, Result* c, long long strideC, const Epilogue<T>& epilogue, Scatter scatter) {
  using Rows = FinishedRows<SIZE>;
  const int firstRow = blockIdx.y * SIZE;
  const int firstColumn = blockIdx.x * SIZE;
#pragma unroll 1
  for (int pass = 0; pass < SIZE / Rows::ROWS; pass++) {
    __syncthreads();  // nobody reads any more what lay in this memory
    scatter(pass, shared);
    __syncthreads();
#pragma unroll 1
    for (int i = threadIdx.x; i < Rows::ROWS * SIZE; i += THREADS) {
      const long long row = firstRow + pass * Rows::ROWS + i / SIZE;
      const int column = firstColumn + i % SIZE;
      if (row < m && column < n) {
        Result* y = c + row * strideC + column;
        *y = fromFloat<Result>(epilogue.finish(shared[i / SIZE * Rows::PITCH + i % SIZE], row, column, n, y));
      }
    }
  }
}
