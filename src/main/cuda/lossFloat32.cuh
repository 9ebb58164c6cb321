// Losses and softmax of float32 logits to the processor's bits (docs/NUMERICS.md, "One hash"): sixteen lanes share a row,
// lane c mod 16 adds what class c gives, in float64, and the lanes are folded in halves, as in LaneSums.java; exponentials are
// the processor's polynomial, and what is left for each row is computed in float64 as StrictMath does it.
//
// A logit of −∞ whose share is 0 adds nothing: 0·∞ would be NaN.
#pragma once
#include "elementary.cuh"
#include "lossRows.cuh"
#include "strictMath.cuh"

// The largest of a row, in all of its lanes.
DEVICE float maximumOf(const float* x, const Place& at) {
  float maximum = -INFINITY;
  for (int c = at.lane; c < at.columns; c += at.lanes) {
    maximum = fmaxf(maximum, x[c]);
  }
  return rowMaximum(maximum, at.lanes);
}

DEVICE double rowSum(double value, int lanes) {
  for (int distance = lanes / 2; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(FULL_WARP, value, distance);
  }
  return value;
}

// The sum of a row's terms, term(class) in float64 each, in all of its lanes.
template <class Term>
DEVICE double sumOfClasses(const Place& at, Term term) {
  double sum = 0.0;
  for (int c = at.lane; c < at.columns; c += at.lanes) {
    sum = __dadd_rn(sum, term(c));
  }
  return rowSum(sum, at.lanes);
}

DEVICE double sumOfExponentials(const float* x, float maximum, const Place& at) {
  return sumOfClasses(at, [&](int c) { return (double)exponentialOf(plus(x[c], -maximum)); });
}

DEVICE bool isClass(int label, int classes) {
  return label >= 0 && label < classes;
}

DEVICE void crossEntropyRows(
    const float* logits, const int* labels, float* losses, float* logSumExp, int rows, int classes, double smoothing,
    int lanes) {
  const Place at = placeInRows<float>(logits, nullptr, rows, classes, lanes);
  const float* x = logits + at.row * classes;
  const float maximum = maximumOf(x, at);
  const double sum = sumOfExponentials(x, maximum, at);
  const double shifted =
      smoothing == 0.0 ? 0.0 : sumOfClasses(at, [&](int c) { return (double)plus(x[c], -maximum); });
  if (at.lane == 0 && at.exists) {
    const Strict logOfSum = strict::log(sum);
    const int label = labels[at.row];
    const Strict atLabel = isClass(label, classes) ? plus(x[label], -maximum) : NAN;
    Strict loss = logOfSum - (1.0 - Strict(smoothing)) * atLabel;
    if (smoothing != 0.0) {
      loss = loss - smoothing * Strict(shifted) / Strict(classes);
    }
    losses[at.row] = (float)loss.value;
    logSumExp[at.row] = (float)(maximum + logOfSum).value;
  }
}

DEVICE void crossEntropyBackwardRows(
    const float* logits, const int* labels, const float* logSumExp, const float* dLoss, float* dLogits, int rows,
    int classes, double smoothing, double factor, int lanes) {
  const Place at = placeInRows(logits, dLogits, rows, classes, lanes);
  if (!at.exists) {
    return;
  }
  const float* x = logits + at.row * classes;
  float* dx = dLogits + at.row * classes;
  const float scale = (float)(factor * dLoss[0]);
  const float logSum = logSumExp[at.row];
  const int label = labels[at.row];
  const float elsewhere = (float)(smoothing / classes);
  const float atLabel = (float)(1.0 - smoothing);
  for (int c = at.lane; c < classes; c += lanes) {
    const float above = plus(exponentialOf(plus(x[c], -logSum)), -elsewhere);
    dx[c] = times(c == label ? plus(above, -atLabel) : above, scale);
  }
}

DEVICE void softCrossEntropyRows(
    const float* logits, const float* targets, float* losses, float* logSumExp, int rows, int classes, int lanes) {
  const Place at = placeInRows<float>(logits, nullptr, rows, classes, lanes);
  const float* x = logits + at.row * classes;
  const float* target = targets + at.row * classes;
  const float maximum = maximumOf(x, at);
  const Strict logOfSum = strict::log(sumOfExponentials(x, maximum, at));
  const double cost = sumOfClasses(at, [&](int c) {
    const float share = target[c];
    return share == 0.0f ? 0.0 : (share * (logOfSum - plus(x[c], -maximum))).value;
  });
  if (at.lane == 0 && at.exists) {
    losses[at.row] = (float)cost;
    logSumExp[at.row] = (float)(maximum + logOfSum).value;
  }
}

