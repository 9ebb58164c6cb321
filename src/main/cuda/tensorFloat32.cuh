// Products of float32 operands on the tensor cores, which round them to TF32 first: a float32 with ten bits of significand
// behind the leading one, in the place of a float32 whose thirteen last bits are zero. Sums are float32.
#pragma once
#include "device.cuh"

// roundTf32: a float32, as its bits, to the nearest TF32, of two that are as near to the one of the larger magnitude (cvt.rna).
// What is no number stays none. The tensor cores themselves would leave out the last bits.
//
// mmaTf32: D += A · B by one warp, A 16×8 and B 8×8 in TF32, D 16×8 in float32. With group = lane / 4 and quad = lane % 4,
// one number in a register:
//
//   A (16 rows × 8 columns), a[0..3]:          B (8 rows × 8 columns), b0 and b1:
//     a[0]: row group,     column quad           b0: row quad,     column group
//     a[1]: row group + 8, column quad           b1: row quad + 4, column group
//     a[2]: row group,     column quad + 4
//     a[3]: row group + 8, column quad + 4
//
//   D (16 rows × 8 columns): as mmaBf16's.
//
// To ldmatrix four floats are a row of eight bf16: loadMatrix4 hands out A's fragment, and B's of sixteen columns, from memory
// in which k is contiguous, exactly as for mmaBf16 with k counted in pairs. Transposed it would tear floats apart.

#ifdef __CUDACC__

DEVICE uint32_t roundTf32(uint32_t value) {
  uint32_t rounded;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "r"(value));
  return rounded;
}

DEVICE void mmaTf32(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
      "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

#else

DEVICE uint32_t roundTf32(uint32_t value) { return emulator::roundTf32(value); }
DEVICE void mmaTf32(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1,
                    emulator::Place place = emulator::Place::current()) {
  emulator::mmaTf32(d, a, b0, b1, place);
}

#endif
