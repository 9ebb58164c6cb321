// Shifted-window attention (Swin Transformer, section 3.2), forward: softmax(factor·q·kᵀ + bias + mask)·v
// within each window, for every form that the contract knows. The backward pass is in
// windowAttentionBackward.cuh.
//
// Image layout in, image layout out: cyclic shift, padding, partition and their inverses are the addresses
// from which a token's row is loaded and to which its result is stored. Per token and head the kernel reads
// q, k and v and writes one result: four times the result's bytes, where the textbook's chain of rolls,
// copies, logits and softmax in memory moves some forty.
//
// A block computes a tile of up to TILE queries of one head, window after window; blockIdx.y is the query
// tile. Each of its warps owns 16 query rows. Keys and values stream through shared memory in tiles of TILE
// tokens, with a running row maximum and sum (online softmax); a window of up to TILE tokens, as most Swins
// have it, is one such tile.
//   shared memory: the tiles of Q, K and V, rows padded by 16 bytes; what is known of each token
//     (WindowTokens); the head's column of the bias table
//   registers: 16 × TILE logits of a warp, 16 × HEAD results of a warp
// Blocks of the heads of a window have neighbouring numbers, so that they read their parts of the same rows
// of qkv at about the same time.
//
// Work: 4·tokens·headDim FLOP for 8·headDim bytes (bf16) of a query and head: 24 FLOP for a byte with 49
// tokens, 128 with 256, so memory is what bounds it for windows of 49 or 64 tokens.
#pragma once
#include "attentionTile.cuh"
#include "windowGeometry.cuh"

// Sources of tokens that are none of the image's.
constexpr int PADDED_TOKEN = -1;
constexpr int NO_TOKEN = -2;

// Added to a logit whose query and key belong to different regions.
constexpr float MASKED_LOGIT = -100.0f;

// PyTorch's F.normalize divides by no less.
constexpr float SMALLEST_NORM = 1e-12f;

// Sizes of a block for activations of type T and heads of up to HEAD channels. WindowCall has the same
// numbers.
template <class T, int HEAD>
struct WindowBlock {
  static constexpr int TILE = HEAD <= (sizeof(T) == 2 ? 64 : 32) ? 64 : 32;
  static constexpr int WARPS = TILE / WARP_ROWS;
  static constexpr int THREADS = WARPS * LANES_OF_A_WARP;
  static constexpr int ROW = PADDED_ROW<T, HEAD>;        // elements from token to token in Q, K, V, dO
  static constexpr int SCORE_ROW = PADDED_ROW<T, TILE>;  // elements from query to query in P, dS
};

// Geometry and AttentionForm of a call.
struct WindowAttention {
  Axis rows;
  Axis columns;
  int windows;  // of all images
  int heads;
  int headDim;
  float scale;
  const float* biasTable;   // [(2·window height - 1)·(2·window width - 1), heads]
  const float* biasMatrix;  // [heads, tokens, tokens]
  const float* logitScale;  // [heads]; its presence means cosine attention
  const float* paddedQkv;   // [3, heads, headDim]
  int tableInShared;        // the bias is a table alone, and there is room for a head's column of it

  DEVICE int tokens() const {
    return rows.window * columns.window;
  }

  DEVICE int channels() const {
    return heads * headDim;
  }

  DEVICE bool cosine() const {
    return logitScale != nullptr;
  }

  DEVICE float factor(int head) const {
    return cosine() ? logitScale[head] : scale;
  }

  DEVICE int tableRows() const {
    return (2 * rows.window - 1) * (2 * columns.window - 1);
  }

  // Relative position index of a token with itself.
  DEVICE int tableCentre() const {
    return (rows.window - 1) * (2 * columns.window - 1) + columns.window - 1;
  }
};

#define WINDOW_ATTENTION_PARAMETERS                                                                          \
  int height, int windowHeight, int shiftHeight, int width, int windowWidth, int shiftWidth,                 \
      int padThenShift, int windows, int heads, int headDim, float scale, const float *biasTable,            \
      const float *biasMatrix, const float *logitScale, const float *paddedQkv, int tableInShared

