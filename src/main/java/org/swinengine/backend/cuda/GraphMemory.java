package org.swinengine.backend.cuda;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What the kernels of one graph have their temporary memory from. Its addresses stand in the graph, so a
 * block stays here until the graph ends: the pool, which would hand it to a buffer that is to last, does
 * not see it. Within the graph a block goes from one buffer to the next as it does in the pool: the graph's
 * kernels run in the order in which they were captured. Nothing in it is of worth when the graph's last
 * kernel has run.
 */
final class GraphMemory implements DeviceBlocks {
  private final DevicePool pool;
  private final Map<Long, ArrayDeque<Long>> free = new HashMap<>();
  private long bytes;
  private int lent;
  private volatile boolean fixed;
  private boolean closed;

  GraphMemory(DevicePool pool) {
    this.pool = pool;
  }

  /** From now on the driver, which allocates nothing in a capture, is not asked for more. */
  void fix() {
    fixed = true;
  }

  @Override
  public long take(long wanted) {
    long capacity = DevicePool.capacity(wanted);
    synchronized (this) {
      ArrayDeque<Long> blocks = free.get(capacity);
      if (blocks != null && !blocks.isEmpty()) {
        lent++;
        return blocks.pop();
      }
    }
    long address = more(capacity); // not locked: it may wait for a cleaner, which gives back here
    synchronized (this) {
      bytes += capacity;
      lent++;
    }
    return address;
  }

  private long more(long capacity) {
    long address = fixed ? pool.takeWaiting(capacity) : pool.take(capacity);
    if (address == 0) {
      throw new CaptureRefusedException("it takes more memory than the same calls took before");
    }
    return address;
  }

  @Override
  public synchronized void giveBack(long address, long given) {
    long capacity = DevicePool.capacity(given);
    lent--;
    if (closed) {
      bytes -= capacity;
      pool.giveBack(address, capacity);
    } else {
      free.computeIfAbsent(capacity, c -> new ArrayDeque<>()).push(address);
    }
  }

  /**
   * Puts the blocks that are here into an order that depends on nothing: calls that are the same get the same
   * addresses. When all have come back.
   */
  synchronized void arrange() {
    free.replaceAll(
        (capacity, blocks) -> blocks.stream().sorted().collect(Collectors.toCollection(ArrayDeque::new)));
  }

  /** How many blocks have not come back. */
  synchronized int lent() {
    return lent;
  }

  /** Length of all blocks. */
  synchronized long bytes() {
    return bytes;
  }

  /** Gives the blocks to the pool; one that has not come back follows when it does. */
  synchronized void close() {
    closed = true;
    free.forEach((capacity, blocks) -> {
      for (long address : blocks) {
        bytes -= capacity;
        pool.giveBack(address, capacity);
      }
    });
    free.clear();
  }
}
