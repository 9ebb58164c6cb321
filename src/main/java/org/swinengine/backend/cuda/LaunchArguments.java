package org.swinengine.backend.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import jcuda.Pointer;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/** A kernel's arguments in native memory, eight bytes each, so that the pointers to them are made once. */
final class LaunchArguments {
  /** Of a kernel. */
  static final int MOST = 48;

  private static final int SLOT = 8;

  /** What a kernel may have of arguments. */
  private static final int MOST_BYTES = 4096;

  private final ByteBuffer words =
      ByteBuffer.allocateDirect(MOST * SLOT + MOST_BYTES).order(ByteOrder.nativeOrder());
  private final Pointer[] pointers = new Pointer[MOST + 1];

  LaunchArguments() {
    Pointer start = Pointer.to(words);
    Pointer[] slots = new Pointer[MOST];
    for (int i = 0; i < MOST; i++) {
      slots[i] = start.withByteOffset((long) i * SLOT);
      pointers[i + 1] = Pointer.to(Arrays.copyOf(slots, i + 1));
    }
  }

  /** Sets an argument; of one of four bytes the lower half counts, which comes first on these machines. */
  void put(int place, long word) {
    words.putLong(SLOT * place, word);
  }

  /** Sets the last argument: an array by value. */
  void table(Kernel kernel, int place, long[] table) {
    if ((place + table.length) * SLOT > MOST_BYTES) {
      throw new IllegalArgumentException(kernel.name() + ": " + table.length + " words are too many");
    }
    for (int i = 0; i < table.length; i++) {
      put(place + i, table[i]);
    }
  }

  /** An argument, or behind them a word of the table that is the last one. */
  long get(int place) {
    return words.getLong(SLOT * place);
  }

  /**
   * Launches a kernel with the first arguments.
   *
   * @return the driver's answer
   */
  int launch(Kernel kernel, int[] grid, int threads, int shared, int count, CUstream stream) {
    return JCudaDriver.cuLaunchKernel(
        kernel.function(), grid[0], grid[1], grid[2], threads, 1, 1, shared, stream, pointers[count], null);
  }
}
