// Optimizer family: one pass over a model's arenas. An AdamW step reads and writes 28 bytes for each parameter (values,
// both moments, gradient) and is bound by that: 28 million parameters take 0.2 ms at 4 TB/s.
#include "device.cuh"

// control = {L2 norm of the gradients, clipping factor, 1 if the norm is finite}: stays on the device, so that a step
// need not wait for the host to have read it. One thread.
extern "C" __global__ void clipControl(const float* sumOfSquares, double maximumNorm, float* control) {
  const double norm = sqrt(static_cast<double>(sumOfSquares[0]));
  double factor = 1;
  if (maximumNorm > 0) {
    const double wanted = maximumNorm / (norm + 1e-6);
    factor = wanted >= 1 ? 1 : wanted; // NaN stays NaN
  }
  control[0] = static_cast<float>(norm);
  control[1] = static_cast<float>(factor);
  control[2] = norm <= 1.7976931348623157e308 ? 1.0f : 0.0f;
}
KERNEL(clipControl)

// The constants of a step, made in float64 on the host.
struct AdamWStep {
  float decay;              // 1 − lr·weightDecay
  float oneMinusBeta1;
  float beta2;
  float oneMinusBeta2;
  float stepSize;           // lr/(1 − β₁ᵗ)
  float rootOfCorrection2;  // √(1 − β₂ᵗ)
  float epsilon;
};

// The order of operations of PyTorch's single-tensor form.
DEVICE void adamWElement(const AdamWStep& step, float factor, float g, float& p, float& m, float& v) {
  const float gradient = factor * g;
  m = fmaf(step.oneMinusBeta1, gradient - m, m);
  v = v * step.beta2 + step.oneMinusBeta2 * gradient * gradient;
  const float denominator = sqrtf(v) / step.rootOfCorrection2 + step.epsilon;
  p = p * step.decay - step.stepSize * m / denominator;
}

// Four neighbours a thread where all arenas begin at multiples of 16 bytes, as they do in a model. Nothing is written
// where the gradients were not finite.
extern "C" __global__ void __launch_bounds__(256) adamW(
    long long n, const float* control, float* p, const float* g, float* m, float* v, int aligned, float decay,
    float oneMinusBeta1, float beta2, float oneMinusBeta2, float stepSize, float rootOfCorrection2, float epsilon) {
  if (control[2] == 0) {
    return;
  }
  const AdamWStep step = {decay, oneMinusBeta1, beta2, oneMinusBeta2, stepSize, rootOfCorrection2, epsilon};
  const float factor = control[1];
  const long long thread = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const long long threads = (long long)gridDim.x * blockDim.x;
  const long long fours = aligned ? n / 4 : 0;
  for (long long i = thread; i < fours; i += threads) {
    float4 values = reinterpret_cast<float4*>(p)[i];
    const float4 gradients = reinterpret_cast<const float4*>(g)[i];
    float4 first = reinterpret_cast<float4*>(m)[i];
    float4 second = reinterpret_cast<float4*>(v)[i];
    adamWElement(step, factor, gradients.x, values.x, first.x, second.x);
    adamWElement(step, factor, gradients.y, values.y, first.y, second.y);
    adamWElement(step, factor, gradients.z, values.z, first.z, second.z);
    adamWElement(step, factor, gradients.w, values.w, first.w, second.w);
    reinterpret_cast<float4*>(p)[i] = values;
    reinterpret_cast<float4*>(m)[i] = first;
    reinterpret_cast<float4*>(v)[i] = second;
  }
  for (long long i = 4 * fours + thread; i < n; i += threads) {
    adamWElement(step, factor, g[i], p[i], m[i], v[i]);
  }
}
KERNEL(adamW)

// average = decay·average + rest·p, rest = 1 − decay.
extern "C" __global__ void __launch_bounds__(256) movingAverage(
    long long n, float decay, float rest, const float* p, float* average) {
  const long long step = (long long)gridDim.x * blockDim.x;
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += step) {
    average[i] = fmaf(decay, average[i], rest * p[i]);
  }
}
KERNEL(movingAverage)
