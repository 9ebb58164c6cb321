package org.swinengine.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUgraphExec;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.DeviceException;

/**
 * What is known of steps of one kind: their graphs, and the memory whose addresses stand in them. The first
 * step asks for its calls one by one and finds out how much memory it takes; those of the second become
 * graphs, one for all that can be asked for together; from the third on a graph is launched in place of calls
 * that are the same to the last argument. Calls that differ are asked for one by one.
 */
final class StepProgram {
  private enum Phase {
    MEASURING, RECORDING, REPLAYING, DIFFERING
  }

  /** How often graphs are made for nothing; more where they have been of use meanwhile. */
  private static final int MOST_TRIES = 4;

  /** Steps with graphs that are worth making them again. */
  private static final int WORTH = 16;

  private record Part(CallLog calls, CUgraphExec graph) {}

  private final CudaDevice device;
  private final DevicePool pool;
  private final Object likeness;
  private final List<Part> parts = new ArrayList<>();
  private GraphMemory memory;
  private final long room;
  private Phase phase = Phase.MEASURING;
  private int part;
  private int tries;
  private long replays;
  private String difference = "a wait less";
  private volatile @Nullable String refusal;
  private volatile boolean isShort;
  private boolean isOpen;
  private boolean ended;

  StepProgram(CudaDevice device, DevicePool pool, Object likeness) {
    this.device = device;
    this.pool = pool;
    this.likeness = likeness;
    memory = new GraphMemory(pool);
    room = pool.reserve(StepCalls.ROOM);
  }

  Object likeness() {
    return likeness;
  }

  GraphMemory memory() {
    return memory;
  }

  /** The address of {@link StepCalls#ROOM} bytes for numbers and copies. */
  long room() {
    return room;
  }

  /** Why there will be no graphs; null: there may be. */
  @Nullable
  String refusal() {
    return refusal;
  }

  synchronized boolean isOpen() {
    return isOpen;
  }

  /** Begins a step; false: it has ended, and its room is somebody else's. */
  synchronized boolean begin() {
    if (ended) {
      return false;
    }
    isOpen = true;
    part = 0;
    memory.arrange();
    return true;
  }

  /**
   * Asks for calls.
   *
   * @return a log for those that follow: the same one, unless it is kept
   */
  CallLog ask(CallLog calls) {
    int number = part++;
    if (refusal == null && phase == Phase.RECORDING) {
      CUgraphExec graph = captured(calls);
      if (graph != null && begins(new Part(calls, graph))) {
        return new CallLog();
      }
      refuse("the driver makes none of its " + calls.calls() + " calls");
    }
    if (refusal == null && phase == Phase.REPLAYING) {
      if (number < parts.size() && parts.get(number).calls().isLike(calls)) {
        launch(parts.get(number));
        return calls;
      }
      phase = Phase.DIFFERING;
      difference = number < parts.size() ? calls.firstDifference(parts.get(number).calls()) : "a wait more";
    }
    calls.make(device, device.stream());
    return calls;
  }

  private @Nullable CUgraphExec captured(CallLog calls) {
    CUgraphExec graph = null;
    try {
      StreamCapture capture = new StreamCapture(device);
      boolean whole = false;
      try {
        calls.make(device, capture.stream());
        whole = true;
      } finally {
        graph = capture.end(whole);
      }
    } catch (DeviceException e) {
      if (device.hasFailed()) {
        throw e;
      }
    }
    return graph;
  }

  /** Launches a graph for the first time, for which the driver may have no memory; false: it is none. */
  private boolean begins(Part made) {
    try {
      launch(made);
    } catch (DeviceException e) {
      if (device.hasFailed()) {
        throw e;
      }
      JCudaDriver.cuGraphExecDestroy(made.graph());
      return false;
    }
    parts.add(made);
    return true;
  }

  private void launch(Part of) {
    String name = "a graph of " + of.calls().calls() + " calls";
    device.replayed(name);
    device.check(JCudaDriver.cuGraphLaunch(of.graph(), device.stream()), "launching " + name);
  }

  /** There will be no graphs. */
  void refuse(String reason) {
    refusal = refusal == null ? reason : refusal;
  }

  /** The device has no room: there will be no graphs, and nobody is to blame. */
  synchronized void giveWay() {
    isShort = true;
    refuse("the GPU is short of memory");
    if (isOpen) {
      return; // its thread ends it
    }
    end();
  }

  /** Whether it was given up for want of memory. */
  boolean isShort() {
    return isShort;
  }

  /** The step's thread gives way in the middle of it, when all that was kept has been asked for. */
  void giveWayNow() {
    isShort = true;
    refuse("the GPU is short of memory");
    forget();
  }

  /** Ends a step. */
  synchronized void ended() {
    isOpen = false;
    if (refusal == null) {
      boolean keeps = memory.lent() != 0;
      if (keeps || phase == Phase.DIFFERING || phase == Phase.REPLAYING && part != parts.size()) {
        beginAnew(keeps);
      } else if (phase == Phase.MEASURING) {
        phase = Phase.RECORDING;
      } else {
        replays += phase == Phase.REPLAYING ? 1 : 0;
        phase = Phase.REPLAYING;
      }
    }
    if (refusal != null) {
      end();
    }
  }

  private void beginAnew(boolean keeps) {
    tries++;
    forget();
    memory = new GraphMemory(pool);
    phase = Phase.MEASURING;
    if (tries >= MOST_TRIES + replays / WORTH) {
      refuse(
          keeps
              ? "it keeps memory that it allocates"
              : "its calls differ from step to step, the last time at first in " + difference);
    }
  }

  /** Ends the graphs, and gives their memory to the pool. */
  private void forget() {
    if (!device.hasFailed() && !parts.isEmpty()) { // after a failure the context takes everything with it
      device.synchronize();
      parts.forEach(each -> JCudaDriver.cuGraphExecDestroy(each.graph()));
    }
    parts.clear();
    memory.close();
  }

  /** Gives everything back, for good. */
  synchronized void end() {
    if (!ended) {
      ended = true;
      refuse("it has ended");
      forget();
      pool.giveBackReserved(room, StepCalls.ROOM);
    }
  }
}
