// Optimizer family: updates of whole parameter arenas. Everything is float32; AdamW reads parameter, gradient and both
// moments of an element once and writes all but the gradient once, 28 bytes, and nothing else of it matters. Where products
// read weights in bf16, the kernel that writes a parameter writes its rounded copy beside it, two bytes more: a pass of its
// own over each weight would read the parameters again, and be a launch.
//
// Every expression is the processor's (ScalarOptimizer.java), operation by operation, and so are the bits of a step
// (docs/NUMERICS.md). Memory takes longer than any of them.
#include "doubleSums.cuh"
#include "elementary.cuh"
#include "fours.cuh"

// What differs from step to step, the rate above all, is an argument where a kernel is launched by itself. In a CUDA graph,
// whose arguments stay, it is read from memory instead, where numbers is not null: the same words, so the same bits.

// control[0] = ‖g‖, control[1] = min(1, maximumNorm/(‖g‖ + 1e-6)) or 1 without a maximum. control[2] = whether ‖g‖ and all
// losses are finite; once 0 it stays 0 until the host, which reads it late, has set it: a step that is under way by then
// must change nothing either. One thread: three numbers that stay on the GPU, so that nobody waits for them.
extern "C" __global__ void clipControl(
    const float* sumOfSquares, const float* losses, int parts, double maximumNorm, float* control) {
  const double norm = sqrt((double)sumOfSquares[0]);
  const double factor = maximumNorm / (norm + 1e-6);
  bool finite = norm <= 1.7976931348623157e308;  // false for NaN
  for (int i = 0; i < parts; i++) {
    finite = finite && fabsf(losses[i]) <= 3.402823466e38f;
  }
  control[0] = (float)norm;
  control[1] = maximumNorm <= 0.0 || factor >= 1.0 ? 1.0f : (float)factor;  // NaN stays NaN
  control[2] = finite && control[2] != 0.0f ? 1.0f : 0.0f;
}
KERNEL(clipControl)

// What a step multiplies with, worked out in float64 on the host.
struct AdamWFactors {
  float penalty;            // weightDecay where it is coupled (Adam), else 0
  float decay;              // 1 − learningRate · weightDecay where it is decoupled (AdamW), else 1
  float rest1;              // 1 − β₁
  float beta2;
  float rest2;              // 1 − β₂
  float minusStepSize;      // −learningRate / (1 − β₁ᵗ)
  float rootOfCorrection2;  // √(1 − β₂ᵗ)
  float epsilon;
};

// v ← β₂v + (1 − β₂)g².
DEVICE float secondMoment(float v, float gradient, float beta2, float rest2) {
  return plus(times(v, beta2), times(times(rest2, gradient), gradient));
}

// √v/√(1 − β₂ᵗ) + ε.
DEVICE float momentRoot(float v, float rootOfCorrection2, float epsilon) {
  return plus(sqrtf(v) / rootOfCorrection2, epsilon);
}

// One element, whose gradient has been multiplied by the clipping factor.
DEVICE void adamWElement(const AdamWFactors& f, float clipped, float& p, float& m, float& v) {
  const float gradient = fmaf(f.penalty, p, clipped);
  m = fmaf(f.rest1, plus(gradient, -m), m);
  v = secondMoment(v, gradient, f.beta2, f.rest2);
  const float denominator = momentRoot(v, f.rootOfCorrection2, f.epsilon);
  p = plus(times(p, f.decay), times(f.minusStepSize, m) / denominator);
}

// average ← average + (1 − decay)·(p − average). Rounding the decay itself to float32 would be an error of the same sign in every
// step, and 1/(1 − decay) steps add up.
// A share of 1 is a copy: p − average rounds.
DEVICE float averaged(float average, float p, float rest) {
  return rest == 1.0f ? p : fmaf(rest, plus(p, -average), average);
}

// A moving average that a step's kernel keeps up.
struct Average {
  float* values;  // null in kernels that keep none
  float rest;     // 1 − decay
};

// Takes four parameters in. They are in registers where a step has just made them: a pass of its own would read them again.
DEVICE void takeIn(const float (&p4)[4], float* average, float rest, int left, bool aligned) {
  float average4[4];
  loadFour(average4, average, left, aligned);
#pragma unroll
  for (int j = 0; j < 4; j++) {
    average4[j] = averaged(average4[j], p4[j], rest);
  }
  storeFour(average4, average, left, aligned);
}

