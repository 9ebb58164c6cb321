package org.swinengine.backend.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.swinengine.backend.cuda.ptx.PtxLaunch;
import org.swinengine.backend.cuda.ptx.PtxMachine;
import org.swinengine.backend.cuda.ptx.PtxMemory;
import org.swinengine.backend.cuda.ptx.PtxProgram;
import org.swinengine.backend.cuda.ptx.PtxReader;

/** What the engine asks of the emulated driver, and the kernels that it launches as PTX. */
public final class RecordedCalls {
  /** As {@code src/test/cuda/ledger.h} has them. */
  public enum Asked {
    LAUNCH, UPLOAD, DOWNLOAD, COPY_ON_DEVICE, FILL, STREAM_WAIT, EVENT_WAIT, ALLOCATION, RELEASE, GRAPH_LAUNCH
  }

  /**
   * A call of the driver.
   *
   * @param bytes of a copy, a fill or an allocation
   * @param kernel the name of what was launched, empty otherwise
   * @param launch with 48 arguments or more, of which the kernel has the first. Of a copy on the device the
   *     arguments are both addresses, of a fill the address and the repeated 32 bits
   */
  public record Call(Asked what, long bytes, String kernel, PtxLaunch launch) {}

  /** Device memory of the emulator. */
  public static final PtxMemory MEMORY = new PtxMemory() {
    @Override
    public long read(long address, int bytes) {
      return EmulatorControls.peek(address, bytes);
    }

    @Override
    public void write(long address, long value, int bytes) {
      EmulatorControls.poke(address, value, bytes);
    }
  };

  /** Of a launch without a table at most. */
  static final int ARGUMENTS = 48;
  private static final int ARGUMENTS_AT = 40;
  private static final Map<String, PtxProgram> PROGRAMS = new HashMap<>();

  private RecordedCalls() {}

  /** The calls of some work, which is done. */
  public static List<Call> of(Runnable work) {
    EmulatorControls.ledger(1);
    try {
      work.run();
      return taken();
    } finally {
      EmulatorControls.ledger(0);
    }
  }

  /**
   * From now on kernels do not run, but those of few threads, and memory is neither painted nor cleared: what
   * is computed means nothing, and the work may be of any size. Until {@link EmulatorControls#reset}, before
   * which all memory has to be given back.
   */
  static void sketch() {
    EmulatorControls.ledger(2);
  }

  /** What was recorded since the last time. */
  static List<Call> taken() {
    List<Call> calls = new ArrayList<>();
    for (long i = 0; i < EmulatorControls.recordedCalls(); i++) {
      calls.add(read(EmulatorControls.recordedCall(i)));
    }
    return calls;
  }

  private static Call read(long address) {
    Asked what = Asked.values()[(int) EmulatorControls.peek(address, 4)];
    long bytes = EmulatorControls.peek(address + 24, 8);
    int[] grid = new int[3];
    for (int i = 0; i < 3; i++) {
      grid[i] = (int) EmulatorControls.peek(address + 4 + 4 * i, 4);
    }
    String kernel = text(EmulatorControls.peek(address + 32, 8));
    int most = what == Asked.LAUNCH ? Math.max(ARGUMENTS, program(kernel).parameters()) : ARGUMENTS;
    long[] arguments = new long[most];
    for (int i = 0; i < most; i++) {
      arguments[i] = EmulatorControls.peek(address + ARGUMENTS_AT + 8L * i, 8);
    }
    return new Call(what, bytes, kernel, new PtxLaunch(grid,
        (int) EmulatorControls.peek(address + 16, 4), (int) EmulatorControls.peek(address + 20, 4),
        arguments));
  }

  private static String text(long address) {
    StringBuilder text = new StringBuilder();
    for (long at = address; EmulatorControls.peek(at, 1) != 0; at++) {
      text.append((char) EmulatorControls.peek(at, 1));
    }
    return new String(text.toString().getBytes(StandardCharsets.US_ASCII), StandardCharsets.US_ASCII);
  }

  /** Does again on device memory what calls did there, kernels by their PTX. */
  public static void replay(List<Call> calls) {
    PtxMachine machine = PtxMachine.computing(MEMORY);
    for (Call call : calls) {
      long[] arguments = call.launch().arguments();
      switch (call.what()) {
        case LAUNCH -> machine.run(program(call.kernel()), call.launch());
        case FILL -> {
          for (long i = 0; i < call.bytes(); i++) {
            MEMORY.write(arguments[0] + i, arguments[1] >>> 8 * (i % 4), 1);
          }
        }
        case COPY_ON_DEVICE -> {
          for (long i = 0; i < call.bytes(); i++) {
            MEMORY.write(arguments[0] + i, MEMORY.read(arguments[1] + i, 1), 1);
          }
        }
        case RELEASE -> throw new IllegalStateException("memory that was given back cannot be written to");
        default -> {
        }
      }
    }
  }

  /** A kernel of the checked-in PTX. */
  public static synchronized PtxProgram program(String kernel) {
    return PROGRAMS.computeIfAbsent(kernel, name -> {
      try {
        for (String family : CheckedInKernels.families()) {
          String ptx = CheckedInKernels.ptx(family);
          if (ptx.contains(".entry " + name + "(")) {
            return PtxReader.read(SingleKernelPtx.of(ptx, name));
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      throw new IllegalArgumentException("no family has a kernel " + name);
    });
  }
}
