package org.swinengine.backend.cuda;

import static jcuda.driver.CUresult.CUDA_SUCCESS;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Buffer;

/**
 * A thread's calls on their way into a graph. First they run, with memory of the graph's own; then they are
 * captured, in a stream of their own: what other threads ask of the device meanwhile goes to the device's
 * stream, and may wait and allocate, since the capture forbids that to its own thread alone.
 */
final class GraphCapture {
  private final CudaDevice device;
  private final GraphMemory memory;

  /** Made by the calls themselves: their memory is the graph's. */
  private final Set<Buffer> own = Collections.newSetFromMap(new IdentityHashMap<>());

  /** All others that the graph's kernels read or write; it holds a reference to each. */
  private final Set<Buffer> held = Collections.newSetFromMap(new IdentityHashMap<>());

  private @Nullable CUstream stream;
  private int launches;

  GraphCapture(CudaDevice device, GraphMemory memory) {
    this.device = device;
    this.memory = memory;
  }

  GraphMemory memory() {
    return memory;
  }

  /** Where the thread's calls go; null: to the device's stream. */
  @Nullable
  CUstream streamOrNull() {
    return stream;
  }

  /** Whether calls are captured, and do not run. */
  boolean isCapturing() {
    return stream != null;
  }

  /** Throws if calls are captured. */
  void refuse(String reason) {
    if (isCapturing()) {
      throw new CaptureRefusedException(reason);
    }
  }

  /** Throws if calls are captured and this buffer is not of their own making: what it is to hold lasts. */
  void refuseLasting(Buffer buffer, String reason) {
    if (isCapturing() && !own.contains(buffer)) {
      throw new CaptureRefusedException(reason);
    }
  }

  void allocated(Buffer buffer) {
    if (isCapturing()) {
      own.add(buffer);
    }
  }

  /** Notes a call that reads or writes these buffers; null entries allowed. */
  void asked(Buffer[] buffers, int count) {
    if (!isCapturing()) {
      return;
    }
    launches++;
    for (int i = 0; i < count; i++) {
      Buffer buffer = buffers[i];
      if (buffer != null && !own.contains(buffer) && held.add(buffer)) {
        buffer.retain();
      }
    }
  }

  /** From now on the thread's calls are captured. */
  void begin() {
    memory.fix();
    CUstream side = new CUstream();
    device.check(JCudaDriver.cuStreamCreate(side, CUstream_flags.CU_STREAM_NON_BLOCKING), "making a stream");
    int result =
        JCudaDriver.cuStreamBeginCapture(side, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
    if (result != CUDA_SUCCESS) {
      JCudaDriver.cuStreamDestroy(side);
      device.check(result, "beginning a capture");
    }
    stream = side;
  }

  /**
   * Ends the capture.
   *
   * @param wanted whether it is to become a graph
   * @return null if it is not, or the driver does not make one of it
   */
  @Nullable
  CUgraphExec end(boolean wanted) {
    CUstream side = stream;
    stream = null;
    if (side == null) {
      return null;
    }
    CUgraph graph = new CUgraph();
    boolean whole = JCudaDriver.cuStreamEndCapture(side, graph) == CUDA_SUCCESS;
    JCudaDriver.cuStreamDestroy(side);
    CUgraphExec executable = new CUgraphExec();
    boolean made =
        wanted && whole && JCudaDriver.cuGraphInstantiate(executable, graph, 0) == CUDA_SUCCESS;
    if (whole) {
      JCudaDriver.cuGraphDestroy(graph);
    }
    return made ? executable : null;
  }

  /** How many calls were captured. */
  int launches() {
    return launches;
  }

  /** Buffers that the graph refers to and holds a reference to. */
  List<Buffer> held() {
    return List.copyOf(held);
  }

  /** Lets go of everything: there is no graph. */
  void drop() {
    held.forEach(Buffer::release);
    held.clear();
    memory.close();
  }
}
