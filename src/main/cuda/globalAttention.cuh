// Attention among all tokens of a sequence (ViT): softmax(scale·q·kᵀ)·v, forward and backward, for any number of tokens.
// Nothing of size tokens² reaches memory: keys stream past a tile of queries with a running row maximum and sum
// (FlashAttention, Dao et al. 2022), and the backward pass makes the probabilities again from the two numbers that the
// forward pass kept for each row, exp(logit − maximum) / sum.
//
// Tiles of TILE tokens × HEAD channels lie in shared memory with rows padded by 16 bytes; products of tiles are in
// attentionTile.cuh. Each warp owns 16 rows of its block's tile. A block's tiles take 15 to 71 KiB, so that several
// blocks share a multiprocessor: while one waits for its next tile, the others compute.
//
// Memory traffic: a block reads all keys and values of its head, ⌈tokens / TILE⌉ blocks do; at ViT's 197 tokens they come
// from the second cache. Work: 4·tokens²·headDim flops a head forward, 14·tokens²·headDim backward.
#pragma once
#include "attentionFloat32.cuh"

// Sizes of a block for activations of type T and heads of up to HEAD channels. CudaGlobalAttention has the same numbers.
template <class T, int HEAD>
struct GlobalBlock {
  static constexpr int TILE = HEAD <= (sizeof(T) == 2 ? 64 : 32) ? 64 : 32;
  static constexpr int WARPS = TILE / WARP_ROWS;
  static constexpr int THREADS = WARPS * LANES_OF_A_WARP;
  static constexpr int ROW = PADDED_ROW<T, HEAD>;        // elements from token to token in Q, K, V, dO
  static constexpr int SCORE_ROW = PADDED_ROW<T, TILE>;  // elements from row to row in P, dS
  static constexpr int ROOM = sizeof(T) == 2 ? 0 : TILE * SCORE_ROW;
};

struct GlobalAttention {
  int tokens;
  int heads;
  int headDim;
  float scale;

  DEVICE int channels() const {
    return heads * headDim;
  }
};

// Which head of which sequence a block has: blockIdx.x counts heads fastest; blockIdx.y is its tile.
struct GlobalPlace {
  int sequence;
  int head;
  int first;  // token of the tile

  template <int TILE>
  DEVICE static GlobalPlace of(const GlobalAttention& o) {
    return {static_cast<int>(blockIdx.x) / o.heads, static_cast<int>(blockIdx.x) % o.heads,
            static_cast<int>(blockIdx.y) * TILE};
  }

  // First channel of the head in the sequence's first row of a [batch, tokens, rowLength] array.
  DEVICE long long start(const GlobalAttention& o, int rowLength) const {
    return (long long)sequence * o.tokens * rowLength + head * o.headDim;
  }

  // Index of the first row's statistics.
  DEVICE long long row(const GlobalAttention& o) const {
    return ((long long)sequence * o.heads + head) * o.tokens;
  }
};

// Loads one head's channels of tokens first … first + TILE − 1; `x` is the head's first channel of token 0. What lies
// beyond the sequence or the head is zero. May be under way until copyAsyncWait.
template <class T, int HEAD, int TILE>
DEVICE void loadTokens(T* tile, const T* x, int rowLength, int first, const GlobalAttention& o, bool sixteen) {
  constexpr int ROW = PADDED_ROW<T, HEAD>;
  constexpr int CHUNK = 16 / sizeof(T);
  constexpr int CHUNKS = HEAD / CHUNK;
  if (sixteen) {
#pragma unroll 4
    for (int i = threadIdx.x; i < TILE * CHUNKS; i += blockDim.x) {
      const int token = first + i / CHUNKS;
      const int channel = i % CHUNKS * CHUNK;
      const bool exists = token < o.tokens && channel < o.headDim;
      const T* from = exists ? x + (long long)token * rowLength + channel : x;
      copyAsync16(tile + i / CHUNKS * ROW + channel, from, exists);
    }
  } else {
    for (int i = threadIdx.x; i < TILE * HEAD; i += blockDim.x) {
      const int token = first + i / HEAD;
      const int channel = i % HEAD;
      const bool exists = token < o.tokens && channel < o.headDim;
      tile[i / HEAD * ROW + channel] = exists ? x[(long long)token * rowLength + channel] : fromFloat<T>(0.0f);
    }
  }
}

