package org.swinengine.backend.cuda.ptx;

import java.util.List;

/**
 * A kernel, read from PTX by {@link PtxReader}.
 *
 * @param name of the kernel
 * @param code its instructions; branches name others by their index
 * @param registers how many values a lane has, constants included
 * @param predicates how many predicates
 * @param constants registers that hold a constant: number and value in turns
 * @param specials registers that hold a lane's place: number and a {@link Special} in turns
 * @param sharedBytes of static shared memory; dynamic memory begins there
 * @param parameters how many words of 64 bits a launch gives: one for each argument, and what a table by
 *     value has
 */
public record PtxProgram(
    String name, List<Instruction> code, int registers, int predicates, long[] constants, int[] specials,
    int sharedBytes, int parameters) {

  /** Instructions of machine code that the whole text comes to, as {@link MachineSlots} has them. */
  public double slots() {
    return code.stream().mapToDouble(one -> one.slots).sum();
  }

  /** What a lane knows of its place. */
  enum Special {
    THREAD_X, BLOCK_X, BLOCK_Y, BLOCK_Z, THREADS_X, BLOCKS_X, BLOCKS_Y, BLOCKS_Z, LANE
  }
}