DEVICE void softCrossEntropyBackwardRows(
    const float* logits, const float* targets, const float* logSumExp, const float* dLosses, float* dLogits, int rows,
    int classes, int lanes) {
  const Place at = placeInRows(logits, dLogits, rows, classes, lanes);
  const float* x = logits + at.row * classes;
  float* dx = dLogits + at.row * classes;
  const float* target = targets + at.row * classes;
  const float total = (float)sumOfClasses(at, [&](int c) { return (double)target[c]; });
  if (!at.exists) {
    return;
  }
  const float scale = dLosses[at.row];
  const float logSum = logSumExp[at.row];
  for (int c = at.lane; c < classes; c += lanes) {
    dx[c] = times(scale, plus(times(total, exponentialOf(plus(x[c], -logSum))), -target[c]));
  }
}

// The smaller of 0 and a logarithm; NaN stays NaN.
DEVICE double atMostNothing(Strict logProbability) {
  return logProbability.value >= 0.0 ? 0.0 : logProbability.value;
}

// As ClassWeight.java has them.
DEVICE Strict focus(Strict logProbability, double gamma) {
  return gamma == 0.0 ? 1.0 : strict::pow(-strict::expm1(logProbability.value), gamma);
}

DEVICE Strict focusSlope(Strict logProbability, double gamma) {
  if (gamma == 0.0) {
    return 1.0;
  }
  const Strict rest = -strict::expm1(logProbability.value);
  if (rest.value == 0.0) {
    return 0.0;
  }
  const Strict lessOne = strict::pow(rest.value, gamma - 1.0);
  return lessOne * (rest - gamma * Strict(strict::exp(logProbability.value)) * logProbability);
}

DEVICE float weightOf(const float* weights, int c) {
  return weights == nullptr ? 1.0f : weights[c];
}

DEVICE void weightedCrossEntropyRows(
    const float* logits, const int* labels, const float* weights, float* losses, float* logSumExp, float* rowWeights,
    int rows, int classes, double smoothing, double gamma, int lanes) {
  const Place at = placeInRows<float>(logits, nullptr, rows, classes, lanes);
  const float* x = logits + at.row * classes;
  const float maximum = maximumOf(x, at);
  const Strict logOfSum = strict::log(sumOfExponentials(x, maximum, at));
  const double all = smoothing == 0.0 ? 0.0 : sumOfClasses(at, [&](int c) {
    return (weightOf(weights, c) * (logOfSum - plus(x[c], -maximum))).value;
  });
  if (at.lane == 0 && at.exists) {
    const int label = labels[at.row];
    const bool known = isClass(label, classes);
    const float weight = known ? weightOf(weights, label) : NAN;
    const Strict logProbability = known ? atMostNothing(plus(x[label], -maximum) - logOfSum) : 0.0;
    const Strict sharp = weight * (1.0 - Strict(smoothing)) * focus(logProbability, gamma);
    Strict loss = -sharp * logProbability;
    if (smoothing != 0.0) {
      loss = loss + smoothing / Strict(classes) * all;
    }
    losses[at.row] = (float)loss.value;
    logSumExp[at.row] = (float)(maximum + logOfSum).value;
    if (rowWeights != nullptr) {
      rowWeights[at.row] = weight;
    }
  }
}

DEVICE void weightedCrossEntropyBackwardRows(
    const float* logits, const int* labels, const float* weights, const float* logSumExp, const float* dLosses,
    float* dLogits, int rows, int classes, double smoothing, double gamma, int lanes) {
  const Place at = placeInRows(logits, dLogits, rows, classes, lanes);
  const float* x = logits + at.row * classes;
  float* dx = dLogits + at.row * classes;
  const double total = sumOfClasses(at, [&](int c) { return (double)weightOf(weights, c); });
  if (!at.exists) {
    return;
  }
  const float logSum = logSumExp[at.row];
  const int label = labels[at.row];
  const bool known = isClass(label, classes);
  const float weight = known ? weightOf(weights, label) : NAN;
  const Strict logProbability = known ? atMostNothing(Strict(x[label]) - logSum) : 0.0;
  const Strict share = smoothing / Strict(classes);
  const Strict sharp = weight * (1.0 - Strict(smoothing)) * focusSlope(logProbability, gamma);
  const float ofProbability = (float)(sharp + share * total).value;
  const float elsewhere = (float)share.value;
  const float scale = dLosses[at.row];
  const float atLabel = times(scale, (float)sharp.value);
  for (int c = at.lane; c < classes; c += lanes) {
    const float probability = exponentialOf(plus(x[c], -logSum));
    const float d = times(scale, plus(times(ofProbability, probability), -times(elsewhere, weightOf(weights, c))));
    dx[c] = c == label ? plus(d, -atLabel) : d;
  }
}

