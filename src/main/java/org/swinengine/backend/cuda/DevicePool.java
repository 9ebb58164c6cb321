package org.swinengine.backend.cuda;

import static jcuda.driver.CUresult.CUDA_ERROR_OUT_OF_MEMORY;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import jcuda.driver.JCudaDriver;
import org.swinengine.backend.DeviceOutOfMemoryError;
import org.swinengine.backend.MemoryKernels.MemoryStatistics;

/**
 * Device memory that is handed out again: the driver's own allocation waits for the GPU and costs as much as
 * a small kernel. Blocks are kept by size class, eight to an octave, so that a block is at most an eighth
 * longer than what was asked for. Everything runs in one stream, so a block may go to its next owner as soon
 * as its last one is done asking.
 */
final class DevicePool implements DeviceBlocks {
  /** What the driver aligns to, and the least that is worth a block of its own. */
  private static final long SMALLEST = 512;

  private static final int STEPS = 8;

  /** How often, and after which pause, to look whether the cleaner has given memory back. */
  private static final int CLEANER_WAITS = 10;

  private static final int CLEANER_MILLISECONDS = 10;

  private final CudaDevice device;
  private final Map<Long, ArrayDeque<Long>> free = new HashMap<>();

  /** Addresses of all blocks, free or not. */
  private final Set<Long> owned = new HashSet<>();
  private boolean closed;
  private volatile BooleanSupplier spare = () -> false;
  private long liveBytes;
  private long peakBytes;
  private long pooledBytes;
  private long allocated;
  private long reused;

  DevicePool(CudaDevice device) {
    this.device = device;
  }

  /**
   * @param givesBack gives memory to this pool that could be done without; whether there was any. Called on a
   *     thread that finds no room, before those that were named earlier, and again until there is none
   */
  void whenShort(BooleanSupplier givesBack) {
    BooleanSupplier before = spare;
    spare = () -> givesBack.getAsBoolean() || before.getAsBoolean();
  }

  /** Length of the block for so many bytes. */
  static long capacity(long bytes) {
    if (bytes <= SMALLEST) {
      return SMALLEST;
    }
    long step = Math.max(SMALLEST, Long.highestOneBit(bytes - 1) / STEPS);
    return (bytes + step - 1) / step * step;
  }

  /**
   * The address of a block with undefined contents.
   *
   * @throws DeviceOutOfMemoryError if the GPU has no room even after all waiting blocks have gone back to the
   *     driver
   */
  @Override
  public long take(long bytes) {
    long address = reserve(bytes);
    taken(bytes);
    return address;
  }

  /** The address of a waiting block, without a word to the driver; 0 if there is none for so many bytes. */
  long takeWaiting(long bytes) {
    long address = waiting(capacity(bytes));
    if (address != 0) {
      taken(bytes);
    }
    return address;
  }

  private synchronized void taken(long bytes) {
    liveBytes += bytes;
    peakBytes = Math.max(peakBytes, liveBytes);
  }

  /**
   * The same for what is no buffer of a user and does not count as one. What was asked for before may still
   * read the block.
   */
  long reserve(long bytes) {
    long capacity = capacity(bytes);
    long address = waiting(capacity);
    if (address == 0) {
      address = allocate(capacity);
    }
    if (address == 0) {
      address = allocateAfterCollection(capacity);
    }
    if (address == 0) {
      throw noRoom(bytes);
    }
    return address;
  }

  private synchronized long waiting(long capacity) {
    ArrayDeque<Long> blocks = free.get(capacity);
    if (blocks == null || blocks.isEmpty()) {
      return 0;
    }
    pooledBytes -= capacity;
    reused++;
    return blocks.pop();
  }

  /** A block from the driver; 0 if it has none. */
  private long allocate(long capacity) {
    device.enter();
    DevicePointer pointer = new DevicePointer();
    int result = JCudaDriver.cuMemAlloc(pointer, capacity);
    if (result == CUDA_ERROR_OUT_OF_MEMORY) {
      return 0;
    }
    device.check(result, "allocating " + capacity + " bytes");
    synchronized (this) {
      allocated++;
      owned.add(pointer.address());
    }
    return pointer.address();
  }

