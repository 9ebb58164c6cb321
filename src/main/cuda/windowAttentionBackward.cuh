// Shifted-window attention, backward: gradients of q, k, v and of what the form adds to them.
//
// With P = softmax(L), L = factor·S + bias + mask and S = q·kᵀ, and dP = dO·vᵀ:
//
//   dV = Pᵀ·dO      dL = P∘(dP − D), D_i = Σ_j P_ij·dP_ij      dQ = factor·dL·k      dK = factor·dLᵀ·q
//
// P is made anew from q, k and the statistics that the forward pass kept; D is a row sum of what is at hand,
// so that neither P nor the forward result is read. dL is the gradient of the bias, summed over windows.
//
// Cosine attention has S_ij = q_i·k_j·a_i·b_j with the inverse norms a and b. With dL'_ij = dL_ij·a_i·b_j and
// G = dL'·k,
//
//   dq_i = factor·(G_i − q_i·a_i²·(q_i·G_i))      d(factor) = Σ_i q_i·G_i
//
// and the same for keys with dL'ᵀ·q: projections of a row beside the tile product that both attentions have.
// Where a norm was below 1e-12 the divisor is a constant, and the projection is left out. In float32 the tiles hold the
// normalised rows instead, q̂ = q·a, as in the forward pass: with H = factor·dL·k̂ then dq_i = a_i·(H_i − q̂_i·(q̂_i·H_i)).
// So P has the forward pass's very logits, which its maximum and sum belong to; a logit of 100 that is rounded elsewhere
// is off by 1e-5.
//
// In float32 every sum is in the processor's order (attentionFloat32.cuh), also those over windows: a block sums as many of
// them as the processor does (AttentionKernels.windowsOfSum), and what is left is added by windowAttentionSums.cuh.
//
// Kernels:
//   windowBackward: windows of one tile (49 and 64 tokens with heads of 32, say). A block goes over a run of
//     windows of one head, has everything in shared memory, and sums dL in registers, written once at the
//     end.
//   windowBackwardQueries, …Keys, …Bias (windowAttentionBackwardLarge.cuh): larger windows. A block has a
//     tile of queries and streams over keys for D and dQ; one of keys streams over queries for dK and dV; one
//     of both goes over windows for the sum of dL. Each computes S and dP anew: sums stay in registers, and
//     no two blocks add to the same place.
// Sums over windows are split into runs of windows whose number depends on sizes alone; other kernels add the
// parts in their order (PartialSums). There are no atomics: the same call gives the same bits.
//
// Traffic of windowBackward: 3 reads of q, k, v, one of dO, 3 writes: seven times the result's bytes for
// 10·tokens·headDim FLOP of a query and head.
#pragma once
#include "windowAttentionFloat32.cuh"

// The inverse norm of a row that is shorter than SMALLEST_NORM; those of others are smaller.
constexpr float LARGEST_INVERSE = 1.0f / SMALLEST_NORM;

// What the backward kernels read and where they write.
template <class T>
struct WindowGradients {
  const T* qkv;
  const float* statistics;  // [windows, heads, tokens, 2]
  const T* dOut;
  T* dQkv;
  float* correlation;       // D [windows, heads, tokens], between the kernels for larger windows
  float* biasParts;         // [runs of windows, heads, tokens, tokens]; null: not wanted, as below
  float* scaleParts;        // [parts, heads]; in float32 q̂_i·G_i of each row [windows, heads, tokens]
  float* paddedParts;       // [parts, 3, heads, headDim]; of larger windows in float32 [windows, tokens, 3, heads, headDim]
  int windowsOfBlock;

  DEVICE bool sixteen(int headDim) const {
    return startsOnSixteen(qkv, headDim) && startsOnSixteen(dOut, headDim) && startsOnSixteen(dQkv, headDim);
  }
};

#define WINDOW_GRADIENT_PARAMETERS(T)                                                                        \
  const T *qkv, const float *statistics, const T *dOut, T *dQkv, float *correlation, float *biasParts,       \
      float *scaleParts, float *paddedParts, int windowsOfBlock

