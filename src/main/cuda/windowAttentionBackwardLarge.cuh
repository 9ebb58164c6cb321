// The backward pass of shifted-window attention for windows of more than one tile, and what follows all
// backward kernels: the bias table's gradient. The mathematics, and why there are three kernels, are at the
// head of windowAttentionBackward.cuh.
//
// Multiply-adds of a query and head, in units of tokens·headDim: 5 in Queries (S and dP twice), 4 in Keys, 2
// in Bias.
#pragma once
#include "launchTable.cuh"
#include "windowAttentionBackward.cuh"

// A tile's share of the padded tokens' gradient, of one third.
template <int HEAD>
DEVICE void storePadded(
    const bf16* tile, const WindowAttention& o, const WindowGradients<bf16>& g, int window, int, int third, int head,
    const WindowTokens& tokens) {
  const long long part = (long long)window * gridDim.y + blockIdx.y;
  for (int channel = threadIdx.x; channel < o.headDim; channel += blockDim.x) {
    g.paddedParts[(3 * part + third) * o.channels() + head * o.headDim + channel] =
        addPadded<bf16, HEAD>(0.0f, tile, tokens, channel);
  }
}

// In float32 each of them: their sum goes on from tile to tile (windowAttentionSums.cuh).
template <int HEAD>
DEVICE void storePadded(
    const float* tile, const WindowAttention& o, const WindowGradients<float>& g, int window, int first, int third, int head,
    const WindowTokens& tokens) {
  for (int t = 0; t < WindowBlock<float, HEAD>::TILE; t++) {
    if (tokens.source[t] != PADDED_TOKEN) {
      continue;
    }
    const long long row = ((long long)window * o.tokens() + first + t) * 3 + third;
    for (int channel = threadIdx.x; channel < o.headDim; channel += blockDim.x) {
      g.paddedParts[row * o.channels() + head * o.headDim + channel] = tile[t * WindowBlock<float, HEAD>::ROW + channel];
    }
  }
}

// D and dQ of a tile of queries, streaming twice over the keys: D is needed before the first product with dL.
// Grid: (heads · windows, query tiles).
template <class T, int HEAD>
DEVICE void windowBackwardQueries(const WindowAttention& o, const WindowGradients<T>& g) {
  using Block = WindowBlock<T, HEAD>;
  constexpr int N = Block::TILE / 8;
  const BackwardTiles<T, HEAD> tiles = BackwardTiles<T, HEAD>::in(sizeof(T) == 4, true);
  const int head = blockIdx.x % o.heads;
  const int window = blockIdx.x / o.heads;
  const int queryFirst = blockIdx.y * Block::TILE;
  const int tokens = o.tokens();
  const int warpRow = threadIdx.x / LANES_OF_A_WARP * WARP_ROWS;
  const bool hasRows = queryFirst + warpRow < tokens;
  const int row = warpRow + groupOfLane();
  T* ownLogits = tiles.dL + warpRow * Block::SCORE_ROW;

  loadTable(o, head, tiles.table);
  float dQ[HEAD / 8][4];
  clear(dQ);
  float d[2] = {0.0f, 0.0f};
  for (int pass = 0; pass < 2; pass++) {
    for (int keyFirst = 0; keyFirst < tokens; keyFirst += Block::TILE) {
      const int keysOfTile = min(Block::TILE, tokens - keyFirst);
      tiles.load(o, g, window, head, queryFirst, pass == 0 && keyFirst == 0, keyFirst, true);
      if (!hasRows) {
        continue;
      }
      float p[N][4];
      float dL[N][4];
      const GradientRows rows =
          GradientRows::of(o, g.statistics, window, head, queryFirst, row, tiles.queries);
      probabilitiesAndGradients(p, dL, o, tiles, rows, warpRow, keyFirst, keysOfTile);
      if (pass == 0) {
        addCorrelationOfTile(d, tiles, p, dL, warpRow, keysOfTile);
        continue;
      }
      makeLogitGradients(dL, p, d);
      if (!HOLDS_NORMALIZED<T> && o.cosine()) {
        divideByNorms(dL, rows.logits, tiles.keys);
      }
      storeRows(ownLogits, Block::SCORE_ROW, dL);
      __syncwarp();
      multiply<Block::TILE>(dQ, ownLogits, Block::SCORE_ROW, tiles.k, Block::ROW, keysOfTile);
    }
    if (pass == 0 && hasRows) {
#pragma unroll
      for (int r = 0; r < 2; r++) {
        d[r] = wholeCorrelation<T>(d[r]);
        const int query = queryFirst + row + 8 * r;
        if (columnOfLane() == 0 && query < tokens) {
          g.correlation[((long long)window * o.heads + head) * tokens + query] = d[r];
        }
      }
    }
  }

  float scaleShare = 0.0f;
  if (hasRows) {
    __syncwarp();
    float* dots = dotsOfRows(o, g, window, head, queryFirst);
    scaleShare = finishRows<HEAD>(
        o, tiles, o.factor(head), dQ, tiles.q, tiles.queries, warpRow, dots, tokens - queryFirst);
  }
  __syncthreads();
  storeThird<T, HEAD>(tiles.q, o, g, 0, head, tiles.queries);
  if (g.paddedParts != nullptr) {
    storePadded<HEAD>(tiles.q, o, g, window, queryFirst, 0, head, tiles.queries);
  }
  if (sizeof(T) == 2 && g.scaleParts != nullptr) {
    const long long part = (long long)window * gridDim.y + blockIdx.y;
    storeSumOfBlock<Block::WARPS>(scaleShare, g.scaleParts + part * o.heads + head);
  }
}

