package org.swinengine.backend.cuda;

import static jcuda.jcudnn.cudnnConvolutionBwdDataAlgo.CUDNN_CONVOLUTION_BWD_DATA_ALGO_1;
import static jcuda.jcudnn.cudnnConvolutionBwdFilterAlgo.CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1;
import static jcuda.jcudnn.cudnnConvolutionFwdAlgo.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
import static jcuda.jcudnn.cudnnConvolutionMode.CUDNN_CROSS_CORRELATION;
import static jcuda.jcudnn.cudnnDataType.CUDNN_DATA_BFLOAT16;
import static jcuda.jcudnn.cudnnDataType.CUDNN_DATA_FLOAT;
import static jcuda.jcudnn.cudnnMathType.CUDNN_DEFAULT_MATH;
import static jcuda.jcudnn.cudnnMathType.CUDNN_FMA_MATH;
import static jcuda.jcudnn.cudnnMathType.CUDNN_TENSOR_OP_MATH;
import static jcuda.jcudnn.cudnnStatus.CUDNN_STATUS_SUCCESS;
import static jcuda.jcudnn.cudnnTensorFormat.CUDNN_TENSOR_NCHW;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jcuda.Pointer;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnTensorDescriptor;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.PatchConvolution;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.Span;
import org.swinengine.backend.Warnings;

/**
 * The patch embedding as a convolution of cuDNN: the image channel by channel, tokens with their channels
 * together. Algorithms are those that NVIDIA calls deterministic, chosen by number and not by a race; float32
 * is rounded to TF32 only where that was asked for. In bf16 a weight's gradient, which is float32, stays with
 * a gather and a product: cuDNN would round it to bf16.
 */
final class CudnnConvolution implements PatchConvolution {
  private static final int FORWARD = CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
  private static final int BACKWARD_IMAGE = CUDNN_CONVOLUTION_BWD_DATA_ALGO_1;
  private static final int BACKWARD_WEIGHT = CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1;

  private final CudaDnn library;
  private final CudaMemory memory;
  private final CudaMatrix matrix;
  private final CudaPatch patch;
  private final CudaPointwise pointwise;
  private final CudaReduce reduce;
  private final int type;
  private final int mathType;
  private final Map<Sizes, Boolean> known = new ConcurrentHashMap<>();

  /**
   * @param computeType of images and tokens
   * @param tensorFloat whether float32 is rounded to TF32
   */
  CudnnConvolution(
      CudaDnn library, CudaMemory memory, CudaMatrix matrix, CudaPatch patch, CudaPointwise pointwise,
      CudaReduce reduce, DType computeType, boolean tensorFloat) {
    this.library = library;
    this.memory = memory;
    this.matrix = matrix;
    this.patch = patch;
    this.pointwise = pointwise;
    this.reduce = reduce;
    this.type = computeType == DType.BF16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
    // The default allows TF32 for float32, and nothing of less precision.
    this.mathType =
        computeType == DType.BF16 ? CUDNN_TENSOR_OP_MATH : tensorFloat ? CUDNN_DEFAULT_MATH : CUDNN_FMA_MATH;
  }

  /** What cuDNN wants to know of a call; closed after it. */
  private final class Call implements AutoCloseable {
    final cudnnTensorDescriptor image = new cudnnTensorDescriptor();
    final cudnnTensorDescriptor tokens = new cudnnTensorDescriptor();
    final cudnnFilterDescriptor weight = new cudnnFilterDescriptor();
    final cudnnConvolutionDescriptor convolution = new cudnnConvolutionDescriptor();
    final long pixels;
    final long tokenValues;
    final long weights;

    Call(Sizes s) {
      library.enter();
      int area = s.height() * s.width();
      int rows = s.height() / s.patch();
      int columns = s.width() / s.patch();
      pixels = (long) s.batch() * s.channels() * area;
      tokenValues = (long) s.tokens() * s.out();
      weights = (long) s.out() * s.channels() * s.patch() * s.patch();
      int status = JCudnn.cudnnCreateTensorDescriptor(image);
      status |= JCudnn.cudnnCreateTensorDescriptor(tokens);
      status |= JCudnn.cudnnCreateFilterDescriptor(weight);
      status |= JCudnn.cudnnCreateConvolutionDescriptor(convolution);
      status |=
          JCudnn.cudnnSetTensor4dDescriptorEx(
              image, type, s.batch(), s.channels(), s.height(), s.width(), s.channels() * area, area,
              s.width(), 1);
      status |=
          JCudnn.cudnnSetTensor4dDescriptorEx(
              tokens, type, s.batch(), s.out(), rows, columns, rows * columns * s.out(), 1,
              columns * s.out(), s.out());
      status |=
          JCudnn.cudnnSetFilter4dDescriptor(
              weight, type, CUDNN_TENSOR_NCHW, s.out(), s.channels(), s.patch(), s.patch());
      status |=
          JCudnn.cudnnSetConvolution2dDescriptor(
              convolution, 0, 0, s.patch(), s.patch(), 1, 1, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT);
      status |=
          JCudnn.cudnnSetConvolutionMathType(convolution, mathType);
      if (status != CUDNN_STATUS_SUCCESS) {
        close();
        CudaDnn.check(status, "describing the convolution " + s);
      }
    }

    int forwardBytes(long[] bytes) {
      return JCudnn.cudnnGetConvolutionForwardWorkspaceSize(
          library.enter(), image, weight, convolution, tokens, FORWARD, bytes);
    }

    int backwardWeightBytes(long[] bytes) {
      return JCudnn.cudnnGetConvolutionBackwardFilterWorkspaceSize(
          library.enter(), image, tokens, convolution, weight, BACKWARD_WEIGHT, bytes);
    }