template <bool AVERAGES>
DEVICE void adamWStep(
    const AdamWFactors& factors, float* p, const float* g, float* m, float* v, const float* control, long long n,
    bf16* copy, Average average) {
  if (control[2] == 0.0f) {
    return;  // the gradient is not finite: the parameters stay what they were, and so do their copy and average
  }
  const float clip = control[1];
  const bool aligned =
      startsOnFour(p) && startsOnFour(g) && startsOnFour(m) && startsOnFour(v) && startsOnFour(copy) &&
      startsOnFour(average.values);
  const long long step = 4LL * gridDim.x * blockDim.x;
  for (long long i = 4 * ((long long)blockIdx.x * blockDim.x + threadIdx.x); i < n; i += step) {
    const int left = (int)min(n - i, 4LL);
    float p4[4];
    float g4[4];
    float m4[4];
    float v4[4];
    loadFour(p4, p + i, left, aligned);
    loadFour(g4, g + i, left, aligned);
    loadFour(m4, m + i, left, aligned);
    loadFour(v4, v + i, left, aligned);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      adamWElement(factors, times(g4[j], clip), p4[j], m4[j], v4[j]);
    }
    storeFour(p4, p + i, left, aligned);
    storeFour(m4, m + i, left, aligned);
    storeFour(v4, v + i, left, aligned);
    if (copy != nullptr) {
      storeFour(p4, copy + i, left, aligned);
    }
    if (AVERAGES) {
      takeIn(p4, average.values + i, average.rest, left, aligned);
    }
  }
}

extern "C" __global__ void __launch_bounds__(256) adamW(
    float* p, const float* g, float* m, float* v, const float* control, long long n, float penalty, float decay,
    float rest1, float beta2, float rest2, float minusStepSize, float rootOfCorrection2, float epsilon, bf16* copy,
    const AdamWFactors* numbers) {
  AdamWFactors factors = {penalty, decay, rest1, beta2, rest2, minusStepSize, rootOfCorrection2, epsilon};
  if (numbers != nullptr) {
    factors = *numbers;
  }
  adamWStep<false>(factors, p, g, m, v, control, n, copy, Average{});
}
KERNEL(adamW)

struct AdamWAverageNumbers {
  AdamWFactors factors;
  float averageRest;
};

// The same, and the moving average of the parameters.
extern "C" __global__ void __launch_bounds__(256) adamWAverage(
    float* p, const float* g, float* m, float* v, const float* control, long long n, float penalty, float decay,
    float rest1, float beta2, float rest2, float minusStepSize, float rootOfCorrection2, float epsilon,
    float averageRest, bf16* copy, float* average, const AdamWAverageNumbers* numbers) {
  AdamWAverageNumbers now = {
      {penalty, decay, rest1, beta2, rest2, minusStepSize, rootOfCorrection2, epsilon}, averageRest};
  if (numbers != nullptr) {
    now = *numbers;
  }
  adamWStep<true>(now.factors, p, g, m, v, control, n, copy, {average, now.averageRest});
}
KERNEL(adamWAverage)

struct SgdFactors {
  float weightDecay;
  float momentum;
  float ofGradient;  // what the direction takes of the new gradient: 1 with Nesterov's momentum, else 0
  float ofBuffer;    // and of the buffer: momentum with Nesterov's, else 1
  float minusLearningRate;
};

DEVICE void sgdElement(const SgdFactors& f, float clipped, float& p) {
  p = fmaf(f.minusLearningRate, fmaf(f.weightDecay, p, clipped), p);
}

DEVICE void sgdMomentumElement(const SgdFactors& f, float clipped, float& p, float& buffer) {
  const float gradient = fmaf(f.weightDecay, p, clipped);
  buffer = fmaf(f.momentum, buffer, gradient);
  p = fmaf(f.minusLearningRate, fmaf(f.ofGradient, gradient, times(f.ofBuffer, buffer)), p);
}

// One step of gradient descent; without momentum the buffer is null, and 12 bytes of an element move instead of 20.
template <bool AVERAGES>
DEVICE void sgdStep(
    float* p, const float* g, float* buffer, const float* control, long long n, float learningRate,
    float weightDecay, float momentum, float nesterov, bf16* copy, Average average) {
  if (control[2] == 0.0f) {
    return;  // as in adamW
  }
  const bool looksAhead = nesterov != 0.0f;
  const SgdFactors factors = {
      weightDecay, momentum, looksAhead ? 1.0f : 0.0f, looksAhead ? momentum : 1.0f, -learningRate};
  const float clip = control[1];
  const bool aligned = startsOnFour(p) && startsOnFour(g) && startsOnFour(buffer) && startsOnFour(copy) &&
      startsOnFour(average.values);
  const long long step = 4LL * gridDim.x * blockDim.x;
  for (long long i = 4 * ((long long)blockIdx.x * blockDim.x + threadIdx.x); i < n; i += step) {
    const int left = (int)min(n - i, 4LL);
    float p4[4];
    float g4[4];
    float b4[4] = {};
    loadFour(p4, p + i, left, aligned);
    loadFour(g4, g + i, left, aligned);
    if (buffer != nullptr) {
      loadFour(b4, buffer + i, left, aligned);
    }
#pragma unroll
    for (int j = 0; j < 4; j++) {
      const float clipped = times(g4[j], clip);
      if (buffer != nullptr) {
        sgdMomentumElement(factors, clipped, p4[j], b4[j]);
      } else {
        sgdElement(factors, clipped, p4[j]);
      }
    }
    storeFour(p4, p + i, left, aligned);
    if (buffer != nullptr) {
      storeFour(b4, buffer + i, left, aligned);
    }
    if (copy != nullptr) {
      storeFour(p4, copy + i, left, aligned);
    }
    if (AVERAGES) {
      takeIn(p4, average.values + i, average.rest, left, aligned);
    }
  }
}

