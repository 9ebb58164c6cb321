// Small kernels that EmulatorTest drives through JCuda: each uses one thing that CUDA has, and a wrong
// emulation of it gives a wrong number.
#include "device.cuh"

extern "C" __global__ void probeAxpy(float a, const float* __restrict__ x, float* __restrict__ y,
                                     long long n) {
  long long i = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < n) {
    y[i] = fmaf(a, __ldg(x + i), y[i]);
  }
}
KERNEL(probeAxpy)

// The sum of each row of x [rows, columns], one block a row: warp sums, then the sums of the warps through
// shared memory.
extern "C" __global__ void __launch_bounds__(256) probeRowSum(const float* x, float* sums, int columns) {
  __shared__ float warpSums[32];
  float sum = 0.0f;
  for (int i = threadIdx.x; i < columns; i += blockDim.x) {
    sum += x[static_cast<long long>(blockIdx.x) * columns + i];
  }
  sum = warpSum(sum);
  if (threadIdx.x % 32 == 0) {
    warpSums[threadIdx.x / 32] = sum;
  }
  __syncthreads();
  if (threadIdx.x < 32) {
    sum = threadIdx.x < blockDim.x / 32 ? warpSums[threadIdx.x] : 0.0f;
    sum = warpSum(sum);
    if (threadIdx.x == 0) {
      sums[blockIdx.x] = sum;
    }
  }
}
KERNEL(probeRowSum)

// out[i] = in[n - 1 - i] by one block through dynamic shared memory, and the maximum to out[n].
extern "C" __global__ void probeReverse(const float* in, float* out, int n) {
  float* tile = reinterpret_cast<float*>(dynamicShared);
  float largest = -INFINITY;
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    tile[i] = in[i];
    largest = fmaxf(largest, in[i]);
  }
  __syncthreads();
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    out[i] = tile[n - 1 - i];
  }
  largest = warpMax(largest);
  if (threadIdx.x == 0) {
    out[n] = largest;
  }
}
KERNEL(probeReverse)

// C [16, 8] = A [16, 16] · B [16, 8], bf16 in, float32 out, one warp. A comes by asynchronous copies and
// ldmatrix, B transposed by ldmatrix from rows of 8.
extern "C" __global__ void probeProduct(const bf16* a, const bf16* b, float* c) {
  __shared__ __align__(16) bf16 tileA[16 * 16];
  __shared__ __align__(16) bf16 tileB[32 * 8];
  int lane = threadIdx.x;
  copyAsync16(tileA + lane * 8, a + lane * 8, true);
  copyAsync16(tileB + lane * 8, b + lane * 8, lane < 16);  // the rows from 16 on become zero
  copyAsyncCommit();
  copyAsyncWait<0>();
  __syncthreads();
  uint32_t fragmentA[4], fragmentB[4];
  loadMatrix4(fragmentA, tileA + (lane % 16) * 16 + (lane / 16) * 8);
  loadMatrix4Transposed(fragmentB, tileB + lane * 8);
  float d[4] = {};
  mmaBf16(d, fragmentA, fragmentB[0], fragmentB[1]);
  mmaBf16(d, fragmentA, fragmentB[2], fragmentB[3]);  // adds nothing
  int group = lane / 4, quad = lane % 4;
  c[group * 8 + 2 * quad] = d[0];
  c[group * 8 + 2 * quad + 1] = d[1];
  c[(group + 8) * 8 + 2 * quad] = d[2];
  c[(group + 8) * 8 + 2 * quad + 1] = d[3];
}
KERNEL(probeProduct)

// For each thread of one warp 16 numbers: the kinds of shuffles and votes, bit functions, mathematics.
extern "C" __global__ void probeWarp(float* out) {
  int lane = threadIdx.x;
  float* mine = out + lane * 16;
  mine[0] = __shfl_sync(FULL_WARP, static_cast<float>(lane), lane + 1);
  mine[1] = __shfl_up_sync(FULL_WARP, static_cast<float>(lane), 3);
  mine[2] = __shfl_down_sync(FULL_WARP, static_cast<float>(lane), 3, 8);
  mine[3] = static_cast<float>(__shfl_xor_sync(FULL_WARP, static_cast<double>(lane), 5));
  mine[4] = static_cast<float>(__popc(__ballot_sync(FULL_WARP, lane % 3 == 0)));
  mine[5] = static_cast<float>(__any_sync(FULL_WARP, lane == 7) * 2 + __all_sync(FULL_WARP, lane < 31));
  mine[6] = static_cast<float>(__umulhi(0xd2511f53u, 0x12345678u + lane) & 0xffffu);
  mine[7] = __uint_as_float(__float_as_uint(1.5f) + lane);
  mine[8] = erff(0.1f * lane);
  mine[9] = rsqrtf(1.0f + lane);
  mine[10] = toFloat(fromFloat<bf16>(1.0f + lane / 300.0f));
  mine[11] = static_cast<float>(__syncthreads_count(lane % 2));
  float halfSum = 0.0f;
  if (lane < 16) {  // halves of a warp may go their own ways, each with its own mask
    halfSum = __shfl_xor_sync(0x0000ffffu, static_cast<float>(lane), 1);
  } else {
    halfSum = -__shfl_xor_sync(0xffff0000u, static_cast<float>(lane), 1);
  }
  mine[12] = halfSum;
  __syncwarp();
  float4 v = make_float4(1.0f, 2.0f, 3.0f, static_cast<float>(lane));
  *reinterpret_cast<float4*>(mine + 12) = make_float4(halfSum, v.y, v.z, max(v.w, 4.0f));
}
KERNEL(probeWarp)

extern "C" __global__ void probeCount(int* counter, float* sum, unsigned long long* wide) {
  atomicAdd(counter, 1);
  atomicAdd(sum, 0.5f);
  atomicAdd(wide, 1ull << 32);
}
KERNEL(probeCount)

extern "C" __global__ void probeAddress(float* where, int index) { where[index] = 1.0f; }
KERNEL(probeAddress)
