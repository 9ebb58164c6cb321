// Shifted-window attention as most Swins have it: bf16, heads of 32 channels, a window of up to 64 tokens, images that consist
// of whole windows, plain logits with a bias table or none. What it computes is at the heads of windowAttention.cuh and
// windowAttentionBackward.cuh, whose kernels do the same for every other form.
//
// With so little arithmetic for each token the instructions around it decide: the general kernels took some 1,500 for a warp's
// share of a window and head forward, and 2,600 backward, of them 32 and 80 products. So what does not change between windows
// is made once for a block, which goes over windows with the same head:
//   - each lane's biases, 32 of them, in registers, already times log2(e), −∞ in the columns beyond the window;
//   - two words of bits that say which of its logits the mask is for, where the last row or column of windows is cut.
//     Other windows have no mask;
//   - which two tokens a lane brings, and stores the results of. In each window it finds their two places in the image with an
//     addition and a comparison for each axis.
// While one window is computed, the next one's rows are on their way into the other half of the shared memory.
//
// Rows of a tile are 64 bytes, whose 16-byte chunks are permuted by the row's number; rows of probabilities are 128 bytes. No
// banks meet.
#pragma once
#include "windowAttentionBackward.cuh"

constexpr int WHOLE_TOKENS = 64;
constexpr int WHOLE_HEAD = 32;
constexpr int WHOLE_THREADS = 128;
constexpr int WHOLE_TILE = WHOLE_TOKENS * WHOLE_HEAD;       // elements
constexpr int WHOLE_SCORES = WHOLE_TOKENS * WHOLE_TOKENS;   // elements
constexpr float LOG2_E = 1.44269504088896341f;
constexpr float LN_2 = 0.69314718055994531f;

// Index of a chunk's first element in a tile, and in one of probabilities.
DEVICE int tileAt(int row, int chunk) {
  return row * WHOLE_HEAD + (chunk ^ (row >> 1 & 3)) * 8;
}
DEVICE int scoreAt(int row, int chunk) {
  return row * WHOLE_TOKENS + (chunk ^ (row & 7)) * 8;
}

// The windows that a block goes over, and where in the image a lane's two tokens of each lie.
struct WindowWalk {
  int windowsDown;
  int windowsAcross;
  int image;
  int down;        // of the window in its image
  int across;
  int row[2];      // of the tokens in the window, plus the shift
  int column[2];

  DEVICE WindowWalk(const WindowAttention& o, int window, const int (&token)[2]) {
    windowsDown = o.rows.windows();
    windowsAcross = o.columns.windows();
    const int windowsOfImage = windowsDown * windowsAcross;
    image = window / windowsOfImage;
    down = window % windowsOfImage / windowsAcross;
    across = window % windowsAcross;
#pragma unroll
    for (int r = 0; r < 2; r++) {
      row[r] = token[r] / o.columns.window + o.rows.shift;
      column[r] = token[r] % o.columns.window + o.columns.shift;
    }
  }

  DEVICE void next() {
    if (++across == windowsAcross) {
      across = 0;
      if (++down == windowsDown) {
        down = 0;
        image++;
      }
    }
  }

  DEVICE bool isLastRow() const { return down == windowsDown - 1; }
  DEVICE bool isLastColumn() const { return across == windowsAcross - 1; }

  // Row of the lane's r-th token in the image's memory.
  DEVICE int source(const WindowAttention& o, int r) const {
    int y = down * o.rows.window + row[r];
    int x = across * o.columns.window + column[r];
    y -= y >= o.rows.size ? o.rows.size : 0;
    x -= x >= o.columns.size ? o.columns.size : 0;
    return (image * o.rows.size + y) * o.columns.size + x;
  }
};

// What a lane knows of a block's head and of its own places: it moves chunk lane % 4 of rows lane / 4 and the eighth after it
// of its warp's sixteen.
struct WholeBlock {
  int head;
  int warpRow;
  int token[2];    // that the lane moves, 0 where there is none
  bool exists[2];
  int chunk;       // index of the first one it moves in a tile; the other is eight rows on
  int channel;     // of the chunk in a row of channels
  int fromRows;    // index of what the lane passes to loadMatrix4 for sixteen rows and channels, B's and, plus its warp's, A's

