package org.swinengine.backend.cuda.ptx;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** A warp: its lanes' registers and where they are. */
final class PtxWarp {
  private static final int DEEPEST = 64;

  private final PtxProgram program;
  private final Instruction[] code;
  private final PtxLaunch launch;
  private final PtxMemory memory;
  private final ByteBuffer shared;
  private final PtxCounts counts;
  private final boolean computes;

  /** A register's 32 values stand together. Those of 32 bits are sign-extended, of 16 bits zero-extended. */
  private final long[] values;
  private final int[] conditions;
  private final long[] addresses = new long[32];

  /** Lanes that have parted: where each group is, where it meets the others, which lanes it has. */
  private final int[] at = new int[DEEPEST];
  private final int[] meeting = new int[DEEPEST];
  private final int[] lanes = new int[DEEPEST];
  private int top = -1;

  PtxWarp(PtxProgram program, PtxLaunch launch, PtxMemory memory, ByteBuffer shared, PtxCounts counts,
      boolean computes) {
    this.program = program;
    this.code = program.code().toArray(new Instruction[0]);
    this.launch = launch;
    this.memory = memory;
    this.shared = shared;
    this.counts = counts;
    this.computes = computes;
    values = new long[program.registers() * 32];
    conditions = new int[program.predicates()];
    conditions[1] = -1;
    long[] constants = program.constants();
    for (int i = 0; i < constants.length; i += 2) {
      fill((int) constants[i], constants[i + 1]);
    }
  }

  private void fill(int register, long value) {
    Arrays.fill(values, register * 32, register * 32 + 32, value);
  }

  /** Goes to a block's beginning. */
  void start(int warp, int x, int y, int z) {
    int[] specials = program.specials();
    for (int i = 0; i < specials.length; i += 2) {
      int register = specials[i];
      switch (PtxProgram.Special.values()[specials[i + 1]]) {
        case THREAD_X, LANE -> {
          boolean lane = specials[i + 1] == PtxProgram.Special.LANE.ordinal();
          for (int l = 0; l < 32; l++) {
            values[register * 32 + l] = lane ? l : warp * 32 + l;
          }
        }
        case BLOCK_X -> fill(register, x);
        case BLOCK_Y -> fill(register, y);
        case BLOCK_Z -> fill(register, z);
        case THREADS_X -> fill(register, launch.threads());
        case BLOCKS_X -> fill(register, launch.grid()[0]);
        case BLOCKS_Y -> fill(register, launch.grid()[1]);
        case BLOCKS_Z -> fill(register, launch.grid()[2]);
      }
    }
    int threads = Math.min(32, launch.threads() - warp * 32);
    top = 0;
    at[0] = 0;
    meeting[0] = code.length;
    lanes[0] = threads == 32 ? -1 : (1 << threads) - 1;
  }

  /** Runs up to the next barrier of the block; false if the warp has ended. */
  boolean runToBarrier() {
    while (top >= 0) {
      int pc = at[top];
      if (pc == meeting[top] || lanes[top] == 0) {
        top--;
        continue;
      }
      Instruction one = code[pc];
      int active = lanes[top];
      if (one.guard >= 0) {
        active &= one.guardIsNegated ? ~conditions[one.guard] : conditions[one.guard];
      }
      counts.instruction(one, lanes[top]);
      at[top] = pc + 1;
      switch (one.op) {
        case BRANCH -> branch(one, pc, active);
        case RETURN -> leave(active);
        case BARRIER -> {
          return true;
        }
        case COMMIT, WAIT, SYNC_WARP -> {
        }
        default -> {
          if (active != 0) {
            execute(one, active);
          }
        }
      }
    }
    return false;
  }

  private void branch(Instruction one, int pc, int taken) {
    int all = lanes[top];
    if (taken == all) {
      at[top] = one.target;
    } else if (taken != 0) {
      at[top] = one.meeting;
      if (top + 2 >= DEEPEST) {
        throw new IllegalStateException(program.name() + ": lanes part too often");
      }
      push(pc + 1, one.meeting, all & ~taken);
      push(one.target, one.meeting, taken);
    }
  }

  private void push(int pc, int end, int mask) {
    top++;
    at[top] = pc;
    meeting[top] = end;
    lanes[top] = mask;
  }

  private void leave(int leaving) {
    for (int i = 0; i <= top; i++) {
      lanes[i] &= ~leaving;
    }
  }