// Stores a warp's 16 rows, which begin at token `first`; `tile` is where they lie in shared memory.
template <class T, int HEAD>
DEVICE void storeTokens(const T* tile, T* x, int rowLength, int first, const GlobalAttention& o, bool sixteen) {
  constexpr int ROW = PADDED_ROW<T, HEAD>;
  constexpr int STEP = 16 / sizeof(T);
  const int step = sixteen ? STEP : 1;
  const int steps = HEAD / step;
  for (int i = laneOfWarp(); i < WARP_ROWS * steps; i += LANES_OF_A_WARP) {
    const int token = first + i / steps;
    const int channel = i % steps * step;
    if (token < o.tokens && channel < o.headDim) {
      const T* from = tile + i / steps * ROW + channel;
      T* to = x + (long long)token * rowLength + channel;
      if (sixteen) {
        *reinterpret_cast<uint4*>(to) = *reinterpret_cast<const uint4*>(from);
      } else {
        *to = *from;
      }
    }
  }
}

// Writes a warp's results over its own 16 rows of a tile that nobody else reads any more, and from there to memory.
template <class T, int HEAD>
DEVICE void storeResult(
    T* rows, const float (&result)[HEAD / 8][4], T* x, int rowLength, int first, const GlobalAttention& o,
    bool sixteen) {
  __syncwarp();  // all lanes have read what lay there
  storeRows(rows, PADDED_ROW<T, HEAD>, result);
  __syncwarp();
  storeTokens<T, HEAD>(rows, x, rowLength, first, o, sixteen);
  __syncwarp();
}

// ---- forward ----------------------------------------------------------------------------------------------

// A block has TILE queries of one head.
template <class T, int HEAD>
DEVICE void globalForward(const GlobalAttention& o, const T* qkv, T* out, float* statistics) {
  using Block = GlobalBlock<T, HEAD>;
  constexpr int TILE = Block::TILE;
  constexpr int ROW = Block::ROW;
  constexpr int N = TILE / 8;
  T* q = reinterpret_cast<T*>(dynamicShared);
  T* k = q + TILE * ROW;
  T* v = k + TILE * ROW;
  T* room = v + TILE * ROW;

  const GlobalPlace place = GlobalPlace::of<TILE>(o);
  const int rowLength = 3 * o.channels();
  const T* head = qkv + place.start(o, rowLength);
  const bool sixteen = startsOnSixteen(qkv, o.headDim) && startsOnSixteen(out, o.headDim);
  const int warpRow = threadIdx.x / LANES_OF_A_WARP * WARP_ROWS;
  const bool hasRows = place.first + warpRow < o.tokens;

  loadTokens<T, HEAD, TILE>(q, head, rowLength, place.first, o, sixteen);
  float result[HEAD / 8][4];
  clear(result);
  float maximum[2] = {-INFINITY, -INFINITY};
  float sum[2] = {0.0f, 0.0f};  // this lane's share of the row
  for (int keyFirst = 0; keyFirst < o.tokens; keyFirst += TILE) {
    const int keys = min(TILE, o.tokens - keyFirst);
    __syncthreads();  // all warps are done with the tiles before
    loadTokens<T, HEAD, TILE>(k, head + o.channels(), rowLength, keyFirst, o, sixteen);
    loadTokens<T, HEAD, TILE>(v, head + 2 * o.channels(), rowLength, keyFirst, o, sixteen);
    copyAsyncCommit();
    copyAsyncWait<0>();
    __syncthreads();
    if (!hasRows) {
      continue;
    }
    float s[N][4];
    clear(s);
    multiplyByRows<HEAD>(s, q + warpRow * ROW, ROW, k, ROW, keys);
    forEachElement<N>([&](int n, int e, int, int column) {
      s[n][e] = column < keys ? o.scale * s[n][e] : -INFINITY;
    });
    // What was summed with a smaller maximum is scaled down to the new one.
    float correction[2];
#pragma unroll
    for (int r = 0; r < 2; r++) {
      float largest = maximum[r];
#pragma unroll
      for (int n = 0; n < N; n++) {
        largest = fmaxf(largest, fmaxf(s[n][2 * r], s[n][2 * r + 1]));
      }
      largest = maxOverRow(largest);
      correction[r] = exponential<T>(maximum[r] - largest);
      maximum[r] = largest;
      sum[r] *= correction[r];
    }
    forEachElement<N>([&](int n, int e, int r, int) {
      s[n][e] = exponential<T>(s[n][e] - maximum[r]);
      sum[r] += s[n][e];
    });
    forEachElement<HEAD / 8>([&](int n, int e, int r, int) { result[n][e] *= correction[r]; });
    multiplyFromRegisters(result, s, room + warpRow * Block::SCORE_ROW, Block::SCORE_ROW, v, ROW, keys);
  }
  if (!hasRows) {
    return;
  }
  sum[0] = sumOverRow(sum[0]);
  sum[1] = sumOverRow(sum[1]);
  if (statistics != nullptr && columnOfLane() == 0) {
#pragma unroll
    for (int r = 0; r < 2; r++) {
      const int query = place.first + warpRow + groupOfLane() + 8 * r;
      if (query < o.tokens) {
        statistics[2 * (place.row(o) + query)] = maximum[r];
        statistics[2 * (place.row(o) + query) + 1] = sum[r];
      }
    }
  }
  const float inverse[2] = {1.0f / sum[0], 1.0f / sum[1]};
  forEachElement<HEAD / 8>([&](int n, int e, int r, int) { result[n][e] *= inverse[r]; });
  storeResult<T, HEAD>(
      q + warpRow * ROW, result, out + place.start(o, o.channels()), o.channels(), place.first + warpRow, o, sixteen);
}

