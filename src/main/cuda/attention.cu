// Attention family: softmax(q·kᵀ)·v with nothing of size tokens² in memory, and its gradients.
#include "globalAttention.cuh"
#include "windowAttention.cuh"

#define WINDOW_KERNELS(head)                \
  WINDOW_FORWARD_KERNEL(float, f32, head)   \
  WINDOW_FORWARD_KERNEL(bf16, bf16, head)

WINDOW_KERNELS(16)
WINDOW_KERNELS(32)
WINDOW_KERNELS(64)
WINDOW_KERNELS(128)

GLOBAL_DELTA_KERNEL(float, f32)
GLOBAL_DELTA_KERNEL(bf16, bf16)

#define GLOBAL_KERNELS_OF(head)    \
  GLOBAL_KERNELS(float, f32, head) \
  GLOBAL_KERNELS(bf16, bf16, head)

GLOBAL_KERNELS_OF(16)
GLOBAL_KERNELS_OF(32)
GLOBAL_KERNELS_OF(64)
GLOBAL_KERNELS_OF(128)
