// Random family: DropPath's factors and dropout, from Philox 4x32-10 (Salmon et al., "Parallel random
// numbers: as easy as 1, 2, 3", SC 2011).
//
// Philox has no state: ten rounds turn 128 bits of counter and 64 bits of key into 128 random bits. The
// counter of a number is what the number is for,
//
//   key     = (seed low, stream ^ seed high)                 who draws: the run and the operation
//   counter = (element / 4, sample low, sample high, step)   what for
//
// and element e takes word e % 4 of the result,
//
// so every thread computes its own numbers, in any order, and the backward pass draws the same mask again
// instead of keeping it. The bits are those of every other backend (RandomKey.java).
//
// A uniform number is a word's upper 24 bits / 2^24. "uniform < keep" is decided on those 24 bits, against
// the integer threshold ceil(keep · 2^24): the same decision as in exact arithmetic, whatever float keep
// would round to.
//
// In a CUDA graph, whose arguments stay, the step is read from memory, where steps is not null.
#include "device.cuh"
#include "fours.cuh"

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
    uint32_t key0, uint32_t key1, uint32_t step, unsigned long long sample, uint32_t four) {
  return philox(key0, key1, four, (uint32_t)sample, (uint32_t)(sample >> 32), step);
}

DEVICE uint32_t stepOf(uint32_t step, const uint32_t* steps) {
  return steps != nullptr ? steps[0] : step;
}

// y = x/keep where an element is kept, else 0; [samples, elements]. y may be x.
//
// A thread takes the four elements of one Philox block: about 75 integer instructions for 16 (bf16) or 32
// (float32) bytes of traffic. blockIdx.y counts samples; blockIdx.x and threads, the fours of a sample.
template <class T>
DEVICE void dropoutElements(
    uint32_t key0, uint32_t key1, uint32_t step, long long firstSample, int samples, long long elements,
    uint32_t threshold, float scale, const T* x, T* y) {
  const bool aligned = elements % 4 == 0 && startsOnFour(x) && startsOnFour(y);
  const long long fours = (elements + 3) / 4;
  const long long foursAtOnce = (long long)gridDim.x * blockDim.x;
  for (long long sample = blockIdx.y; sample < samples; sample += gridDim.y) {
    for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < fours; i += foursAtOnce) {
      const Words4 random = randomWords(key0, key1, step, firstSample + sample, (uint32_t)i);
      const long long place = sample * elements + 4 * i;
      const int left = (int)min(elements - 4 * i, 4LL);
      float value[4];
      loadFour(value, x + place, left, aligned);
#pragma unroll
      for (int e = 0; e < 4; e++) {
        value[e] = random.word[e] >> 8 < threshold ? value[e] * scale : 0.0f;
      }
      storeFour(value, y + place, left, aligned);
    }
  }
}

extern "C" __global__ void __launch_bounds__(256) dropout_f32(
    uint32_t key0, uint32_t key1, uint32_t step, long long firstSample, int samples, long long elements,
    uint32_t threshold, float scale, const float* x, float* y, const uint32_t* steps) {
  dropoutElements(key0, key1, stepOf(step, steps), firstSample, samples, elements, threshold, scale, x, y);
}
KERNEL(dropout_f32)

extern "C" __global__ void __launch_bounds__(256) dropout_bf16(
    uint32_t key0, uint32_t key1, uint32_t step, long long firstSample, int samples, long long elements,
    uint32_t threshold, float scale, const bf16* x, bf16* y, const uint32_t* steps) {
  dropoutElements(key0, key1, stepOf(step, steps), firstSample, samples, elements, threshold, scale, x, y);
}
KERNEL(dropout_bf16)

// A branch that DropPath drops: its own half of the key, and its probability to be kept.
struct Branch {
  uint32_t key1;
  uint32_t threshold;
  float scale;  // 1/keep
  uint32_t unused;
};

constexpr int MOST_BRANCHES = 100;  // CudaRandom.java has the same number

// By value, so that no copy brings it and a graph can hold it.
struct Branches {
  Branch of[MOST_BRANCHES];
};

// DropPath's factor of each branch and sample, [branches, samples]: 1/keep where element 0 of the sample is kept, else 0. A
// thread a sample; blockIdx.y counts branches, all those of a model: a launch for each was a tenth of a step's launches.
extern "C" __global__ void __launch_bounds__(256) dropPathScales_f32(
    uint32_t key0, uint32_t step, long long firstSample, int samples, float* out, const uint32_t* steps,
    const Branches branches) {
  const long long sample = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (sample < samples) {
    const Branch branch = branches.of[blockIdx.y];
    const Words4 random = randomWords(key0, branch.key1, stepOf(step, steps), firstSample + sample, 0);
    out[blockIdx.y * (long long)samples + sample] = random.word[0] >> 8 < branch.threshold ? branch.scale : 0.0f;
  }
}
KERNEL(dropPathScales_f32)