#define WINDOW_GRADIENTS(T)                                                                                  \
  WindowGradients<T> {                                                                                       \
    qkv, statistics, dOut, dQkv, correlation, biasParts, scaleParts, paddedParts, windowsOfBlock             \
  }

// Whether cosine attention's tiles hold normalised rows.
template <class T>
constexpr bool HOLDS_NORMALIZED = sizeof(T) == 4;

template <int HEAD, int TILE>
DEVICE void prepareNorms(bf16* tile, const WindowTokens& tokens) {
  invertNorms<bf16, HEAD, TILE>(tile, tokens);
}

template <int HEAD, int TILE>
DEVICE void prepareNorms(float* tile, const WindowTokens& tokens) {
  normalizeHeads<HEAD, TILE>(tile, tokens);
}

// A block's shared memory.
template <class T, int HEAD>
struct BackwardTiles {
  using Block = WindowBlock<T, HEAD>;
  T* q;
  T* k;
  T* v;
  T* dOut;
  T* p;   // probabilities [TILE][TILE]
  T* dL;  // gradients of the logits
  WindowTokens queries;
  WindowTokens keys;
  float* table;

  // Kernels differ in whether they keep probabilities and logit gradients.
  static DEVICE BackwardTiles in(bool keepsP, bool keepsLogits) {
    SharedMemory shared = {dynamicShared};
    BackwardTiles tiles;
    tiles.q = shared.take<T>(Block::TILE * Block::ROW);
    tiles.k = shared.take<T>(Block::TILE * Block::ROW);
    tiles.v = shared.take<T>(Block::TILE * Block::ROW);
    tiles.dOut = shared.take<T>(Block::TILE * Block::ROW);
    tiles.p = shared.take<T>(keepsP ? Block::TILE * Block::SCORE_ROW : 0);
    tiles.dL = shared.take<T>(keepsLogits ? Block::TILE * Block::SCORE_ROW : 0);
    tiles.queries = WindowTokens::in<Block::TILE>(shared);
    tiles.keys = WindowTokens::in<Block::TILE>(shared);
    tiles.table = shared.take<float>(0);
    return tiles;
  }

  // Loads the sides of a tile of logits that change. Begins and ends with a barrier.
  DEVICE void load(
      const WindowAttention& o, const WindowGradients<T>& g, int window, int head, int queryFirst,
      bool newQueries, int keyFirst, bool newKeys) const {
    const bool sixteen = g.sixteen(o.headDim);
    __syncthreads();  // all warps are done with the tiles before
    if (newQueries) {
      describeTokens<Block::TILE>(o, window, queryFirst, queries);
    }
    if (newKeys) {
      describeTokens<Block::TILE>(o, window, keyFirst, keys);
    }
    __syncthreads();
    if (newQueries) {
      loadThird<T, HEAD, Block::TILE>(q, o, g.qkv, 0, head, queries, sixteen);
      // The result of a padded token is dropped: its gradient is zero.
      loadHead<T, HEAD, Block::TILE>(
          dOut, g.dOut, o.channels(), head * o.headDim, queries.source, nullptr, o.headDim, sixteen);
    }
    if (newKeys) {
      loadThird<T, HEAD, Block::TILE>(k, o, g.qkv, 1, head, keys, sixteen);
      loadThird<T, HEAD, Block::TILE>(v, o, g.qkv, 2, head, keys, sixteen);
    }
    copyAsyncCommit();
    copyAsyncWait<0>();
    __syncthreads();
    if (o.cosine()) {
      if (newQueries) {
        prepareNorms<HEAD, Block::TILE>(q, queries);
      }
      if (newKeys) {
        prepareNorms<HEAD, Block::TILE>(k, keys);
      }
      __syncthreads();
    }
  }
};

// A lane's two rows of logits in the backward pass.
struct GradientRows {
  LogitRows logits;
  float maximum[2];     // ∞ for rows beyond the window, which makes their probabilities 0
  float inverseSum[2];