  DEVICE explicit WholeBlock(const WindowAttention& o) {
    const int lane = laneOfWarp();
    head = blockIdx.x % o.heads;
    warpRow = threadIdx.x / LANES_OF_A_WARP * WARP_ROWS;
    chunk = tileAt(warpRow + lane / 4, lane % 4);
    channel = head * WHOLE_HEAD + lane % 4 * 8;
    fromRows = tileAt(lane % 16, lane / 16);
#pragma unroll
    for (int r = 0; r < 2; r++) {
      const int mine = warpRow + lane / 4 + 8 * r;
      exists[r] = mine < o.tokens();
      token[r] = exists[r] ? mine : 0;
    }
  }

  // Zeros for the places of a tile beyond the window, which no copy reaches.
  DEVICE void clearBeyond(bf16* tile) const {
#pragma unroll
    for (int r = 0; r < 2; r++) {
      if (!exists[r]) {
        *reinterpret_cast<uint4*>(tile + chunk + r * 8 * WHOLE_HEAD) = make_uint4(0, 0, 0, 0);
      }
    }
  }

  // Starts to bring the lane's chunks of `count` tiles, which lie side by side in shared memory and `apart` elements apart in
  // rows of `rowLength`.
  DEVICE void bring(bf16* tiles, const bf16* from, const int (&source)[2], int rowLength, int apart, int count) const {
#pragma unroll
    for (int r = 0; r < 2; r++) {
      if (exists[r]) {
        const bf16* row = from + (long long)source[r] * rowLength + channel;
#pragma unroll
        for (int i = 0; i < count; i++) {
          copyAsync16(tiles + i * WHOLE_TILE + chunk + r * 8 * WHOLE_HEAD, row + i * apart, true);
        }
      }
    }
  }

  // Stores a warp's sixteen rows of a product by way of its own rows of a tile.
  DEVICE void store(
      bf16* tile, const float (&rows)[4][4], bf16* to, const int (&source)[2], int rowLength) const {
    const int group = groupOfLane();
#pragma unroll
    for (int n = 0; n < 4; n++) {
      bf16* pair = tile + tileAt(warpRow + group, n) + columnOfLane();
      storePair(pair, rows[n][0], rows[n][1]);
      storePair(pair + 8 * WHOLE_HEAD, rows[n][2], rows[n][3]);
    }
    __syncwarp();
#pragma unroll
    for (int r = 0; r < 2; r++) {
      if (exists[r]) {
        *reinterpret_cast<uint4*>(to + (long long)source[r] * rowLength + channel) =
            *reinterpret_cast<const uint4*>(tile + chunk + r * 8 * WHOLE_HEAD);
      }
    }
  }

  // acc += A·Bᵀ, the warp's rows of tile a times all of tile b: q·kᵀ.
  DEVICE void multiplyByRows(float (&acc)[8][4], const bf16* a, const bf16* b) const {
    const int lane = laneOfWarp();
    const int fromA = warpRow * WHOLE_HEAD + fromRows;
    const int fromB = tileAt(lane / 16 * 8 + lane % 8, lane / 8 % 2);
    uint32_t left[2][4];
    loadMatrix4(left[0], a + fromA);
    loadMatrix4(left[1], a + (fromA ^ 16));
#pragma unroll
    for (int n = 0; n < 8; n += 2) {
      uint32_t right[4];
      loadMatrix4(right, b + fromB + 8 * n * WHOLE_HEAD);
      mmaBf16(acc[n], left[0], right[0], right[1]);
      mmaBf16(acc[n + 1], left[0], right[2], right[3]);
      loadMatrix4(right, b + (fromB ^ 16) + 8 * n * WHOLE_HEAD);
      mmaBf16(acc[n], left[1], right[0], right[1]);
      mmaBf16(acc[n + 1], left[1], right[2], right[3]);
    }
  }

  // acc += a fragment times the k-th sixteen rows of tile b.
  DEVICE void multiplyStep(float (&acc)[4][4], const uint32_t (&left)[4], const bf16* b, int k) const {
    uint32_t right[4];
    loadMatrix4Transposed(right, b + fromRows + 16 * k * WHOLE_HEAD);
    mmaBf16(acc[0], left, right[0], right[1]);
    mmaBf16(acc[1], left, right[2], right[3]);
    loadMatrix4Transposed(right, b + (fromRows ^ 16) + 16 * k * WHOLE_HEAD);
    mmaBf16(acc[2], left, right[0], right[1]);
    mmaBf16(acc[3], left, right[2], right[3]);
  }

