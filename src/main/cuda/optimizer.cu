// Optimizer family: updates of whole parameter arenas. Everything is float32; AdamW reads parameter, gradient and both
// moments of an element once and writes all but the gradient once, 28 bytes, and nothing else of it matters. Where products
// read weights in bf16, the kernel that writes a parameter writes its rounded copy beside it, two bytes more: a pass of its
// own over each weight would read the parameters again, and be a launch.
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
  float penalty;                 // weightDecay where it is coupled (Adam), else 0
  float decay;                   // learningRate · weightDecay where it is decoupled (AdamW), else 0
  float rest1;                   // 1 − β₁
  float rest2;                   // 1 − β₂
  float stepSize;                // learningRate / (1 − β₁ᵗ)
  float inverseRootCorrection2;  // 1/√(1 − β₂ᵗ)
  float epsilon;
};

// One element. The moments move towards their new value by 1 − β: rounding β itself to float32 would be an error of the
// same sign in every step, and 1/(1 − β) steps add up.
DEVICE void adamWElement(const AdamWFactors& f, float clipped, float& p, float& m, float& v) {
  const float gradient = fmaf(f.penalty, p, clipped);
  p = fmaf(-f.decay, p, p);
  m = fmaf(f.rest1, gradient - m, m);
  v = fmaf(f.rest2, fmaf(gradient, gradient, -v), v);
  const float denominator = fmaf(sqrtf(v), f.inverseRootCorrection2, f.epsilon);
  p = fmaf(-f.stepSize, m / denominator, p);
}

extern "C" __global__ void __launch_bounds__(256) adamW(
    float* p, const float* g, float* m, float* v, const float* control, long long n, float penalty, float decay,
    float rest1, float rest2, float stepSize, float inverseRootCorrection2, float epsilon, bf16* copy,
    const AdamWFactors* numbers) {
  if (control[2] == 0.0f) {
    return;  // the gradient is not finite: the parameters stay what they were, and so does their copy
  }
  const float clip = control[1];
  AdamWFactors factors = {penalty, decay, rest1, rest2, stepSize, inverseRootCorrection2, epsilon};
  if (numbers != nullptr) {
    factors = *numbers;
  }
  const bool aligned =
      startsOnFour(p) && startsOnFour(g) && startsOnFour(m) && startsOnFour(v) && startsOnFour(copy);
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
      adamWElement(factors, clip * g4[j], p4[j], m4[j], v4[j]);
    }
    storeFour(p4, p + i, left, aligned);
    storeFour(m4, m + i, left, aligned);
    storeFour(v4, v + i, left, aligned);
    if (copy != nullptr) {
      storeFour(p4, copy + i, left, aligned);
    }
  }
}
KERNEL(adamW)

// One step of gradient descent; without momentum the buffer is null, and 12 bytes of an element move instead of 20.
extern "C" __global__ void __launch_bounds__(256) sgd(
    float* p, const float* g, float* buffer, const float* control, long long n, float learningRate,
    float weightDecay, float momentum, float nesterov, bf16* copy, const float* numbers) {
  if (control[2] == 0.0f) {
    return;  // as in adamW
  }
  const float clip = control[1];
  const float rate = numbers != nullptr ? numbers[0] : learningRate;
  const bool aligned = startsOnFour(p) && startsOnFour(g) && startsOnFour(buffer) && startsOnFour(copy);
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
      const float gradient = fmaf(weightDecay, p4[j], clip * g4[j]);
      b4[j] = fmaf(momentum, b4[j], gradient);
      const float direction = nesterov != 0.0f ? fmaf(momentum, b4[j], gradient) : b4[j];
      p4[j] = fmaf(-rate, direction, p4[j]);
    }
    storeFour(p4, p + i, left, aligned);
    if (buffer != nullptr) {
      storeFour(b4, buffer + i, left, aligned);
    }
    if (copy != nullptr) {
      storeFour(p4, copy + i, left, aligned);
    }
  }
}
KERNEL(sgd)

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

