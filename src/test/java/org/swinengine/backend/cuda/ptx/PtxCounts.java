package org.swinengine.backend.cuda.ptx;

import java.util.HashMap;
import java.util.Map;

/** What a kernel asked for, summed over the blocks that ran. */
public final class PtxCounts {
  private static final int SECTOR = 32;
  private static final int SECTORS_OF_A_CHUNK = 1 << 15;

  /** Instructions that warps started, by operation. */
  final long[] instructions = new long[Op.values().length];

  private double slots;
  private long fullLanes;
  private long requests;
  private long readSectors;
  private long writtenSectors;
  private long usedBytes;
  private long wavefronts;
  private long leastWavefronts;
  private long matrixWavefronts;
  private long copies;
  private long emptyCopies;
  private final Sectors read = new Sectors();
  private final Sectors written = new Sectors();

  /** Sectors that were touched, a bit each, in chunks of a megabyte. */
  private static final class Sectors {
    private final Map<Long, long[]> chunks = new HashMap<>();
    private long lastKey = -1;
    private long[] last = {};
    private long count;

    void add(long sector) {
      long key = sector / SECTORS_OF_A_CHUNK;
      if (key != lastKey) {
        last = chunks.computeIfAbsent(key, k -> new long[SECTORS_OF_A_CHUNK / 64]);
        lastKey = key;
      }
      int bit = (int) (sector % SECTORS_OF_A_CHUNK);
      if ((last[bit / 64] >>> bit & 1) == 0) {
        last[bit / 64] |= 1L << bit;
        count++;
      }
    }
  }

  private final long[] distinct = new long[64];

  /** An access of a warp to global memory: addresses of the lanes of a mask, so many bytes each. */
  void global(long[] addresses, int mask, int bytes, boolean writes) {
    requests++;
    int found = 0;
    for (int lane = 0; lane < 32; lane++) {
      if ((mask >>> lane & 1) != 0) {
        usedBytes += bytes;
        found = note(addresses[lane] / SECTOR, found);
        found = note((addresses[lane] + bytes - 1) / SECTOR, found);
      }
    }
    Sectors set = writes ? written : read;
    for (int i = 0; i < found; i++) {
      set.add(distinct[i]);
    }
    if (writes) {
      writtenSectors += found;
    } else {
      readSectors += found;
    }
  }

  private int note(long key, int found) {
    for (int i = found - 1; i >= 0; i--) {
      if (distinct[i] == key) {
        return found;
      }
    }
    distinct[found] = key;
    return found + 1;
  }

  /**
   * An access of a warp to shared memory. 32 banks give a word of four bytes each at a time; lanes with 8
   * bytes go by halves of a warp, with 16 by quarters, as the hardware does it.
   */
  void shared(long[] addresses, int mask, int bytes) {
    int lanes = bytes <= 4 ? 32 : bytes <= 8 ? 16 : 8;
    for (int first = 0; first < 32; first += lanes) {
      int passes = passes(addresses, mask, first, lanes, bytes);
      wavefronts += passes;
      leastWavefronts += passes > 0 ? 1 : 0;
    }
  }

  /** The rows of four matrices, eight at a time. */
  void matrices(long[] addresses, int mask) {
    for (int first = 0; first < 32; first += 8) {
      int passes = passes(addresses, mask, first, 8, 16);
      wavefronts += passes;
      leastWavefronts += passes > 0 ? 1 : 0;
      matrixWavefronts += passes;
    }
  }

  private final long[] words = new long[128];

  private int passes(long[] addresses, int mask, int first, int lanes, int bytes) {
    int found = 0;
    int[] ofBank = new int[32];
    int most = 0;
    for (int lane = first; lane < first + lanes; lane++) {
      if ((mask >>> lane & 1) == 0) {
        continue;
      }
      for (long word = addresses[lane] / 4; word <= (addresses[lane] + bytes - 1) / 4; word++) {
        boolean again = false;
        for (int i = found - 1; i >= 0 && !again; i--) {
          again = words[i] == word;
        }
        if (!again) {
          words[found++] = word;
          most = Math.max(most, ++ofBank[(int) (word & 31)]);
        }
      }
    }
    return most;
  }

  /** Asynchronous copies of 16 bytes: those that read memory, and all. */
  void copies(int reading, int all) {
    copies += reading;
    emptyCopies += all - reading;
  }

  void instruction(Instruction one, int mask) {
    instructions[one.op.ordinal()]++;
    slots += one.slots;
    fullLanes += mask == -1 ? 1 : 0;
  }

  /** Instructions that warps started. */
  public long instructions() {
    long sum = 0;
    for (long one : instructions) {
      sum += one;
    }
    return sum;
  }

  /** Instructions of machine code that warps start, as {@link MachineSlots} has them. */
  public double slots() {
    return slots;
  }

  /** The share of them that all 32 lanes took part in. */
  public double fullWarps() {
    return (double) fullLanes / Math.max(1, instructions());
  }

  /** Of one operation, by the name that {@link Op} has for it. */
  public long instructions(String op) {
    return instructions[Op.valueOf(op).ordinal()];
  }

  /** Accesses of warps to global memory. */
  public long requests() {
    return requests;
  }

  /** Sectors of 32 bytes that reads asked for, each access by itself. */
  public long readSectors() {
    return readSectors;
  }

  public long writtenSectors() {
    return writtenSectors;
  }

  /** Bytes that lanes wanted, by the bytes of the sectors that their warps asked for. */
  public double usedOfSectors() {
    return (double) usedBytes / Math.max(1, SECTOR * (readSectors + writtenSectors));
  }

  /** Bytes of different sectors that were read, and of those that were written. */
  public long distinctReadBytes() {
    return SECTOR * read.count;
  }

  public long distinctWrittenBytes() {
    return SECTOR * written.count;
  }

  /** Passes over shared memory. */
  public long wavefronts() {
    return wavefronts;
  }

  /** Passes over shared memory, had no two words met in a bank. */
  public long leastWavefronts() {
    return leastWavefronts;
  }

  /** Asynchronous copies of 16 bytes that read memory. */
  public long copies() {
    return copies;
  }

  /** Those that store zeros alone. */
  public long emptyCopies() {
    return emptyCopies;
  }

  public long matrixWavefronts() {
    return matrixWavefronts;
  }
}