  private void execute(Instruction one, int mask) {
    if (one.op.isAccess()) {
      access(one, mask);
    } else if (one.op == Op.LOAD_PARAMETER) {
      loadParameter(one, mask);
    } else if (!(computes || one.needed)) {
      return;
    } else if (one.op.isOfWarp()) {
      together(one, mask);
    } else if (one.op.isOfPredicates()) {
      int a = conditions[one.predicates[0]];
      int result = switch (one.op) {
        case AND_PREDICATE -> a & conditions[one.predicates[1]];
        case OR_PREDICATE -> a | conditions[one.predicates[1]];
        case XOR_PREDICATE -> a ^ conditions[one.predicates[1]];
        case NOT_PREDICATE -> ~a;
        default -> a;
      };
      condition(one.predicate, result, mask);
    } else if (one.op == Op.COMPARE) {
      int a = one.operands[0] * 32;
      int b = one.operands[1] * 32;
      int result = 0;
      for (int lane = 0; lane < 32; lane++) {
        result |= PtxArithmetic.compare(one, values[a + lane], values[b + lane]) ? 1 << lane : 0;
      }
      condition(one.predicate, result, mask);
    } else {
      compute(one, mask);
    }
  }

  private void loadParameter(Instruction one, int mask) {
    if (one.operands.length == 0) {
      for (int i = 0; i < one.results.length; i++) {
        fill(one.results[i], parameter(one.offset + (long) i * one.bytes, one.bytes));
      }
    } else if (computes || one.needed) {
      for (int lane = 0; lane < 32; lane++) {
        for (int i = 0; (mask >>> lane & 1) != 0 && i < one.results.length; i++) {
          long at = values[one.operands[0] * 32 + lane] + one.offset + (long) i * one.bytes;
          values[one.results[i] * 32 + lane] = parameter(at, one.bytes);
        }
      }
    }
  }

  private long parameter(long at, int bytes) {
    long word = launch.arguments()[Math.toIntExact(at / 8)];
    return bytes == 8 ? word : (int) (word >>> 8 * (at % 8));
  }

  private void condition(int predicate, int result, int mask) {
    conditions[predicate] = conditions[predicate] & ~mask | result & mask;
  }

  private void compute(Instruction one, int mask) {
    int[] from = one.operands;
    int d = one.results[0] * 32;
    int a = from[0] * 32;
    int b = from.length > 1 ? from[1] * 32 : a;
    int c = from.length > 2 ? from[2] * 32 : a;
    for (int lane = 0; lane < 32; lane++) {
      if ((mask >>> lane & 1) == 0) {
        continue;
      }
      long x = values[a + lane];
      switch (one.op) {
        case SELECT -> values[d + lane] =
            (conditions[one.predicate] >>> lane & 1) != 0 ? x : values[b + lane];
        case SPLIT -> {
          values[d + lane] = (int) x;
          values[one.results[1] * 32 + lane] = (int) (x >> 32);
        }
        case INSERT_BITS -> {
          int begin = (int) values[c + lane];
          int count = (int) values[from[3] * 32 + lane];
          int bits = (count >= 32 ? -1 : (1 << count) - 1) << begin;
          values[d + lane] = (int) values[b + lane] & ~bits | (int) x << begin & bits;
        }
        case INSERT_BITS_64 -> {
          int begin = (int) values[c + lane];
          int count = (int) values[from[3] * 32 + lane];
          long bits = (count >= 64 ? -1L : (1L << count) - 1) << begin;
          values[d + lane] = values[b + lane] & ~bits | x << begin & bits;
        }
        default -> values[d + lane] =
            PtxArithmetic.evaluate(one.op, x, values[b + lane], values[c + lane]);
      }
    }
  }

  private void access(Instruction one, int mask) {
    int vector = one.results.length > 0 && !isMatrix(one) ? one.results.length : one.operands.length - 1;
    int a = one.operands[0] * 32;
    boolean isShared = one.op != Op.LOAD_GLOBAL && one.op != Op.STORE_GLOBAL;
    for (int lane = 0; lane < 32; lane++) {
      long address = values[a + lane] + one.offset;
      addresses[lane] = isShared ? address & 0xffffffffL : address;
    }
    switch (one.op) {
      case LOAD_MATRIX, LOAD_MATRIX_TRANSPOSED -> {
        counts.matrices(addresses, mask);
        if (computes || one.needed) {
          PtxTensorCore.distribute(one, addresses, shared, values);
        }
      }
      case COPY_ASYNC -> copy(one, mask);
      case LOAD_GLOBAL, LOAD_SHARED -> {
        count(isShared, mask, vector * one.bytes, false);
        if (computes || one.needed) {
          load(one, mask, isShared);
        }
      }
      default -> {
        count(isShared, mask, vector * one.bytes, true);
        if (computes || isShared && one.needed) {
          store(one, mask, isShared);
        }
      }
    }
  }