// D of a lane's rows, as windowBackwardQueries left it.
DEVICE void loadCorrelation(
    float (&d)[2], const WindowAttention& o, const float* correlation, int window, const LogitRows& rows) {
#pragma unroll
  for (int r = 0; r < 2; r++) {
    const long long place = ((long long)window * o.heads + rows.head) * o.tokens() + rows.query[r];
    d[r] = rows.query[r] < o.tokens() ? correlation[place] : 0.0f;
  }
}

// dK and dV of a tile of keys, streaming over the queries. Grid: (heads · windows, key tiles).
template <class T, int HEAD>
DEVICE void windowBackwardKeys(const WindowAttention& o, const WindowGradients<T>& g) {
  using Block = WindowBlock<T, HEAD>;
  constexpr int ROW = Block::ROW;
  constexpr int SCORE_ROW = Block::SCORE_ROW;
  constexpr int N = Block::TILE / 8;
  const BackwardTiles<T, HEAD> tiles = BackwardTiles<T, HEAD>::in(true, true);
  const int head = blockIdx.x % o.heads;
  const int window = blockIdx.x / o.heads;
  const int keyFirst = blockIdx.y * Block::TILE;
  const int tokens = o.tokens();
  const int keysOfTile = min(Block::TILE, tokens - keyFirst);
  const int warpRow = threadIdx.x / LANES_OF_A_WARP * WARP_ROWS;
  const bool hasKeys = warpRow < keysOfTile;

  loadTable(o, head, tiles.table);
  float dK[HEAD / 8][4];
  float dV[HEAD / 8][4];
  clear(dK);
  clear(dV);
  for (int queryFirst = 0; queryFirst < tokens; queryFirst += Block::TILE) {
    const int queriesOfTile = min(Block::TILE, tokens - queryFirst);
    tiles.load(o, g, window, head, queryFirst, true, keyFirst, queryFirst == 0);
    if (warpRow < queriesOfTile) {
      float p[N][4];
      float dL[N][4];
      const GradientRows rows =
          GradientRows::of(o, g.statistics, window, head, queryFirst, warpRow + groupOfLane(), tiles.queries);
      probabilitiesAndGradients(p, dL, o, tiles, rows, warpRow, keyFirst, keysOfTile);
      storeRows(tiles.p + warpRow * SCORE_ROW, SCORE_ROW, p);
      float d[2];
      loadCorrelation(d, o, g.correlation, window, rows.logits);
      makeLogitGradients(dL, p, d);
      if (!HOLDS_NORMALIZED<T> && o.cosine()) {
        divideByNorms(dL, rows.logits, tiles.keys);
      }
      storeRows(tiles.dL + warpRow * SCORE_ROW, SCORE_ROW, dL);
    }
    __syncthreads();
    if (hasKeys) {
      multiplyTransposed<Block::TILE>(dK, tiles.dL + warpRow, SCORE_ROW, tiles.q, ROW, queriesOfTile);
      multiplyTransposed<Block::TILE>(dV, tiles.p + warpRow, SCORE_ROW, tiles.dOut, ROW, queriesOfTile);
    }
  }

  __syncthreads();  // k, v and dO are no operands any more
  if (hasKeys) {
    finishRows<HEAD>(o, tiles, o.factor(head), dK, tiles.k, tiles.keys, warpRow, nullptr, 0);
    storeRows(tiles.v + warpRow * ROW, ROW, dV);
  }
  __syncthreads();
  storeThird<T, HEAD>(tiles.k, o, g, 1, head, tiles.keys);
  storeThird<T, HEAD>(tiles.v, o, g, 2, head, tiles.keys);
  if (g.paddedParts != nullptr) {
    storePadded<HEAD>(tiles.k, o, g, window, keyFirst, 1, head, tiles.keys);
    storePadded<HEAD>(tiles.v, o, g, window, keyFirst, 2, head, tiles.keys);
  }
}

