// What the kernels of this project are written with: a few names over the instructions that CUDA C++ has no
// name for (tensor cores, asynchronous copies), so that a kernel reads the same on a GPU and in the emulator.
//
// nvcc compiles the inline PTX below. Any other compiler takes emulator.h (src/test/cuda), which carries out
// the same operations on a CPU with the same distribution of values over the lanes; see
// src/test/cuda/README.md.
//
// Rules for kernels:
//   - `extern "C" __global__ void name(...)`, then `KERNEL(name)`, which makes it known to the emulator.
//   - float32 kernels are strict: nvcc runs without fast-math, so expf, logf, erff, sqrtf, rsqrtf, tanhf are
//     the accurate functions. Write fmaf where the fusion matters: nvcc fuses a·b + c where it likes, the
//     emulator nowhere.
//   - Dynamic shared memory is the array `dynamicShared`; static `__shared__` arrays are allowed as well.
//   - Warp operations name a mask, and every lane of the mask takes part.
#pragma once

#include <cmath>
#include <cstdint>

#ifdef __CUDACC__
#include <cuda_bf16.h>
#define KERNEL(name)
#else
#include "emulator.h"
#endif

#define DEVICE __device__ __forceinline__

using bf16 = __nv_bfloat16;

// The dynamic shared memory of a launch, as many bytes as the launch asks for. Cast it to what the kernel
// keeps there:
//   float* tile = reinterpret_cast<float*>(dynamicShared);
extern __shared__ __align__(1024) unsigned char dynamicShared[];

// All 32 lanes of a warp.
constexpr uint32_t FULL_WARP = 0xffffffffu;

// ---- element types ----------------------------------------------------------------------------------------

DEVICE float toFloat(float value) { return value; }
DEVICE float toFloat(bf16 value) { return __bfloat162float(value); }

template <class T>
DEVICE T fromFloat(float value);
template <>
DEVICE float fromFloat<float>(float value) { return value; }
// Rounds to the nearest bf16, ties to even.
template <>
DEVICE bf16 fromFloat<bf16>(float value) { return __float2bfloat16(value); }

// Two floats rounded to bf16 in one register, `lo` in the low half: the order in which memory holds two
// neighbours.
DEVICE uint32_t packBf16(float lo, float hi) {
  __nv_bfloat162 pair = __floats2bfloat162_rn(lo, hi);
  return *reinterpret_cast<uint32_t*>(&pair);
}

// ---- tensor cores -----------------------------------------------------------------------------------------

// mmaBf16: D += A · B by one warp, A 16×16 and B 16×8 in bf16, D 16×8 in float32.
//
// No lane holds a matrix: each of the 32 lanes holds a fragment. With group = lane / 4 (0..7) and quad = lane
// % 4 (0..3), and two bf16 in a register (the element with the smaller index in the low half):
//
//   A (16 rows × 16 columns), a[0..3]:            B (16 rows × 8 columns), b0 and b1:
//     a[0]: row group,     columns 2·quad, +1       b0: rows 2·quad, +1,     column group
//     a[1]: row group + 8, columns 2·quad, +1       b1: rows 2·quad + 8, +9, column group
//     a[2]: row group,     columns 2·quad + 8, +9
//     a[3]: row group + 8, columns 2·quad + 8, +9
//
//   D (16 rows × 8 columns), d[0..3]:
//     d[0], d[1]: row group,     columns 2·quad, 2·quad + 1
//     d[2], d[3]: row group + 8, columns 2·quad, 2·quad + 1
//
// Two facts follow that attention lives on. A row of D is spread over the four lanes of a group, so a row
// maximum or sum takes two shuffles (xor 1, xor 2). And D's layout is half of A's: the D fragments of two
// neighbouring 16×8 tiles, packed with packBf16, are the A fragment of a 16×16 tile without any movement
// between lanes:
//   a[0] = pack(left d[0], d[1])      a[2] = pack(right d[0], d[1])
//   a[1] = pack(left d[2], d[3])      a[3] = pack(right d[2], d[3])