// ---- backward ---------------------------------------------------------------------------------------------
//
// With P the probabilities, dP = dO·Vᵀ and D the row sums of P∘dP:  dS = P∘(dP − D),
//   dQ = scale·dS·K     dK = scale·dSᵀ·Q     dV = Pᵀ·dO.
// D is also the row sum of dO∘O, which a kernel of its own computes first: then no row has to be seen whole. dQ is computed
// by blocks of queries past which the keys stream, dK and dV by blocks of keys past which the queries stream, so that
// every element has one owner and a fixed order of additions.

constexpr int DELTA_LANES = 8;  // that share a row of a head

// Adds to the dot product of two rows' eight neighbouring channels.
DEVICE float dotEight(const bf16* x, const bf16* y, float sum) {
  const uint4 a = *reinterpret_cast<const uint4*>(x);
  const uint4 b = *reinterpret_cast<const uint4*>(y);
  const uint32_t left[4] = {a.x, a.y, a.z, a.w};
  const uint32_t right[4] = {b.x, b.y, b.z, b.w};
#pragma unroll
  for (int i = 0; i < 4; i++) {
    sum = fmaf(__uint_as_float(left[i] << 16), __uint_as_float(right[i] << 16), sum);
    sum = fmaf(__uint_as_float(left[i] & 0xffff0000u), __uint_as_float(right[i] & 0xffff0000u), sum);
  }
  return sum;
}

// Whether logits are made of queries that are scaled first, as float32's forward pass does (globalAttentionFloat32.cuh): then
// both passes round a logit alike, and P is that of the maximum and sum that the forward pass kept.
template <class T>
constexpr bool SCALES_QUERIES = sizeof(T) == 4;

// Products of a warp's rows of queries with a tile of keys, and the other way round.
template <int HEAD, int N>
DEVICE void multiplyQueries(float (&s)[N][4], const float* q, const float* k, int row, int keys, float scale) {
  multiplyScaledByRows<HEAD>(s, scale, q, row, k, row, keys);
}

template <int HEAD, int N>
DEVICE void multiplyQueries(float (&s)[N][4], const bf16* q, const bf16* k, int row, int keys, float) {
  multiplyByRows<HEAD>(s, q, row, k, row, keys);
}

template <int HEAD, int N>
DEVICE void multiplyKeys(float (&s)[N][4], const float* k, const float* q, int row, int queries, float scale) {
  multiplyByScaledRows<HEAD>(s, k, row, scale, q, row, queries);
}