  static DEVICE GradientRows of(
      const WindowAttention& o, const float* statistics, int window, int head, int queryFirst, int row,
      const WindowTokens& queries) {
    GradientRows rows;
    rows.logits = LogitRows::of(o, head, queryFirst, row, queries);
#pragma unroll
    for (int r = 0; r < 2; r++) {
      const int query = rows.logits.query[r];
      const bool exists = query < o.tokens();
      const long long place = (((long long)window * o.heads + head) * o.tokens() + query) * 2;
      rows.maximum[r] = exists ? statistics[place] : INFINITY;
      rows.inverseSum[r] = exists ? 1.0f / statistics[place + 1] : 0.0f;
    }
    return rows;
  }
};

// The logits of a warp's 16 queries, whose first row is at `q`, and a tile of keys.
template <int HEAD, int N>
DEVICE void logitsAgain(
    float (&s)[N][4], const WindowAttention& o, const BackwardTiles<bf16, HEAD>& tiles, const LogitRows& rows,
    const bf16* q, int keyFirst, int keysOfTile) {
  constexpr int ROW = WindowBlock<bf16, HEAD>::ROW;
  clear(s);
  multiplyByRows<HEAD>(s, q, ROW, tiles.k, ROW, keysOfTile);
  makeLogits(s, o, rows, tiles.keys, keyFirst, keysOfTile, tiles.table);
}

template <int HEAD, int N>
DEVICE void logitsAgain(
    float (&s)[N][4], const WindowAttention& o, const BackwardTiles<float, HEAD>& tiles, const LogitRows& rows,
    const float* q, int keyFirst, int keysOfTile) {
  float32Logits<HEAD>(s, o, rows, q, tiles.k, tiles.keys, keyFirst, keysOfTile, tiles.table);
}

// Probabilities and their gradients dP for a warp's 16 queries and a tile of keys.
template <class T, int HEAD, int N>
DEVICE void probabilitiesAndGradients(
    float (&p)[N][4], float (&dP)[N][4], const WindowAttention& o, const BackwardTiles<T, HEAD>& tiles,
    const GradientRows& rows, int warpRow, int keyFirst, int keysOfTile) {
  constexpr int ROW = WindowBlock<T, HEAD>::ROW;
  logitsAgain<HEAD>(p, o, tiles, rows.logits, tiles.q + warpRow * ROW, keyFirst, keysOfTile);
  forEachElement<N>([&](int n, int e, int r, int) {
    const float x = p[n][e] - rows.maximum[r];
    p[n][e] = times(sizeof(T) == 4 ? exponentialOfNegative(x) : exponential<T>(x), rows.inverseSum[r]);
  });
  clear(dP);
  multiplyByRows<HEAD>(dP, tiles.dOut + warpRow * ROW, ROW, tiles.v, ROW, keysOfTile);
}

// Adds a lane's share of D for its two rows.
template <int N>
DEVICE void addCorrelation(float (&d)[2], const float (&p)[N][4], const float (&dP)[N][4]) {
  forEachElement<N>([&](int n, int e, int r, int) { d[r] = fmaf(p[n][e], dP[n][e], d[r]); });
}

template <int HEAD, int N>
DEVICE void addCorrelationOfTile(
    float (&d)[2], const BackwardTiles<bf16, HEAD>&, const float (&p)[N][4], const float (&dP)[N][4], int, int) {
  addCorrelation(d, p, dP);
}

// In float32 all of D, not a share; leaves P and dP in the warp's rows of the tiles for P and dL.
template <int HEAD, int N>
DEVICE void addCorrelationOfTile(
    float (&d)[2], const BackwardTiles<float, HEAD>& tiles, const float (&p)[N][4], const float (&dP)[N][4], int warpRow,
    int keysOfTile) {
  constexpr int STRIDE = WindowBlock<float, HEAD>::SCORE_ROW;
  addCorrelationInOrder(d, p, dP, tiles.p + warpRow * STRIDE, tiles.dL + warpRow * STRIDE, STRIDE, keysOfTile);
}

