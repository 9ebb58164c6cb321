package org.swinengine.backend.cuda;

import static jcuda.cudaDataType.CUDA_R_16BF;
import static jcuda.cudaDataType.CUDA_R_32F;
import static jcuda.jcublas.cublasComputeType.CUBLAS_COMPUTE_32F;
import static jcuda.jcublas.cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32;
import static jcuda.jcublas.cublasMath.CUBLAS_DEFAULT_MATH;
import static jcuda.jcublas.cublasMath.CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION;
import static jcuda.jcublas.cublasOperation.CUBLAS_OP_N;
import static jcuda.jcublas.cublasOperation.CUBLAS_OP_T;

import jcuda.Pointer;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasStatus;
import jcuda.runtime.cudaStream_t;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.DeviceException;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.LibraryUse;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.Span;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.backend.Warnings;

/**
 * Matrix products by cuBLAS, with the steps of their epilogues by kernels of their own behind them, in place:
 * each costs a trip of the result through memory, and in bf16 the result is rounded between the steps.
 *
 * <p>cuBLAS counts in columns. A row-major matrix is the transposed one to it, so it is asked for
 * {@code Cᵀ = op(B)ᵀ·op(A)ᵀ}, with the operands exchanged. Sums are float32; float32 operands are rounded to
 * TF32 only where that was asked for. It works on the device's stream with a workspace of its own, which is
 * there before any call, so that calls may be captured and do not choose their way by what is free.
 */
final class CudaBlas implements AutoCloseable {
  /** What NVIDIA recommends for compute capability 9.0, in bytes; older GPUs need less. */
  private static final int WORKSPACE = 32 << 20;

  private final CudaDevice device;
  private final CudaMemory memory;
  private final CudaPointwise pointwise;
  private final @Nullable CublasTable table;
  private final boolean tensorFloat;
  private final cublasHandle handle = new cublasHandle();
  private final Buffer workspace;
  private long products;

  private CudaBlas(
      CudaDevice device, CudaMemory memory, CudaPointwise pointwise, @Nullable CublasTable table,
      boolean tensorFloat) {
    this.device = device;
    this.memory = memory;
    this.pointwise = pointwise;
    this.table = table;
    this.tensorFloat = tensorFloat;
    device.enter();
    check(JCublas2.cublasCreate(handle), "starting");
    workspace = memory.allocate(DType.FLOAT32, WORKSPACE / Float.BYTES);
    // The stream first: it brings a workspace of the library's own.
    check(JCublas2.cublasSetStream(handle, new cudaStream_t(device.stream())), "taking the stream");
    check(
        JCublas2.cublasSetWorkspace(handle, DevicePointer.to(CudaBuffer.address(workspace)), WORKSPACE),
        "taking its workspace");
    check(
        JCublas2.cublasSetMathMode(
            handle, CUBLAS_DEFAULT_MATH | CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION),
        "choosing its arithmetic");
  }

  /**
   * Starts cuBLAS on a device.
   *
   * @param computeType of activations
   * @param tensorFloat whether float32 operands are rounded to TF32
   * @return null where it is not to be used; with {@link LibraryUse#AUTO} also where it cannot be, or has
   *     nothing to do
   * @throws IllegalArgumentException with a sentence for the user if it must be used and cannot be
   */
  static @Nullable CudaBlas open(
      CudaDevice device, CudaMemory memory, CudaPointwise pointwise, LibraryUse use, DType computeType,
      boolean tensorFloat) {
    CublasTable table = use == LibraryUse.AUTO ? CublasTable.ofThisBuild() : null;
    if (use == LibraryUse.OFF || table != null && !table.isOfUse(computeType, device.capability())) {
      return null;
    }
    String reason = NvidiaLibrary.CUBLAS.reasonForAbsence();
    if (reason == null) {
      try {
        return new CudaBlas(device, memory, pointwise, table, tensorFloat);
      } catch (DeviceException e) {
        if (device.hasFailed()) {
          throw e;
        }
        reason = e.getMessage();
        if (use == LibraryUse.AUTO) {
          Warnings.say(
              "own kernels compute what `cublas` auto gives to cuBLAS, which changes the last digits: "
                  + reason);
        }
      }
    }
    if (use == LibraryUse.ON) {
      throw new IllegalArgumentException("cuBLAS (`cublas` on) cannot be used: " + reason);
    }
    return null;
  }

