// Random family: DropPath's factors and dropout, from Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3", SC 2011).
//
// Philox has no state: ten rounds turn 128 bits of counter and 64 bits of key into 128 random bits. The counter of a
// number is what the number is for,
//
//   key     = (seed low, stream ^ seed high)           who draws: the run and the operation
//   counter = (element / 4, sample low, sample high, step)   what for; element e takes word e % 4 of the result
//
// so every thread computes its own numbers, in any order, and the backward pass draws the same mask again instead of
// keeping it. The bits are those of every other backend (RandomKey.java).
//
// A uniform number is a word's upper 24 bits / 2^24. "uniform < keep" is decided on those 24 bits, against the integer
// threshold ceil(keep · 2^24): the same decision as in exact arithmetic, whatever float keep would round to.
#include "device.cuh"

struct Words4 {
  uint32_t word[4];
};

DEVICE Words4 philox(uint32_t key0, uint32_t key1, uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3) {
#pragma unroll
  for (int round = 0; round < 10; round++) {
    const uint32_t high0 = __umulhi(0xD2511F53u, c0);
    const uint32_t low0 = 0xD2511F53u * c0;
    const uint32_t high1 = __umulhi(0xCD9E8D57u, c2);
    const uint32_t low1 = 0xCD9E8D57u * c2;
    c0 = high1 ^ c1 ^ key0;
    c1 = low1;
    c2 = high0 ^ c3 ^ key1;
    c3 = low0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}

DEVICE Words4 randomWords(
    uint32_t key0, uint32_t key1, uint32_t step, unsigned long long sample, uint32_t elementQuarter) {
  return philox(key0, key1, elementQuarter, (uint32_t)sample, (uint32_t)(sample >> 32), step);
}

// Four neighbouring activations in one access: 16 bytes of float, 8 of bf16.
DEVICE void load4(const float* x, float (&value)[4]) {
  const float4 four = *reinterpret_cast<const float4*>(x);
  value[0] = four.x;
  value[1] = four.y;
  value[2] = four.z;
  value[3] = four.w;
}

DEVICE void load4(const bf16* x, float (&value)[4]) {
  const uint2 four = *reinterpret_cast<const uint2*>(x);
  value[0] = __uint_as_float(four.x << 16); // a bf16 is the upper half of a float
  value[1] = __uint_as_float(four.x & 0xffff0000u);
  value[2] = __uint_as_float(four.y << 16);
  value[3] = __uint_as_float(four.y & 0xffff0000u);
}

DEVICE void store4(float* y, const float (&value)[4]) {
  *reinterpret_cast<float4*>(y) = make_float4(value[0], value[1], value[2], value[3]);
}

DEVICE void store4(bf16* y, const float (&value)[4]) {
  *reinterpret_cast<uint2*>(y) = make_uint2(packBf16(value[0], value[1]), packBf16(value[2], value[3]));
}

// y = x/keep where an element is kept, else 0; [samples, elements]. y may be x.
//
// A thread takes the four elements of one Philox block: about 75 integer instructions for 16 bytes (bf16) or 32 (float32)
// of traffic. blockIdx.y counts samples, blockIdx.x and threads the quarters of a sample. `wide` says that rows begin
// where four elements can be moved at once.
template <class T>
DEVICE void dropoutElements(
    uint32_t key0, uint32_t key1, uint32_t step, long long firstSample, int samples, long long elements,
    uint32_t threshold, float scale, int wide, const T* x, T* y) {
  const long long quarters = (elements + 3) / 4;
  const long long quarterStep = (long long)gridDim.x * blockDim.x;
  for (long long sample = blockIdx.y; sample < samples; sample += gridDim.y) {
    for (long long q = (long long)blockIdx.x * blockDim.x + threadIdx.x; q < quarters; q += quarterStep) {
      const Words4 random = randomWords(key0, key1, step, firstSample + sample, (uint32_t)q);
      const T* from = x + sample * elements + 4 * q;
      T* to = y + sample * elements + 4 * q;
      if (wide) {
        float value[4];
        load4(from, value);
#pragma unroll
        for (int e = 0; e < 4; e++) {
          value[e] = random.word[e] >> 8 < threshold ? value[e] * scale : 0.0f;
        }
        store4(to, value);
      } else {
#pragma unroll
        for (int e = 0; e < 4; e++) {
          if (4 * q + e < elements) {
            to[e] = fromFloat<T>(random.word[e] >> 8 < threshold ? toFloat(from[e]) * scale : 0.0f);
          }
        }
      }
    }
  }
}

extern "C" __global__ void __launch_bounds__(256) dropout_f32(
    uint32_t key0, uint32_t key1, uint32_t step, long long firstSample, int samples, long long elements,
    uint32_t threshold, float scale, int wide, const float* x, float* y) {
  dropoutElements(key0, key1, step, firstSample, samples, elements, threshold, scale, wide, x, y);
}
KERNEL(dropout_f32)

extern "C" __global__ void __launch_bounds__(256) dropout_bf16(
    uint32_t key0, uint32_t key1, uint32_t step, long long firstSample, int samples, long long elements,
    uint32_t threshold, float scale, int wide, const bf16* x, bf16* y) {
  dropoutElements(key0, key1, step, firstSample, samples, elements, threshold, scale, wide, x, y);
}
KERNEL(dropout_bf16)

// DropPath's factor of each sample: 1/keep where element 0 of the sample is kept, else 0. A thread a sample.
extern "C" __global__ void __launch_bounds__(256) dropPathScale_f32(
    uint32_t key0, uint32_t key1, uint32_t step, long long firstSample, int samples, uint32_t threshold, float scale,
    float* out) {
  const long long sample = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (sample < samples) {
    const Words4 random = randomWords(key0, key1, step, firstSample + sample, 0);
    out[sample] = random.word[0] >> 8 < threshold ? scale : 0.0f;
  }
}
KERNEL(dropPathScale_f32)
