// Probe family: one kernel for each inline instruction of device.cuh and tensorFloat32.cuh, and nothing around it; and one for
// what bf16 kernels make of them. The emulator runs the twins of
// these instructions, so their operands' order and modifiers are tested on a GPU alone: InlineInstructionsTest compares what
// they give with what is said there, lane by lane, and is the first thing that bench/gpu runs there. It is also the image
// that shows, when a device is opened, what its driver takes.
#include "gelu.cuh"
#include "tensorFloat32.cuh"

// d [32][4] += the product of the fragments a [32][4] and b [32][2], a warp's lanes one after the other.
extern "C" __global__ void __launch_bounds__(32) probeMma(const uint32_t* a, const uint32_t* b, float* d) {
  const int lane = threadIdx.x;
  uint32_t left[4];
  float sum[4];
#pragma unroll
  for (int i = 0; i < 4; i++) {
    left[i] = a[4 * lane + i];
    sum[i] = d[4 * lane + i];
  }
  mmaBf16(sum, left, b[2 * lane], b[2 * lane + 1]);
#pragma unroll
  for (int i = 0; i < 4; i++) {
    d[4 * lane + i] = sum[i];
  }
}
KERNEL(probeMma)

// The same of TF32.
extern "C" __global__ void __launch_bounds__(32) probeMmaTf32(const uint32_t* a, const uint32_t* b, float* d) {
  const int lane = threadIdx.x;
  uint32_t left[4];
  float sum[4];
#pragma unroll
  for (int i = 0; i < 4; i++) {
    left[i] = a[4 * lane + i];
    sum[i] = d[4 * lane + i];
  }
  mmaTf32(sum, left, b[2 * lane], b[2 * lane + 1]);
#pragma unroll
  for (int i = 0; i < 4; i++) {
    d[4 * lane + i] = sum[i];
  }
}
KERNEL(probeMmaTf32)

extern "C" __global__ void __launch_bounds__(32) probeRoundTf32(const uint32_t* x, uint32_t* y) {
  y[threadIdx.x] = roundTf32(x[threadIdx.x]);
}
KERNEL(probeRoundTf32)

// What each lane gets of 32 rows of 16 bytes; lane i passes row order[i].
template <bool TRANSPOSED>
DEVICE void loadRows(const uint4* rows, const int* order, uint32_t* out) {
  __shared__ uint4 tile[32];
  const int lane = threadIdx.x;
  tile[lane] = rows[lane];
  __syncthreads();
  uint32_t r[4];
  if (TRANSPOSED) {
    loadMatrix4Transposed(r, tile + order[lane]);
  } else {
    loadMatrix4(r, tile + order[lane]);
  }
#pragma unroll
  for (int i = 0; i < 4; i++) {
    out[4 * lane + i] = r[i];
  }
}

extern "C" __global__ void __launch_bounds__(32) probeLoadMatrix(
    const uint4* rows, const int* order, uint32_t* out) {
  loadRows<false>(rows, order, out);
}
KERNEL(probeLoadMatrix)

extern "C" __global__ void __launch_bounds__(32) probeLoadMatrixTransposed(
    const uint4* rows, const int* order, uint32_t* out) {
  loadRows<true>(rows, order, out);
}
KERNEL(probeLoadMatrixTransposed)

// Two groups of copies. When only the younger may still be under way each thread reads what it brought with the older
// (out [0..32)), and when all have landed what its neighbour brought with the younger (out [32..64)). Those of the younger
// with an odd number are not valid.
extern "C" __global__ void __launch_bounds__(32) probeCopyAsync(const uint4* in, uint4* out) {
  __shared__ uint4 tile[64];
  const int lane = threadIdx.x;
  tile[lane] = make_uint4(1, 2, 3, 4);
  tile[32 + lane] = make_uint4(1, 2, 3, 4);
  __syncthreads();
  copyAsync16(tile + lane, in + lane, true);
  copyAsyncCommit();
  copyAsync16(tile + 32 + lane, in + 32 + lane, lane % 2 == 0);
  copyAsyncCommit();
  copyAsyncWait<1>();
  out[lane] = tile[lane];
  copyAsyncWait<0>();
  __syncthreads();
  out[32 + lane] = tile[32 + (lane + 1) % 32];
}
KERNEL(probeCopyAsync)

extern "C" __global__ void __launch_bounds__(32) probeExp2(const float* x, float* y) {
  y[threadIdx.x] = exp2Approximate(x[threadIdx.x]);
}
KERNEL(probeExp2)

extern "C" __global__ void __launch_bounds__(32) probeReciprocal(const float* x, float* y) {
  y[threadIdx.x] = reciprocalApproximate(x[threadIdx.x]);
}
KERNEL(probeReciprocal)

// GELU of bf16 kernels and its derivative, before they are rounded to bf16; x, y and dy of gridDim.x · 32 elements.
extern "C" __global__ void __launch_bounds__(32) probeGelu(const float* x, float* y, float* dy) {
  const int i = blockIdx.x * 32 + threadIdx.x;
  y[i] = gelu<bf16>(x[i]);
  dy[i] = geluDerivative<bf16>(x[i]);
}
KERNEL(probeGelu)
