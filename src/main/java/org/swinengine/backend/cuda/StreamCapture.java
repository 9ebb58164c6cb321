package org.swinengine.backend.cuda;

import static jcuda.driver.CUresult.CUDA_SUCCESS;

import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/**
 * A stream of its own whose calls become a graph. The capture forbids waiting and allocating to the thread
 * that began it, and to no other.
 */
final class StreamCapture {
  private final CUstream stream = new CUstream();

  /** Begins a capture. */
  StreamCapture(CudaDevice device) {
    device.check(JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING),
        "making a stream");
    int result =
        JCudaDriver.cuStreamBeginCapture(
            stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
    if (result != CUDA_SUCCESS) {
      JCudaDriver.cuStreamDestroy(stream);
      device.check(result, "beginning a capture");
    }
  }

  CUstream stream() {
    return stream;
  }

  /**
   * Ends the capture.
   *
   * @param wanted whether it is to become a graph
   * @return null if it is not, or the driver does not make one of it
   */
  @Nullable
  CUgraphExec end(boolean wanted) {
    CUgraph graph = new CUgraph();
    boolean whole = JCudaDriver.cuStreamEndCapture(stream, graph) == CUDA_SUCCESS;
    JCudaDriver.cuStreamDestroy(stream);
    CUgraphExec executable = new CUgraphExec();
    boolean made =
        wanted && whole && JCudaDriver.cuGraphInstantiate(executable, graph, 0) == CUDA_SUCCESS;
    if (whole) {
      JCudaDriver.cuGraphDestroy(graph);
    }
    return made ? executable : null;
  }
}
