// A stand-in for libcudnn.so.9: the convolution in its three directions and softmax, as far as the engine calls them, with the
// checks of their documentation, computed plainly. Each is work in the handle's stream, in which it may be captured.
#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "library.h"

using namespace library;

namespace {

enum Status { SUCCESS = 0, NOT_INITIALIZED = 1001, BAD_PARAM = 2000, NOT_SUPPORTED = 3000, EXECUTION_FAILED = 5000 };
enum Type { FLOAT32 = 0, BF16 = 9 };
constexpr int DEFAULT_MATH = 0, TENSOR_OP_MATH = 1, FMA_MATH = 3;  // the default: float32 may be rounded to TF32
constexpr size_t WORKSPACE = 4096;  // what each algorithm claims to need

struct Handle {
  void* stream = nullptr;
};

struct Tensor {
  int type = -1, size[4] = {}, stride[4] = {};  // n, c, h, w
  int64_t elements() const {
    int64_t last = 1;
    for (int i = 0; i < 4; i++) {
      last += int64_t{size[i] - 1} * stride[i];
    }
    return last;
  }
  int64_t at(int n, int c, int h, int w) const {
    return int64_t{n} * stride[0] + int64_t{c} * stride[1] + int64_t{h} * stride[2] + int64_t{w} * stride[3];
  }
};

struct Filter {
  int type = -1, size[4] = {};  // k, c, h, w; dense
  int64_t elements() const { return int64_t{size[0]} * size[1] * size[2] * size[3]; }
  int64_t at(int k, int c, int h, int w) const {
    return ((int64_t{k} * size[1] + c) * size[2] + h) * size[3] + w;
  }
};

struct Convolution {
  int stride[2] = {}, math = 0, mode = -1, compute = -1;
};

std::set<Handle*>& handles() {
  static auto* all = new std::set<Handle*>;
  return *all;
}

int refuse(int status, const std::string& sentence) {
  fprintf(stderr, "stand-in of cuDNN: %s\n", sentence.c_str());
  return status;
}

// What the three directions have in common.
int check(Handle* handle, const float* alpha, const float* beta, const Tensor* x, const void* pixels, const Filter* w,
          const void* weights, const Tensor* y, const void* tokens, const Convolution* how, void* workspace, size_t bytes) {
  if (handles().count(handle) == 0 || handle->stream == nullptr) {
    return refuse(NOT_INITIALIZED, "the handle is none, or has no stream");
  }
  bool half = x->type == BF16;
  if (x->type != w->type || x->type != y->type || (!half && x->type != FLOAT32) || how->compute != FLOAT32
      || (how->math != (half ? TENSOR_OP_MATH : FMA_MATH) && (half || how->math != DEFAULT_MATH)) || how->mode != 1) {
    return refuse(NOT_SUPPORTED, "types, mode or arithmetic");
  }
  bool sizesFit = y->size[0] == x->size[0] && y->size[1] == w->size[0] && x->size[1] == w->size[1];
  for (int i = 0; i < 2; i++) {
    sizesFit = sizesFit && how->stride[i] > 0 && y->size[2 + i] == (x->size[2 + i] - w->size[2 + i]) / how->stride[i] + 1;
  }
  if (!sizesFit || *alpha != 1 || (*beta != 0 && *beta != 1)) {
    return refuse(BAD_PARAM, "sizes or factors");
  }
  if (!isDevice(pixels, x->elements(), half) || !isDevice(weights, w->elements(), half)
      || !isDevice(tokens, y->elements(), half) || bytes < WORKSPACE || emulatorIsDevice(workspace, bytes) != 0) {
    return refuse(BAD_PARAM, "an operand or the workspace is not in device memory");
  }
  return SUCCESS;
}

// Calls body(pixel, weight, token) with the places of each term of the sums.
template <typename Body>
void terms(const Tensor& x, const Filter& w, const Tensor& y, const Convolution& how, Body body) {
  for (int n = 0; n < y.size[0]; n++) {
    for (int k = 0; k < y.size[1]; k++) {
      for (int row = 0; row < y.size[2]; row++) {
        for (int column = 0; column < y.size[3]; column++) {
          for (int c = 0; c < w.size[1]; c++) {
            for (int i = 0; i < w.size[2]; i++) {
              for (int j = 0; j < w.size[3]; j++) {
                body(x.at(n, c, row * how.stride[0] + i, column * how.stride[1] + j), w.at(k, c, i, j),
                     y.at(n, k, row, column));
              }
            }
          }
        }
      }
    }
  }
}

int add(Handle* handle, const char* name, std::vector<float> sums, void* out, bool half, float beta, auto compute) {
  return enqueue(handle->stream, name, [=]() mutable {
    std::fill(sums.begin(), sums.end(), 0.0f);
    std::vector<char> written(sums.size());
    compute(sums, written);
    for (size_t i = 0; i < sums.size(); i++) {
      if (written[i]) {
        store(out, half, i, sums[i] + (beta == 0 ? 0 : load(out, half, i)));
      }
    }
  }) == 0 ? SUCCESS : EXECUTION_FAILED;
}

}  // namespace

