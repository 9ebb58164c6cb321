// A stand-in for libcublas.so.12: the functions that the engine calls, with the checks of their documentation, computed plainly in
// the order of k. A product is work in the handle's stream, in which it may be captured.
#include <bit>
#include <set>

#include "library.h"

using namespace library;

namespace {

enum Status { SUCCESS = 0, NOT_INITIALIZED = 1, INVALID_VALUE = 7, EXECUTION_FAILED = 13, NOT_SUPPORTED = 15 };
enum Type { FLOAT32 = 0, BF16 = 14 };
constexpr int COMPUTE_32F = 68, COMPUTE_32F_FAST_TF32 = 77;
constexpr int TF32 = 3;  // of a math mode

struct Handle {
  void* stream = nullptr;
  void* workspace = nullptr;
  int mathMode = 0;
};

std::set<Handle*>& handles() {
  static auto* all = new std::set<Handle*>;
  return *all;
}

bool isHandle(Handle* handle) { return handles().count(handle) != 0; }

int refuse(int status, const std::string& sentence) {
  fprintf(stderr, "stand-in of cuBLAS: %s\n", sentence.c_str());
  return status;
}

struct Product {
  bool transposeA, transposeB;
  int m, n, k;
  float alpha, beta;
  const void* a;
  bool halfA;
  int lda;
  long long strideA;
  const void* b;
  bool halfB;
  int ldb;
  long long strideB;
  void* c;
  bool halfC;
  int ldc;
  long long strideC;
  int batches;
  bool tensorFloat = false;

  float operand(const void* x, bool half, int64_t at) const {
    float value = load(x, half, at);
    return tensorFloat ? std::bit_cast<float>((std::bit_cast<uint32_t>(value) + 0x1000) & ~0x1fffu) : value;
  }

  void operator()() const {
    for (int batch = 0; batch < batches; batch++) {
      for (int column = 0; column < n; column++) {
        for (int row = 0; row < m; row++) {
          float sum = 0;
          for (int i = 0; i < k; i++) {
            float left = operand(a, halfA, batch * strideA + (transposeA ? int64_t{row} * lda + i : int64_t{i} * lda + row));
            float right =
                operand(b, halfB, batch * strideB + (transposeB ? int64_t{i} * ldb + column : int64_t{column} * ldb + i));
            sum += left * right;
          }
          int64_t at = batch * strideC + int64_t{column} * ldc + row;
          float old = beta == 0 ? 0 : beta * load(c, halfC, at);  // beta 0 does not read
          store(c, halfC, at, alpha * sum + old);
        }
      }
    }
  }
};

// An operand of `rows` × `columns` in columns `ld` apart.
bool fits(const void* x, bool half, int64_t rows, int64_t columns, int ld, long long stride, int batches) {
  return rows <= ld && isDevice(x, (batches - 1) * stride + (columns - 1) * ld + rows, half);
}

int multiply(Handle* handle, Product p, int typeA, int typeB, int typeC, int compute) {
  if (!isHandle(handle)) {
    return refuse(NOT_INITIALIZED, "the handle is none");
  }
  if (handle->stream == nullptr || handle->workspace == nullptr) {
    return refuse(NOT_INITIALIZED, "a product without a stream and a workspace of the engine's");
  }
  if (typeA != typeB || (typeA != FLOAT32 && typeA != BF16) || (typeC != typeA && typeC != FLOAT32)
      || (compute != COMPUTE_32F && (compute != COMPUTE_32F_FAST_TF32 || typeA != FLOAT32)) || (handle->mathMode & 15) == TF32) {
    return refuse(NOT_SUPPORTED, "types " + std::to_string(typeA) + ", " + std::to_string(typeB) + " and "
                                     + std::to_string(typeC) + ", compute type " + std::to_string(compute));
  }
  if (p.m < 1 || p.n < 1 || p.k < 1 || p.batches < 1 || (p.batches > 1 && p.strideC == 0)) {
    return refuse(INVALID_VALUE, "sizes " + std::to_string(p.m) + ", " + std::to_string(p.n) + ", " + std::to_string(p.k));
  }
  p.halfA = typeA == BF16;
  p.halfB = typeB == BF16;
  p.halfC = typeC == BF16;
  p.tensorFloat = compute == COMPUTE_32F_FAST_TF32;
  if (!fits(p.a, p.halfA, p.transposeA ? p.k : p.m, p.transposeA ? p.m : p.k, p.lda, p.strideA, p.batches)
      || !fits(p.b, p.halfB, p.transposeB ? p.n : p.k, p.transposeB ? p.k : p.n, p.ldb, p.strideB, p.batches)
      || !fits(p.c, p.halfC, p.m, p.n, p.ldc, p.strideC, p.batches)) {
    return refuse(INVALID_VALUE, "an operand is not in device memory, or longer than its leading dimension");
  }
  return enqueue(handle->stream, "cublasGemmEx", p) == 0 ? SUCCESS : EXECUTION_FAILED;
}

}  // namespace