// D of a row from what a lane has added up.
template <class T>
DEVICE float wholeCorrelation(float d) {
  return sizeof(T) == 4 ? d : sumOverRow(d);
}

// dP becomes dL.
template <int N>
DEVICE void makeLogitGradients(float (&dP)[N][4], const float (&p)[N][4], const float (&d)[2]) {
  forEachElement<N>([&](int n, int e, int r, int) { dP[n][e] = times(p[n][e], dP[n][e] - d[r]); });
}

// Finishes a warp's 16 rows of dQ or dK and puts them over the rows of q or k that they belong to, of `tile`: `gradient`
// is dL'·k or dL'ᵀ·q, with dL in place of dL' where the tile holds normalised rows. The rows, and dO, must be no operand any
// more. Returns a lane's share of Σ rows·gradient, in cosine attention in bf16.
template <int HEAD>
DEVICE float finishRows(
    const WindowAttention& o, const BackwardTiles<bf16, HEAD>&, float factor, float (&gradient)[HEAD / 8][4], bf16* tile,
    const WindowTokens& tokens, int warpRow, float*, int) {
  constexpr int ROW = PADDED_ROW<bf16, HEAD>;
  float share = 0.0f;
  if (o.cosine()) {
    const bf16* first = tile + (warpRow + groupOfLane()) * ROW;
    const auto element = [&](int r, int column) { return toFloat(first[8 * r * ROW + column]); };
    float along[2] = {0.0f, 0.0f};
    forEachElement<HEAD / 8>([&](int n, int e, int r, int column) {
      along[r] = fmaf(element(r, column), gradient[n][e], along[r]);
    });
    share = along[0] + along[1];
    float projection[2];
#pragma unroll
    for (int r = 0; r < 2; r++) {
      const float inverse = tokens.normOrInverse[warpRow + groupOfLane() + 8 * r];
      const float sum = sumOverRow(along[r]);  // outside of the condition: all lanes take part
      projection[r] = inverse < LARGEST_INVERSE ? inverse * inverse * sum : 0.0f;
    }
    forEachElement<HEAD / 8>([&](int n, int e, int r, int column) {
      gradient[n][e] = fmaf(-projection[r], element(r, column), gradient[n][e]);
    });
  }
  forEachElement<HEAD / 8>([&](int n, int e, int, int) { gradient[n][e] *= factor; });
  storeRows(tile + warpRow * ROW, ROW, gradient);
  return share;
}

// In float32 what that would be a share of goes to `dots`, row by row, of which `rowsThere` exist; null: not wanted.
template <int HEAD>
DEVICE float finishRows(
    const WindowAttention& o, const BackwardTiles<float, HEAD>& tiles, float factor, float (&gradient)[HEAD / 8][4],
    float* tile, const WindowTokens& tokens, int warpRow, float* dots, int rowsThere) {
  constexpr int ROW = PADDED_ROW<float, HEAD>;
  if (o.cosine()) {
    undoNormalization<HEAD>(
        gradient, factor, tile + warpRow * ROW, tiles.dOut + warpRow * ROW, tokens.normOrInverse + warpRow, SMALLEST_NORM,
        dots == nullptr ? nullptr : dots + warpRow, rowsThere - warpRow);
    __syncwarp();  // all lanes have read the tile's rows
  } else {
    multiplyRows(gradient, factor, factor);
  }
  storeRows(tile + warpRow * ROW, ROW, gradient);
  return 0.0f;
}

// Where products of rows with their gradients go, of the queries from the first on.
template <class T>
DEVICE float* dotsOfRows(const WindowAttention& o, const WindowGradients<T>& g, int window, int head, int queryFirst) {
  return sizeof(T) == 4 && g.scaleParts != nullptr
      ? g.scaleParts + ((long long)window * o.heads + head) * o.tokens() + queryFirst
      : nullptr;
}

