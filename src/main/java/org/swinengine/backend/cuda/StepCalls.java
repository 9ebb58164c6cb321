package org.swinengine.backend.cuda;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.Repetition;

/**
 * The calls of a step that is under way, kept until they can be asked for together. The step's Java code runs
 * as ever and sees no difference: whatever cannot be kept (a wait, pixels, a download) has all that was kept
 * before it asked for first. So the order of the calls is that of the code, whether they become a graph or
 * not.
 *
 * <p>Three kinds of call are kept in another form, since a graph's arguments stay. <em>Numbers</em> that
 * differ from step to step ({@link Launch#numbers}) are collected, and go to the device in one copy right
 * before the calls. What comes <em>from the host</em> (labels) goes at once to a place that only it uses, and
 * a copy on the device from there is kept. What goes <em>to the host</em> later (losses) is the other way
 * round. All of these stand in one room, which the stream's order makes safe to use again.
 */
final class StepCalls implements Repetition {
  /** Bytes for numbers, which come first in the room. */
  private static final int NUMBERS = 1 << 16;

  /** Bytes of the room: labels, soft targets. What is longer is not kept. */
  static final int ROOM = 4 << 20;

  private static final int ALIGNMENT = 256;

  /** A copy to the host that is asked for when what is kept before it is. */
  final class Pending {
    private final long place;
    private final long bytes;
    private LateCopies.@Nullable Copy copy;

    private Pending(long place, long bytes) {
      this.place = place;
      this.bytes = bytes;
    }

    LateCopies.Copy copy() {
      LateCopies.Copy begun = copy;
      if (begun == null) {
        flush();
        begun = copy;
      }
      if (begun == null) {
        throw new IllegalStateException("numbers were asked for while their calls are made");
      }
      return begun;
    }
  }

  private final CudaDevice device;
  private final CudaMemory memory;
  private final StepProgram program;

  /** Of others' memory, which nobody else may have before the calls are asked for. */
  private final Set<Buffer> held = Collections.newSetFromMap(new IdentityHashMap<>());
  private final List<Pending> pending = new ArrayList<>();
  private final int[] numbers = new int[NUMBERS / Integer.BYTES];
  private CallLog log = new CallLog();
  private int numberCount;
  private int used = NUMBERS;
  private boolean flushing;
  private boolean keeps = true;

  /** From now on the thread's calls are kept here. */
  StepCalls(CudaDevice device, CudaMemory memory, StepProgram program) {
    this.device = device;
    this.memory = memory;
    this.program = program;
    device.keepingCalls(this);
  }

  StepProgram program() {
    return program;
  }

  /** Keeps a launch. */
  void launch(
      Kernel kernel, int[] grid, int threads, int shared, LaunchArguments arguments, int count,
      int tableWords) {
    log.launch(kernel, grid, threads, shared, arguments, count, tableWords);
  }

  /** Holds the buffers, null among them, that a launch works with. */
  void hold(Buffer[] buffers, int n) {
    for (int i = 0; i < n; i++) {
      if (buffers[i] != null) {
        hold(buffers[i]);
      }
    }
  }

  /** Keeps a fill; see {@link CallLog#fill}. A single number may be another one in each step. */
  void fill(Buffer of, long address, int bytes, int value, long n) {
    long number = n == 1 && bytes == Integer.BYTES ? numbers(new int[] {value}) : 0;
    hold(of); // not before: there may have been no place for a number more
    if (number != 0) {
      log.copy(address, number, bytes);
      return;
    }
    log.fill(address, bytes, value, n);
  }

  /** Keeps a copy on the device. */
  void copy(Buffer target, long to, Buffer source, long from, long bytes) {
    hold(target);
    hold(source);
    log.copy(to, from, bytes);
  }

  private void hold(Buffer buffer) {
    if (!((CudaBuffer) buffer).isOf(program.memory()) && held.add(buffer)) {
      buffer.retain();
    }
  }

  /** Keeps words for a launch that follows, and says where they will stand: on eight bytes. */
  long numbers(int[] words) {
    if (numberCount + words.length >= numbers.length) {
      flush();
    }
    System.arraycopy(words, 0, numbers, numberCount, words.length);
    long address = program.room() + (long) numberCount * Integer.BYTES;
    numberCount += words.length + words.length % 2;
    return address;
  }

  /**
   * Where what comes from the host may be sent at once.
   *
   * @return a place whence a kept copy takes it; or the target itself, if nothing is kept before it any more
   */
  long placeFor(Buffer target, long to, long bytes) {
    long place = log.isEmpty() ? 0 : place(bytes);
    if (place == 0) {
      flush();
      return to;
    }
    hold(target);
    log.copy(to, place, bytes);
    return place;
  }

  /** Keeps a copy to the host; null: it cannot be kept, and nothing is kept before it. */
  @Nullable
  Pending later(Buffer source, long from, long bytes) {
    long place = log.isEmpty() ? 0 : place(bytes);
    if (place == 0) {
      flush();
      return null;
    }
    hold(source);
    log.copy(place, from, bytes);
    Pending copy = new Pending(place, bytes);
    pending.add(copy);
    return copy;
  }

  /** A part of the room; 0 if there is none so long. */
  private long place(long bytes) {
    long length = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (used + length > ROOM) {
      return 0;
    }
    long at = program.room() + used;
    used += (int) length;
    return at;
  }

  /** Asks for all that is kept: as a graph where the program has it, else call by call. */
  @Override
  public void flush() {
    if (flushing || log.isEmpty()) {
      return;
    }
    flushing = true;
    device.keepingCalls(null);
    try {
      device.enter();
      if (numberCount > 0) {
        memory.send(numbers, numberCount, program.room());
      }
      log = program.ask(log);
      for (Pending copy : pending) {
        copy.copy = memory.late().begin(copy.place, copy.bytes);
      }
    } finally {
      log.clear();
      pending.clear();
      numberCount = 0;
      used = NUMBERS;
      held.forEach(Buffer::release);
      held.clear();
      flushing = false;
      device.keepingCalls(keeps ? this : null);
    }
  }

  /** The rest of the step is asked for call by call, and so are all others like it. */
  void giveUp(String reason) {
    program.refuse(reason);
    stop();
  }

  /** The same for want of memory, which what was kept has given back by then. */
  void giveWay() {
    stop();
    program.giveWayNow();
  }

  private void stop() {
    try {
      flush();
    } finally {
      keeps = false;
      device.keepingCalls(null);
    }
  }

  @Override
  public void close() {
    try {
      if (keeps) {
        stop();
      }
    } finally {
      program.ended();
    }
  }
}