#define WINDOW_ATTENTION                                                                                     \
  WindowAttention {                                                                                          \
    {height, windowHeight, shiftHeight, padThenShift}, {width, windowWidth, shiftWidth, padThenShift},       \
        windows, heads, headDim, scale, biasTable, biasMatrix, logitScale, paddedQkv, tableInShared          \
  }

// Hands out a block's shared memory, one array after the other. Every size is a multiple of 16 bytes.
struct SharedMemory {
  unsigned char* next;

  template <class E>
  DEVICE E* take(int n) {
    E* array = reinterpret_cast<E*>(next);
    next += n * sizeof(E);
    return array;
  }
};

// ---- tokens -----------------------------------------------------------------------------------------------

// What is known of the tokens of a tile, in shared memory.
struct WindowTokens {
  int* source;     // row of the token in the image's memory, PADDED_TOKEN or NO_TOKEN
  int* relation;   // place·16 + region: the relative position index of two tokens is place − place + centre
  float* normOrInverse;  // in cosine attention of the token's query or key: in bf16 1 / norm, in float32 the norm

  template <int TILE>
  static DEVICE WindowTokens in(SharedMemory& shared) {
    return {shared.take<int>(TILE), shared.take<int>(TILE), shared.take<float>(TILE)};
  }
};

DEVICE int placeOf(int relation) {
  return relation >> 4;
}

DEVICE bool areOfOneRegion(int relation, int other) {
  return ((relation ^ other) & 15) == 0;
}

// Looks up the tokens first, first + 1, … of a window. A tile's places beyond the window are like its first
// token.
template <int TILE>
DEVICE void describeTokens(const WindowAttention& o, int window, int first, const WindowTokens& tokens) {
  const int windowColumns = o.columns.windows();
  const int windowsOfImage = o.rows.windows() * windowColumns;
  const int image = window / windowsOfImage;
  const int windowOfImage = window % windowsOfImage;
  const int firstRow = windowOfImage / windowColumns * o.rows.window;
  const int firstColumn = windowOfImage % windowColumns * o.columns.window;
  for (int t = threadIdx.x; t < TILE; t += blockDim.x) {
    const bool exists = first + t < o.tokens();
    const int token = exists ? first + t : 0;
    const int row = token / o.columns.window;
    const int column = token % o.columns.window;
    const int y = o.rows.source(firstRow + row);
    const int x = o.columns.source(firstColumn + column);
    const bool padded = y >= o.rows.size || x >= o.columns.size;
    const int inImage = padded ? PADDED_TOKEN : (image * o.rows.size + y) * o.columns.size + x;
    const int region = 3 * o.rows.band(firstRow + row) + o.columns.band(firstColumn + column);
    tokens.source[t] = exists ? inImage : NO_TOKEN;
    tokens.relation[t] = (row * (2 * o.columns.window - 1) + column) * 16 + region;
  }
}

// ---- rows between global and shared memory ----------------------------------------------------------------

// Loads one head of a tile's tokens: channels `column` … of rows of `rowLength`. Padded tokens are like
// `padded`, or zero; channels beyond the head's and tokens beyond the window are zero. May be under way until
// copyAsyncWait.
template <class T, int HEAD, int TILE>
DEVICE void loadHead(
    T* tile, const T* from, int rowLength, int column, const int* source, const float* padded, int headDim,
    bool sixteen) {
  constexpr int ROW = PADDED_ROW<T, HEAD>;
  constexpr int CHUNK = 16 / sizeof(T);
  constexpr int CHUNKS = HEAD / CHUNK;
  if (sixteen) {
#pragma unroll 4
    for (int i = threadIdx.x; i < TILE * CHUNKS; i += blockDim.x) {
      const int row = source[i / CHUNKS];
      const int channel = i % CHUNKS * CHUNK;
      T* to = tile + i / CHUNKS * ROW + channel;
      if (row == PADDED_TOKEN && padded != nullptr && channel < headDim) {
#pragma unroll
        for (int e = 0; e < CHUNK; e++) {
          to[e] = fromFloat<T>(padded[channel + e]);
        }
      } else {
        const bool exists = row >= 0 && channel < headDim;
        copyAsync16(to, exists ? from + (long long)row * rowLength + column + channel : from, exists);
      }
    }
  } else {
    for (int i = threadIdx.x; i < TILE * HEAD; i += blockDim.x) {
      const int row = source[i / HEAD];
      const int channel = i % HEAD;
      T value = fromFloat<T>(0.0f);
      if (channel < headDim && row >= 0) {
        value = from[(long long)row * rowLength + column + channel];
      } else if (channel < headDim && row == PADDED_TOKEN && padded != nullptr) {
        value = fromFloat<T>(padded[channel]);
      }
      tile[i / HEAD * ROW + channel] = value;
    }
  }
}

