// Attention family: softmax(q·kᵀ)·v with nothing of size tokens² in memory, and its gradients.
#include "windowAttention.cuh"

#define WINDOW_KERNELS(head)                \
  WINDOW_FORWARD_KERNEL(float, f32, head)   \
  WINDOW_FORWARD_KERNEL(bf16, bf16, head)

WINDOW_KERNELS(16)
WINDOW_KERNELS(32)
WINDOW_KERNELS(64)
WINDOW_KERNELS(128)