EXPORT int cublasCreate_v2(Handle** handle) {
  *handle = new Handle;
  handles().insert(*handle);
  return SUCCESS;
}

EXPORT int cublasDestroy_v2(Handle* handle) {
  if (handles().erase(handle) == 0) {
    return NOT_INITIALIZED;
  }
  delete handle;
  return SUCCESS;
}

EXPORT int cublasSetStream_v2(Handle* handle, void* stream) {
  if (!isHandle(handle)) {
    return NOT_INITIALIZED;
  }
  handle->stream = stream;
  handle->workspace = nullptr;  // as documented: back to the default one
  return SUCCESS;
}

EXPORT int cublasSetWorkspace_v2(Handle* handle, void* workspace, size_t bytes) {
  if (!isHandle(handle)) {
    return NOT_INITIALIZED;
  }
  if (reinterpret_cast<uintptr_t>(workspace) % 256 != 0 || emulatorIsDevice(workspace, bytes) != 0) {
    return refuse(INVALID_VALUE, "the workspace is not aligned device memory");
  }
  handle->workspace = workspace;
  return SUCCESS;
}

EXPORT int cublasSetMathMode(Handle* handle, int mode) {
  if (!isHandle(handle)) {
    return NOT_INITIALIZED;
  }
  handle->mathMode = mode;
  return SUCCESS;
}

EXPORT int cublasGetProperty(int which, int* value) {
  const int version[] = {12, 6, 4};
  *value = which >= 0 && which < 3 ? version[which] : -1;
  return which >= 0 && which < 3 ? SUCCESS : INVALID_VALUE;
}

EXPORT int cublasGemmEx(Handle* handle, int opA, int opB, int m, int n, int k, const float* alpha, const void* a, int typeA,
                        int lda, const void* b, int typeB, int ldb, const float* beta, void* c, int typeC, int ldc,
                        int compute, int) {
  Product p{opA != 0, opB != 0, m, n, k, *alpha, *beta, a, false, lda, 0, b, false, ldb, 0, c, false, ldc, 0, 1};
  return multiply(handle, p, typeA, typeB, typeC, compute);
}

EXPORT int cublasGemmStridedBatchedEx(Handle* handle, int opA, int opB, int m, int n, int k, const float* alpha,
                                      const void* a, int typeA, int lda, long long strideA, const void* b, int typeB, int ldb,
                                      long long strideB, const float* beta, void* c, int typeC, int ldc, long long strideC,
                                      int batches, int compute, int) {
  Product p{opA != 0, opB != 0, m, n, k, *alpha, *beta, a, false, lda, strideA, b, false, ldb, strideB, c, false, ldc, strideC,
            batches};
  return multiply(handle, p, typeA, typeB, typeC, compute);
}