// Stores `rows` rows of a tile to where their tokens lie in the image; those of padded tokens are dropped.
// The work is shared by `workers` threads, of which this is number `worker`.
template <class T, int HEAD>
DEVICE void storeHead(
    const T* tile, T* to, int rowLength, int column, const int* source, int rows, int headDim, bool sixteen,
    int worker, int workers) {
  constexpr int ROW = PADDED_ROW<T, HEAD>;
  constexpr int CHUNK = 16 / sizeof(T);
  constexpr int CHUNKS = HEAD / CHUNK;
  if (sixteen) {
    for (int i = worker; i < rows * CHUNKS; i += workers) {
      const int row = source[i / CHUNKS];
      const int channel = i % CHUNKS * CHUNK;
      if (row >= 0 && channel < headDim) {
        *reinterpret_cast<uint4*>(to + (long long)row * rowLength + column + channel) =
            *reinterpret_cast<const uint4*>(tile + i / CHUNKS * ROW + channel);
      }
    }
  } else {
    for (int i = worker; i < rows * HEAD; i += workers) {
      const int row = source[i / HEAD];
      const int channel = i % HEAD;
      if (row >= 0 && channel < headDim) {
        to[(long long)row * rowLength + column + channel] = tile[i / HEAD * ROW + channel];
      }
    }
  }
}

// A tile of Q (third 0), K (1) or V (2).
template <class T, int HEAD, int TILE>
DEVICE void loadThird(
    T* tile, const WindowAttention& o, const T* qkv, int third, int head, const WindowTokens& tokens,
    bool sixteen) {
  const int column = third * o.channels() + head * o.headDim;
  const float* padded = o.paddedQkv == nullptr ? nullptr : o.paddedQkv + column;
  loadHead<T, HEAD, TILE>(tile, qkv, 3 * o.channels(), column, tokens.source, padded, o.headDim, sixteen);
}

// 1 / max(norm, 1e-12) of each row of a tile. One thread computes a row.
template <class T, int HEAD, int TILE>
DEVICE void invertNorms(const T* tile, const WindowTokens& tokens) {
  for (int t = threadIdx.x; t < TILE; t += blockDim.x) {
    float squares = 0.0f;
#pragma unroll 8
    for (int channel = 0; channel < HEAD; channel++) {
      const float value = toFloat(tile[t * PADDED_ROW<T, HEAD> + channel]);
      squares = fmaf(value, value, squares);
    }
    tokens.normOrInverse[t] = 1.0f / fmaxf(sqrtf(squares), SMALLEST_NORM);
  }
}

// ---- logits -----------------------------------------------------------------------------------------------

// A lane's place in a tile of logits: its two query rows, and what is the same for all of their columns.
struct LogitRows {
  int head;
  int query[2];     // token of the window
  int relation[2];
  float inverse[2]; // of the query's norm; 1 unless attention is cosine
  float factor;

  static DEVICE LogitRows of(
      const WindowAttention& o, int head, int queryFirst, int row, const WindowTokens& queries) {
    LogitRows rows;
    rows.head = head;
    rows.factor = o.factor(head);
#pragma unroll
    for (int r = 0; r < 2; r++) {
      rows.query[r] = queryFirst + row + 8 * r;
      rows.relation[r] = queries.relation[row + 8 * r];
      rows.inverse[r] = o.cosine() ? queries.normOrInverse[row + 8 * r] : 1.0f;
    }
    return rows;
  }
};

