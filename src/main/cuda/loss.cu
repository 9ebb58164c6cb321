// Loss family: cross-entropy of logits [rows, classes] against class numbers, distributions, and a yes or no for each
// class; and softmax.
//
// As many lanes share a row as it has fours of classes, rounded up to a power of two, at most a warp: ten classes are four
// lanes' work, so that a warp takes eight rows (the pixels of a segmentation, say), a thousand are a warp's. Each pass over
// a row reads it anew; from the second pass on it comes from the nearest cache.
//
// Everything is taken relative to the row's maximum: exp cannot overflow, and a loss near 0 is not the difference of two
// large numbers. With s = x − max(x):  logSumExp = max(x) + log Σ exp(s),  loss = log Σ exp(s) − Σ_c target[c]·s[c].
#include "lossFloat32.cuh"

// What follows is of bf16 logits; float32 has functions of the same names (lossFloat32.cuh).

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

// loss = Σ_c target[c]·(log Σ exp(s) − s[c]); a class whose target is 0 adds nothing, also where its logit is −∞.
template <class T>
DEVICE void softCrossEntropyRows(
    const T* logits, const float* targets, float* losses, float* logSumExp, int rows, int classes, int lanes) {
  const Place at = placeInRows<T>(logits, nullptr, rows, classes, lanes);
  const T* x = logits + at.row * classes;
  const float* target = targets + at.row * classes;
  const bool targetsAligned = classes % 4 == 0 && startsOnFour(targets);
  float maximum;
  float sum;
  maximumAndSum(x, at, maximum, sum);
  const float logOfSum = logf(sum);
  float cost = 0.0f;
  for (int c = 4 * at.lane; c < classes; c += 4 * lanes) {
    float v[4];
    float t[4];
    loadFour(v, x + c, classes - c, at.aligned);
    loadFour(t, target + c, classes - c, targetsAligned);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      cost += t[j] != 0.0f ? t[j] * (logOfSum - (v[j] - maximum)) : 0.0f;
    }
  }
  cost = rowSum(cost, lanes);
  if (at.lane == 0 && at.exists) {
    losses[at.row] = cost;
    logSumExp[at.row] = maximum + logOfSum;
  }
}

// dLogits = dLoss·(exp(x − logSumExp)·Σ target − target).
template <class T>
DEVICE void softCrossEntropyBackwardRows(
    const T* logits, const float* targets, const float* logSumExp, const float* dLosses, T* dLogits, int rows,
    int classes, int lanes) {
  const Place at = placeInRows(logits, dLogits, rows, classes, lanes);
  const T* x = logits + at.row * classes;
  T* dx = dLogits + at.row * classes;
  const float* target = targets + at.row * classes;
  const bool targetsAligned = classes % 4 == 0 && startsOnFour(targets);
  float total = 0.0f;
  for (int c = 4 * at.lane; c < classes; c += 4 * lanes) {
    float t[4];
    loadFour(t, target + c, classes - c, targetsAligned);
    total += (t[0] + t[1]) + (t[2] + t[3]);
  }
  total = rowSum(total, lanes);
  if (!at.exists) {
    return;
  }
  const float scale = dLosses[at.row];
  const float logSum = logSumExp[at.row];
  for (int c = 4 * at.lane; c < classes; c += 4 * lanes) {
    float v[4];
    float t[4];
    loadFour(v, x + c, classes - c, at.aligned);
    loadFour(t, target + c, classes - c, targetsAligned);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      v[j] = scale * (total * expf(v[j] - logSum) - t[j]);
    }
    storeFour(v, dx + c, classes - c, at.aligned);
  }
}

// (1 − q)^γ for the probability q of the label.
DEVICE float focus(float logProbability, float gamma) {
  return gamma == 0.0f ? 1.0f : powf(-expm1f(logProbability), gamma);
}

