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

// parts [parts, heads] from the products of rows with their gradients, [windows, heads, tokens]: a window's first.
DEVICE void scaleParts(int windows, int heads, int tokens, int windowsOfSum, const float* __restrict__ dots, float* parts) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  const int first = i / heads * windowsOfSum;
  if (first >= windows) {
    return;
  }
  float sum = 0.0f;
  for (int window = first; window < min(first + windowsOfSum, windows); window++) {
    const float* ofWindow = dots + ((long long)window * heads + i % heads) * tokens;
    float share = 0.0f;
#pragma unroll 4
    for (int t = 0; t < tokens; t++) {
      share = plus(share, ofWindow[t]);
    }
    sum = plus(sum, share);
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
    for (int t = 0; t < o.tokens(); t++) {
      if (isPadded(o, window, t)) {
        sum = plus(sum, rows[((long long)window * o.tokens() + t) * columns + column]);
      }
    }
  }
  parts[i] = sum;
}
