// What is left to sum of float32's gradients that all windows share, after the kernels of windowAttentionBackward.cuh and
// …Large.cuh: one thread for each sum, in the processor's order. `reduce.cu` then adds the parts, the sums of windowsOfSum
// windows each.
#pragma once
#include "elementary.cuh"
#include "windowAttention.cuh"

// A part's gradient of the bias table, parts [parts, tableRows, heads], from that of its matrix [parts, heads, tokens, tokens]:
// over keys in ascending order; a key has one query, or none, of a relative position.
DEVICE void tableParts(
    int parts, int heads, int windowHeight, int windowWidth, const float* __restrict__ matrices, float* __restrict__ tables) {
  const int tableColumns = 2 * windowWidth - 1;
  const int elements = (2 * windowHeight - 1) * tableColumns * heads;
  const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= (long long)parts * elements) {
    return;
  }
  const int element = (int)(i % elements);
  const int head = element % heads;
  const int index = element / heads;
  const int down = index / tableColumns - (windowHeight - 1);
  const int right = index % tableColumns - (windowWidth - 1);
  const int tokens = windowHeight * windowWidth;
  const float* matrix = matrices + (i / elements * heads + head) * tokens * tokens;
  float sum = 0.0f;
  for (int row = max(0, -down); row < windowHeight - max(0, down); row++) {
    for (int column = max(0, -right); column < windowWidth - max(0, right); column++) {
      const int key = row * windowWidth + column;
      const int query = key + down * windowWidth + right;
      sum = plus(sum, matrix[(long long)query * tokens + key]);
    }
  }
  tables[i] = sum;
}

// Of each window and head, sums [windows, heads], from the products of rows with their gradients [windows, heads, tokens].
DEVICE void scaleSums(long long count, int tokens, const float* __restrict__ dots, float* __restrict__ sums) {
  const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= count) {
    return;
  }
  const float* ofWindow = dots + i * tokens;
  float sum = 0.0f;
#pragma unroll 4
  for (int t = 0; t < tokens; t++) {
    sum = plus(sum, ofWindow[t]);
  }
  sums[i] = sum;
}

// parts [parts, heads] from those.
DEVICE void scaleParts(
    int windows, int heads, int windowsOfSum, const float* __restrict__ sums, float* __restrict__ parts) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  const int first = i / heads * windowsOfSum;
  if (first >= windows) {
    return;
  }
  float sum = 0.0f;
  for (int window = first; window < min(first + windowsOfSum, windows); window++) {
    sum = plus(sum, sums[(long long)window * heads + i % heads]);
  }
  parts[i] = sum;
}

// parts [parts, 3·channels] from the rows [windows, tokens, 3·channels] of which only the padded tokens' are there.
DEVICE void paddedParts(const WindowAttention& o, int windowsOfSum, const float* __restrict__ rows, float* parts) {
  const int columns = 3 * o.channels();
  const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  const int column = (int)(i % columns);
  const long long first = i / columns * windowsOfSum;
  if (first >= o.windows) {
    return;
  }
  float sum = 0.0f;
  for (int window = (int)first; window < min((int)first + windowsOfSum, o.windows); window++) {
    const float* ofWindow = rows + (long long)window * o.tokens() * columns + column;
    const int windowOfImage = window % (o.rows.windows() * o.columns.windows());
    const int top = windowOfImage / o.columns.windows() * o.rows.window;
    const int left = windowOfImage % o.columns.windows() * o.columns.window;
#pragma unroll 1
    for (int y = 0; y < o.rows.window; y++) {
      const bool isRowPadded = o.rows.source(top + y) >= o.rows.size;
#pragma unroll 1
      for (int x = 0; x < o.columns.window; x++) {
        if (isRowPadded || o.columns.source(left + x) >= o.columns.size) {
          sum = plus(sum, ofWindow[(long long)(y * o.columns.window + x) * columns]);
        }
      }
    }
  }
  parts[i] = sum;
}