template <int HEAD, int N>
DEVICE void multiplyKeys(float (&s)[N][4], const bf16* k, const bf16* q, int row, int queries, float) {
  multiplyByRows<HEAD>(s, k, row, q, row, queries);
}

// A probability from a product of a row with a key, scaled or not.
template <class T>
DEVICE float probability(float product, float scale, float maximum, float inverse) {
  const float exponent =
      SCALES_QUERIES<T> ? exponentialOfNegative(product - maximum) : exponential<T>(scale * product - maximum);
  return times(exponent, inverse);
}

// D of each row in bf16. Four rows of a head are a warp's work: what a row takes beside its products (two divisions to find it, a
// shuffle for each halving of the lanes) was most of the instructions with a warp for each.
DEVICE void globalDelta(const GlobalAttention& o, int rows, const bf16* out, const bf16* dOut, float* delta) {
  const long long own = ((long long)blockIdx.x * blockDim.x + threadIdx.x) / DELTA_LANES;  // of [sequence, head, token]
  const int row = (int)min(own, rows - 1LL);  // one that exists, for the shuffles
  const int head = row / o.tokens;
  const long long token = (long long)(head / o.heads) * o.tokens + row % o.tokens;
  const long long start = token * o.channels() + head % o.heads * o.headDim;
  const int lane = threadIdx.x % DELTA_LANES;
  float sum = 0.0f;
  if (o.headDim % 8 == 0 && startsOnSixteen(out, o.headDim) && startsOnSixteen(dOut, o.headDim)) {
    for (int channel = 8 * lane; channel < o.headDim; channel += 8 * DELTA_LANES) {
      sum = dotEight(out + start + channel, dOut + start + channel, sum);
    }
  } else {
    for (int channel = lane; channel < o.headDim; channel += DELTA_LANES) {
      sum = fmaf(toFloat(out[start + channel]), toFloat(dOut[start + channel]), sum);
    }
  }
#pragma unroll
  for (int distance = DELTA_LANES / 2; distance > 0; distance /= 2) {
    sum += __shfl_xor_sync(FULL_WARP, sum, distance);
  }
  if (lane == 0 && own < rows) {
    delta[row] = sum;
  }
}

// dQ: a block has TILE queries of one head.
template <class T, int HEAD>
DEVICE void globalQueryGradient(
    const GlobalAttention& o, const T* qkv, const float* statistics, const float* delta, const T* dOut, T* dQkv) {
  using Block = GlobalBlock<T, HEAD>;
  constexpr int TILE = Block::TILE;
  constexpr int ROW = Block::ROW;
  constexpr int N = TILE / 8;
  T* q = reinterpret_cast<T*>(dynamicShared);
  T* dO = q + TILE * ROW;
  T* k = dO + TILE * ROW;
  T* v = k + TILE * ROW;
  T* room = v + TILE * ROW;

  const GlobalPlace place = GlobalPlace::of<TILE>(o);
  const int rowLength = 3 * o.channels();
  const T* head = qkv + place.start(o, rowLength);
  const bool sixteen =
      startsOnSixteen(qkv, o.headDim) && startsOnSixteen(dOut, o.headDim) && startsOnSixteen(dQkv, o.headDim);
  const int warpRow = threadIdx.x / LANES_OF_A_WARP * WARP_ROWS;
  const bool hasRows = place.first + warpRow < o.tokens;

  loadTokens<T, HEAD, TILE>(q, head, rowLength, place.first, o, sixteen);
  loadTokens<T, HEAD, TILE>(dO, dOut + place.start(o, o.channels()), o.channels(), place.first, o, sixteen);
  float maximum[2];
  float inverse[2];
  float rowDelta[2];
#pragma unroll
  for (int r = 0; r < 2; r++) {
    const int query = place.first + warpRow + groupOfLane() + 8 * r;
    const bool exists = query < o.tokens;
    maximum[r] = exists ? statistics[2 * (place.row(o) + query)] : 0.0f;
    inverse[r] = exists ? 1.0f / statistics[2 * (place.row(o) + query) + 1] : 0.0f;
    rowDelta[r] = exists ? delta[place.row(o) + query] : 0.0f;
  }
  float dQ[HEAD / 8][4];
  clear(dQ);
  for (int keyFirst = 0; keyFirst < o.tokens; keyFirst += TILE) {
    const int keys = min(TILE, o.tokens - keyFirst);
    __syncthreads();
    loadTokens<T, HEAD, TILE>(k, head + o.channels(), rowLength, keyFirst, o, sixteen);
    loadTokens<T, HEAD, TILE>(v, head + 2 * o.channels(), rowLength, keyFirst, o, sixteen);
    copyAsyncCommit();
    copyAsyncWait<0>();
    __syncthreads();
    if (!hasRows) {
      continue;
    }
    float s[N][4];
    float dS[N][4];
    clear(s);
    clear(dS);
    multiplyQueries<HEAD>(s, q + warpRow * ROW, k, ROW, keys, o.scale);
    multiplyByRows<HEAD>(dS, dO + warpRow * ROW, ROW, v, ROW, keys);
    forEachElement<N>([&](int n, int e, int r, int column) {
      const float p = column < keys ? probability<T>(s[n][e], o.scale, maximum[r], inverse[r]) : 0.0f;
      dS[n][e] = times(p, dS[n][e] - rowDelta[r]);
    });
    __syncwarp();
    multiplyFromRegisters(dQ, dS, room + warpRow * Block::SCORE_ROW, Block::SCORE_ROW, k, ROW, keys);
  }
  if (!hasRows) {
    return;
  }
  multiplyRows(dQ, o.scale, o.scale);
  storeResult<T, HEAD>(
      q + warpRow * ROW, dQ, dQkv + place.start(o, rowLength), rowLength, place.first + warpRow, o, sixteen);
}

