// Pointwise family: one output element from the inputs' elements of the same place. Every kernel goes over its elements
// in steps of the whole grid, so that neighbouring threads read neighbouring elements. Arithmetic is float32 whatever
// the type of the activations.
#include "device.cuh"
#include "gelu.cuh"

DEVICE long long firstElement() {
  return (long long)blockIdx.x * blockDim.x + threadIdx.x;
}

DEVICE long long elementStep() {
  return (long long)gridDim.x * blockDim.x;
}

template <class T>
DEVICE void addElements(const T* a, const T* b, T* y, long long n) {
  for (long long i = firstElement(); i < n; i += elementStep()) {
    y[i] = fromFloat<T>(toFloat(a[i]) + toFloat(b[i]));
  }
}

template <class T>
DEVICE void multiplyElements(const T* a, const T* b, T* y, long long n) {
  for (long long i = firstElement(); i < n; i += elementStep()) {
    y[i] = fromFloat<T>(toFloat(a[i]) * toFloat(b[i]));
  }
}

template <class T>
DEVICE void scaleElements(const T* a, T* y, long long n, float alpha) {
  for (long long i = firstElement(); i < n; i += elementStep()) {
    y[i] = fromFloat<T>(alpha * toFloat(a[i]));
  }
}

template <class T>
DEVICE void geluElements(const T* x, T* y, long long n) {
  for (long long i = firstElement(); i < n; i += elementStep()) {
    y[i] = fromFloat<T>(gelu(toFloat(x[i])));
  }
}

template <class T>
DEVICE void geluBackwardElements(const T* x, const T* dy, T* dx, long long n) {
  for (long long i = firstElement(); i < n; i += elementStep()) {
    dx[i] = fromFloat<T>(toFloat(dy[i]) * geluDerivative(toFloat(x[i])));
  }
}

// v is a parameter as a rule (a position embedding), of a type of its own.
template <class T, class V>
DEVICE void addRowElements(const T* x, const V* v, T* y, long long rows, long long columns) {
  for (long long i = firstElement(); i < rows * columns; i += elementStep()) {
    y[i] = fromFloat<T>(toFloat(x[i]) + toFloat(v[i % columns]));
  }
}

template <class T>
DEVICE void scaleRowsElements(const T* x, const float* scale, T* y, long long rows, long long columns) {
  for (long long i = firstElement(); i < rows * columns; i += elementStep()) {
    y[i] = fromFloat<T>(toFloat(x[i]) * scale[i / columns]);
  }
}

#define POINTWISE_KERNELS(T, suffix)                                                                           \
  extern "C" __global__ void add_##suffix(const T* a, const T* b, T* y, long long n) {                         \
    addElements(a, b, y, n);                                                                                   \
  }                                                                                                            \
  KERNEL(add_##suffix)                                                                                         \
  extern "C" __global__ void multiply_##suffix(const T* a, const T* b, T* y, long long n) {                    \
    multiplyElements(a, b, y, n);                                                                              \
  }                                                                                                            \
  KERNEL(multiply_##suffix)                                                                                    \
  extern "C" __global__ void scale_##suffix(const T* a, T* y, long long n, float alpha) {                      \
    scaleElements(a, y, n, alpha);                                                                             \
  }                                                                                                            \
  KERNEL(scale_##suffix)                                                                                       \
  extern "C" __global__ void gelu_##suffix(const T* x, T* y, long long n) {                                    \
    geluElements(x, y, n);                                                                                     \
  }                                                                                                            \
  KERNEL(gelu_##suffix)                                                                                        \
  extern "C" __global__ void geluBackward_##suffix(const T* x, const T* dy, T* dx, long long n) {              \
    geluBackwardElements(x, dy, dx, n);                                                                        \
  }                                                                                                            \
  KERNEL(geluBackward_##suffix)                                                                                \
  extern "C" __global__ void scaleRows_##suffix(                                                               \
      const T* x, const float* scale, T* y, long long rows, long long columns) {                               \
    scaleRowsElements(x, scale, y, rows, columns);                                                             \
  }                                                                                                            \
  KERNEL(scaleRows_##suffix)                                                                                   \
  extern "C" __global__ void addRow_##suffix##_f32(                                                            \
      const T* x, const float* v, T* y, long long rows, long long columns) {                                   \
    addRowElements(x, v, y, rows, columns);                                                                    \
  }                                                                                                            \
  KERNEL(addRow_##suffix##_f32)

POINTWISE_KERNELS(float, f32)
POINTWISE_KERNELS(bf16, bf16)

extern "C" __global__ void addRow_bf16_bf16(
    const bf16* x, const bf16* v, bf16* y, long long rows, long long columns) {
  addRowElements(x, v, y, rows, columns);
}
KERNEL(addRow_bf16_bf16)
