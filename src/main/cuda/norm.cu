// Norm family: layer normalisation of rows (Ba et al. 2016), y = (x − mean)·inverseDeviation·gamma + beta.
//
// A warp works on whole rows, half a one in float32's forward pass. Rows of up to 1024 columns stay in registers between the
// passes (mean, variance, result), so that memory is read once and written once; these kernels cost bytes, not arithmetic:
// forward 2 activations' worth, backward 3, or 4 where dx is added to.
//
// What hides the time that memory takes is many loads under way. A short row is only one load, so a warp takes several
// short rows at once: up to eight fours of a lane are under way in the forward pass, up to sixteen in the backward pass.
// Longer rows are read again for each pass; the second time they come from the first or second cache.
#include "normBackward.cuh"
#include "normFloat32.cuh"
#include "normFold.cuh"
#include "normForwardBf16.cuh"

// layerNorm: the normalised rows, from statistics that are computed and kept where mean and inverseDeviation are not null,
// or, with `given`, from statistics that were kept.
extern "C" __global__ void __launch_bounds__(FORWARD_WARPS* LANES, 4) layerNorm_bf16(
    const bf16* x, const float* gamma, const float* beta, bf16* y, float* mean, float* inverseDeviation, int rows,
    int columns, double epsilon, int given) {
  normalize({x, gamma, beta, y, rows, columns, (float)epsilon, mean, inverseDeviation, given != 0}, RowsInPlace{});
}
KERNEL(layerNorm_bf16)

extern "C" __global__ void __launch_bounds__(FLOAT32_FORWARD_WARPS* LANES, 2) layerNorm_f32(
    const float* x, const float* gamma, const float* beta, float* y, float* mean, float* inverseDeviation, int rows,
    int columns, double epsilon, int given) {
  normalizeFloat32({x, gamma, beta, y, rows, columns, epsilon, mean, inverseDeviation, given != 0}, RowsInPlace{});
}
KERNEL(layerNorm_f32)

// layerNormExpand: the same of rows of x that patch expanding puts into place: no pass of its own for that.
extern "C" __global__ void __launch_bounds__(FORWARD_WARPS* LANES, 4) layerNormExpand_bf16(
    const bf16* x, const float* gamma, const float* beta, bf16* y, float* mean, float* inverseDeviation, int rows,
    int columns, double epsilon, int width, int factor) {
  normalize(
      {x, gamma, beta, y, rows, columns, (float)epsilon, mean, inverseDeviation, false},
      ExpandedRows{(unsigned)width, (unsigned)factor});
}
KERNEL(layerNormExpand_bf16)

extern "C" __global__ void __launch_bounds__(FLOAT32_FORWARD_WARPS* LANES, 2) layerNormExpand_f32(
    const float* x, const float* gamma, const float* beta, float* y, float* mean, float* inverseDeviation, int rows,
    int columns, double epsilon, int width, int factor) {
  normalizeFloat32(
      {x, gamma, beta, y, rows, columns, epsilon, mean, inverseDeviation, false},
      ExpandedRows{(unsigned)width, (unsigned)factor});
}
KERNEL(layerNormExpand_f32)

// layerNormBackward: dx where it is wanted, and partial sums of dGamma and dBeta where `partials` is not null, which rows
// that are not taken in registers do not have. The caller decides `inRegisters`, because with it the number of launches
// changes: rows of at most 1024 columns, a multiple of four, all operands but the statistics aligned to a four.
// layerNormParameters: the partial sums of all other rows.
// The same of what patch expanding has moved are layerNormExpandBackward and layerNormExpandParameters.
#define BACKWARD_KERNELS(name, T, suffix, places, ...)                                                       \
  extern "C" __global__ void __launch_bounds__(BACKWARD_WARPS* LANES) name##Backward_##suffix(               \
      const T* dy, const T* x, const float* mean, const float* inverseDeviation, const float* gamma, T* dx,  \
      int accumulate, float* partials, int rows, int columns, int inRegisters __VA_ARGS__) {                 \
    backward<T>(                                                                                             \
        {dy, x, mean, inverseDeviation, gamma, dx, accumulate != 0, partials, rows, columns}, places,        \
        inRegisters != 0);                                                                                   \
  }                                                                                                          \
  KERNEL(name##Backward_##suffix)                                                                            \
  extern "C" __global__ void __launch_bounds__(BACKWARD_WARPS* LANES) name##Parameters_##suffix(             \
      const T* dy, const T* x, const float* mean, const float* inverseDeviation, float* partials, int rows,  \
      int columns __VA_ARGS__) {                                                                             \
    parameterGradients<T>(                                                                                   \
        {dy, x, mean, inverseDeviation, nullptr, nullptr, false, partials, rows, columns}, places);          \
  }                                                                                                          \
  KERNEL(name##Parameters_##suffix)

#define EXPANDED ExpandedRows{(unsigned)width, (unsigned)factor}

BACKWARD_KERNELS(layerNorm, float, f32, RowsInPlace{}, )
BACKWARD_KERNELS(layerNorm, bf16, bf16, RowsInPlace{}, )
BACKWARD_KERNELS(layerNormExpand, float, f32, (EXPANDED), , int width, int factor)
BACKWARD_KERNELS(layerNormExpand, bf16, bf16, (EXPANDED), , int width, int factor)