extern "C" __global__ void __launch_bounds__(256) sgd(
    float* p, const float* g, float* buffer, const float* control, long long n, float learningRate,
    float weightDecay, float momentum, float nesterov, bf16* copy, const float* numbers) {
  const float rate = numbers != nullptr ? numbers[0] : learningRate;
  sgdStep<false>(p, g, buffer, control, n, rate, weightDecay, momentum, nesterov, copy, Average{});
}
KERNEL(sgd)

// The same, and the moving average of the parameters.
extern "C" __global__ void __launch_bounds__(256) sgdAverage(
    float* p, const float* g, float* buffer, const float* control, long long n, float learningRate,
    float averageRest, float weightDecay, float momentum, float nesterov, bf16* copy, float* average,
    const float* numbers) {
  const float rate = numbers != nullptr ? numbers[0] : learningRate;
  const float rest = numbers != nullptr ? numbers[1] : averageRest;
  sgdStep<true>(p, g, buffer, control, n, rate, weightDecay, momentum, nesterov, copy, {average, rest});
}
KERNEL(sgdAverage)

// g ← min(max(g, −bound), bound); a NaN fails both comparisons and stays.
extern "C" __global__ void __launch_bounds__(256) clipValue(float* g, long long n, float bound) {
  const bool aligned = startsOnFour(g);
  const long long step = 4LL * gridDim.x * blockDim.x;
  for (long long i = 4 * ((long long)blockIdx.x * blockDim.x + threadIdx.x); i < n; i += step) {
    const int left = (int)min(n - i, 4LL);
    float g4[4];
    loadFour(g4, g + i, left, aligned);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      g4[j] = g4[j] > bound ? bound : g4[j] < -bound ? -bound : g4[j];
    }
    storeFour(g4, g + i, left, aligned);
  }
}
KERNEL(clipValue)

// Σ x² of each stretch, a block each, in float64 and in the order of doubleSums.cuh. A block has two lanes of the sum in a warp;
// of long stretches all sixteen at once, of rows of some hundred elements, of which there are many, two.
extern "C" __global__ void __launch_bounds__(256) stretchSquares(const int* bounds, const float* x, float* sums) {
  __shared__ double ofLanes[SUM_LANES];
  const float* stretch = x + bounds[blockIdx.x];
  const long long n = bounds[blockIdx.x + 1] - bounds[blockIdx.x];
  for (int lane = threadIdx.x / SUM_LANES; lane < SUM_LANES; lane += blockDim.x / SUM_LANES) {
    double sum = 0.0;
    // As often in both halves of a warp, which fold together.
    for (long long first = 0; first + lane / 2 * 2 * SUM_CHUNK < n; first += SUM_LANES * SUM_CHUNK) {
      sum += sumOfChunk(stretch, first + lane * SUM_CHUNK, n, Square());
    }
    if (threadIdx.x % SUM_LANES == 0) {
      ofLanes[lane] = sum;
    }
  }
  __syncthreads();
  if (threadIdx.x < 32) {
    const double sum = foldLanes(ofLanes[threadIdx.x % SUM_LANES]);
    if (threadIdx.x == 0) {
      sums[blockIdx.x] = (float)sum;
    }
  }
}
KERNEL(stretchSquares)

// Bounds the norm of each stretch's gradient by that of its parameters. blockIdx.x is the stretch, blockIdx.y a part of it. One
// thread does what is done in float64, which few units compute.
extern "C" __global__ void __launch_bounds__(256) adaptiveClip(
    const int* bounds, const float* parameterSquares, const float* gradientSquares, float* g, double factor,
    double epsilon) {
  __shared__ float by;
  if (threadIdx.x == 0) {
    const double root = sqrt((double)parameterSquares[blockIdx.x]);
    const double most = factor * (root < epsilon ? epsilon : root);  // NaN stays NaN
    const double norm = sqrt((double)gradientSquares[blockIdx.x]);
    by = norm < most ? 1.0f : (float)(most / (norm < 1e-6 ? 1e-6 : norm));
  }
  __syncthreads();
  if (by == 1.0f) {
    return;
  }
  const long long end = bounds[blockIdx.x + 1];
  const long long step = (long long)gridDim.y * blockDim.x;
  for (long long i = bounds[blockIdx.x] + (long long)blockIdx.y * blockDim.x + threadIdx.x; i < end; i += step) {
    g[i] *= by;
  }
}
KERNEL(adaptiveClip)

