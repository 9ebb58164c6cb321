// Optimizer family: updates of whole parameter arenas. Everything is float32; AdamW reads parameter, gradient and both
// moments of an element once and writes all but the gradient once, 28 bytes, and nothing else of it matters.
#include "fours.cuh"

// control[0] = ‖g‖, control[1] = min(1, maximumNorm/(‖g‖ + 1e-6)) or 1 without a maximum, control[2] = whether ‖g‖ is
// finite. One thread: three numbers that stay on the GPU, so that nobody waits for them.
extern "C" __global__ void clipControl(const float* sumOfSquares, double maximumNorm, float* control) {
  const double norm = sqrt((double)sumOfSquares[0]);
  const double factor = maximumNorm / (norm + 1e-6);
  control[0] = (float)norm;
  control[1] = maximumNorm <= 0.0 || factor >= 1.0 ? 1.0f : (float)factor;  // NaN stays NaN
  control[2] = norm <= 1.7976931348623157e308 ? 1.0f : 0.0f;                // false for NaN
}
KERNEL(clipControl)

// What a step multiplies with, worked out in float64 on the host.
struct AdamWFactors {
  float decay;                   // learningRate · weightDecay
  float rest1;                   // 1 − β₁
  float rest2;                   // 1 − β₂
  float stepSize;                // learningRate / (1 − β₁ᵗ)
  float inverseRootCorrection2;  // 1/√(1 − β₂ᵗ)
  float epsilon;
};

// One element. The moments move towards their new value by 1 − β: rounding β itself to float32 would be an error of the
// same sign in every step, and 1/(1 − β) steps add up.
DEVICE void adamWElement(const AdamWFactors& f, float gradient, float& p, float& m, float& v) {
  p = fmaf(-f.decay, p, p);
  m = fmaf(f.rest1, gradient - m, m);
  v = fmaf(f.rest2, fmaf(gradient, gradient, -v), v);
  const float denominator = fmaf(sqrtf(v), f.inverseRootCorrection2, f.epsilon);
  p = fmaf(-f.stepSize, m / denominator, p);
}

extern "C" __global__ void __launch_bounds__(256) adamW(
    float* p, const float* g, float* m, float* v, const float* control, long long n, float decay, float rest1,
    float rest2, float stepSize, float inverseRootCorrection2, float epsilon) {
  if (control[2] == 0.0f) {
    return;  // the gradient is not finite: the parameters stay what they were
  }
  const float clip = control[1];
  const AdamWFactors factors = {decay, rest1, rest2, stepSize, inverseRootCorrection2, epsilon};
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
      adamWElement(factors, clip * g4[j], p4[j], m4[j], v4[j]);
    }
    storeFour(p4, p + i, left, aligned);
    storeFour(m4, m + i, left, aligned);
    storeFour(v4, v + i, left, aligned);
  }
}
KERNEL(adamW)

// One step of gradient descent; without momentum the buffer is null, and 12 bytes of an element move instead of 20.
extern "C" __global__ void __launch_bounds__(256) sgd(
    float* p, const float* g, float* buffer, const float* control, long long n, float learningRate,
    float weightDecay, float momentum, float nesterov) {
  if (control[2] == 0.0f) {
    return;  // as in adamW
  }
  const float clip = control[1];
  const bool aligned = startsOnFour(p) && startsOnFour(g) && (buffer == nullptr || startsOnFour(buffer));
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
      p4[j] = fmaf(-learningRate, direction, p4[j]);
    }
    storeFour(p4, p + i, left, aligned);
    if (buffer != nullptr) {
      storeFour(b4, buffer + i, left, aligned);
    }
  }
}
KERNEL(sgd)

// average ← average + (1 − decay)·(p − average), which is decay·average + (1 − decay)·p without β's rounding (above).
extern "C" __global__ void __launch_bounds__(256) movingAverage(
    const float* p, float* average, long long n, float rest) {
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
      average4[j] = fmaf(rest, p4[j] - average4[j], average4[j]);
    }
    storeFour(average4, average + i, left, aligned);
  }
}
KERNEL(movingAverage)