  private static boolean isMatrix(Instruction one) {
    return one.op == Op.LOAD_MATRIX || one.op == Op.LOAD_MATRIX_TRANSPOSED;
  }

  private void count(boolean isShared, int mask, int bytes, boolean writes) {
    if (isShared) {
      counts.shared(addresses, mask, bytes);
    } else {
      counts.global(addresses, mask, bytes, writes);
    }
  }

  private void copy(Instruction one, int mask) {
    counts.shared(addresses, mask, 16);
    int from = one.operands[1] * 32;
    int size = one.operands[2] * 32;
    long[] sources = new long[32];
    int reading = 0;
    for (int lane = 0; lane < 32; lane++) {
      sources[lane] = values[from + lane];
      reading |= (mask >>> lane & 1) != 0 && values[size + lane] != 0 ? 1 << lane : 0;
    }
    if (reading != 0) {
      counts.global(sources, reading, 16, false);
    }
    counts.copies(Integer.bitCount(reading), Integer.bitCount(mask));
    if (computes) {
      for (int lane = 0; lane < 32; lane++) {
        if ((mask >>> lane & 1) != 0) {
          boolean valid = (reading >>> lane & 1) != 0;
          shared.putLong((int) addresses[lane], valid ? memory.read(sources[lane], 8) : 0);
          shared.putLong((int) addresses[lane] + 8, valid ? memory.read(sources[lane] + 8, 8) : 0);
        }
      }
    }
  }

  private void load(Instruction one, int mask, boolean isShared) {
    for (int lane = 0; lane < 32; lane++) {
      for (int i = 0; (mask >>> lane & 1) != 0 && i < one.results.length; i++) {
        long address = addresses[lane] + (long) i * one.bytes;
        long raw = isShared ? fromShared((int) address, one.bytes) : memory.read(address, one.bytes);
        values[one.results[i] * 32 + lane] = one.bytes == 4 ? (int) raw : raw;
      }
    }
  }

  private long fromShared(int address, int bytes) {
    return bytes == 8 ? shared.getLong(address)
        : bytes == 4 ? shared.getInt(address)
            : bytes == 2 ? shared.getShort(address) & 0xffffL : shared.get(address) & 0xffL;
  }

  private void store(Instruction one, int mask, boolean isShared) {
    for (int lane = 0; lane < 32; lane++) {
      for (int i = 0; (mask >>> lane & 1) != 0 && i < one.operands.length - 1; i++) {
        long address = addresses[lane] + (long) i * one.bytes;
        long value = values[one.operands[i + 1] * 32 + lane];
        if (!isShared) {
          memory.write(address, value, one.bytes);
        } else if (one.bytes == 8) {
          shared.putLong((int) address, value);
        } else if (one.bytes == 4) {
          shared.putInt((int) address, (int) value);
        } else {
          shared.putShort((int) address, (short) value);
        }
      }
    }
  }

  private void together(Instruction one, int mask) {
    if (one.op == Op.PRODUCT) {
      PtxTensorCore.multiply(one, values);
      return;
    }
    if (one.op == Op.PRODUCT_TF32) {
      PtxTensorCore.multiplyTf32(one, values);
      return;
    }
    int d = one.results[0] * 32;
    int v = one.operands[0] * 32;
    int argument = one.operands[1] * 32;
    int clamp = one.operands[2] * 32;
    long[] given = Arrays.copyOfRange(values, v, v + 32);
    int inside = 0;
    for (int lane = 0; lane < 32; lane++) {
      if ((mask >>> lane & 1) == 0) {
        continue;
      }
      int c = (int) values[clamp + lane];
      int segment = c >>> 8 & 31;
      int least = lane & segment;
      int most = least | c & 31 & ~segment;
      int b = (int) values[argument + lane] & 31;
      int source = switch (one.op) {
        case SHUFFLE_XOR -> lane ^ b;
        case SHUFFLE_DOWN -> lane + b;
        case SHUFFLE_UP -> lane - b;
        default -> least | b & ~segment;
      };
      boolean exists = one.op == Op.SHUFFLE_UP ? source >= most : source <= most;
      inside |= exists ? 1 << lane : 0;
      values[d + lane] = given[exists ? source : lane];
    }
    if (one.predicate >= 0) {
      condition(one.predicate, inside, mask);
    }
  }
}
