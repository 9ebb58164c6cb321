// Loss family: cross-entropy of logits [rows, classes] against class numbers, and softmax.
//
// As many lanes share a row as it has fours of classes, rounded up to a power of two, at most a warp: ten classes are four
// lanes' work, so that a warp takes eight rows (the pixels of a segmentation, say), a thousand are a warp's. Each pass over
// a row reads it anew; from the second pass on it comes from the nearest cache.
//
// Everything is taken relative to the row's maximum: exp cannot overflow, and a loss near 0 is not the difference of two
// large numbers. With s = x − max(x):  logSumExp = max(x) + log Σ exp(s),  loss = log Σ exp(s) − Σ_c target[c]·s[c].
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

// The maximum of a row and Σ exp(x − maximum), in all of its lanes. A NaN does not show in the maximum, but in the sum.
template <class T>
DEVICE void maximumAndSum(const T* x, const Place& at, float& maximum, float& sum) {
  maximum = -INFINITY;
  for (int c = 4 * at.lane; c < at.columns; c += 4 * at.lanes) {
    float v[4];
    loadFour(v, x + c, at.columns - c, at.aligned, -INFINITY);
    maximum = fmaxf(maximum, fmaxf(fmaxf(v[0], v[1]), fmaxf(v[2], v[3])));
  }
  maximum = rowMaximum(maximum, at.lanes);
  sum = 0.0f;
  for (int c = 4 * at.lane; c < at.columns; c += 4 * at.lanes) {
    float v[4];
    loadFour(v, x + c, at.columns - c, at.aligned, -INFINITY);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      v[j] = expf(v[j] - maximum);
    }
    sum += (v[0] + v[1]) + (v[2] + v[3]);
  }
  sum = rowSum(sum, at.lanes);
}

// Target of the classes that are not the label: smoothing/classes; the label's has 1 − smoothing more. A label that is
// none of the classes makes the row's loss NaN.
template <class T>
DEVICE void crossEntropyRows(
    const T* logits, const int* labels, float* losses, float* logSumExp, int rows, int classes, float smoothing,
    int lanes) {
  const Place at = placeInRows<T>(logits, nullptr, rows, classes, lanes);
  const T* x = logits + at.row * classes;
  float maximum;
  float sum;
  maximumAndSum(x, at, maximum, sum);
  float shifted = 0.0f;
  if (smoothing != 0.0f) {  // else a logit of −∞ would make 0·∞
    for (int c = 4 * at.lane; c < classes; c += 4 * lanes) {
      float v[4];
      loadFour(v, x + c, classes - c, at.aligned, maximum);
      shifted += ((v[0] - maximum) + (v[1] - maximum)) + ((v[2] - maximum) + (v[3] - maximum));
    }
    shifted = rowSum(shifted, lanes);
  }
  if (at.lane == 0 && at.exists) {
    const float logOfSum = logf(sum);
    const int label = labels[at.row];
    const bool isClass = label >= 0 && label < classes;
    const float atLabel = isClass ? toFloat(x[label]) - maximum : NAN;
    float loss = logOfSum - (1.0f - smoothing) * atLabel;
    if (smoothing != 0.0f) {
      loss -= smoothing * shifted / classes;
    }
    losses[at.row] = loss;
    logSumExp[at.row] = maximum + logOfSum;
  }
}

// dLogits = factor·dLoss·(exp(x − logSumExp) − target).
template <class T>
DEVICE void crossEntropyBackwardRows(
    const T* logits, const int* labels, const float* logSumExp, const float* dLoss, T* dLogits, int rows, int classes,
    float smoothing, float factor, int lanes) {
  const Place at = placeInRows(logits, dLogits, rows, classes, lanes);
  if (!at.exists) {
    return;
  }
  const T* x = logits + at.row * classes;
  T* dx = dLogits + at.row * classes;
  const float scale = factor * dLoss[0];
  const float logSum = logSumExp[at.row];
  const int label = labels[at.row];
  const float elsewhere = smoothing / classes;
  const float atLabel = 1.0f - smoothing + elsewhere;
  for (int c = 4 * at.lane; c < classes; c += 4 * lanes) {
    float v[4];
    loadFour(v, x + c, classes - c, at.aligned);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      v[j] = scale * (expf(v[j] - logSum) - (c + j == label ? atLabel : elsewhere));
    }
    storeFour(v, dx + c, classes - c, at.aligned);
  }
}

template <class T>
DEVICE void softmaxRows(const T* rowsX, T* rowsY, int rows, int classes, int lanes) {
  const Place at = placeInRows(rowsX, rowsY, rows, classes, lanes);
  const T* x = rowsX + at.row * classes;
  T* y = rowsY + at.row * classes;
  float maximum;
  float sum;
  maximumAndSum(x, at, maximum, sum);
  if (!at.exists) {
    return;
  }
  for (int c = 4 * at.lane; c < classes; c += 4 * lanes) {
    float v[4];
    loadFour(v, x + c, classes - c, at.aligned);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      v[j] = expf(v[j] - maximum) / sum;
    }
    storeFour(v, y + c, classes - c, at.aligned);
  }
}

#define LOSS_KERNELS(T, suffix)                                                                              \
  extern "C" __global__ void __launch_bounds__(THREADS) crossEntropy_##suffix(                               \
      const T* logits, const int* labels, float* losses, float* logSumExp, int rows, int classes,            \
      float smoothing, int lanes) {                                                                          \
    crossEntropyRows(logits, labels, losses, logSumExp, rows, classes, smoothing, lanes);                    \
  }                                                                                                          \
  KERNEL(crossEntropy_##suffix)                                                                              \
  extern "C" __global__ void __launch_bounds__(THREADS) crossEntropyBackward_##suffix(                       \
      const T* logits, const int* labels, const float* logSumExp, const float* dLoss, T* dLogits, int rows,  \
      int classes, float smoothing, float factor, int lanes) {                                               \
    crossEntropyBackwardRows(                                                                                \
        logits, labels, logSumExp, dLoss, dLogits, rows, classes, smoothing, factor, lanes);                 \
  }                                                                                                          \
  KERNEL(crossEntropyBackward_##suffix)                                                                      \
  extern "C" __global__ void __launch_bounds__(THREADS) softmax_##suffix(                                    \
      const T* x, T* y, int rows, int classes, int lanes) {                                                  \
    softmaxRows(x, y, rows, classes, lanes);                                                                 \
  }                                                                                                          \
  KERNEL(softmax_##suffix)

LOSS_KERNELS(float, f32)
LOSS_KERNELS(bf16, bf16)