  /**
   * A block from the driver when all that can be given back to it has been; 0 if there is no room even then.
   * Buffers that nobody can reach any more give their memory back only after a garbage collection, and not at
   * once: the cleaner's thread does it.
   */
  private long allocateAfterCollection(long capacity) {
    drop();
    long room = allocate(capacity);
    if (room != 0) {
      return room; // blocks of lengths that nobody asks for any more were in the way, and no garbage
    }
    while (spare.getAsBoolean()) {
      drop();
      room = allocate(capacity);
      if (room != 0) {
        return room;
      }
    }
    System.gc();
    for (int wait = 0;; wait++) {
      drop();
      long address = allocate(capacity);
      if (address != 0 || wait == CLEANER_WAITS || !pause()) {
        return address;
      }
    }
  }

  /** False if the thread is asked to stop. */
  private static boolean pause() {
    try {
      Thread.sleep(CLEANER_MILLISECONDS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public synchronized void giveBack(long address, long bytes) {
    liveBytes -= bytes;
    giveBackReserved(address, bytes);
  }

  /** Takes back what {@link #reserve} gave; all that uses it stands in the device's stream. */
  synchronized void giveBackReserved(long address, long bytes) {
    if (closed) {
      return; // the driver has it back
    }
    long capacity = capacity(bytes);
    pooledBytes += capacity;
    free.computeIfAbsent(capacity, c -> new ArrayDeque<>()).push(address);
  }

  /** Gives all waiting blocks back to the driver. */
  void drop() {
    List<Long> blocks = new ArrayList<>();
    synchronized (this) {
      free.values().forEach(blocks::addAll);
      free.clear();
      pooledBytes = 0;
      blocks.forEach(owned::remove);
    }
    giveToDriver(blocks);
  }

  /**
   * Gives all blocks back to the driver, those of buffers that somebody still holds too: nobody can use them
   * any more, and who collects them may come when the driver has forgotten the addresses, or given them away.
   */
  void close() {
    List<Long> blocks;
    synchronized (this) {
      closed = true;
      free.clear();
      pooledBytes = 0;
      blocks = new ArrayList<>(owned);
      owned.clear();
    }
    giveToDriver(blocks);
  }

  private void giveToDriver(List<Long> blocks) {
    if (device.hasFailed()) {
      return; // the context takes its memory with it
    }
    device.synchronize();
    for (long address : blocks) {
      device.check(JCudaDriver.cuMemFree(DevicePointer.to(address)), "giving memory back");
    }
  }

  private synchronized DeviceOutOfMemoryError noRoom(long bytes) {
    long[] left = new long[1];
    long[] total = new long[1];
    JCudaDriver.cuMemGetInfo(left, total);
    return new DeviceOutOfMemoryError(
        String.format(
            Locale.ROOT,
            "the GPU cuda:%d has no room for a buffer of %s: of its %s, buffers of this process in use hold"
                + " %s, and %s are free; take a smaller `batchSize` or model",
            device.ordinal(),
            amount(bytes),
            amount(total[0]),
            amount(liveBytes),
            amount(left[0])));
  }

  /** In the unit that leaves a digit before the point. */
  private static String amount(long bytes) {
    String[] units = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    int unit = bytes < 1024 ? 0 : Math.min(units.length - 1, (63 - Long.numberOfLeadingZeros(bytes)) / 10);
    return unit == 0
        ? bytes + " bytes"
        : String.format(Locale.ROOT, "%.2f %s", bytes / Math.pow(1024, unit), units[unit]);
  }

  synchronized MemoryStatistics statistics() {
    return new MemoryStatistics(liveBytes, peakBytes, pooledBytes, allocated, reused);
  }

  synchronized void resetPeak() {
    peakBytes = liveBytes;
  }
}