// dK and dV: a block has TILE keys of one head. Its products are the transposes, Sᵀ = K·Qᵀ and dPᵀ = V·dOᵀ, so that a
// warp's rows are keys and the sums over queries stay in its registers.
template <class T, int HEAD>
DEVICE void globalKeyGradient(
    const GlobalAttention& o, const T* qkv, const float* statistics, const float* delta, const T* dOut, T* dQkv) {
  using Block = GlobalBlock<T, HEAD>;
  constexpr int TILE = Block::TILE;
  constexpr int ROW = Block::ROW;
  constexpr int N = TILE / 8;
  T* k = reinterpret_cast<T*>(dynamicShared);
  T* v = k + TILE * ROW;
  T* q = v + TILE * ROW;
  T* dO = q + TILE * ROW;
  T* room = dO + TILE * ROW;
  float* maximum = reinterpret_cast<float*>(room + Block::ROOM);
  float* inverse = maximum + TILE;
  float* queryDelta = inverse + TILE;

  const GlobalPlace place = GlobalPlace::of<TILE>(o);
  const int rowLength = 3 * o.channels();
  const T* head = qkv + place.start(o, rowLength);
  const T* dOutHead = dOut + place.start(o, o.channels());
  const bool sixteen =
      startsOnSixteen(qkv, o.headDim) && startsOnSixteen(dOut, o.headDim) && startsOnSixteen(dQkv, o.headDim);
  const int warpRow = threadIdx.x / LANES_OF_A_WARP * WARP_ROWS;
  const bool hasRows = place.first + warpRow < o.tokens;
  T* warpRoom = room + warpRow * Block::SCORE_ROW;

  loadTokens<T, HEAD, TILE>(k, head + o.channels(), rowLength, place.first, o, sixteen);
  loadTokens<T, HEAD, TILE>(v, head + 2 * o.channels(), rowLength, place.first, o, sixteen);
  float dK[HEAD / 8][4];
  float dV[HEAD / 8][4];
  clear(dK);
  clear(dV);
  for (int queryFirst = 0; queryFirst < o.tokens; queryFirst += TILE) {
    const int queries = min(TILE, o.tokens - queryFirst);
    __syncthreads();
    loadTokens<T, HEAD, TILE>(q, head, rowLength, queryFirst, o, sixteen);
    loadTokens<T, HEAD, TILE>(dO, dOutHead, o.channels(), queryFirst, o, sixteen);
    for (int i = threadIdx.x; i < TILE; i += blockDim.x) {
      const long long row = place.row(o) + queryFirst + i;
      const bool exists = i < queries;
      maximum[i] = exists ? statistics[2 * row] : 0.0f;
      inverse[i] = exists ? 1.0f / statistics[2 * row + 1] : 0.0f;
      queryDelta[i] = exists ? delta[row] : 0.0f;
    }
    copyAsyncCommit();
    copyAsyncWait<0>();
    __syncthreads();
    if (!hasRows) {
      continue;
    }
    float p[N][4];
    float dS[N][4];
    clear(p);
    clear(dS);
    multiplyKeys<HEAD>(p, k + warpRow * ROW, q, ROW, queries, o.scale);
    multiplyByRows<HEAD>(dS, v + warpRow * ROW, ROW, dO, ROW, queries);
    forEachElement<N>([&](int n, int e, int, int column) {
      p[n][e] = column < queries ? probability<T>(p[n][e], o.scale, maximum[column], inverse[column]) : 0.0f;
      dS[n][e] = times(p[n][e], dS[n][e] - queryDelta[column]);
    });
    __syncwarp();
    multiplyFromRegisters(dV, p, warpRoom, Block::SCORE_ROW, dO, ROW, queries);
    __syncwarp();  // both products go through the same room in float32
    multiplyFromRegisters(dK, dS, warpRoom, Block::SCORE_ROW, q, ROW, queries);
  }
  if (!hasRows) {
    return;
  }
  multiplyRows(dK, o.scale, o.scale);
  T* gradient = dQkv + place.start(o, rowLength);
  storeResult<T, HEAD>(
      k + warpRow * ROW, dK, gradient + o.channels(), rowLength, place.first + warpRow, o, sixteen);
  storeResult<T, HEAD>(
      v + warpRow * ROW, dV, gradient + 2 * o.channels(), rowLength, place.first + warpRow, o, sixteen);
}

