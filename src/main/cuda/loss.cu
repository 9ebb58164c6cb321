// Loss family: one warp for each row of logits, 32 neighbouring classes at a time. A row is read two or three times, all
// but the first from the cache. Statistics, losses and their gradients are float32 for either type of logits.
#include "device.cuh"

constexpr int LOSS_WARPS = 8;

DEVICE int lossRow() {
  return blockIdx.x * LOSS_WARPS + threadIdx.x / 32;
}

template <class T>
DEVICE float rowMaximum(const T* x, int classes) {
  float maximum = -INFINITY;
  for (int c = threadIdx.x % 32; c < classes; c += 32) {
    maximum = fmaxf(maximum, toFloat(x[c]));
  }
  return warpMax(maximum);
}

template <class T>
DEVICE float rowExponentialSum(const T* x, int classes, float maximum) {
  float sum = 0;
  for (int c = threadIdx.x % 32; c < classes; c += 32) {
    sum += expf(toFloat(x[c]) - maximum);
  }
  return warpSum(sum);
}

// loss = logΣexp − (1 − ε)·logit[label] − ε/classes·Σ logits, ε the label smoothing. A label that is no class makes NaN:
// nobody waits here for a kernel in order to throw.
template <class T>
DEVICE void crossEntropyRows(
    int rows, int classes, const T* logits, const int* labels, float onLabel, float onEach, float* losses,
    float* logSumExp) {
  const int row = lossRow();
  if (row >= rows) {
    return;
  }
  const T* x = logits + (long long)row * classes;
  const float maximum = rowMaximum(x, classes);
  const float normalizer = maximum + logf(rowExponentialSum(x, classes, maximum));
  float distance = 0; // Σ (logΣexp − logit): differences first, because large logits would swallow each other's digits
  if (onEach != 0) {  // else a logit of −∞ would make 0·∞
    for (int c = threadIdx.x % 32; c < classes; c += 32) {
      distance += normalizer - toFloat(x[c]);
    }
    distance = onEach * warpSum(distance);
  }
  if (threadIdx.x % 32 == 0) {
    const int label = labels[row];
    const bool valid = label >= 0 && label < classes;
    losses[row] = valid ? distance + onLabel * (normalizer - toFloat(x[label])) : NAN;
    logSumExp[row] = normalizer;
  }
}

// dLogits = factor·dLoss·(exp(logit − logΣexp) − target).
template <class T>
DEVICE void crossEntropyBackwardRows(
    int rows, int classes, const T* logits, const int* labels, float onLabel, float onEach, const float* logSumExp,
    const float* dLoss, float factor, T* dLogits) {
  const int row = lossRow();
  if (row >= rows) {
    return;
  }
  const long long start = (long long)row * classes;
  const int label = labels[row];
  const float scale = label >= 0 && label < classes ? factor * dLoss[0] : NAN;
  const float normalizer = logSumExp[row];
  for (int c = threadIdx.x % 32; c < classes; c += 32) {
    const float probability = expf(toFloat(logits[start + c]) - normalizer);
    const float target = onEach + (c == label ? onLabel : 0.0f);
    dLogits[start + c] = fromFloat<T>(scale * (probability - target));
  }
}

template <class T>
DEVICE void softmaxRows(int rows, int classes, const T* x, T* y) {
  const int row = lossRow();
  if (row >= rows) {
    return;
  }
  const long long start = (long long)row * classes;
  const float maximum = rowMaximum(x + start, classes);
  const float sum = rowExponentialSum(x + start, classes, maximum);
  for (int c = threadIdx.x % 32; c < classes; c += 32) {
    y[start + c] = fromFloat<T>(expf(toFloat(x[start + c]) - maximum) / sum);
  }
}

#define LOSS_KERNELS(T, suffix)                                                                                \
  extern "C" __global__ void __launch_bounds__(32 * LOSS_WARPS) crossEntropy_##suffix(                         \
      int rows, int classes, const T* logits, const int* labels, float onLabel, float onEach, float* losses,   \
      float* logSumExp) {                                                                                      \
    crossEntropyRows(rows, classes, logits, labels, onLabel, onEach, losses, logSumExp);                       \
  }                                                                                                            \
  KERNEL(crossEntropy_##suffix)                                                                                \
  extern "C" __global__ void __launch_bounds__(32 * LOSS_WARPS) crossEntropyBackward_##suffix(                 \
      int rows, int classes, const T* logits, const int* labels, float onLabel, float onEach,                  \
      const float* logSumExp, const float* dLoss, float factor, T* dLogits) {                                  \
    crossEntropyBackwardRows(                                                                                  \
        rows, classes, logits, labels, onLabel, onEach, logSumExp, dLoss, factor, dLogits);                    \
  }                                                                                                            \
  KERNEL(crossEntropyBackward_##suffix)                                                                        \
  extern "C" __global__ void __launch_bounds__(32 * LOSS_WARPS) softmax_##suffix(                              \
      int rows, int classes, const T* x, T* y) {                                                               \
    softmaxRows(rows, classes, x, y);                                                                          \
  }                                                                                                            \
  KERNEL(softmax_##suffix)

LOSS_KERNELS(float, f32)
LOSS_KERNELS(bf16, bf16)