// The sum of dL over a run of windows, of a tile of queries and one of keys.
// Grid: (heads · runs of windows, query tiles, key tiles).
template <class T, int HEAD>
DEVICE void windowBackwardBias(const WindowAttention& o, const WindowGradients<T>& g) {
  using Block = WindowBlock<T, HEAD>;
  constexpr int N = Block::TILE / 8;
  const BackwardTiles<T, HEAD> tiles = BackwardTiles<T, HEAD>::in(false, false);
  const int head = blockIdx.x % o.heads;
  const int part = blockIdx.x / o.heads;
  const int firstWindow = part * g.windowsOfBlock;
  const int lastWindow = min(firstWindow + g.windowsOfBlock, o.windows);
  const int queryFirst = blockIdx.y * Block::TILE;
  const int keyFirst = blockIdx.z * Block::TILE;
  const int tokens = o.tokens();
  const int keysOfTile = min(Block::TILE, tokens - keyFirst);
  const int warpRow = threadIdx.x / LANES_OF_A_WARP * WARP_ROWS;
  const int row = warpRow + groupOfLane();

  loadTable(o, head, tiles.table);
  float sum[N][4];
  clear(sum);
  for (int window = firstWindow; window < lastWindow; window++) {
    tiles.load(o, g, window, head, queryFirst, true, keyFirst, true);
    if (queryFirst + warpRow < tokens) {
      float p[N][4];
      float dL[N][4];
      float d[2];
      const GradientRows rows =
          GradientRows::of(o, g.statistics, window, head, queryFirst, row, tiles.queries);
      probabilitiesAndGradients(p, dL, o, tiles, rows, warpRow, keyFirst, keysOfTile);
      loadCorrelation(d, o, g.correlation, window, rows.logits);
      makeLogitGradients(dL, p, d);
      forEachElement<N>([&](int n, int e, int, int) { sum[n][e] = plus(sum[n][e], dL[n][e]); });
    }
  }
  if (queryFirst + warpRow < tokens) {
    storeBiasPart(sum, o, g.biasParts, part, head, queryFirst, row, keyFirst);
  }
}

// ---- the bias table's gradient ----------------------------------------------------------------------------

constexpr int TABLE_WARPS = 8;

// dTable[r, head] = Σ dMatrix[head, query, key] over the pairs whose relative position has index r. A warp
// computes one element: pairs whose rows differ by `down` and columns by `right` are a rectangle of keys. A launch gathers
// the tables of many layers (launchTable.cuh).
struct TableOfMatrix {
  const float* dMatrix;
  float* dTable;
  int heads;
  int windowHeight;
  int windowWidth;
  int firstBlock;
};

DEVICE void gatherTableGradient(const TableOfMatrix& g, int block) {
  const int tableColumns = 2 * g.windowWidth - 1;
  const long long elements = (long long)(2 * g.windowHeight - 1) * tableColumns * g.heads;
  const long long element = (long long)block * TABLE_WARPS + threadIdx.x / LANES_OF_A_WARP;
  if (element >= elements) {
    return;
  }
  const int head = element % g.heads;
  const int index = element / g.heads;
  const int down = index / tableColumns - (g.windowHeight - 1);
  const int right = index % tableColumns - (g.windowWidth - 1);
  const int keyRows = g.windowHeight - abs(down);
  const int keyColumns = g.windowWidth - abs(right);
  const int firstKey = max(0, -down) * g.windowWidth + max(0, -right);
  const int tokens = g.windowHeight * g.windowWidth;
  float sum = 0.0f;
  for (int pair = laneOfWarp(); pair < keyRows * keyColumns; pair += LANES_OF_A_WARP) {
    const int key = firstKey + pair / keyColumns * g.windowWidth + pair % keyColumns;
    const int query = key + down * g.windowWidth + right;
    sum += g.dMatrix[((long long)head * tokens + query) * tokens + key];
  }
  sum = warpSum(sum);
  if (laneOfWarp() == 0) {
    g.dTable[element] = sum;
  }
}
