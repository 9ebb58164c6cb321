// How an operand of a product on the tensor cores comes to shared memory, in strips of 64 bytes of k (bf16: 32, float32: 16).
//
// What does not change from strip to strip is made once, before the loop: a thread brings the same few chunks of each strip,
// whose addresses only move on. So the loop holds next to no arithmetic beside the products. (With a loop over chunks whose
// length the compiler does not know, it held nine instructions for each product.)
//
// In shared memory: k fast (A as [m][k], B as [n][k]) in rows of 64 bytes; else ([k][m], [k][n]) in rows of SIZE elements.
// Within a row the 16-byte chunks are permuted by the row's number, so that what is read together lies in different banks:
// eight rows by an ldmatrix, or four of floats whose k is slow, number by number.
#pragma once
#include "device.cuh"

template <class T, bool K_IS_FAST, int SIZE, int THREADS, bool WHOLE_CHUNKS>
struct OperandStrip {
  static constexpr int CHUNK = 16 / sizeof(T);  // elements
  static constexpr int DEPTH = 64 / sizeof(T);  // k's
  static constexpr int ELEMENTS = SIZE * DEPTH;
  static constexpr int ROW = K_IS_FAST ? DEPTH : SIZE;                      // elements
  static constexpr int CHUNKS = ROW / CHUNK;                                // of a row
  static constexpr int COPIES = ELEMENTS / CHUNK / THREADS;                 // that a thread makes of a strip
  static constexpr int ROWS_APART = THREADS / CHUNKS;                       // two of them
  static constexpr int PERMUTATIONS = K_IS_FAST || sizeof(T) == 2 ? 8 : 4;  // rows until they begin again
  static_assert(
      ELEMENTS / CHUNK % THREADS == 0 && THREADS % CHUNKS == 0 && ROWS_APART % PERMUTATIONS == 0,
      "the same permutation of all of a thread's chunks");

  const T* from[COPIES];
  long long step;     // from one strip's elements to the next one's
  int to;             // index of the first chunk's first element in a strip; the others follow at equal distances
  int k;              // of the first chunk
  int limit[COPIES];  // its copies are valid while k is less
  int left;           // without WHOLE_CHUNKS: elements that exist of a chunk, or where k ends

  // Index of a chunk's first element.
  DEVICE static int at(int row, int chunk) {
    const int permuted = chunk ^ (K_IS_FAST ? row >> 1 & 3 : sizeof(T) == 2 ? row & 7 : (row & 3) << 1);
    return (row * CHUNKS + permuted) * CHUNK;
  }

  // The operand's rows (or columns) from `first` on, of which there are `size` in all; its k's from `begin` to `end`.
  DEVICE OperandStrip(const T* x, long long stride, int first, int size, int begin, int end) {
    const int row = threadIdx.x / CHUNKS;
    const int chunk = threadIdx.x % CHUNKS;
    to = at(row, chunk);
    k = begin + (K_IS_FAST ? CHUNK * chunk : row);
    step = K_IS_FAST ? DEPTH : DEPTH * stride;
    left = K_IS_FAST ? end : size - (first + CHUNK * chunk);
#pragma unroll
    for (int i = 0; i < COPIES; i++) {
      const int mine = first + (K_IS_FAST ? row + i * ROWS_APART : CHUNK * chunk);
      const int later = K_IS_FAST ? 0 : i * ROWS_APART;
      const int there = mine < size ? mine : 0;  // nothing is read from there
      limit[i] = mine < size ? end - later : begin;
      from[i] = x + (K_IS_FAST ? there * stride + k : (k + later) * stride + there);
    }
  }

  // Starts to bring the next strip to shared memory; what lies outside is zero. WHOLE_CHUNKS: addresses and lengths are
  // multiples of a chunk; else elements go one by one.
  DEVICE void loadNext(T* shared) { loadNext(shared, k); }

  // With the k that another operand of the same layout counts too, which spares a register.
  DEVICE void loadNext(T* shared, int k) {
#pragma unroll
    for (int i = 0; i < COPIES; i++) {
      T* target = shared + to + i * (ROWS_APART * ROW);
      if (WHOLE_CHUNKS) {
        copyAsync16(target, from[i], k < limit[i]);
      } else {
        const int there = k >= limit[i] ? 0 : K_IS_FAST ? left - k : left;
#pragma unroll
        for (int e = 0; e < CHUNK; e++) {
          target[e] = e < there ? from[i][e] : fromFloat<T>(0.0f);
        }
      }
      from[i] += step;
    }
    this->k += DEPTH;
  }
};