// Scales products of rows by the inverse norms of both: cosines, or gradients by them.
template <int N>
DEVICE void divideByNorms(float (&s)[N][4], const LogitRows& rows, const WindowTokens& keys) {
  forEachElement<N>([&](int n, int e, int row, int column) {
    s[n][e] *= rows.inverse[row] * keys.normOrInverse[column];
  });
}

// logits = factor·products + bias + mask; −∞ for the tile's places beyond the window.
template <int N, class BiasAt>
DEVICE void addBiasAndMask(
    float (&s)[N][4], const LogitRows& rows, const WindowTokens& keys, int keysOfTile, BiasAt biasAt) {
  forEachElement<N>([&](int n, int e, int row, int column) {
    const int relation = keys.relation[column];
    const float mask = areOfOneRegion(rows.relation[row], relation) ? 0.0f : MASKED_LOGIT;
    s[n][e] =
        column < keysOfTile ? fmaf(rows.factor, s[n][e], biasAt(row, column, relation)) + mask : -INFINITY;
  });
}

// Turns the products q·k of a warp's rows into logits.
//
// `table` is the head's column of the bias table in shared memory, where o.tableInShared says so. All other
// biases, a matrix among them, are read from global memory; they are the same for every window and come from
// the caches.
template <int N>
DEVICE void makeLogits(
    float (&s)[N][4], const WindowAttention& o, const LogitRows& rows, const WindowTokens& keys, int keyFirst,
    int keysOfTile, const float* table) {
  if (o.cosine()) {
    divideByNorms(s, rows, keys);
  }
  const int start[2] = {
      placeOf(rows.relation[0]) + o.tableCentre(), placeOf(rows.relation[1]) + o.tableCentre()};
  if (o.tableInShared) {
    addBiasAndMask(s, rows, keys, keysOfTile, [&](int row, int, int relation) {
      return table[start[row] - placeOf(relation)];
    });
    return;
  }
  const int tokens = o.tokens();
  addBiasAndMask(s, rows, keys, keysOfTile, [&](int row, int column, int relation) {
    float bias = 0.0f;
    if (o.biasTable != nullptr) {
      bias = o.biasTable[(long long)(start[row] - placeOf(relation)) * o.heads + rows.head];
    }
    if (o.biasMatrix != nullptr && rows.query[row] < tokens && column < keysOfTile) {
      bias += o.biasMatrix[((long long)rows.head * tokens + rows.query[row]) * tokens + keyFirst + column];
    }
    return bias;
  });
}

// Brings the head's column of the bias table into shared memory.
DEVICE void loadTable(const WindowAttention& o, int head, float* table) {
  if (o.tableInShared) {
    for (int i = threadIdx.x; i < o.tableRows(); i += blockDim.x) {
      table[i] = o.biasTable[(long long)i * o.heads + head];
    }
  }
}

// ---- forward ----------------------------------------------------------------------------------------------