// loadMatrix4 (ldmatrix): four 8×8 matrices of bf16 from shared memory, one register each.
//
// Lane i passes the address of row i % 8 of matrix i / 8: 16 bytes, aligned to 16 bytes. Afterwards r[j] of a
// lane holds, of matrix j, row group and columns 2·quad, 2·quad + 1: the shape of one register of an A
// fragment. So
//   A fragment: matrices in the order (rows 0-7, columns 0-7), (rows 8-15, columns 0-7), (rows 0-7,
//     columns 8-15), (rows 8-15, columns 8-15); lane i passes row i % 16 and columns from 8 · (i / 16).
//   B fragment from memory that holds B's columns as rows ([n][k], k contiguous): r[j] of the matrix with
//     rows n and columns k is b0 (first eight k) or b1 (next eight).
// loadMatrix4Transposed hands out each 8×8 matrix transposed: r[j] holds rows 2·quad, 2·quad + 1 of column
// group. This is a B fragment from memory that holds B as it is ([k][n], n contiguous).

// copyAsync16: 16 bytes from global to shared memory without a register in between; both addresses aligned to
// 16 bytes. With `valid` false nothing is read and 16 zero bytes are stored. The copies of a thread since its
// last copyAsyncCommit form a group, and copyAsyncWait<N> waits until at most the N youngest groups of this
// thread are still under way. It waits for this thread's copies alone: what other threads copied is visible
// only after a __syncthreads that follows everyone's wait.

#ifdef __CUDACC__

DEVICE uint32_t sharedAddress(const void* pointer) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(pointer));
}

DEVICE void mmaBf16(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
      "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

DEVICE void loadMatrix4(uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(sharedAddress(row))
               : "memory");
}

DEVICE void loadMatrix4Transposed(uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(sharedAddress(row))
               : "memory");
}

DEVICE void copyAsync16(void* shared, const void* global, bool valid) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
               :
               : "r"(sharedAddress(shared)), "l"(global), "r"(valid ? 16 : 0)
               : "memory");
}

DEVICE void copyAsyncCommit() { asm volatile("cp.async.commit_group;" ::: "memory"); }

template <int N>
DEVICE void copyAsyncWait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory");
}

// 2^x in one instruction, relative error about 2^-22, results below 2^-126 become 0. For bf16 kernels alone.
DEVICE float exp2Approximate(float x) {
  float result;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
  return result;
}

// 1/x in one instruction, relative error about 2^-23, 0 where that is below 2^-126. For bf16 kernels alone.
DEVICE float reciprocalApproximate(float x) {
  float result;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
  return result;
}

#else

// The place of the call goes into the emulator's messages and tells two calls apart.
DEVICE void mmaBf16(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1,
                    emulator::Place place = emulator::Place::current()) {
  emulator::mmaBf16(d, a, b0, b1, place);
}
DEVICE void loadMatrix4(uint32_t (&r)[4], const void* row,
                        emulator::Place place = emulator::Place::current()) {
  emulator::loadMatrix4(r, row, false, place);
}
DEVICE void loadMatrix4Transposed(uint32_t (&r)[4], const void* row,
                                  emulator::Place place = emulator::Place::current()) {
  emulator::loadMatrix4(r, row, true, place);
}
DEVICE void copyAsync16(void* shared, const void* global, bool valid) {
  emulator::copyAsync16(shared, global, valid);
}
DEVICE void copyAsyncCommit() { emulator::copyAsyncCommit(); }

template <int N>
DEVICE void copyAsyncWait() {
  emulator::copyAsyncWait(N);
}

DEVICE float exp2Approximate(float x) { return exp2f(x); }
DEVICE float reciprocalApproximate(float x) { return 1.0f / x; }

#endif

// ---- reductions over a warp -------------------------------------------------------------------------------

// Sum over the 32 lanes, the same bits in every lane: a butterfly over lane distances 16, 8, 4, 2, 1. Each
// step adds the two halves of a pair, and a + b equals b + a, so the order of additions is the same tree
// whatever the lane.
DEVICE float warpSum(float value) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(FULL_WARP, value, distance);
  }
  return value;
}

// Maximum over the 32 lanes, in every lane. A NaN loses against a number, as fmaxf has it.
DEVICE float warpMax(float value) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    value = fmaxf(value, __shfl_xor_sync(FULL_WARP, value, distance));
  }
  return value;
}