  // acc += P·B, P the warp's rows in pairs, as packScores makes them.
  DEVICE void multiply(float (&acc)[4][4], const uint32_t (&p)[8][2], const bf16* b) const {
#pragma unroll
    for (int k = 0; k < 4; k++) {
      const uint32_t left[4] = {p[2 * k][0], p[2 * k][1], p[2 * k + 1][0], p[2 * k + 1][1]};
      multiplyStep(acc, left, b, k);
    }
  }

  // acc += Aᵀ·B, of a tile of probabilities the columns whose numbers are the warp's rows.
  DEVICE void multiplyTransposed(float (&acc)[4][4], const bf16* a, const bf16* b) const {
    const int lane = laneOfWarp();
    const int from = scoreAt(lane / 16 * 8 + lane % 8, warpRow / 8 + lane / 8 % 2);
#pragma unroll
    for (int k = 0; k < 4; k++) {
      uint32_t left[4];
      loadMatrix4Transposed(left, a + from + 16 * k * WHOLE_TOKENS);
      multiplyStep(acc, left, b, k);
    }
  }
};

DEVICE void packScores(uint32_t (&packed)[8][2], const float (&s)[8][4]) {
#pragma unroll
  for (int n = 0; n < 8; n++) {
    packed[n][0] = packBf16(s[n][0], s[n][1]);
    packed[n][1] = packBf16(s[n][2], s[n][3]);
  }
}

// What makes logits of a lane's products, in every window of a head. All in units of log2: exponentials are powers of two.
struct WholeLogits {
  float factor;
  float bias[8][4];
  uint32_t cutDown;    // bit 4·n + e: query and key are on different sides of the cut through the last row of windows
  uint32_t cutAcross;  // of the last column

  // `places`: of each token its place in the bias table, times four, and on which sides of the two cuts it is. Filled here;
  // begins and ends with a barrier.
  DEVICE WholeLogits(const WindowAttention& o, const WholeBlock& block, int* places) {
    const int tokens = o.tokens();
    if (threadIdx.x < WHOLE_TOKENS) {
      const int token = threadIdx.x < (unsigned)tokens ? threadIdx.x : 0;
      const int row = token / o.columns.window;
      const int column = token % o.columns.window;
      const int below = row >= o.rows.window - o.rows.shift ? 2 : 0;
      const int behind = column >= o.columns.window - o.columns.shift ? 1 : 0;
      places[threadIdx.x] = (row * (2 * o.columns.window - 1) + column) * 4 + below + behind;
    }
    __syncthreads();
    factor = o.scale * LOG2_E;
    cutDown = 0;
    cutAcross = 0;
    const int query = block.warpRow + groupOfLane();
    const int own[2] = {places[query], places[query + 8]};
    const int centre = o.tableCentre();
    forEachElement<8>([&](int n, int e, int r, int column) {
      const int key = places[column];
      cutDown |= ((own[r] ^ key) >> 1 & 1) << (4 * n + e);
      cutAcross |= ((own[r] ^ key) & 1) << (4 * n + e);
      float value = 0.0f;
      if (o.biasTable != nullptr) {
        value = LOG2_E * o.biasTable[(long long)((own[r] >> 2) - (key >> 2) + centre) * o.heads + block.head];
      }
      bias[n][e] = column < tokens ? value : -INFINITY;
    });
    __syncthreads();
  }

  DEVICE void apply(float (&s)[8][4], bool isLastRow, bool isLastColumn) const {
    forEachElement<8>([&](int n, int e, int, int) { s[n][e] = fmaf(factor, s[n][e], bias[n][e]); });
    if (isLastRow || isLastColumn) {
      const uint32_t masked = (isLastRow ? cutDown : 0) | (isLastColumn ? cutAcross : 0);
      forEachElement<8>([&](int n, int e, int, int) {
        if (masked >> (4 * n + e) & 1) {
          s[n][e] += MASKED_LOGIT * LOG2_E;
        }
      });
    }
  }
};

// ---- forward ----------------------------------------------------------------------------------------------