// (1 − q)^γ − γ·(1 − q)^(γ−1)·q·log q: the derivative of (1 − q)^γ·log q by log q.
DEVICE float focusSlope(float logProbability, float gamma) {
  const float rest = -expm1f(logProbability);
  if (gamma == 0.0f || rest == 0.0f) {
    return gamma == 0.0f ? 1.0f : 0.0f;
  }
  return powf(rest, gamma - 1.0f) * (rest - gamma * expf(logProbability) * logProbability);
}

// Without weights all are 1. A label that is none of the classes makes the row's loss NaN.
template <class T>
DEVICE void weightedCrossEntropyRows(
    const T* logits, const int* labels, const float* weights, float* losses, float* logSumExp, float* rowWeights,
    int rows, int classes, float smoothing, float gamma, int lanes) {
  const Place at = placeInRows<T>(logits, nullptr, rows, classes, lanes);
  const T* x = logits + at.row * classes;
  float maximum;
  float sum;
  maximumAndSum(x, at, maximum, sum);
  const float logOfSum = logf(sum);
  float all = 0.0f;
  if (smoothing != 0.0f) {  // else a logit of −∞ would make 0·∞
    for (int c = at.lane; c < classes; c += lanes) {
      all += (weights == nullptr ? 1.0f : weights[c]) * (logOfSum - (toFloat(x[c]) - maximum));
    }
    all = rowSum(all, lanes);
  }
  if (at.lane == 0 && at.exists) {
    const int label = labels[at.row];
    const bool isClass = label >= 0 && label < classes;
    const float weight = !isClass ? NAN : weights == nullptr ? 1.0f : weights[label];
    const float logProbability = isClass ? fminf(0.0f, (toFloat(x[label]) - maximum) - logOfSum) : 0.0f;
    float loss = -(weight * (1.0f - smoothing) * focus(logProbability, gamma)) * logProbability;
    if (smoothing != 0.0f) {
      loss += smoothing / classes * all;
    }
    losses[at.row] = loss;
    logSumExp[at.row] = maximum + logOfSum;
    if (rowWeights != nullptr) {
      rowWeights[at.row] = weight;
    }
  }
}

template <class T>
DEVICE void weightedCrossEntropyBackwardRows(
    const T* logits, const int* labels, const float* weights, const float* logSumExp, const float* dLosses, T* dLogits,
    int rows, int classes, float smoothing, float gamma, int lanes) {
  const Place at = placeInRows(logits, dLogits, rows, classes, lanes);
  const T* x = logits + at.row * classes;
  T* dx = dLogits + at.row * classes;
  float total = classes;
  if (weights != nullptr && smoothing != 0.0f) {
    total = 0.0f;
    for (int c = at.lane; c < classes; c += lanes) {
      total += weights[c];
    }
    total = rowSum(total, lanes);
  }
  if (!at.exists) {
    return;
  }
  const float logSum = logSumExp[at.row];
  const int label = labels[at.row];
  const bool isClass = label >= 0 && label < classes;
  const float weight = !isClass ? NAN : weights == nullptr ? 1.0f : weights[label];
  const float logProbability = isClass ? fminf(0.0f, toFloat(x[label]) - logSum) : 0.0f;
  const float share = smoothing / classes;
  const float sharp = weight * (1.0f - smoothing) * focusSlope(logProbability, gamma);
  const float ofProbability = sharp + share * total;
  const float scale = dLosses[at.row];
  for (int c = at.lane; c < classes; c += lanes) {
    const float elsewhere = share * (weights == nullptr ? 1.0f : weights[c]);
    const float target = c == label ? sharp + elsewhere : elsewhere;
    dx[c] = fromFloat<T>(scale * (ofProbability * expf(toFloat(x[c]) - logSum) - target));
  }
}

struct BinaryCost {
  float alpha;
  float gamma;
};

// What a yes or no of the logit x against the target t is made of.
struct Binary {
  float larger;   // the larger of σ(x) and σ(−x)
  float smaller;
  float plain;    // (1 − t)·x + (1 + (weight − 1)·t)·log(1 + exp(−x))
  float missed;   // how far σ(x) is from t, 0 to 1
  float balance;
};

