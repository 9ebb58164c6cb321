// Attention among all tokens in float32: globalAttention.cuh's tiles, with the processor's order of every sum
// (attentionFloat32.cuh). The processor looks at 128 keys together; so the tiles of 128 keys stream past twice, for their
// maxima first. The backward pass is globalAttention.cuh's own, but for D.
#pragma once
#include "globalAttention.cuh"

// Keys whose maximum is taken together; GlobalAttentionHead.java has the same number.
constexpr int KEYS_TOGETHER = 128;

template <int HEAD>
DEVICE void globalForwardFloat32(const GlobalAttention& o, const float* qkv, float* out, float* statistics) {
  using Block = GlobalBlock<float, HEAD>;
  constexpr int TILE = Block::TILE;
  constexpr int ROW = Block::ROW;
  constexpr int N = TILE / 8;
  static_assert(KEYS_TOGETHER % TILE == 0, "whole tiles");
  float* q = reinterpret_cast<float*>(dynamicShared);
  float* k = q + TILE * ROW;
  float* v = k + TILE * ROW;
  float* room = v + TILE * ROW;

  const GlobalPlace place = GlobalPlace::of<TILE>(o);
  const int rowLength = 3 * o.channels();
  const float* head = qkv + place.start(o, rowLength);
  const bool sixteen = startsOnSixteen(qkv, o.headDim) && startsOnSixteen(out, o.headDim);
  const int warpRow = threadIdx.x / LANES_OF_A_WARP * WARP_ROWS;
  const int rowsThere = o.tokens - place.first - warpRow;

  loadTokens<float, HEAD, TILE>(q, head, rowLength, place.first, o, sixteen);
  float result[HEAD / 8][4];
  clear(result);
  SoftmaxRows softmax;
  for (int together = 0; together < o.tokens; together += KEYS_TOGETHER) {
    const int end = min(together + KEYS_TOGETHER, o.tokens);
    const float before[2] = {softmax.maximum[0], softmax.maximum[1]};
    for (int pass = end - together > TILE ? 0 : 1; pass < 2; pass++) {
      const bool findsMaximum = pass == 0 || end - together <= TILE;
      for (int keyFirst = together; keyFirst < end; keyFirst += TILE) {
        const int keys = min(TILE, end - keyFirst);
        __syncthreads();  // all warps are done with the tiles before
        loadTokens<float, HEAD, TILE>(k, head + o.channels(), rowLength, keyFirst, o, sixteen);
        if (pass == 1) {
          loadTokens<float, HEAD, TILE>(v, head + 2 * o.channels(), rowLength, keyFirst, o, sixteen);
        }
        copyAsyncCommit();
        copyAsyncWait<0>();
        __syncthreads();
        if (rowsThere <= 0) {
          continue;
        }
        float s[N][4];
        clear(s);
        multiplyScaledByRows<HEAD>(s, o.scale, q + warpRow * ROW, ROW, k, ROW, keys);
        forEachElement<N>([&](int n, int e, int, int column) { s[n][e] = column < keys ? s[n][e] : -INFINITY; });
        if (findsMaximum) {
          addToMaximum(s, softmax);
        }
        if (pass == 1) {
          if (keyFirst == together && together > 0) {
            // What was summed with a smaller maximum is scaled down to the new one.
            const float first = exponentialOf(plus(before[0], -softmax.maximum[0]));
            const float second = exponentialOf(plus(before[1], -softmax.maximum[1]));
            softmax.sum[0] = times(softmax.sum[0], first);
            softmax.sum[1] = times(softmax.sum[1], second);
            multiplyRows(result, first, second);
          }
          addExponentials(result, s, softmax, room + warpRow * Block::SCORE_ROW, Block::SCORE_ROW, v, ROW, keys);
        }
      }
    }
  }
  if (rowsThere <= 0) {
    return;
  }
  if (statistics != nullptr) {
    keepRows(statistics + 2 * (place.row(o) + place.first + warpRow), softmax, rowsThere);
  }
  multiplyRows(result, 1.0f / softmax.sum[0], 1.0f / softmax.sum[1]);
  storeResult<float, HEAD>(
      q + warpRow * ROW, result, out + place.start(o, o.channels()), o.channels(), place.first + warpRow, o, sixteen);
}

// D of each row, by one thread: channel after channel.
DEVICE void globalDelta(const GlobalAttention& o, int rows, const float* out, const float* dOut, float* delta) {
  const long long row = (long long)blockIdx.x * blockDim.x + threadIdx.x;  // of [sequence, head, token]
  if (row >= rows) {
    return;
  }
  const int head = (int)row / o.tokens;
  const long long token = (long long)(head / o.heads) * o.tokens + (int)row % o.tokens;
  const long long start = token * o.channels() + head % o.heads * o.headDim;
  float sum = 0.0f;
  if (startsOnSixteen(out, o.headDim) && startsOnSixteen(dOut, o.headDim)) {
#pragma unroll 4
    for (int channel = 0; channel < o.headDim; channel += 4) {
      sum = dotFour(
          *reinterpret_cast<const float4*>(out + start + channel), *reinterpret_cast<const float4*>(dOut + start + channel),
          sum);
    }
  } else {
    for (int channel = 0; channel < o.headDim; channel++) {
      sum = fmaf(out[start + channel], dOut[start + channel], sum);
    }
  }
  delta[row] = sum;
}

// With a number of blocks for a multiprocessor: without one the assembler stops at 96 registers, and spills.
#define GLOBAL_FORWARD_FLOAT32_KERNEL(head)                                                                    \
  extern "C" __global__ void __launch_bounds__(GlobalBlock<float, head>::THREADS, 4)                           \
      globalForward##head##_f32(                                                                               \
          int tokens, int heads, int headDim, float scale, const float* qkv, float* out, float* statistics) {  \
    globalForwardFloat32<head>(GlobalAttention{tokens, heads, headDim, scale}, qkv, out, statistics);          \
  }                                                                                                            \
  KERNEL(globalForward##head##_f32)