// A yes or no of the logit x against the target t; names and operations as in BinaryElement.java.
struct StrictBinary {
  Strict x;
  Strict t;
  Strict weight;
  Strict small;  // e^−|x|

  DEVICE StrictBinary(float logit, float target, float positiveWeight)
      : x(logit), t(target), weight(positiveWeight), small(strict::exp(-fabs((double)logit))) {}

  DEVICE Strict larger() const { return 1.0 / (1.0 + small); }
  DEVICE Strict smaller() const { return small / (1.0 + small); }
  DEVICE Strict ofYes() const { return 1.0 + (weight - 1.0) * t; }

  DEVICE Strict plain() const {
    const double beyond = x.value < 0.0 ? -x.value : x.value == x.value ? 0.0 : x.value;
    return (1.0 - t) * x + ofYes() * (strict::log1p(small.value) + Strict(beyond));
  }

  DEVICE Strict missed() const {
    return x.value >= 0.0 ? larger() * (1.0 - t) + smaller() * t : smaller() * (1.0 - t) + larger() * t;
  }

  DEVICE Strict balance(double alpha) const {
    return alpha < 0.0 ? Strict(1.0) : alpha * t + (1.0 - Strict(alpha)) * (1.0 - t);
  }

  DEVICE Strict loss(double alpha, double gamma) const {
    return balance(alpha) * (gamma == 0.0 ? plain() : plain() * strict::pow(missed().value, gamma));
  }

  DEVICE Strict slope(double alpha, double gamma) const {
    const Strict straight = 1.0 - t - ofYes() * (x.value >= 0.0 ? smaller() : larger());
    if (gamma == 0.0) {
      return balance(alpha) * straight;
    }
    const Strict from = missed();
    if (from.value == 0.0) {
      return 0.0;
    }
    const Strict steepness = larger() * smaller() * (1.0 - 2.0 * t);
    return balance(alpha)
           * (strict::pow(from.value, gamma - 1.0) * (from * straight + gamma * steepness * plain()));
  }
};

DEVICE void binaryCrossEntropyRows(
    const float* logits, const float* targets, const float* weights, float* losses, int rows, int classes,
    double alpha, double gamma, int lanes) {
  const Place at = placeInRows<float>(logits, nullptr, rows, classes, lanes);
  const long long first = at.row * classes;
  const double sum = sumOfClasses(at, [&](int c) {
    return StrictBinary(logits[first + c], targets[first + c], weightOf(weights, c)).loss(alpha, gamma).value;
  });
  if (at.lane == 0 && at.exists) {
    losses[at.row] = (float)sum;
  }
}

DEVICE void binaryCrossEntropyBackwardRows(
    const float* logits, const float* targets, const float* weights, const float* dLosses, float* dLogits, int rows,
    int classes, double alpha, double gamma, int lanes) {
  const Place at = placeInRows(logits, dLogits, rows, classes, lanes);
  if (!at.exists) {
    return;
  }
  const long long first = at.row * classes;
  for (int c = at.lane; c < classes; c += lanes) {
    const StrictBinary element(logits[first + c], targets[first + c], weightOf(weights, c));
    dLogits[first + c] = (float)(dLosses[at.row] * element.slope(alpha, gamma)).value;
  }
}

DEVICE void softmaxRows(const float* rowsX, float* rowsY, int rows, int classes, int lanes) {
  const Place at = placeInRows(rowsX, rowsY, rows, classes, lanes);
  const float* x = rowsX + at.row * classes;
  float* y = rowsY + at.row * classes;
  const float maximum = maximumOf(x, at);
  const float factor = (float)(1.0 / sumOfExponentials(x, maximum, at));
  if (at.exists) {
    for (int c = at.lane; c < classes; c += lanes) {
      y[c] = times(exponentialOf(plus(x[c], -maximum)), factor);
    }
  }
}
