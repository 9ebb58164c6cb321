package org.swinengine.backend.cuda;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.CudaGraphs;
import org.swinengine.backend.DeviceException;
import org.swinengine.backend.DeviceOutOfMemoryError;
import org.swinengine.backend.Repetition;

/** Makes graphs of steps that repeat; one kind at a time, since each keeps the memory of a whole step. */
final class StepRecorder {
  /** Kinds that graphs are made for at first, and steps for each that may follow. */
  private static final int MOST_KINDS = 16;

  private static final int WORTH = 64;

  private final CudaDevice device;
  private final CudaMemory memory;
  private final CudaGraphs use;

  /** Kinds that make no graph. */
  private final Set<Object> refused = new HashSet<>();
  private @Nullable StepProgram program;
  private @Nullable Object last;
  private int kinds;
  private long steps;

  StepRecorder(CudaDevice device, CudaMemory memory, CudaGraphs use) {
    this.device = device;
    this.memory = memory;
    this.use = use;
  }

  /** {@link org.swinengine.backend.Backend#repeating}; graphs are wanted. */
  Repetition repeating(Object likeness) {
    if (device.calls() != null || device.capture() != null) {
      return Repetition.NONE; // a part of another step
    }
    StepProgram chosen = program(likeness);
    if (chosen == null) {
      return Repetition.NONE;
    }
    if (!chosen.begin()) {
      forget(chosen);
      return Repetition.NONE;
    }
    StepCalls calls = new StepCalls(device, memory, chosen);
    return new Repetition() {
      @Override
      public void flush() {
        calls.flush();
      }

      @Override
      public void close() {
        try {
          calls.close();
        } catch (RuntimeException | Error e) {
          if (chosen.refusal() != null) {
            forget(chosen);
          }
          throw e;
        }
        settle(chosen);
      }
    };
  }

  /** The program for a step; null: it runs call by call. */
  private synchronized @Nullable StepProgram program(Object likeness) {
    boolean repeats = likeness.equals(last);
    last = likeness;
    steps++;
    StepProgram present = program;
    if (present != null && (present.isOpen() || present.likeness().equals(likeness))) {
      return present.isOpen() ? null : present;
    }
    if (!repeats || refused.contains(likeness) || kinds >= MOST_KINDS + steps / WORTH) {
      return null;
    }
    if (present != null) {
      present.end();
      program = null;
    }
    try {
      program = new StepProgram(device, memory.pool(), likeness);
      kinds++;
    } catch (DeviceOutOfMemoryError e) {
      refused.add(likeness);
    }
    return program;
  }

  /** Ends the present kind's graphs, unless a step of it is on its way. */
  synchronized void end() {
    if (program != null && !program.isOpen()) {
      program.end();
      program = null;
      last = null;
    }
  }

  private synchronized void forget(StepProgram of) {
    refused.add(of.likeness());
    program = program == of ? null : program;
  }

  /** Forgets a program that makes no graphs, and says so where they were insisted on. */
  private void settle(StepProgram of) {
    String refusal = of.refusal();
    if (refusal == null) {
      return;
    }
    forget(of);
    if (use == CudaGraphs.ON && !of.isShort()) {
      throw new DeviceException(
          "the training step cannot become a CUDA graph, because " + refusal
              + "; leave `cudaGraphs` at auto, or switch it off");
    }
  }

  /** Ends the graphs, and gives their memory to the pool. True if there were any. */
  boolean giveWay() {
    StepCalls mine = device.calls();
    if (mine != null) {
      mine.giveWay();
      return true;
    }
    StepProgram present;
    synchronized (this) {
      present = program;
      program = null;
      if (present != null) {
        refused.add(present.likeness());
      }
    }
    if (present == null) {
      return false;
    }
    boolean gives = !present.isOpen();
    present.giveWay();
    return gives;
  }
}
