package org.swinengine.backend.cuda;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import jcuda.driver.CUgraphExec;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.CudaGraphs;
import org.swinengine.backend.DeviceException;
import org.swinengine.backend.Recording;
import org.swinengine.backend.Repetition;

/** Makes graphs of passes, and ends them all when memory runs short. */
final class GraphRecorder {
  /**
   * JCuda makes a graph by cuGraphInstantiateWithFlags, of CUDA 11.4. With an older driver the system's
   * loader finds no such function at the first call, and ends the process.
   */
  private static final int OLDEST_DRIVER = 11040;

  private final boolean isKnown = CudaDevice.driverVersion() >= OLDEST_DRIVER;
  private final CudaDevice device;
  private final DevicePool pool;
  private final CudaGraphs use;
  private final StepRecorder steps;
  private final Set<CudaGraph.Resources> open = ConcurrentHashMap.newKeySet();

  GraphRecorder(CudaDevice device, CudaMemory memory, CudaGraphs use) {
    this.device = device;
    this.pool = memory.pool();
    this.use = use;
    steps = new StepRecorder(device, memory, use);
    pool.whenShort(this::endAll);
  }

  /** Whether there is a point in asking; a refusal is then a sentence, where graphs were insisted on. */
  boolean records() {
    return isWanted() && device.calls() == null; // what belongs to a step is in the step's graph
  }

  private boolean isWanted() {
    return use == CudaGraphs.ON || (use == CudaGraphs.AUTO && isKnown && !CudaDevice.BLOCKING);
  }

  /** {@link org.swinengine.backend.Backend#repeating}. */
  Repetition repeating(Object likeness) {
    if (!isWanted()) {
      return Repetition.NONE;
    }
    String reason = general();
    if (reason != null) { // wanted all the same, so insisted on
      throw new DeviceException(
          "the training step cannot become a CUDA graph, because " + reason
              + "; leave `cudaGraphs` at auto, or switch it off");
    }
    return steps.repeating(likeness);
  }

  /** {@link org.swinengine.backend.Backend#endRepetitions}. */
  void endSteps() {
    steps.end();
  }

  /** {@link org.swinengine.backend.Backend#record}. */
  Optional<Recording> record(Runnable calls) {
    if (!records() || device.capture() != null) {
      calls.run();
      return Optional.empty();
    }
    GraphCapture capture = new GraphCapture(device, new GraphMemory(pool));
    CUgraphExec executable = null;
    String reason = null;
    device.capturing(capture);
    try {
      calls.run(); // in the graph's memory, which has every block that it needs after this
      reason = obstacle(capture);
      if (reason == null) {
        capture.begin();
        reason = captured(calls, capture);
        executable = capture.end(reason == null);
      }
    } finally {
      capture.end(false); // unless it has ended
      device.capturing(null);
      if (executable == null) {
        capture.drop();
      }
    }
    if (executable != null) {
      return Optional.of(new CudaGraph(new CudaGraph.Resources(device, executable, capture, open)));
    }
    if (use == CudaGraphs.ON) {
      throw new DeviceException(
          "the pass cannot become a CUDA graph, because "
              + (reason == null ? "the driver makes none of its " + capture.launches() + " calls" : reason)
              + "; leave `cudaGraphs` at auto, or switch it off");
    }
    return Optional.empty();
  }

  /** Why the calls that are captured make no graph; null: they do. */
  private @Nullable String captured(Runnable calls, GraphCapture capture) {
    try {
      calls.run();
      return obstacle(capture);
    } catch (CaptureRefusedException e) {
      return e.getMessage();
    } catch (DeviceException e) {
      if (device.hasFailed()) {
        throw e;
      }
      return "of an error: " + e.getMessage();
    }
  }

  private @Nullable String obstacle(GraphCapture capture) {
    String reason = general();
    return reason != null || capture.memory().lent() == 0 ? reason : "it keeps memory that it allocates";
  }

  /** Why nothing becomes a graph here; null: something may. */
  private @Nullable String general() {
    if (!isKnown) {
      return "the driver is older than CUDA 11.4; install version 470 or newer";
    }
    return CudaDevice.BLOCKING ? "-Dswin.cuda.blocking=true waits after each kernel" : null;
  }

  /** Ends all graphs, and gives their memory to the pool. True if there were any. */
  boolean endAll() {
    List<CudaGraph.Resources> all = List.copyOf(open);
    all.forEach(CudaGraph.Resources::run);
    return steps.giveWay() || !all.isEmpty();
  }
}