    int backwardImageBytes(long[] bytes) {
      return JCudnn.cudnnGetConvolutionBackwardDataWorkspaceSize(
          library.enter(), weight, tokens, convolution, image, BACKWARD_IMAGE, bytes);
    }

    @Override
    public void close() {
      JCudnn.cudnnDestroyTensorDescriptor(image);
      JCudnn.cudnnDestroyTensorDescriptor(tokens);
      JCudnn.cudnnDestroyFilterDescriptor(weight);
      JCudnn.cudnnDestroyConvolutionDescriptor(convolution);
    }
  }

  /** A call of the library with its workspace. */
  private interface Step {
    int run(Pointer workspace, long bytes);
  }

  @Override
  public boolean does(Sizes sizes) {
    return sizes.batch() > 0 && known.computeIfAbsent(sizes, this::asks);
  }

  private synchronized boolean asks(Sizes sizes) {
    try (Call call = new Call(sizes)) {
      long[] bytes = new long[1];
      int status = call.forwardBytes(bytes);
      status = status == CUDNN_STATUS_SUCCESS ? call.backwardImageBytes(bytes) : status;
      boolean both = type == CUDNN_DATA_FLOAT && status == CUDNN_STATUS_SUCCESS;
      status = both ? call.backwardWeightBytes(bytes) : status;
      if (status != CUDNN_STATUS_SUCCESS) {
        Warnings.say(
            NvidiaLibrary.CUDNN.describe() + " has no kernel for the patch embedding " + sizes + " ("
                + JCudnn.cudnnGetErrorString(status) + "); the own kernels compute it");
      }
      return status == CUDNN_STATUS_SUCCESS;
    }
  }

  private void run(String what, Sizes sizes, int status, long bytes, Step step) {
    CudaDnn.check(status, what + " " + sizes);
    Buffer workspace = memory.scratch(Math.max(1, (bytes + Float.BYTES - 1) / Float.BYTES));
    Pointer place = DevicePointer.to(CudaBuffer.address(workspace));
    CudaDnn.check(step.run(place, bytes), what + " " + sizes);
    workspace.release();
  }

  private static Pointer operand(Span x, long n) {
    return DevicePointer.to(CudaBuffer.address(x, n));
  }

  @Override
  public synchronized void forward(
      Sizes sizes, Span image, PreparedWeight weight, @Nullable Span bias, Span tokens) {
    Span w = CudaMatrix.prepared(weight).in(image.buffer().dtype());
    long[] bytes = new long[1];
    try (Call call = new Call(sizes)) {
      Pointer x = operand(image, call.pixels);
      Pointer y = operand(tokens, call.tokenValues);
      Pointer filter = operand(w, call.weights);
      run(
          "the convolution", sizes, call.forwardBytes(bytes), bytes[0],
          (place, size) -> JCudnn.cudnnConvolutionForward(
              library.enter(), CudaDnn.ONE, call.image, x, call.weight, filter, call.convolution, FORWARD,
              place, size, CudaDnn.ZERO, call.tokens, y));
    }
    if (bias != null) {
      pointwise.addRow(sizes.tokens(), sizes.out(), tokens, bias, tokens);
    }
  }

  @Override
  public synchronized void backwardWeight(
      Sizes sizes, Span image, Span dTokens, Span dWeight, @Nullable Span dBias, boolean accumulate) {
    if (type != CUDNN_DATA_FLOAT) {
      gatherAndMultiply(sizes, image, dTokens, dWeight, dBias, accumulate);
      return;
    }
    long[] bytes = new long[1];
    try (Call call = new Call(sizes)) {
      Pointer x = operand(image, call.pixels);
      Pointer dy = operand(dTokens, call.tokenValues);
      Pointer filter = operand(dWeight, call.weights);
      Pointer old = accumulate ? CudaDnn.ONE : CudaDnn.ZERO;
      run(
          "the gradient of the convolution's weight", sizes, call.backwardWeightBytes(bytes), bytes[0],
          (place, size) -> JCudnn.cudnnConvolutionBackwardFilter(
              library.enter(), CudaDnn.ONE, call.image, x, call.tokens, dy, call.convolution,
              BACKWARD_WEIGHT, place, size, old, call.weight, filter));
    }
    if (dBias != null) {
      reduce.sumRows(sizes.tokens(), sizes.out(), dTokens, dBias, accumulate);
    }
  }

  private void gatherAndMultiply(
      Sizes s, Span image, Span dTokens, Span dWeight, @Nullable Span dBias, boolean accumulate) {
    int values = s.channels() * s.patch() * s.patch();
    Buffer rows = memory.allocate(image.buffer().dtype(), (long) s.tokens() * values);
    patch.embedGather(s.batch(), s.channels(), s.height(), s.width(), s.patch(), image, rows);
    matrix.linearBackwardWeight(
        s.tokens(), rows, Prologue.NONE, dTokens, s.out(), values, dWeight, dBias, accumulate);
    rows.release();
  }

  @Override
  public synchronized void backwardImage(Sizes sizes, Span dTokens, PreparedWeight weight, Span dImage) {
    Span w = CudaMatrix.prepared(weight).in(dTokens.buffer().dtype());
    long[] bytes = new long[1];
    try (Call call = new Call(sizes)) {
      Pointer dx = operand(dImage, call.pixels);
      Pointer dy = operand(dTokens, call.tokenValues);
      Pointer filter = operand(w, call.weights);
      run(
          "the gradient of the convolution's image", sizes, call.backwardImageBytes(bytes), bytes[0],
          (place, size) -> JCudnn.cudnnConvolutionBackwardData(
              library.enter(), CudaDnn.ONE, call.weight, filter, call.tokens, dy, call.convolution,
              BACKWARD_IMAGE, place, size, CudaDnn.ZERO, call.image, dx));
    }
  }
}