// Stores a tile of dQ, dK or dV in image layout.
template <class T, int HEAD>
DEVICE void storeThird(
    const T* tile, const WindowAttention& o, const WindowGradients<T>& g, int third, int head,
    const WindowTokens& tokens) {
  storeHead<T, HEAD>(
      tile, g.dQkv, 3 * o.channels(), third * o.channels() + head * o.headDim, tokens.source,
      WindowBlock<T, HEAD>::TILE, o.headDim, g.sixteen(o.headDim), threadIdx.x, blockDim.x);
}

// Adds one channel's gradient of a tile's padded tokens.
template <class T, int HEAD>
DEVICE float addPadded(float sum, const T* tile, const WindowTokens& tokens, int channel) {
  for (int t = 0; t < WindowBlock<T, HEAD>::TILE; t++) {
    if (tokens.source[t] == PADDED_TOKEN) {
      sum += toFloat(tile[t * WindowBlock<T, HEAD>::ROW + channel]);
    }
  }
  return sum;
}

// Writes a block's sum of a value of all its lanes.
template <int WARPS>
DEVICE void storeSumOfBlock(float value, float* to) {
  __shared__ float shared[WARPS];
  value = warpSum(value);
  if (laneOfWarp() == 0) {
    shared[threadIdx.x / LANES_OF_A_WARP] = value;
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    float sum = shared[0];
#pragma unroll
    for (int w = 1; w < WARPS; w++) {
      sum += shared[w];
    }
    *to = sum;
  }
}

// Writes a block's sum of dL over its windows; part is its number among the runs of windows.
template <int N>
DEVICE void storeBiasPart(
    const float (&sum)[N][4], const WindowAttention& o, float* biasParts, int part, int head, int queryFirst,
    int row, int keyFirst) {
  const int tokens = o.tokens();
  float* matrix = biasParts + ((long long)part * o.heads + head) * tokens * tokens;
  forEachElement<N>([&](int n, int e, int r, int column) {
    const int query = queryFirst + row + 8 * r;
    if (query < tokens && keyFirst + column < tokens) {
      matrix[(long long)query * tokens + keyFirst + column] = sum[n][e];
    }
  });
}

// ---- windows of one tile ----------------------------------------------------------------------------------