#define GLOBAL_DELTA_KERNEL(T, suffix)                                                                         \
  extern "C" __global__ void __launch_bounds__(256) globalDelta_##suffix(                                      \
      int tokens, int heads, int headDim, int rows, const T* out, const T* dOut, float* delta) {               \
    globalDelta(GlobalAttention{tokens, heads, headDim, 1.0f}, rows, out, dOut, delta);                        \
  }                                                                                                            \
  KERNEL(globalDelta_##suffix)

#define GLOBAL_FORWARD_KERNEL(T, suffix, head)                                                                 \
  extern "C" __global__ void __launch_bounds__(GlobalBlock<T, head>::THREADS) globalForward##head##_##suffix(  \
      int tokens, int heads, int headDim, float scale, const T* qkv, T* out, float* statistics) {              \
    globalForward<T, head>(GlobalAttention{tokens, heads, headDim, scale}, qkv, out, statistics);              \
  }                                                                                                            \
  KERNEL(globalForward##head##_##suffix)

#define GLOBAL_GRADIENT_KERNELS(T, suffix, head)                                                               \
  extern "C" __global__ void __launch_bounds__(GlobalBlock<T, head>::THREADS)                                  \
      globalQueryGradient##head##_##suffix(                                                                    \
          int tokens, int heads, int headDim, float scale, const T* qkv, const float* statistics,              \
          const float* delta, const T* dOut, T* dQkv) {                                                        \
    globalQueryGradient<T, head>(                                                                              \
        GlobalAttention{tokens, heads, headDim, scale}, qkv, statistics, delta, dOut, dQkv);                   \
  }                                                                                                            \
  KERNEL(globalQueryGradient##head##_##suffix)                                                                 \
  extern "C" __global__ void __launch_bounds__(GlobalBlock<T, head>::THREADS, 2)                               \
      globalKeyGradient##head##_##suffix(                                                                      \
          int tokens, int heads, int headDim, float scale, const T* qkv, const float* statistics,              \
          const float* delta, const T* dOut, T* dQkv) {                                                        \
    globalKeyGradient<T, head>(                                                                                \
        GlobalAttention{tokens, heads, headDim, scale}, qkv, statistics, delta, dOut, dQkv);                   \
  }                                                                                                            \
  KERNEL(globalKeyGradient##head##_##suffix)
