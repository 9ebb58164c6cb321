// Random family: DropPath's factors and dropout, from the numbers of philox.cuh.
#include "elementary.cuh"
#include "fours.cuh"
#include "philox.cuh"

// y = s·x/keep where an element is kept, else 0; [samples, elements]. s is a factor of each sample, where SCALED. y may be x.
//
// A thread takes the four elements of one Philox block: about 75 integer instructions for 16 (bf16) or 32
// (float32) bytes of traffic. blockIdx.y counts samples; blockIdx.x and threads, the fours of a sample.
template <bool SCALED, class T>
DEVICE void dropoutElements(
    uint32_t key0, uint32_t key1, uint32_t step, long long firstSample, int samples, long long elements,
    uint32_t threshold, float scale, const T* x, T* y, const float* rowScale) {
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
        if (SCALED) {
          value[e] = times(value[e], rowScale[sample]);
        }
        value[e] = random.word[e] >> 8 < threshold ? value[e] * scale : 0.0f;
      }
      storeFour(value, y + place, left, aligned);
    }
  }
}

#define DROPOUT(T, suffix)                                                                                     \
  extern "C" __global__ void __launch_bounds__(256) dropout_##suffix(                                          \
      uint32_t key0, uint32_t key1, uint32_t step, long long firstSample, int samples, long long elements,     \
      uint32_t threshold, float scale, const T* x, T* y, const uint32_t* steps) {                              \
    dropoutElements<false>(                                                                                    \
        key0, key1, stepOf(step, steps), firstSample, samples, elements, threshold, scale, x, y, nullptr);     \
  }                                                                                                            \
  KERNEL(dropout_##suffix)                                                                                     \
  extern "C" __global__ void __launch_bounds__(256) scaledDropout_##suffix(                                    \
      uint32_t key0, uint32_t key1, uint32_t step, long long firstSample, int samples, long long elements,     \
      uint32_t threshold, float scale, const T* x, T* y, const uint32_t* steps, const float* rowScale) {       \
    dropoutElements<true>(                                                                                     \
        key0, key1, stepOf(step, steps), firstSample, samples, elements, threshold, scale, x, y, rowScale);    \
  }                                                                                                            \
  KERNEL(scaledDropout_##suffix)

DROPOUT(float, f32)
DROPOUT(bf16, bf16)

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