DEVICE Binary binaryOf(float x, float t, float weight, const BinaryCost& cost) {
  const float small = expf(-fabsf(x));
  const float larger = 1.0f / (1.0f + small);
  const float smaller = small / (1.0f + small);
  const float plain = (1.0f - t) * x + (1.0f + (weight - 1.0f) * t) * (log1pf(small) + fmaxf(-x, 0.0f));
  const float missed = x >= 0.0f ? larger * (1.0f - t) + smaller * t : smaller * (1.0f - t) + larger * t;
  const float balance = cost.alpha < 0.0f ? 1.0f : cost.alpha * t + (1.0f - cost.alpha) * (1.0f - t);
  return {larger, smaller, plain, missed, balance};
}

template <class T>
DEVICE void binaryCrossEntropyRows(
    const T* logits, const float* targets, const float* weights, float* losses, int rows, int classes,
    double alpha, double gamma, int lanes) {
  const Place at = placeInRows<T>(logits, nullptr, rows, classes, lanes);
  const BinaryCost cost = {(float)alpha, (float)gamma};
  const long long first = at.row * classes;
  float sum = 0.0f;
  for (int c = at.lane; c < classes; c += lanes) {
    const float weight = weights == nullptr ? 1.0f : weights[c];
    const Binary b = binaryOf(toFloat(logits[first + c]), targets[first + c], weight, cost);
    const float focus = cost.gamma == 0.0f ? 1.0f : powf(b.missed, cost.gamma);
    sum += b.balance * focus * b.plain;
  }
  sum = rowSum(sum, lanes);
  if (at.lane == 0 && at.exists) {
    losses[at.row] = sum;
  }
}

template <class T>
DEVICE void binaryCrossEntropyBackwardRows(
    const T* logits, const float* targets, const float* weights, const float* dLosses, T* dLogits, int rows,
    int classes, double alpha, double gamma, int lanes) {
  const Place at = placeInRows(logits, dLogits, rows, classes, lanes);
  if (!at.exists) {
    return;
  }
  const BinaryCost cost = {(float)alpha, (float)gamma};
  const long long first = at.row * classes;
  const float scale = dLosses[at.row];
  for (int c = at.lane; c < classes; c += lanes) {
    const float x = toFloat(logits[first + c]);
    const float t = targets[first + c];
    const float weight = weights == nullptr ? 1.0f : weights[c];
    const Binary b = binaryOf(x, t, weight, cost);
    float slope = 1.0f - t - (1.0f + (weight - 1.0f) * t) * (x >= 0.0f ? b.smaller : b.larger);
    if (cost.gamma != 0.0f) {
      const float steepness = b.larger * b.smaller * (1.0f - 2.0f * t);
      slope = b.missed == 0.0f
                  ? 0.0f
                  : powf(b.missed, cost.gamma - 1.0f) * (b.missed * slope + cost.gamma * steepness * b.plain);
    }
    dLogits[first + c] = fromFloat<T>(scale * b.balance * slope);
  }
}