  /** Products that it has done. */
  synchronized long products() {
    return products;
  }

  /** For the sentence that describes a device. */
  String describe() {
    return NvidiaLibrary.CUBLAS.describe() + (table == null ? " for products" : " for large products");
  }

  /**
   * Computes {@code C = epilogue(alpha·op(A)·op(B) + beta·C)}, if it is for cuBLAS to do.
   *
   * @param epilogue its {@code accumulate} stands in {@code beta} too
   * @return false where nothing was done
   */
  boolean product(Gemm sizes, Span a, Span b, Span c, Epilogue epilogue) {
    String kind = kind(sizes, epilogue);
    if (kind == null || sizes.m() == 0 || sizes.n() == 0 || sizes.k() == 0 || sizes.batches() == 0
        || sizes.batches() > 1 && sizes.batchStrideC() == 0) {
      return false;
    }
    DType type = a.buffer().dtype();
    CudaBuffer.checkType("product", "the right operand", b, type);
    DType result = c.buffer().dtype();
    String types =
        (type == DType.BF16 ? "bf16" : tensorFloat ? "tf32" : "f32") + (result == type ? "" : "f32");
    if (table != null && !table.takes(types, sizes, kind, device.capability())) {
      return false;
    }
    Span residual = epilogue.residual();
    if (residual == null) {
      multiply(sizes, sizes.beta(), a, b, c);
      finish(sizes, epilogue, c);
    } else if (isAddedBy(epilogue, c)) {
      multiply(sizes, 1, a, b, c);
      addBias(sizes, epilogue.bias(), c);
    } else {
      addTo(residual, sizes, a, b, c, epilogue);
    }
    return true;
  }

  /** The table's word for an epilogue; null for one whose steps are not done here. */
  static @Nullable String kind(Gemm sizes, Epilogue epilogue) {
    if (epilogue.equals(Epilogue.NONE) || epilogue.equals(Epilogue.ACCUMULATE)) {
      return sizes.beta() == 0 ? "none" : "accumulate";
    }
    Span bias = epilogue.bias();
    boolean isLayer = sizes.batches() == 1 && sizes.strideC() == sizes.n() && sizes.beta() == 0;
    if (!isLayer) {
      return null;
    }
    if (epilogue.equals(Epilogue.bias(bias))) {
      return "bias";
    }
    if (epilogue.equals(Epilogue.biasGelu(bias, epilogue.preActivation()))) {
      return "gelu";
    }
    if (epilogue.equals(
        Epilogue.biasResidual(bias, epilogue.rowScale(), epilogue.rowsPerScale(), epilogue.residual()))) {
      return "residual";
    }
    Span preActivation = epilogue.geluGradientOf();
    boolean isGradient =
        preActivation != null && epilogue.equals(Epilogue.timesGeluGradient(preActivation));
    return isGradient ? "gelu-gradient" : null;
  }

  /** Whether cuBLAS adds the residual, because it stands where the result will be. */
  private static boolean isAddedBy(Epilogue epilogue, Span c) {
    Span residual = epilogue.residual();
    return residual != null && epilogue.rowScale() == null && residual.buffer() == c.buffer()
        && residual.offset() == c.offset();
  }

  /** With a residual that must stay as it is until it is added. */
  private void addTo(Span residual, Gemm sizes, Span a, Span b, Span c, Epilogue epilogue) {
    long n = (long) sizes.m() * sizes.n();
    Buffer apart = residual.buffer() == c.buffer() ? memory.allocate(c.buffer().dtype(), n) : null;
    Span t = apart == null ? c : apart;
    multiply(sizes, 0, a, b, t);
    finish(sizes, epilogue, t);
    pointwise.add(n, t, residual, c);
    if (apart != null) {
      apart.release();
    }
  }

  /** All steps but the residual's. */
  private void finish(Gemm sizes, Epilogue epilogue, Span c) {
    long n = (long) sizes.m() * sizes.n();
    addBias(sizes, epilogue.bias(), c);
    Span preActivation = epilogue.preActivation();
    if (preActivation != null) {
      memory.copy(c, preActivation, n);
    }
    if (epilogue.gelu()) {
      pointwise.unary(UnaryFunction.GELU, n, c, c);
    }
    Span gradientOf = epilogue.geluGradientOf();
    if (gradientOf != null) {
      pointwise.unaryBackward(UnaryFunction.GELU, n, gradientOf, c, c);
    }
    Span scale = epilogue.rowScale();
    if (scale != null) {
      scaleRows(sizes, epilogue.rowsPerScale(), scale, c);
    }
  }

