// Pointwise family: one output element from the inputs' elements of the same place. All of it is bound by
// memory: a thread loads four neighbouring elements of each operand (fours.cuh), computes in float32 whatever
// the type of the activations, and stores four. Results may overlay operands, since a thread stores only
// where it has loaded itself.
#include "device.cuh"
#include "fours.cuh"
#include "gelu.cuh"

// Start of this thread's first four, and how far its next one is.
DEVICE long long firstFour() {
  return 4 * ((long long)blockIdx.x * blockDim.x + threadIdx.x);
}

DEVICE long long fourStep() {
  return 4 * (long long)gridDim.x * blockDim.x;
}

DEVICE int leftFrom(long long i, long long n) {
  return (int)min(n - i, 4LL);
}

// y = f(x).
template <class T, class Function>
DEVICE void unary(const T* x, T* y, long long n, Function f) {
  const bool aligned = startsOnFour(x) && startsOnFour(y);
  for (long long i = firstFour(); i < n; i += fourStep()) {
    float v[4];
    loadFour(v, x + i, leftFrom(i, n), aligned);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      v[j] = f(v[j]);
    }
    storeFour(v, y + i, leftFrom(i, n), aligned);
  }
}

// y = f(a, b).
template <class T, class Function>
DEVICE void binary(const T* a, const T* b, T* y, long long n, Function f) {
  const bool aligned = startsOnFour(a) && startsOnFour(b) && startsOnFour(y);
  for (long long i = firstFour(); i < n; i += fourStep()) {
    float v[4];
    float w[4];
    loadFour(v, a + i, leftFrom(i, n), aligned);
    loadFour(w, b + i, leftFrom(i, n), aligned);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      v[j] = f(v[j], w[j]);
    }
    storeFour(v, y + i, leftFrom(i, n), aligned);
  }
}

// y[r, j] = x[r, j] + v[j]. v is a parameter as a rule (a position embedding), of a type of its own.
// blockIdx.y counts rows: no division.
template <class T, class V>
DEVICE void addRow(const T* x, const V* v, T* y, int rows, long long columns) {
  const bool aligned = columns % 4 == 0 && startsOnFour(x) && startsOnFour(v) && startsOnFour(y);
  for (long long row = blockIdx.y; row < rows; row += gridDim.y) {
    for (long long i = firstFour(); i < columns; i += fourStep()) {
      float value[4];
      float added[4];
      loadFour(value, x + row * columns + i, leftFrom(i, columns), aligned);
      loadFour(added, v + i, leftFrom(i, columns), aligned);
#pragma unroll
      for (int j = 0; j < 4; j++) {
        value[j] += added[j];
      }
      storeFour(value, y + row * columns + i, leftFrom(i, columns), aligned);
    }
  }
}

// y[r, j] = x[r, j] · v[j].
template <class T>
DEVICE void multiplyRow(const T* x, const float* v, T* y, int rows, long long columns) {
  const bool aligned = columns % 4 == 0 && startsOnFour(x) && startsOnFour(v) && startsOnFour(y);
  for (long long row = blockIdx.y; row < rows; row += gridDim.y) {
    for (long long i = firstFour(); i < columns; i += fourStep()) {
      float value[4];
      float factor[4];
      loadFour(value, x + row * columns + i, leftFrom(i, columns), aligned);
      loadFour(factor, v + i, leftFrom(i, columns), aligned);
#pragma unroll
      for (int j = 0; j < 4; j++) {
        value[j] *= factor[j];
      }
      storeFour(value, y + row * columns + i, leftFrom(i, columns), aligned);
    }
  }
}

// y[r, j] = x[r, j] · scale[r].
template <class T>
DEVICE void scaleRows(const T* x, const float* scale, T* y, int rows, long long columns) {
  const bool aligned = columns % 4 == 0 && startsOnFour(x) && startsOnFour(y);
  for (long long row = blockIdx.y; row < rows; row += gridDim.y) {
    const float factor = scale[row];
    for (long long i = firstFour(); i < columns; i += fourStep()) {
      float value[4];
      loadFour(value, x + row * columns + i, leftFrom(i, columns), aligned);
#pragma unroll
      for (int j = 0; j < 4; j++) {
        value[j] *= factor;
      }
      storeFour(value, y + row * columns + i, leftFrom(i, columns), aligned);
    }
  }
}

#define ELEMENTS extern "C" __global__ void __launch_bounds__(256)