// Grid: heads · runs of windows.
template <class T, int HEAD>
DEVICE void windowBackward(const WindowAttention& o, const WindowGradients<T>& g) {
  using Block = WindowBlock<T, HEAD>;
  constexpr int ROW = Block::ROW;
  constexpr int SCORE_ROW = Block::SCORE_ROW;
  constexpr int N = Block::TILE / 8;
  constexpr int CHANNELS_OF_THREAD = (3 * HEAD + Block::THREADS - 1) / Block::THREADS;
  const BackwardTiles<T, HEAD> tiles = BackwardTiles<T, HEAD>::in(true, true);

  const int head = blockIdx.x % o.heads;
  const int part = blockIdx.x / o.heads;
  const int firstWindow = part * g.windowsOfBlock;
  const int lastWindow = min(firstWindow + g.windowsOfBlock, o.windows);
  const int tokens = o.tokens();
  const int warpRow = threadIdx.x / LANES_OF_A_WARP * WARP_ROWS;
  const bool hasRows = warpRow < tokens;
  const int row = warpRow + groupOfLane();
  const float factor = o.factor(head);

  float biasSum[N][4];
  clear(biasSum);
  float scaleSum = 0.0f;
  float paddedSum[CHANNELS_OF_THREAD] = {};
  loadTable(o, head, tiles.table);
  for (int window = firstWindow; window < lastWindow; window++) {
    tiles.load(o, g, window, head, 0, true, 0, true);
    if (hasRows) {
      float p[N][4];
      float dL[N][4];
      const GradientRows rows = GradientRows::of(o, g.statistics, window, head, 0, row, tiles.queries);
      probabilitiesAndGradients(p, dL, o, tiles, rows, warpRow, 0, tokens);
      if (sizeof(T) == 2) {
        storeRows(tiles.p + warpRow * SCORE_ROW, SCORE_ROW, p);
      }
      float d[2] = {0.0f, 0.0f};
      addCorrelationOfTile(d, tiles, p, dL, warpRow, tokens);
      d[0] = wholeCorrelation<T>(d[0]);
      d[1] = wholeCorrelation<T>(d[1]);
      makeLogitGradients(dL, p, d);
      forEachElement<N>([&](int n, int e, int, int) { biasSum[n][e] = plus(biasSum[n][e], dL[n][e]); });
      if (!HOLDS_NORMALIZED<T> && o.cosine()) {
        divideByNorms(dL, rows.logits, tiles.keys);
      }
      storeRows(tiles.dL + warpRow * SCORE_ROW, SCORE_ROW, dL);
    }
    __syncthreads();
    float dQ[HEAD / 8][4];
    float dK[HEAD / 8][4];
    float dV[HEAD / 8][4];
    clear(dQ);
    clear(dK);
    clear(dV);
    if (hasRows) {
      multiply<Block::TILE>(dQ, tiles.dL + warpRow * SCORE_ROW, SCORE_ROW, tiles.k, ROW, tokens);
      multiplyTransposed<Block::TILE>(dK, tiles.dL + warpRow, SCORE_ROW, tiles.q, ROW, tokens);
      multiplyTransposed<Block::TILE>(dV, tiles.p + warpRow, SCORE_ROW, tiles.dOut, ROW, tokens);
    }
    __syncthreads();  // q, k, v and dO are no operands any more
    if (hasRows) {
      float* dots = dotsOfRows(o, g, window, head, 0);
      scaleSum += finishRows<HEAD>(o, tiles, factor, dQ, tiles.q, tiles.queries, warpRow, dots, tokens);
      finishRows<HEAD>(o, tiles, factor, dK, tiles.k, tiles.keys, warpRow, nullptr, 0);
      storeRows(tiles.v + warpRow * ROW, ROW, dV);
    }
    __syncthreads();
    storeThird<T, HEAD>(tiles.q, o, g, 0, head, tiles.queries);
    storeThird<T, HEAD>(tiles.k, o, g, 1, head, tiles.keys);
    storeThird<T, HEAD>(tiles.v, o, g, 2, head, tiles.keys);
    if (g.paddedParts != nullptr) {
#pragma unroll
      for (int c = 0; c < CHANNELS_OF_THREAD; c++) {
        const int place = threadIdx.x + c * Block::THREADS;
        if (place < 3 * HEAD) {
          const T* tile = place < HEAD ? tiles.q : place < 2 * HEAD ? tiles.k : tiles.v;
          paddedSum[c] = addPadded<T, HEAD>(paddedSum[c], tile, tiles.keys, place % HEAD);
        }
      }
    }
  }

  if (g.biasParts != nullptr && hasRows) {
    storeBiasPart(biasSum, o, g.biasParts, part, head, 0, row, 0);
  }
  if (g.paddedParts != nullptr) {
#pragma unroll
    for (int c = 0; c < CHANNELS_OF_THREAD; c++) {
      const int place = threadIdx.x + c * Block::THREADS;
      const int channel = place % HEAD;
      if (place < 3 * HEAD && channel < o.headDim) {
        const long long row3 = 3LL * part + place / HEAD;
        g.paddedParts[row3 * o.channels() + head * o.headDim + channel] = paddedSum[c];
      }
    }
  }
  if (sizeof(T) == 2 && g.scaleParts != nullptr) {
    storeSumOfBlock<Block::WARPS>(scaleSum, g.scaleParts + (long long)part * o.heads + head);
  }
}

#define WINDOW_BACKWARD_KERNEL(name, T, suffix, head)                                                        \
  extern "C" __global__ void __launch_bounds__(WindowBlock<T, head>::THREADS, 2) name##head##_##suffix(      \
      WINDOW_ATTENTION_PARAMETERS, WINDOW_GRADIENT_PARAMETERS(T)) {                                          \
    name<T, head>(WINDOW_ATTENTION, WINDOW_GRADIENTS(T));                                                    \
  }                                                                                                          \
  KERNEL(name##head##_##suffix)
