// Kernels with the mistakes that people make in kernels. PlantedBugsTest runs each with `bug` 0, where it is
// sound, and with each of its bugs, which the emulator must find. A bug that is a missing line stands as `if
// (bug != N)` around it.
#include "device.cuh"

// out[i] = in[i of the block's other end], `rounds` times over the same shared array: a stage is written,
// then read by other warps.
extern "C" __global__ void plantedStage(const float* in, float* out, int rounds, int bug) {
  __shared__ float stage[128];
  int i = threadIdx.x;
  for (int round = 0; round < rounds; round++) {
    long long base = (static_cast<long long>(blockIdx.x) * rounds + round) * 128;
    stage[i] = in[base + i];
    if (bug != 1) {
      __syncthreads();  // before others read
    }
    out[base + i] = stage[127 - i];
    if (bug != 2) {
      __syncthreads();  // before the next round overwrites what others still read
    }
  }
}
KERNEL(plantedStage)

// The product of a pipelined kernel without its arithmetic: tiles of 128 × 4 floats come by asynchronous
// copies, two ahead, into a ring of three stages, and each thread sums what another thread copied.
extern "C" __global__ void plantedPipeline(const float* in, float* out, int tiles, int bug) {
  __shared__ __align__(16) float ring[4][512];
  int i = threadIdx.x;
  int stages = bug == 3 ? 2 : 3;
  auto prefetch = [&](int tile) {
    if (tile < tiles) {
      copyAsync16(ring[tile % stages] + 4 * i, in + tile * 512 + 4 * i, true);
    }
    copyAsyncCommit();  // also an empty group, so that the wait below counts the same at the end
  };
  prefetch(0);
  prefetch(1);
  if (bug == 5) {
    prefetch(2);
  }
  float sum = 0.0f;
  for (int tile = 0; tile < tiles; tile++) {
    if (bug == 2) {
      copyAsyncWait<2>();  // two groups may be under way: also the one that is needed now
    } else if (bug != 1) {
      copyAsyncWait<1>();
    }
    if (bug != 4) {
      __syncthreads();
    }
    const float* stage = ring[tile % stages] + 4 * (127 - i);
    sum = 3.0f * sum + stage[0] + 2.0f * stage[1] + 4.0f * stage[2] + 8.0f * stage[3];
    prefetch(tile + (bug == 5 ? 3 : 2));  // with three ahead the ring would need a fourth stage
  }
  out[i] = sum;
}
KERNEL(plantedPipeline)

// out[i] = in[i] + in[i + 1], the last without its neighbour.
extern "C" __global__ void plantedIndex(const float* in, float* out, int n, int bug) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  bool inside = bug == 1 ? i <= n : i < n;
  if (inside) {
    float right = bug == 2 ? in[i + 1] : i + 1 < n ? in[i + 1] : 0.0f;
    float left = i < n ? in[i] : 0.0f;
    out[bug == 3 ? i - 1 : i] = left + right;
  }
}
KERNEL(plantedIndex)

// out[i] = the sum over i's warp.
extern "C" __global__ void plantedWarp(const float* in, float* out, int bug) {
  int i = threadIdx.x, lane = i % 32;
  float value = in[i];
  if (bug == 2 && lane == 31) {
    return;  // before its warp adds up
  }
  if (bug == 1 && lane < 16) {
    value += __shfl_xor_sync(FULL_WARP, value, 1) * 0.0f;  // half a warp in an operation of the whole
  }
  if (bug == 3) {
    if (lane < 16) {
      value += 0.0f * __shfl_xor_sync(0x0000ffffu, value, 16);  // reads from lanes that the mask leaves out
    }
  }
  out[i] = warpSum(value);
}
KERNEL(plantedWarp)

// out[i] = in[i], with barriers that not all threads reach, or not the same one.
extern "C" __global__ void plantedBarrier(const float* in, float* out, int bug) {
  int i = threadIdx.x;
  if (bug == 1) {
    if (i < 32) {
      __syncthreads();
      __syncthreads();
    } else {
      __syncthreads();
    }
  } else if (bug == 2) {
    if (i < 32) {
      __syncthreads();
    } else { __syncthreads(); }
  } else {
    if (bug == 3 && i == 32) {
      __syncwarp();  // the rest of its warp goes straight to the barrier
    }
    __syncthreads();
  }
  out[i] = in[i];
}
KERNEL(plantedBarrier)

// out[block] = the sum of a shared table that every block fills, or only the first.
extern "C" __global__ void plantedUnwritten(float* out, int bug) {
  __shared__ float table[64];
  float* dynamicTable = reinterpret_cast<float*>(dynamicShared);
  int i = threadIdx.x;
  if (bug != 1 || blockIdx.x == 0) {
    table[i] = 1.0f;
  }
  if (bug != 2 || i != 63) {
    dynamicTable[i] = 1.0f;
  }
  if (bug == 3 && i == 0) {
    dynamicTable[64] = 1.0f;  // the launch asks for 64 floats
  }
  __syncthreads();
  if (i == 0) {
    float sum = 0.0f;
    for (int k = 0; k < 64; k++) {
      sum += table[k] * dynamicTable[k];
    }
    out[blockIdx.x] = sum;
  }
}
KERNEL(plantedUnwritten)

__device__ int depth(volatile int* count, int levels) {
  volatile int frame[256];
  frame[levels % 256] = levels;
  return levels == 0 ? *count : depth(count, levels - 1) + frame[levels % 256] - levels;
}

// out[i] = in[i] by operations that ask for alignment, and other things that end a kernel at once.
extern "C" __global__ void plantedFault(const float* in, float* out, int bug) {
  __shared__ __align__(16) float tile[256];
  int i = threadIdx.x;
  copyAsync16(tile + 4 * i, in + 4 * i + (bug == 1 ? 1 : 0), bug != 1 || i < 31);
  copyAsyncCommit();
  copyAsyncWait<0>();
  __syncthreads();
  uint32_t words[4];
  loadMatrix4(words, tile + 4 * i + (bug == 2 ? 2 : 0));
  if (bug == 3) {
    int count = 0;
    words[0] += depth(&count, 100);
  }
  if (bug == 4) {
    words[0] += 7 / (i / 32);
  }
  if (bug == 5) {
    loadMatrix4(words, in + 4 * i);  // not shared memory
  }
  if (bug == 6) {
    *reinterpret_cast<volatile float*>(static_cast<uintptr_t>(i + 1) * 16) = 1.0f;  // in the first page
  }
  if (bug == 7) {
    words[0] += __float_as_uint(reinterpret_cast<const float2*>(in + 1)[i].x);
  }
  // Register j of a lane is word lane % 4 of row lane / 4 of matrix j, so the tile comes out as it went in.
  for (int matrix = 0; matrix < 4; matrix++) {
    out[matrix * 32 + i] = __uint_as_float(words[matrix]);
  }
}
KERNEL(plantedFault)