// LAMB's direction takes the gradient's place. The second moment moves as in adamW; share is 1 − β₁ or 1.
extern "C" __global__ void __launch_bounds__(256) lambDirection(
    const float* p, float* g, float* m, float* v, const float* control, long long n, float beta1, float share,
    float beta2, float rest2, float correction1, float rootOfCorrection2, float epsilon, float weightDecay,
    const float* numbers) {
  if (control[2] == 0.0f) {
    return;  // as in adamW
  }
  const float clip = control[1];
  const float bias1 = numbers != nullptr ? numbers[0] : correction1;
  const float rootOfBias2 = numbers != nullptr ? numbers[1] : rootOfCorrection2;
  const bool aligned = startsOnFour(p) && startsOnFour(g) && startsOnFour(m) && startsOnFour(v);
  const long long step = 4LL * gridDim.x * blockDim.x;
  for (long long i = 4 * ((long long)blockIdx.x * blockDim.x + threadIdx.x); i < n; i += step) {
    const int left = (int)min(n - i, 4LL);
    float p4[4];
    float g4[4];
    float m4[4];
    float v4[4];
    loadFour(p4, p + i, left, aligned);
    loadFour(g4, g + i, left, aligned);
    loadFour(m4, m + i, left, aligned);
    loadFour(v4, v + i, left, aligned);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      const float gradient = times(g4[j], clip);
      m4[j] = plus(times(m4[j], beta1), times(share, gradient));
      v4[j] = secondMoment(v4[j], gradient, beta2, rest2);
      g4[j] = fmaf(weightDecay, p4[j], m4[j] / bias1 / momentRoot(v4[j], rootOfBias2, epsilon));
    }
    storeFour(g4, g + i, left, aligned);
    storeFour(m4, m + i, left, aligned);
    storeFour(v4, v + i, left, aligned);
  }
}
KERNEL(lambDirection)

// p ← p − learningRate·trust·u, trust = ‖p‖/‖u‖ of the stretch, 1 without squares. The grid as in adaptiveClip.
extern "C" __global__ void __launch_bounds__(256) trustStep(
    const int* bounds, const float* control, const float* parameterSquares, const float* directionSquares,
    const float* u, float* p, double learningRate, int trustAtMostOne, bf16* copy, const double* numbers) {
  if (control[2] == 0.0f) {
    return;  // as in adamW
  }
  __shared__ float by;
  if (threadIdx.x == 0) {
    double trust = 1.0;
    if (parameterSquares != nullptr) {
      const float ofParameters = parameterSquares[blockIdx.x];
      const float ofDirections = directionSquares[blockIdx.x];
      if (ofParameters > 0.0f && ofDirections > 0.0f) {
        trust = sqrt((double)ofParameters) / sqrt((double)ofDirections);
        trust = trustAtMostOne && trust > 1.0 ? 1.0 : trust;
      }
    }
    by = (float)(-(numbers != nullptr ? numbers[0] : learningRate) * trust);
  }
  __syncthreads();
  const long long end = bounds[blockIdx.x + 1];
  const long long step = (long long)gridDim.y * blockDim.x;
  for (long long i = bounds[blockIdx.x] + (long long)blockIdx.y * blockDim.x + threadIdx.x; i < end; i += step) {
    const float updated = plus(p[i], times(by, u[i]));
    p[i] = updated;
    if (copy != nullptr) {
      copy[i] = fromFloat<bf16>(updated);
    }
  }
}
KERNEL(trustStep)

// The average by itself, of steps that other kernels make. A step
// that changed no parameter must not count twice: null, or the control of the optimizer.
extern "C" __global__ void __launch_bounds__(256) movingAverage(
    const float* p, float* average, long long n, float rest, const float* control, const float* numbers) {
  if (control != nullptr && control[2] == 0.0f) {
    return;
  }
  const float share = numbers != nullptr ? numbers[0] : rest;
  const bool aligned = startsOnFour(p) && startsOnFour(average);
  const long long step = 4LL * gridDim.x * blockDim.x;
  for (long long i = 4 * ((long long)blockIdx.x * blockDim.x + threadIdx.x); i < n; i += step) {
    const int left = (int)min(n - i, 4LL);
    float p4[4];
    loadFour(p4, p + i, left, aligned);
    takeIn(p4, average + i, share, left, aligned);
  }
}
KERNEL(movingAverage)
