// Window attention in float32, forward: windowAttention.cuh's tiles, with the processor's order of every sum
// (attentionFloat32.cuh). Windows of more than a tile of tokens have their keys streamed past twice, for the maxima first.
#pragma once
#include "attentionFloat32.cuh"
#include "windowAttention.cuh"

// Divides rows of a tile by their norms, as F.normalize does, and keeps the norms. One thread has a row.
template <int HEAD, int TILE>
DEVICE void normalizeHeads(float* tile, const WindowTokens& tokens) {
  for (int t = threadIdx.x; t < TILE; t += blockDim.x) {
    float* row = tile + t * PADDED_ROW<float, HEAD>;
    float squares = 0.0f;
#pragma unroll 8
    for (int channel = 0; channel < HEAD; channel++) {
      squares = fmaf(row[channel], row[channel], squares);
    }
    const float norm = sqrtf(squares);
    const float divisor = fmaxf(norm, SMALLEST_NORM);
    tokens.normOrInverse[t] = norm;
#pragma unroll 4
    for (int channel = 0; channel < HEAD; channel++) {
      row[channel] /= divisor;
    }
  }
}

// Calls at(element, row, column, bias) for each of a lane's logits.
template <int N, class At>
DEVICE void forEachBias(
    float (&s)[N][4], const WindowAttention& o, const LogitRows& rows, const WindowTokens& keys, int keyFirst,
    int keysOfTile, const float* table, At at) {
  const int start[2] = {
      placeOf(rows.relation[0]) + o.tableCentre(), placeOf(rows.relation[1]) + o.tableCentre()};
  const int tokens = o.tokens();
  forEachElement<N>([&](int n, int e, int row, int column) {
    const int place = start[row] - placeOf(keys.relation[column]);
    float bias = 0.0f;
    if (o.tableInShared) {
      bias = table[place];
    } else {
      if (o.biasTable != nullptr) {
        bias = o.biasTable[(long long)place * o.heads + rows.head];
      }
      if (o.biasMatrix != nullptr && rows.query[row] < tokens && column < keysOfTile) {
        const long long line = (long long)rows.head * tokens + rows.query[row];
        bias = plus(bias, o.biasMatrix[line * tokens + keyFirst + column]);
      }
    }
    at(s[n][e], row, column, bias);
  });
}

// The logits of a warp's rows and a tile of keys; −∞ for the tile's places beyond the window.
template <int HEAD, int N>
DEVICE void float32Logits(
    float (&s)[N][4], const WindowAttention& o, const LogitRows& rows, const float* q, const float* k,
    const WindowTokens& keys, int keyFirst, int keysOfTile, const float* table) {
  constexpr int ROW = PADDED_ROW<float, HEAD>;
  forEachBias(s, o, rows, keys, keyFirst, keysOfTile, table, [](float& logit, int, int, float bias) { logit = bias; });
  multiplyScaledByRows<HEAD>(s, rows.factor, q, ROW, k, ROW, keysOfTile);
  forEachElement<N>([&](int n, int e, int row, int column) {
    const bool masked = !areOfOneRegion(rows.relation[row], keys.relation[column]);
    s[n][e] = column >= keysOfTile ? -INFINITY : masked ? plus(s[n][e], MASKED_LOGIT) : s[n][e];
  });
}

template <int HEAD>
DEVICE void windowForwardFloat32(
    const WindowAttention& o, const float* qkv, float* out, float* statistics, int windowsOfBlock) {
  using Block = WindowBlock<float, HEAD>;
  constexpr int TILE = Block::TILE;
  constexpr int ROW = Block::ROW;
  constexpr int N = TILE / 8;
  SharedMemory shared = {dynamicShared};
  float* q = shared.take<float>(TILE * ROW);
  float* k = shared.take<float>(TILE * ROW);
  float* v = shared.take<float>(TILE * ROW);
  float* room = shared.take<float>(TILE * Block::SCORE_ROW);
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
  const int rowsThere = tokens - queryFirst - warpRow;
  const int firstPass = tokens > TILE ? 0 : 1;

  loadTable(o, head, table);
  for (int window = firstWindow; window < lastWindow; window++) {
    float result[HEAD / 8][4];
    clear(result);
    SoftmaxRows softmax;
    // Pass 0 finds the maxima of windows that are more than a tile.
    for (int pass = firstPass; pass < 2; pass++) {
      for (int keyFirst = 0; keyFirst < tokens; keyFirst += TILE) {
        const int keysOfTile = min(TILE, tokens - keyFirst);
        const bool brings = pass == firstPass && keyFirst == 0;
        __syncthreads();  // all warps are done with the tiles before
        if (brings) {
          describeTokens<TILE>(o, window, queryFirst, queries);
        }
        describeTokens<TILE>(o, window, keyFirst, keys);
        __syncthreads();
        if (brings) {
          loadThird<float, HEAD, TILE>(q, o, qkv, 0, head, queries, sixteen);
        }
        loadThird<float, HEAD, TILE>(k, o, qkv, 1, head, keys, sixteen);
        if (pass == 1) {
          loadThird<float, HEAD, TILE>(v, o, qkv, 2, head, keys, sixteen);
        }
        copyAsyncCommit();
        copyAsyncWait<0>();
        __syncthreads();
        if (o.cosine()) {
          if (brings) {
            normalizeHeads<HEAD, TILE>(q, queries);
          }
          normalizeHeads<HEAD, TILE>(k, keys);
          __syncthreads();
        }
        if (rowsThere <= 0) {
          continue;
        }
        float s[N][4];
        const LogitRows rows = LogitRows::of(o, head, queryFirst, warpRow + groupOfLane(), queries);
        float32Logits<HEAD>(s, o, rows, q + warpRow * ROW, k, keys, keyFirst, keysOfTile, table);
        if (pass == firstPass) {
          addToMaximum(s, softmax);
        }
        if (pass == 1) {
          addExponentials(
              result, s, softmax, room + warpRow * Block::SCORE_ROW, Block::SCORE_ROW, v, ROW, keysOfTile);
        }
      }
    }
    if (rowsThere <= 0) {
      continue;
    }
    if (statistics != nullptr) {
      const long long first = ((long long)window * o.heads + head) * tokens + queryFirst + warpRow;
      keepRows(statistics + 2 * first, softmax, rowsThere);
    }
    // Through this warp's own rows of Q to whole rows of the image.
    multiplyRows(result, 1.0f / softmax.sum[0], 1.0f / softmax.sum[1]);
    __syncwarp();  // all lanes have read these rows as queries
    storeRows(q + warpRow * ROW, ROW, result);
    __syncwarp();
    storeHead<float, HEAD>(
        q + warpRow * ROW, out, o.channels(), head * o.headDim, queries.source + warpRow, WARP_ROWS,
        o.headDim, sixteen, laneOfWarp(), LANES_OF_A_WARP);
  }
}

#define WINDOW_FORWARD_FLOAT32_KERNEL(head)                                                                  \
  extern "C" __global__ void __launch_bounds__(                                                              \
      WindowBlock<float, head>::THREADS, head <= 64 ? 3 : 1) windowForward##head##_f32(                      \
      WINDOW_ATTENTION_PARAMETERS, const float* qkv, float* out, float* statistics, int windowsOfBlock) {    \
    windowForwardFloat32<head>(WINDOW_ATTENTION, qkv, out, statistics, windowsOfBlock);                      \
  }                                                                                                          \
  KERNEL(windowForward##head##_f32)