template <class T, int HEAD>
DEVICE void windowForward(
    const WindowAttention& o, const T* qkv, T* out, float* statistics, int windowsOfBlock) {
  using Block = WindowBlock<T, HEAD>;
  constexpr int TILE = Block::TILE;
  constexpr int ROW = Block::ROW;
  constexpr int N = TILE / 8;
  SharedMemory shared = {dynamicShared};
  T* q = shared.take<T>(TILE * ROW);
  T* k = shared.take<T>(TILE * ROW);
  T* v = shared.take<T>(TILE * ROW);
  T* room = shared.take<T>(sizeof(T) == 2 ? 0 : TILE * Block::SCORE_ROW);
  const WindowTokens queries = WindowTokens::in<TILE>(shared);
  const WindowTokens keys = WindowTokens::in<TILE>(shared);
  float* table = shared.take<float>(0);

  const int head = blockIdx.x % o.heads;
  const int firstWindow = blockIdx.x / o.heads * windowsOfBlock;
  const int lastWindow = min(firstWindow + windowsOfBlock, o.windows);
  const int queryFirst = blockIdx.y * TILE;
  const int tokens = o.tokens();
  const bool sixteen = startsOnSixteen(qkv, o.headDim) && startsOnSixteen(out, o.headDim);
  const int warpRow = threadIdx.x / LANES_OF_A_WARP * WARP_ROWS;
  const bool hasRows = queryFirst + warpRow < tokens;
  const int row = warpRow + groupOfLane();

  loadTable(o, head, table);
  for (int window = firstWindow; window < lastWindow; window++) {
    float result[HEAD / 8][4];
    clear(result);
    float maximum[2] = {-INFINITY, -INFINITY};
    float sum[2] = {0.0f, 0.0f};  // this lane's share of the row
    for (int keyFirst = 0; keyFirst < tokens; keyFirst += TILE) {
      const int keysOfTile = min(TILE, tokens - keyFirst);
      __syncthreads();  // all warps are done with the tiles before
      if (keyFirst == 0) {
        describeTokens<TILE>(o, window, queryFirst, queries);
      }
      describeTokens<TILE>(o, window, keyFirst, keys);
      __syncthreads();
      if (keyFirst == 0) {
        loadThird<T, HEAD, TILE>(q, o, qkv, 0, head, queries, sixteen);
      }
      loadThird<T, HEAD, TILE>(k, o, qkv, 1, head, keys, sixteen);
      loadThird<T, HEAD, TILE>(v, o, qkv, 2, head, keys, sixteen);
      copyAsyncCommit();
      copyAsyncWait<0>();
      __syncthreads();
      if (o.cosine()) {
        if (keyFirst == 0) {
          invertNorms<T, HEAD, TILE>(q, queries);
        }
        invertNorms<T, HEAD, TILE>(k, keys);
        __syncthreads();
      }
      if (!hasRows) {
        continue;
      }
      float s[N][4];
      clear(s);
      multiplyByRows<HEAD>(s, q + warpRow * ROW, ROW, k, ROW, keysOfTile);
      const LogitRows rows = LogitRows::of(o, head, queryFirst, row, queries);
      makeLogits(s, o, rows, keys, keyFirst, keysOfTile, table);

      // Softmax so far: what was summed with a smaller maximum is scaled down to the new one.
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
      multiplyFromRegisters(
          result, s, room + warpRow * Block::SCORE_ROW, Block::SCORE_ROW, v, ROW, keysOfTile);
    }
    if (!hasRows) {
      continue;
    }
    sum[0] = sumOverRow(sum[0]);
    sum[1] = sumOverRow(sum[1]);
    if (statistics != nullptr && columnOfLane() == 0) {
#pragma unroll
      for (int r = 0; r < 2; r++) {
        const int query = queryFirst + row + 8 * r;
        if (query < tokens) {
          float* place = statistics + (((long long)window * o.heads + head) * tokens + query) * 2;
          place[0] = maximum[r];
          place[1] = sum[r];
        }
      }
    }
    // Through this warp's own rows of Q to whole rows of the image.
    const float inverse[2] = {1.0f / sum[0], 1.0f / sum[1]};
    forEachElement<HEAD / 8>([&](int n, int e, int r, int) { result[n][e] *= inverse[r]; });
    __syncwarp();  // all lanes have read these rows as queries
    storeRows(q + warpRow * ROW, ROW, result);
    __syncwarp();
    storeHead<T, HEAD>(
        q + warpRow * ROW, out, o.channels(), head * o.headDim, queries.source + warpRow, WARP_ROWS,
        o.headDim, sixteen, laneOfWarp(), LANES_OF_A_WARP);
  }
}

#define WINDOW_FORWARD_KERNEL(T, suffix, head)                                                               \
  extern "C" __global__ void __launch_bounds__(                                                              \
      WindowBlock<T, head>::THREADS, head <= 32 ? 4 : head <= 64 ? 3 : 1) windowForward##head##_##suffix(    \
      WINDOW_ATTENTION_PARAMETERS, const T* qkv, T* out, float* statistics, int windowsOfBlock) {            \
    windowForward<T, head>(WINDOW_ATTENTION, qkv, out, statistics, windowsOfBlock);                          \
  }                                                                                                          \
  KERNEL(windowForward##head##_##suffix)