  private void addBias(Gemm sizes, @Nullable Span bias, Span c) {
    if (bias != null) {
      pointwise.addRow(sizes.m(), sizes.n(), c, bias, c);
    }
  }

  /** The rows of a sample are one long row to the kernel; the last sample's may be fewer. */
  private void scaleRows(Gemm sizes, int rowsPerScale, Span scale, Span c) {
    int samples = sizes.m() / rowsPerScale;
    int rest = sizes.m() % rowsPerScale;
    long row = (long) rowsPerScale * sizes.n();
    pointwise.scaleRows(samples, row, c, scale, c);
    if (rest > 0) {
      Span last = new Part(c.buffer(), c.offset() + samples * row);
      pointwise.scaleRows(
          1, (long) rest * sizes.n(), last, new Part(scale.buffer(), scale.offset() + samples), last);
    }
  }

  /** A later place in a buffer. */
  private record Part(Buffer buffer, long offset) implements Span {}

  private synchronized void multiply(Gemm sizes, double beta, Span a, Span b, Span c) {
    device.refuseGraphs("cuBLAS computes in it, in the device's own stream");
    device.enter();
    int m = sizes.m();
    int n = sizes.n();
    int k = sizes.k();
    Pointer left = operand(a, sizes.transposeA() ? k : m, sizes.transposeA() ? m : k, sizes.strideA(), sizes,
        sizes.batchStrideA());
    Pointer right = operand(b, sizes.transposeB() ? n : k, sizes.transposeB() ? k : n, sizes.strideB(), sizes,
        sizes.batchStrideB());
    Pointer result = operand(c, m, n, sizes.strideC(), sizes, sizes.batchStrideC());
    Pointer factor = Pointer.to(new float[] {(float) sizes.alpha()});
    Pointer old = Pointer.to(new float[] {(float) beta});
    int first = sizes.transposeB() ? CUBLAS_OP_T : CUBLAS_OP_N;
    int second = sizes.transposeA() ? CUBLAS_OP_T : CUBLAS_OP_N;
    int type = type(a);
    int arithmetic = type == CUDA_R_32F && tensorFloat ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
    int status =
        sizes.batches() == 1
            ? JCublas2.cublasGemmEx_new(
                handle, first, second, n, m, k, factor, right, type, sizes.strideB(), left, type,
                sizes.strideA(), old, result, type(c), sizes.strideC(), arithmetic,
                cublasGemmAlgo.CUBLAS_GEMM_DEFAULT)
            : JCublas2.cublasGemmStridedBatchedEx_new(
                handle, first, second, n, m, k, factor, right, type, sizes.strideB(), sizes.batchStrideB(),
                left, type, sizes.strideA(), sizes.batchStrideA(), old, result, type(c), sizes.strideC(),
                sizes.batchStrideC(), sizes.batches(), arithmetic,
                cublasGemmAlgo.CUBLAS_GEMM_DEFAULT);
    check(status, "a product of " + m + " × " + n + " × " + k);
    products++;
  }

  /** An operand's address, behind which the last batch's last element must be. */
  private static Pointer operand(
      Span x, long rows, long columns, long stride, Gemm sizes, long batchStride) {
    long last = (sizes.batches() - 1) * batchStride + (rows - 1) * stride + columns;
    return DevicePointer.to(CudaBuffer.address(x, last));
  }

  private static int type(Span x) {
    return x.buffer().dtype() == DType.BF16 ? CUDA_R_16BF : CUDA_R_32F;
  }

  private static void check(int status, String what) {
    if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
      throw new DeviceException(
          NvidiaLibrary.CUBLAS.describe() + " refused " + what + ": " + cublasStatus.stringFor(status)
              + "; `cublas` off does without it");
    }
  }

  /** Ends the library's work; before the device is closed. */
  @Override
  public void close() {
    JCublas2.cublasDestroy(handle);
    workspace.release();
  }
}