EXPORT size_t cudnnGetVersion() { return 90500; }
EXPORT const char* cudnnGetErrorString(int status) { return status == SUCCESS ? "SUCCESS" : "refused by the stand-in"; }

EXPORT int cudnnCreate(Handle** handle) {
  *handle = new Handle;
  handles().insert(*handle);
  return SUCCESS;
}

EXPORT int cudnnDestroy(Handle* handle) {
  if (handles().erase(handle) == 0) {
    return NOT_INITIALIZED;
  }
  delete handle;
  return SUCCESS;
}

EXPORT int cudnnSetStream(Handle* handle, void* stream) {
  handle->stream = stream;
  return SUCCESS;
}

EXPORT int cudnnCreateTensorDescriptor(Tensor** x) { return *x = new Tensor, SUCCESS; }
EXPORT int cudnnDestroyTensorDescriptor(Tensor* x) { return delete x, SUCCESS; }
EXPORT int cudnnCreateFilterDescriptor(Filter** x) { return *x = new Filter, SUCCESS; }
EXPORT int cudnnDestroyFilterDescriptor(Filter* x) { return delete x, SUCCESS; }
EXPORT int cudnnCreateConvolutionDescriptor(Convolution** x) { return *x = new Convolution, SUCCESS; }
EXPORT int cudnnDestroyConvolutionDescriptor(Convolution* x) { return delete x, SUCCESS; }

EXPORT int cudnnSetTensor4dDescriptorEx(Tensor* x, int type, int n, int c, int h, int w, int sn, int sc, int sh, int sw) {
  *x = {type, {n, c, h, w}, {sn, sc, sh, sw}};
  return std::min({n, c, h, w, sn, sc, sh, sw}) > 0 ? SUCCESS : refuse(BAD_PARAM, "a tensor's size or stride");
}

EXPORT int cudnnSetFilter4dDescriptor(Filter* x, int type, int format, int k, int c, int h, int w) {
  *x = {type, {k, c, h, w}};
  return format == 0 && std::min({k, c, h, w}) > 0 ? SUCCESS : refuse(BAD_PARAM, "a filter's format or size");
}

EXPORT int cudnnSetConvolution2dDescriptor(Convolution* x, int padH, int padW, int strideH, int strideW, int dilationH,
                                           int dilationW, int mode, int compute) {
  *x = {{strideH, strideW}, 0, mode, compute};
  bool known = padH == 0 && padW == 0 && dilationH == 1 && dilationW == 1;
  return known ? SUCCESS : refuse(NOT_SUPPORTED, "padding or dilation");
}

EXPORT int cudnnSetConvolutionMathType(Convolution* x, int math) {
  x->math = math;
  return SUCCESS;
}

EXPORT int cudnnGetConvolutionForwardWorkspaceSize(Handle*, Tensor*, Filter*, Convolution*, Tensor*, int, size_t* bytes) {
  return *bytes = WORKSPACE, SUCCESS;
}
EXPORT int cudnnGetConvolutionBackwardDataWorkspaceSize(Handle*, Filter*, Tensor*, Convolution*, Tensor*, int,
                                                        size_t* bytes) {
  return *bytes = WORKSPACE, SUCCESS;
}
EXPORT int cudnnGetConvolutionBackwardFilterWorkspaceSize(Handle*, Tensor*, Tensor*, Convolution*, Filter*, int,
                                                          size_t* bytes) {
  return *bytes = WORKSPACE, SUCCESS;
}