#define POINTWISE_KERNELS(T, suffix)                                                                         \
  ELEMENTS add_##suffix(const T* a, const T* b, T* y, long long n) {                                         \
    binary(a, b, y, n, [](float v, float w) { return v + w; });                                              \
  }                                                                                                          \
  KERNEL(add_##suffix)                                                                                       \
  ELEMENTS multiply_##suffix(const T* a, const T* b, T* y, long long n) {                                    \
    binary(a, b, y, n, [](float v, float w) { return v * w; });                                              \
  }                                                                                                          \
  KERNEL(multiply_##suffix)                                                                                  \
  ELEMENTS scale_##suffix(const T* x, T* y, long long n, float alpha, const float* numbers) {                \
    const float factor = numbers != nullptr ? numbers[0] : alpha; /* in a graph it is in memory */           \
    unary(x, y, n, [=](float v) { return factor * v; });                                                     \
  }                                                                                                          \
  KERNEL(scale_##suffix)                                                                                     \
  ELEMENTS expAtMost_##suffix(const T* x, T* y, long long n, float most) {                                   \
    unary(x, y, n, [=](float v) { return exponentialOf(v > most ? most : v); });                                   \
  }                                                                                                          \
  KERNEL(expAtMost_##suffix)                                                                                 \
  ELEMENTS expAtMostBackward_##suffix(const T* x, const T* dy, T* dx, long long n, float most) {             \
    binary(x, dy, dx, n, [=](float v, float d) { return v > most ? 0 : times(d, exponentialOf(v)); });                    \
  }                                                                                                          \
  KERNEL(expAtMostBackward_##suffix)                                                                         \
  ELEMENTS scaleRows_##suffix(const T* x, const float* scale, T* y, int rows, long long columns) {           \
    scaleRows(x, scale, y, rows, columns);                                                                   \
  }                                                                                                          \
  KERNEL(scaleRows_##suffix)                                                                                 \
  ELEMENTS addRow_##suffix##_f32(const T* x, const float* v, T* y, int rows, long long columns) {            \
    addRow(x, v, y, rows, columns);                                                                          \
  }                                                                                                          \
  KERNEL(addRow_##suffix##_f32)                                                                              \
  ELEMENTS multiplyRow_##suffix(const T* x, const float* v, T* y, int rows, long long columns) {             \
    multiplyRow(x, v, y, rows, columns);                                                                     \
  }                                                                                                          \
  KERNEL(multiplyRow_##suffix)

POINTWISE_KERNELS(float, f32)
POINTWISE_KERNELS(bf16, bf16)

// The unary functions. name(x) is y; nameBackward(saved, dy) is dx, where `saved` is the operand x, or the result y
// of those functions of which UnaryFunction.java says so. UNARY(name) makes the kernels of both.
#define UNARY_KERNELS(name, T, suffix)                                                                       \
  ELEMENTS name##_##suffix(const T* x, T* y, long long n) {                                                  \
    unary(x, y, n, [](float v) { return name<T>(v); });                                                      \
  }                                                                                                          \
  KERNEL(name##_##suffix)                                                                                    \
  ELEMENTS name##Backward_##suffix(const T* saved, const T* dy, T* dx, long long n) {                        \
    binary(saved, dy, dx, n, [](float v, float d) { return name##Backward<T>(v, d); });                      \
  }                                                                                                          \
  KERNEL(name##Backward_##suffix)

#define UNARY(name)                                                                                          \
  UNARY_KERNELS(name, float, f32)                                                                            \
  UNARY_KERNELS(name, bf16, bf16)

#define OF_TYPE template <class T> DEVICE float

OF_TYPE geluBackward(float x, float dy) { return times(dy, geluDerivative<T>(x)); }
UNARY(gelu)

OF_TYPE relu(float x) { return x <= 0 ? 0 : x; }
OF_TYPE reluBackward(float y, float dy) { return y <= 0 ? 0 : dy; }
UNARY(relu)

OF_TYPE sigmoid(float x) { return 1 / plus(exponentialOf(-x), 1); }
OF_TYPE sigmoidBackward(float y, float dy) { return times(dy, times(y, plus(1, -y))); }
UNARY(sigmoid)

OF_TYPE silu(float x) { return x / plus(exponentialOf(-x), 1); }
OF_TYPE siluBackward(float x, float dy) {
  const float y = sigmoid<T>(x);
  return times(dy, times(y, fmaf(x, plus(1, -y), 1)));
}
UNARY(silu)

ELEMENTS addRow_bf16_bf16(const bf16* x, const bf16* v, bf16* y, int rows, long long columns) {
  addRow(x, v, y, rows, columns);
}
KERNEL(addRow_bf16_bf16)