// Grid: heads · runs of windows. Shared memory: two stages of the tiles q, k, v; a word for each token.
DEVICE void windowForwardWhole(
    const WindowAttention& o, const bf16* qkv, bf16* out, float* statistics, int windowsOfBlock) {
  constexpr int STAGE = 3 * WHOLE_TILE;
  bf16* stages = reinterpret_cast<bf16*>(dynamicShared);
  const WholeBlock block(o);
  const int channels = o.channels();
  const int firstWindow = blockIdx.x / o.heads * windowsOfBlock;
  const int lastWindow = min(firstWindow + windowsOfBlock, o.windows);
  WindowWalk walk(o, firstWindow, block.token);
  int source[2] = {walk.source(o, 0), walk.source(o, 1)};

  block.bring(stages, qkv, source, 3 * channels, channels, 3);
  copyAsyncCommit();
#pragma unroll
  for (int i = 0; i < 6; i++) {
    block.clearBeyond(stages + i * WHOLE_TILE);
  }
  const WholeLogits logits(o, block, reinterpret_cast<int*>(stages + 2 * STAGE));
  int stage = 0;
  for (int window = firstWindow; window < lastWindow; window++) {
    copyAsyncWait<0>();
    __syncthreads();  // everybody's rows are there, and nobody uses the other stage any more
    const int place[2] = {source[0], source[1]};
    const bool isLastRow = walk.isLastRow();
    const bool isLastColumn = walk.isLastColumn();
    if (window + 1 < lastWindow) {
      walk.next();
      source[0] = walk.source(o, 0);
      source[1] = walk.source(o, 1);
      block.bring(stages + (STAGE - stage), qkv, source, 3 * channels, channels, 3);
      copyAsyncCommit();
    }
    bf16* q = stages + stage;
    stage = STAGE - stage;

    float s[8][4];
    clear(s);
    block.multiplyByRows(s, q, q + WHOLE_TILE);
    logits.apply(s, isLastRow, isLastColumn);
    float maximum[2] = {-INFINITY, -INFINITY};
    forEachElement<8>([&](int n, int e, int r, int) { maximum[r] = fmaxf(maximum[r], s[n][e]); });
    maximum[0] = maxOverRow(maximum[0]);
    maximum[1] = maxOverRow(maximum[1]);
    float sum[2] = {0.0f, 0.0f};
    forEachElement<8>([&](int n, int e, int r, int) {
      s[n][e] = exp2Approximate(s[n][e] - maximum[r]);
      sum[r] += s[n][e];
    });
    sum[0] = sumOverRow(sum[0]);
    sum[1] = sumOverRow(sum[1]);
    uint32_t p[8][2];
    packScores(p, s);
    float result[4][4];
    clear(result);
    block.multiply(result, p, q + 2 * WHOLE_TILE);

    if (statistics != nullptr && columnOfLane() == 0) {
#pragma unroll
      for (int r = 0; r < 2; r++) {
        const int query = block.warpRow + groupOfLane() + 8 * r;
        if (query < o.tokens()) {
          float* to = statistics + (((long long)window * o.heads + block.head) * o.tokens() + query) * 2;
          to[0] = maximum[r] * LN_2;
          to[1] = sum[r];
        }
      }
    }
    const float inverse[2] = {1.0f / sum[0], 1.0f / sum[1]};
    forEachElement<4>([&](int n, int e, int r, int) { result[n][e] *= inverse[r]; });
    __syncwarp();  // all lanes have read the warp's rows as queries
    block.store(q, result, out, place, channels);
  }
}

// ---- backward ---------------------------------------------------------------------------------------------

// A lane's two rows of a window: what the forward pass kept of them, in units of log2.
struct WholeStatistics {
  float maximum[2];     // ∞ for rows beyond the window, which makes their probabilities 0
  float inverseSum[2];

  DEVICE WholeStatistics(const WindowAttention& o, const WholeBlock& block, const float* statistics, int window) {
#pragma unroll
    for (int r = 0; r < 2; r++) {
      const int query = block.warpRow + groupOfLane() + 8 * r;
      const bool exists = query < o.tokens();
      const long long place = (((long long)window * o.heads + block.head) * o.tokens() + query) * 2;
      maximum[r] = exists ? statistics[place] * LOG2_E : INFINITY;
      inverseSum[r] = exists ? 1.0f / statistics[place + 1] : 0.0f;
    }
  }
};

// Stores the warp's rows of probabilities, or of their gradients, in a tile of them.
DEVICE void storeScores(bf16* tile, const WholeBlock& block, const uint32_t (&packed)[8][2]) {
  const int row = block.warpRow + groupOfLane();
#pragma unroll
  for (int n = 0; n < 8; n++) {
    bf16* pair = tile + scoreAt(row, n) + columnOfLane();
    *reinterpret_cast<uint32_t*>(pair) = packed[n][0];
    *reinterpret_cast<uint32_t*>(pair + 8 * WHOLE_TOKENS) = packed[n][1];
  }
}