// Σ x² of each stretch, a block each: 256 partial sums, then a tree.
extern "C" __global__ void __launch_bounds__(256) stretchSquares(const int* bounds, const float* x, float* sums) {
  __shared__ float ofWarps[8];
  const long long end = bounds[blockIdx.x + 1];
  float sum = 0.0f;
  for (long long i = bounds[blockIdx.x] + (long long)threadIdx.x; i < end; i += blockDim.x) {
    sum = fmaf(x[i], x[i], sum);
  }
  sum = warpSum(sum);
  if (threadIdx.x % 32 == 0) {
    ofWarps[threadIdx.x / 32] = sum;
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    sums[blockIdx.x] = ((ofWarps[0] + ofWarps[1]) + (ofWarps[2] + ofWarps[3])) +
                       ((ofWarps[4] + ofWarps[5]) + (ofWarps[6] + ofWarps[7]));
  }
}
KERNEL(stretchSquares)

// Bounds the norm of each stretch's gradient by that of its parameters. blockIdx.x is the stretch, blockIdx.y a part of it.
extern "C" __global__ void __launch_bounds__(256) adaptiveClip(
    const int* bounds, const float* parameterSquares, const float* gradientSquares, float* g, float factor,
    float epsilon) {
  const float most = factor * fmaxf(sqrtf(parameterSquares[blockIdx.x]), epsilon);
  const float norm = sqrtf(gradientSquares[blockIdx.x]);
  if (norm < most) {
    return;
  }
  const float by = most / fmaxf(norm, 1e-6f);
  const long long end = bounds[blockIdx.x + 1];
  const long long step = (long long)gridDim.y * blockDim.x;
  for (long long i = bounds[blockIdx.x] + (long long)blockIdx.y * blockDim.x + threadIdx.x; i < end; i += step) {
    g[i] *= by;
  }
}
KERNEL(adaptiveClip)

// LAMB's direction takes the gradient's place. The moments move as in adamW; share is 1 − β₁ or 1.
extern "C" __global__ void __launch_bounds__(256) lambDirection(
    const float* p, float* g, float* m, float* v, const float* control, long long n, float rest1, float share,
    float rest2, float inverseCorrection1, float inverseRootCorrection2, float epsilon, float weightDecay,
    const float* numbers) {
  if (control[2] == 0.0f) {
    return;  // as in adamW
  }
  const float clip = control[1];
  const float inverse1 = numbers != nullptr ? numbers[0] : inverseCorrection1;
  const float inverseRoot2 = numbers != nullptr ? numbers[1] : inverseRootCorrection2;
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
      const float gradient = clip * g4[j];
      m4[j] = fmaf(share, gradient, fmaf(-rest1, m4[j], m4[j]));
      v4[j] = fmaf(rest2, fmaf(gradient, gradient, -v4[j]), v4[j]);
      const float denominator = fmaf(sqrtf(v4[j]), inverseRoot2, epsilon);
      g4[j] = fmaf(weightDecay, p4[j], m4[j] * inverse1 / denominator);
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
    const float* u, float* p, float learningRate, int trustAtMostOne, bf16* copy, const float* numbers) {
  if (control[2] == 0.0f) {
    return;  // as in adamW
  }
  float trust = 1.0f;
  if (parameterSquares != nullptr) {
    const float ofParameters = parameterSquares[blockIdx.x];
    const float ofDirections = directionSquares[blockIdx.x];
    if (ofParameters > 0.0f && ofDirections > 0.0f) {
      trust = sqrtf(ofParameters) / sqrtf(ofDirections);
      trust = trustAtMostOne ? fminf(trust, 1.0f) : trust;
    }
  }
  const float by = -(numbers != nullptr ? numbers[0] : learningRate) * trust;
  const long long end = bounds[blockIdx.x + 1];
  const long long step = (long long)gridDim.y * blockDim.x;
  for (long long i = bounds[blockIdx.x] + (long long)blockIdx.y * blockDim.x + threadIdx.x; i < end; i += step) {
    const float updated = fmaf(by, u[i], p[i]);
    p[i] = updated;
    if (copy != nullptr) {
      copy[i] = fromFloat<bf16>(updated);
    }
  }
}
KERNEL(trustStep)

// average ← average + (1 − decay)·(p − average), which is decay·average + (1 − decay)·p without β's rounding (above). A step
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
    float average4[4];
    loadFour(p4, p + i, left, aligned);
    loadFour(average4, average + i, left, aligned);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      average4[j] = fmaf(share, p4[j] - average4[j], average4[j]);
    }
    storeFour(average4, average + i, left, aligned);
  }
}
KERNEL(movingAverage)