EXPORT int cudnnConvolutionForward(Handle* handle, const float* alpha, Tensor* x, const void* pixels, Filter* w,
                                   const void* weights, Convolution* how, int, void* workspace, size_t bytes,
                                   const float* beta, Tensor* y, void* tokens) {
  int status = check(handle, alpha, beta, x, pixels, w, weights, y, tokens, how, workspace, bytes);
  return status != SUCCESS ? status
      : add(handle, "cudnnConvolutionForward", std::vector<float>(y->elements()), tokens, y->type == BF16, *beta,
            [x = *x, w = *w, y = *y, how = *how, pixels, weights](auto& sums, auto& written) {
              terms(x, w, y, how, [&](int64_t pixel, int64_t weight, int64_t token) {
                sums[token] += load(pixels, x.type == BF16, pixel) * load(weights, w.type == BF16, weight);
                written[token] = 1;
              });
            });
}

EXPORT int cudnnConvolutionBackwardData(Handle* handle, const float* alpha, Filter* w, const void* weights, Tensor* y,
                                        const void* tokens, Convolution* how, int, void* workspace, size_t bytes,
                                        const float* beta, Tensor* x, void* pixels) {
  int status = check(handle, alpha, beta, x, pixels, w, weights, y, tokens, how, workspace, bytes);
  return status != SUCCESS ? status
      : add(handle, "cudnnConvolutionBackwardData", std::vector<float>(x->elements()), pixels, x->type == BF16, *beta,
            [x = *x, w = *w, y = *y, how = *how, tokens, weights](auto& sums, auto& written) {
              std::fill(written.begin(), written.end(), 1);
              terms(x, w, y, how, [&](int64_t pixel, int64_t weight, int64_t token) {
                sums[pixel] += load(tokens, y.type == BF16, token) * load(weights, w.type == BF16, weight);
              });
            });
}

EXPORT int cudnnConvolutionBackwardFilter(Handle* handle, const float* alpha, Tensor* x, const void* pixels, Tensor* y,
                                          const void* tokens, Convolution* how, int, void* workspace, size_t bytes,
                                          const float* beta, Filter* w, void* weights) {
  int status = check(handle, alpha, beta, x, pixels, w, weights, y, tokens, how, workspace, bytes);
  return status != SUCCESS ? status
      : add(handle, "cudnnConvolutionBackwardFilter", std::vector<float>(w->elements()), weights, w->type == BF16, *beta,
            [x = *x, w = *w, y = *y, how = *how, tokens, pixels](auto& sums, auto& written) {
              std::fill(written.begin(), written.end(), 1);
              terms(x, w, y, how, [&](int64_t pixel, int64_t weight, int64_t token) {
                sums[weight] += load(tokens, y.type == BF16, token) * load(pixels, x.type == BF16, pixel);
              });
            });
}

// The accurate one (1) over channels (mode 1) of tensors without height and width.
EXPORT int cudnnSoftmaxForward(Handle* handle, int algorithm, int mode, const float* alpha, Tensor* x, const void* from,
                               const float* beta, Tensor* y, void* to) {
  if (handles().count(handle) == 0 || handle->stream == nullptr) {
    return refuse(NOT_INITIALIZED, "the handle is none, or has no stream");
  }
  bool half = x->type == BF16;
  bool plain = x->size[2] == 1 && x->size[3] == 1 && x->type == y->type && std::equal(x->size, x->size + 4, y->size);
  if (algorithm != 1 || mode != 1 || *alpha != 1 || *beta != 0 || !plain || !isDevice(from, x->elements(), half)
      || !isDevice(to, y->elements(), half)) {
    return refuse(BAD_PARAM, "softmax");
  }
  auto body = [x = *x, y = *y, from, to, half] {
    for (int n = 0; n < x.size[0]; n++) {
      float most = -INFINITY;
      double sum = 0;  // for the tree of the real one
      for (int c = 0; c < x.size[1]; c++) {
        most = std::max(most, load(from, half, x.at(n, c, 0, 0)));
      }
      for (int c = 0; c < x.size[1]; c++) {
        sum += std::exp(load(from, half, x.at(n, c, 0, 0)) - most);
      }
      for (int c = 0; c < x.size[1]; c++) {
        store(to, half, y.at(n, c, 0, 0), static_cast<float>(std::exp(load(from, half, x.at(n, c, 0, 0)) - most) / sum));
      }
    }
  };
  return enqueue(handle->stream, "cudnnSoftmaxForward", body) == 0 ? SUCCESS : EXECUTION_FAILED;
}
