package org.swinengine.backend.cuda;

import static jcuda.jcudnn.cudnnDataType.CUDNN_DATA_BFLOAT16;
import static jcuda.jcudnn.cudnnDataType.CUDNN_DATA_FLOAT;
import static jcuda.jcudnn.cudnnSoftmaxAlgorithm.CUDNN_SOFTMAX_ACCURATE;
import static jcuda.jcudnn.cudnnSoftmaxMode.CUDNN_SOFTMAX_MODE_CHANNEL;
import static jcuda.jcudnn.cudnnStatus.CUDNN_STATUS_SUCCESS;

import jcuda.Pointer;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.runtime.cudaStream_t;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.DType;
import org.swinengine.backend.DeviceException;
import org.swinengine.backend.LibraryUse;
import org.swinengine.backend.Span;

/**
 * cuDNN on a device's stream: its handle, and softmax. {@link LibraryUse#AUTO} is {@link LibraryUse#OFF}
 * here: by the bytes that they move the own kernels lose nothing that counts (docs/GPU.md), and nobody has
 * measured it.
 */
final class CudaDnn implements AutoCloseable {
  /** Factors of a result and of what stood in its place. */
  static final Pointer ONE = Pointer.to(new float[] {1});
  static final Pointer ZERO = Pointer.to(new float[] {0});

  private final CudaDevice device;
  private final cudnnHandle handle = new cudnnHandle();

  private CudaDnn(CudaDevice device) {
    this.device = device;
    device.enter();
    check(JCudnn.cudnnCreate(handle), "starting");
    check(JCudnn.cudnnSetStream(handle, new cudaStream_t(device.stream())), "taking the stream");
  }

  /**
   * Starts cuDNN on a device.
   *
   * @return null where it is not to be used
   * @throws IllegalArgumentException with a sentence for the user if it must be used and cannot be
   */
  static @Nullable CudaDnn open(CudaDevice device, LibraryUse use) {
    if (use != LibraryUse.ON) {
      return null;
    }
    String reason = NvidiaLibrary.CUDNN.reasonForAbsence();
    if (reason == null) {
      try {
        return new CudaDnn(device);
      } catch (DeviceException e) {
        if (device.hasFailed()) {
          throw e;
        }
        reason = e.getMessage();
      }
    }
    throw new IllegalArgumentException("cuDNN (`cudnn` on) cannot be used: " + reason);
  }

  /** For the sentence that describes a device. */
  String describe() {
    return NvidiaLibrary.CUDNN.describe() + " for the patch embedding and softmax";
  }

  /** Makes the device current; every call begins with it. */
  cudnnHandle enter() {
    device.refuseGraphs("cuDNN computes in it, in the device's own stream");
    device.enter();
    return handle;
  }

  /** The library's number of an activation's type. */
  static int type(Span x) {
    return x.buffer().dtype() == DType.BF16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
  }

  static void check(int status, String what) {
    if (status != CUDNN_STATUS_SUCCESS) {
      throw new DeviceException(
          NvidiaLibrary.CUDNN.describe() + " refused " + what + ": " + JCudnn.cudnnGetErrorString(status)
              + " (" + status + "); `cudnn` off does without it");
    }
  }

  /** {@code y[r, ·] = softmax(x[r, ·])} of dense rows. */
  synchronized void softmax(int rows, int classes, Span x, Span y) {
    cudnnTensorDescriptor of = new cudnnTensorDescriptor();
    long n = (long) rows * classes;
    Pointer from = DevicePointer.to(CudaBuffer.address(x, n));
    Pointer to = DevicePointer.to(CudaBuffer.address(y, n));
    enter();
    check(JCudnn.cudnnCreateTensorDescriptor(of), "describing softmax");
    try {
      check(
          JCudnn.cudnnSetTensor4dDescriptorEx(of, type(x), rows, classes, 1, 1, classes, 1, 1, 1),
          "describing softmax");
      check(
          JCudnn.cudnnSoftmaxForward(
              handle, CUDNN_SOFTMAX_ACCURATE, CUDNN_SOFTMAX_MODE_CHANNEL, ONE, of, from, ZERO, of, to),
          "softmax of " + rows + " × " + classes);
    } finally {
      JCudnn.cudnnDestroyTensorDescriptor(of);
    }
  }

  /** Ends the library's work; before the device is closed. */
  @Override
  public void close() {
    JCudnn.cudnnDestroy(handle);
  }
}
