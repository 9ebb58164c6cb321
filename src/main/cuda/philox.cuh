// Random numbers: Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
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
#pragma once
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
    uint32_t key0, uint32_t key1, uint32_t step, unsigned long long sample, uint32_t four) {
  return philox(key0, key1, four, (uint32_t)sample, (uint32_t)(sample >> 32), step);
}

DEVICE uint32_t stepOf(uint32_t step, const uint32_t* steps) {
  return steps != nullptr ? steps[0] : step;
}