// Grid: heads · runs of windows. Shared memory: two stages of the tiles q, k, v and dO; probabilities and gradients of the
// logits; a word for each token.
DEVICE void windowBackwardWhole(const WindowAttention& o, const WindowGradients<bf16>& g) {
  constexpr int STAGE = 4 * WHOLE_TILE;
  bf16* stages = reinterpret_cast<bf16*>(dynamicShared);
  bf16* probabilities = stages + 2 * STAGE;
  bf16* gradients = probabilities + WHOLE_SCORES;
  const WholeBlock block(o);
  const int channels = o.channels();
  const int part = blockIdx.x / o.heads;
  const int firstWindow = part * g.windowsOfBlock;
  const int lastWindow = min(firstWindow + g.windowsOfBlock, o.windows);
  WindowWalk walk(o, firstWindow, block.token);
  int source[2] = {walk.source(o, 0), walk.source(o, 1)};
  auto bring = [&](bf16* tiles) {
    block.bring(tiles, g.qkv, source, 3 * channels, channels, 3);
    block.bring(tiles + 3 * WHOLE_TILE, g.dOut, source, channels, 0, 1);
    copyAsyncCommit();
  };

  bring(stages);
#pragma unroll
  for (int i = 0; i < 8; i++) {
    block.clearBeyond(stages + i * WHOLE_TILE);
  }
  const WholeLogits logits(o, block, reinterpret_cast<int*>(gradients + WHOLE_SCORES));
  float biasSum[8][4];
  clear(biasSum);
  int stage = 0;
  for (int window = firstWindow; window < lastWindow; window++) {
    const WholeStatistics kept(o, block, g.statistics, window);
    copyAsyncWait<0>();
    __syncthreads();  // everybody's rows are there, and nobody uses the other stage or the probabilities any more
    const int place[2] = {source[0], source[1]};
    const bool isLastRow = walk.isLastRow();
    const bool isLastColumn = walk.isLastColumn();
    if (window + 1 < lastWindow) {
      walk.next();
      source[0] = walk.source(o, 0);
      source[1] = walk.source(o, 1);
      bring(stages + (STAGE - stage));
    }
    bf16* q = stages + stage;
    bf16* k = q + WHOLE_TILE;
    bf16* v = k + WHOLE_TILE;
    bf16* dOut = v + WHOLE_TILE;
    stage = STAGE - stage;

    float p[8][4];
    clear(p);
    block.multiplyByRows(p, q, k);
    logits.apply(p, isLastRow, isLastColumn);
    forEachElement<8>([&](int n, int e, int r, int) {
      p[n][e] = exp2Approximate(p[n][e] - kept.maximum[r]) * kept.inverseSum[r];
    });
    float dL[8][4];
    clear(dL);
    block.multiplyByRows(dL, dOut, v);
    float d[2] = {0.0f, 0.0f};
    addCorrelation(d, p, dL);
    d[0] = sumOverRow(d[0]);
    d[1] = sumOverRow(d[1]);
    makeLogitGradients(dL, p, d);
    forEachElement<8>([&](int n, int e, int, int) { biasSum[n][e] += dL[n][e]; });
    uint32_t packed[8][2];
    packScores(packed, p);
    storeScores(probabilities, block, packed);
    packScores(packed, dL);
    storeScores(gradients, block, packed);
    float dQ[4][4];
    float dK[4][4];
    float dV[4][4];
    clear(dQ);
    clear(dK);
    clear(dV);
    block.multiply(dQ, packed, k);
    __syncthreads();  // all warps' probabilities are there
    block.multiplyTransposed(dK, gradients, q);
    block.multiplyTransposed(dV, probabilities, dOut);
    __syncthreads();  // q, k and v are no operands any more
    forEachElement<4>([&](int n, int e, int, int) {
      dQ[n][e] *= o.scale;
      dK[n][e] *= o.scale;
    });
    block.store(q, dQ, g.dQkv, place, 3 * channels);
    block.store(k, dK, g.dQkv + channels, place, 3 * channels);
    block.store(v, dV, g.dQkv + 2 * channels, place, 3 * channels);
  }
  if (g.biasParts != nullptr) {
    storeBiasPart(biasSum, o, g.biasParts, part, block.head, 0, block.warpRow + groupOfLane(), 0);
  }
}
