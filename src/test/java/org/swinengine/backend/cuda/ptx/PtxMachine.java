package org.swinengine.backend.cuda.ptx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Runs kernels from their PTX, the very text that a driver or an assembler makes machine code of: warp by
 * warp, 32 lanes in step, with lanes that part at a branch meeting again behind it. It counts what they ask
 * of memory, and either does everything ({@link #PtxMachine(PtxMemory)}) or only what addresses and branches
 * depend on, which is many times faster.
 *
 * <p>The emulator of {@code src/test/cuda} compiles the sources, in its own way, to find mistakes in them;
 * this machine takes what nvcc made of them, to count. Both come to the same numbers.
 */
public final class PtxMachine {
  private final PtxMemory memory;
  private final boolean computes;

  /** A machine that does what a GPU does. */
  public static PtxMachine computing(PtxMemory memory) {
    return new PtxMachine(memory, true);
  }

  /** A machine that only counts. It stores nothing in global memory. */
  public static PtxMachine counting(PtxMemory memory) {
    return new PtxMachine(memory, false);
  }

  private PtxMachine(PtxMemory memory, boolean computes) {
    this.memory = memory;
    this.computes = computes;
  }

  /** Runs all blocks. */
  public PtxCounts run(PtxProgram program, PtxLaunch launch) {
    return run(program, launch, launch.blocks());
  }

  /**
   * Runs at most so many blocks, each from the middle of an equal part of the grid.
   *
   * @return the counts of these blocks alone
   */
  public PtxCounts run(PtxProgram program, PtxLaunch launch, long mostBlocks) {
    PtxCounts counts = new PtxCounts();
    ByteBuffer shared =
        ByteBuffer.allocate(program.sharedBytes() + launch.sharedBytes()).order(ByteOrder.LITTLE_ENDIAN);
    PtxWarp[] warps = new PtxWarp[(launch.threads() + 31) / 32];
    for (int i = 0; i < warps.length; i++) {
      warps[i] = new PtxWarp(program, launch, memory, shared, counts, computes);
    }
    long blocks = launch.blocks();
    long runs = Math.min(blocks, mostBlocks);
    for (long i = 0; i < runs; i++) {
      long block = runs == blocks ? i : (2 * i + 1) * blocks / (2 * runs);
      Arrays.fill(shared.array(), (byte) -1);
      runBlock(launch, warps, block);
    }
    return counts;
  }

  private static void runBlock(PtxLaunch launch, PtxWarp[] warps, long block) {
    int x = (int) (block % launch.grid()[0]);
    long rows = block / launch.grid()[0];
    for (int i = 0; i < warps.length; i++) {
      warps[i].start(i, x, (int) (rows % launch.grid()[1]), (int) (rows / launch.grid()[1]));
    }
    for (boolean running = true; running;) {
      running = false;
      for (PtxWarp warp : warps) {
        running |= warp.runToBarrier();
      }
    }
  }
}