DEVICE void softmaxRows(const bf16* rowsX, bf16* rowsY, int rows, int classes, int lanes) {
  const Place at = placeInRows(rowsX, rowsY, rows, classes, lanes);
  const bf16* x = rowsX + at.row * classes;
  bf16* y = rowsY + at.row * classes;
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
      double smoothing, int lanes) {                                                                         \
    crossEntropyRows(logits, labels, losses, logSumExp, rows, classes, smoothing, lanes);                    \
  }                                                                                                          \
  KERNEL(crossEntropy_##suffix)                                                                              \
  extern "C" __global__ void __launch_bounds__(THREADS) crossEntropyBackward_##suffix(                       \
      const T* logits, const int* labels, const float* logSumExp, const float* dLoss, T* dLogits, int rows,  \
      int classes, double smoothing, double factor, int lanes) {                                             \
    crossEntropyBackwardRows(                                                                                \
        logits, labels, logSumExp, dLoss, dLogits, rows, classes, smoothing, factor, lanes);                 \
  }                                                                                                          \
  KERNEL(crossEntropyBackward_##suffix)                                                                      \
  extern "C" __global__ void __launch_bounds__(THREADS) softCrossEntropy_##suffix(                           \
      const T* logits, const float* targets, float* losses, float* logSumExp, int rows, int classes,         \
      int lanes) {                                                                                           \
    softCrossEntropyRows(logits, targets, losses, logSumExp, rows, classes, lanes);                          \
  }                                                                                                          \
  KERNEL(softCrossEntropy_##suffix)                                                                          \
  extern "C" __global__ void __launch_bounds__(THREADS) softCrossEntropyBackward_##suffix(                   \
      const T* logits, const float* targets, const float* logSumExp, const float* dLosses, T* dLogits,       \
      int rows, int classes, int lanes) {                                                                    \
    softCrossEntropyBackwardRows(logits, targets, logSumExp, dLosses, dLogits, rows, classes, lanes);        \
  }                                                                                                          \
  KERNEL(softCrossEntropyBackward_##suffix)                                                                  \
  extern "C" __global__ void __launch_bounds__(THREADS) weightedCrossEntropy_##suffix(                       \
      const T* logits, const int* labels, const float* weights, float* losses, float* logSumExp,             \
      float* rowWeights, int rows, int classes, double smoothing, double gamma, int lanes) {                 \
    weightedCrossEntropyRows(                                                                                \
        logits, labels, weights, losses, logSumExp, rowWeights, rows, classes, smoothing, gamma, lanes);     \
  }                                                                                                          \
  KERNEL(weightedCrossEntropy_##suffix)                                                                      \
  extern "C" __global__ void __launch_bounds__(THREADS) weightedCrossEntropyBackward_##suffix(               \
      const T* logits, const int* labels, const float* weights, const float* logSumExp,                      \
      const float* dLosses, T* dLogits, int rows, int classes, double smoothing, double gamma, int lanes) {  \
    weightedCrossEntropyBackwardRows(                                                                        \
        logits, labels, weights, logSumExp, dLosses, dLogits, rows, classes, smoothing, gamma, lanes);       \
  }                                                                                                          \
  KERNEL(weightedCrossEntropyBackward_##suffix)                                                              \
  extern "C" __global__ void __launch_bounds__(THREADS) binaryCrossEntropy_##suffix(                         \
      const T* logits, const float* targets, const float* weights, float* losses, int rows, int classes,     \
      double alpha, double gamma, int lanes) {                                                               \
    binaryCrossEntropyRows(logits, targets, weights, losses, rows, classes, alpha, gamma, lanes);            \
  }                                                                                                          \
  KERNEL(binaryCrossEntropy_##suffix)                                                                        \
  extern "C" __global__ void __launch_bounds__(THREADS) binaryCrossEntropyBackward_##suffix(                 \
      const T* logits, const float* targets, const float* weights, const float* dLosses, T* dLogits,         \
      int rows, int classes, double alpha, double gamma, int lanes) {                                        \
    binaryCrossEntropyBackwardRows(                                                                          \
        logits, targets, weights, dLosses, dLogits, rows, classes, alpha, gamma, lanes);                     \
  }                                                                                                          \
  KERNEL(binaryCrossEntropyBackward_##suffix)                                                                \
  extern "C" __global__ void __launch_bounds__(THREADS) softmax_##suffix(                                    \
      const T* x, T* y, int rows, int classes, int lanes) {                                                  \
    softmaxRows(x, y, rows, classes, lanes);                                                                 \
  }                                                                                                          \
  KERNEL(softmax_##suffix)

LOSS_KERNELS(float, f32)
LOSS_KERNELS(bf16, bf16)
