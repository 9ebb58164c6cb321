// Attention family: softmax(q·kᵀ)·v with nothing of size tokens² in memory, and its gradients.
#include "globalAttention.cuh"
#include "globalAttentionFloat32.cuh"
#include "windowAttention.cuh"
#include "windowAttentionBackward.cuh"
#include "windowAttentionBackwardLarge.cuh"
#include "windowAttentionFloat32.cuh"
#include "windowAttentionSums.cuh"
#include "windowAttentionWhole.cuh"

WINDOW_FORWARD_FLOAT32_KERNEL(32)
WINDOW_FORWARD_FLOAT32_KERNEL(64)
WINDOW_FORWARD_FLOAT32_KERNEL(128)
WINDOW_FORWARD_KERNEL(bf16, bf16, 32)
WINDOW_FORWARD_KERNEL(bf16, bf16, 64)
WINDOW_FORWARD_KERNEL(bf16, bf16, 128)

#define WINDOW_KERNELS(T, suffix, head)                          \
  WINDOW_BACKWARD_KERNEL(windowBackwardQueries, T, suffix, head) \
  WINDOW_BACKWARD_KERNEL(windowBackwardKeys, T, suffix, head)    \
  WINDOW_BACKWARD_KERNEL(windowBackwardBias, T, suffix, head)

WINDOW_KERNELS(float, f32, 32)
WINDOW_KERNELS(float, f32, 64)
WINDOW_KERNELS(float, f32, 128)
WINDOW_KERNELS(bf16, bf16, 32)
WINDOW_KERNELS(bf16, bf16, 64)
WINDOW_KERNELS(bf16, bf16, 128)

// Heads of 128 would not leave enough registers for the sums of everything; they take the kernels for larger
// windows.
WINDOW_BACKWARD_KERNEL(windowBackward, float, f32, 32)
WINDOW_BACKWARD_KERNEL(windowBackward, float, f32, 64)
WINDOW_BACKWARD_KERNEL(windowBackward, bf16, bf16, 32)
WINDOW_BACKWARD_KERNEL(windowBackward, bf16, bf16, 64)

extern "C" __global__ void __launch_bounds__(WHOLE_THREADS, 4) windowForwardWhole32_bf16(
    WINDOW_ATTENTION_PARAMETERS, const bf16* qkv, bf16* out, float* statistics, int windowsOfBlock) {
  windowForwardWhole(WINDOW_ATTENTION, qkv, out, statistics, windowsOfBlock);
}
KERNEL(windowForwardWhole32_bf16)

extern "C" __global__ void __launch_bounds__(WHOLE_THREADS, 2) windowBackwardWhole32_bf16(
    WINDOW_ATTENTION_PARAMETERS, WINDOW_GRADIENT_PARAMETERS(bf16)) {
  windowBackwardWhole(WINDOW_ATTENTION, WINDOW_GRADIENTS(bf16));
}
KERNEL(windowBackwardWhole32_bf16)

extern "C" __global__ void __launch_bounds__(TABLE_WARPS* LANES_OF_A_WARP) windowTableGradient(
    int count, const LaunchTable<TableOfMatrix> tables) {
  const TableOfMatrix table = tables.of[pieceOf(tables, count, blockIdx.x)];
  gatherTableGradient(table, blockIdx.x - table.firstBlock);
}
KERNEL(windowTableGradient)

extern "C" __global__ void __launch_bounds__(256) windowTableParts_f32(
    int parts, int heads, int windowHeight, int windowWidth, const float* matrices, float* tables) {
  tableParts(parts, heads, windowHeight, windowWidth, matrices, tables);
}
KERNEL(windowTableParts_f32)

extern "C" __global__ void __launch_bounds__(256) windowScaleSums_f32(
    long long count, int tokens, const float* dots, float* sums) {
  scaleSums(count, tokens, dots, sums);
}
KERNEL(windowScaleSums_f32)

extern "C" __global__ void __launch_bounds__(256) windowScaleParts_f32(
    int windows, int heads, int windowsOfSum, const float* sums, float* parts) {
  scaleParts(windows, heads, windowsOfSum, sums, parts);
}
KERNEL(windowScaleParts_f32)

extern "C" __global__ void __launch_bounds__(256) windowPaddedParts_f32(
    WINDOW_ATTENTION_PARAMETERS, const float* rows, float* parts, int windowsOfSum) {
  paddedParts(WINDOW_ATTENTION, windowsOfSum, rows, parts);
}
KERNEL(windowPaddedParts_f32)

GLOBAL_DELTA_KERNEL(float, f32)
GLOBAL_DELTA_KERNEL(bf16, bf16)

#define GLOBAL_KERNELS(head)                \
  GLOBAL_FORWARD_FLOAT32_KERNEL(head)       \
  GLOBAL_FORWARD_KERNEL(bf16, bf16, head)   \
  GLOBAL_GRADIENT_KERNELS(float, f32, head) \
  GLOBAL_GRADIENT_KERNELS(bf16, bf16, head)

GLOBAL_KERNELS(32)
GLOBAL_KERNELS(64)
GLOBAL_KERNELS(128)
