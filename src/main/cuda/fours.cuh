// Four neighbouring elements at once: the unit in which rows and arrays go through registers here. A float32 four is one
// access of 16 bytes, a bf16 four one of 8, so that the lanes of a warp that hold neighbouring fours read 512 or 256
// bytes together.
//
// Spans may start at any element, and rows may have any length. Where a four does not start on its own size it is read
// element by element. Which thread holds which element is the same in both cases, and so are the bits of all results.
#pragma once
#include "device.cuh"

// Whether fours counted from x on can be read in one access; also of a null pointer. For rows their length has to be a
// multiple of four too.
template <class T>
DEVICE bool startsOnFour(const T* x) {
  return reinterpret_cast<uintptr_t>(x) % (4 * sizeof(T)) == 0;
}

DEVICE void readFour(float (&v)[4], const float* x) {
  const float4 four = *reinterpret_cast<const float4*>(x);
  v[0] = four.x;
  v[1] = four.y;
  v[2] = four.z;
  v[3] = four.w;
}

// A bf16 is the upper half of a float32.
DEVICE void readFour(float (&v)[4], const bf16* x) {
  const uint2 four = *reinterpret_cast<const uint2*>(x);
  v[0] = __uint_as_float(four.x << 16);
  v[1] = __uint_as_float(four.x & 0xffff0000u);
  v[2] = __uint_as_float(four.y << 16);
  v[3] = __uint_as_float(four.y & 0xffff0000u);
}

DEVICE void writeFour(const float (&v)[4], float* y) {
  *reinterpret_cast<float4*>(y) = make_float4(v[0], v[1], v[2], v[3]);
}

DEVICE void writeFour(const float (&v)[4], bf16* y) {
  *reinterpret_cast<uint2*>(y) = make_uint2(packBf16(v[0], v[1]), packBf16(v[2], v[3]));
}

// Loads x[0..3]. `left` is how many elements there are from x on, which may be none or less than none; `missing` stands
// in for those that there are not.
template <class T>
DEVICE void loadFour(float (&v)[4], const T* x, int left, bool aligned, float missing = 0.0f) {
  if (aligned && left >= 4) {
    readFour(v, x);
  } else {
#pragma unroll
    for (int j = 0; j < 4; j++) {
      v[j] = j < left ? toFloat(x[j]) : missing;
    }
  }
}

// An aligned four, or zeros where there is none: what loops that are unrolled over registers use.
template <class T>
DEVICE void loadFourOrZero(float (&v)[4], const T* x, bool exists) {
  if (exists) {
    readFour(v, x);
  } else {
    v[0] = v[1] = v[2] = v[3] = 0.0f;
  }
}

// Stores as many of the four as there is room for.
template <class T>
DEVICE void storeFour(const float (&v)[4], T* y, int left, bool aligned) {
  if (aligned && left >= 4) {
    writeFour(v, y);
  } else {
#pragma unroll
    for (int j = 0; j < 4; j++) {
      if (j < left) {
        y[j] = fromFloat<T>(v[j]);
      }
    }
  }
}
