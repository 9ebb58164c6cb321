package org.swinengine.backend.cuda;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstream;
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

  private @Nullable StreamCapture side;
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
    return side == null ? null : side.stream();
  }

  /** Whether calls are captured, and do not run. */
  boolean isCapturing() {
    return side != null;
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
    side = new StreamCapture(device);
  }

  /**
   * Ends the capture.
   *
   * @param wanted whether it is to become a graph
   * @return null if it is not, or the driver does not make one of it
   */
  @Nullable
  CUgraphExec end(boolean wanted) {
    StreamCapture ended = side;
    side = null;
    return ended == null ? null : ended.end(wanted);
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
