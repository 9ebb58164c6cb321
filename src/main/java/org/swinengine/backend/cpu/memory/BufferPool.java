package org.swinengine.backend.cpu.memory;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import org.swinengine.backend.cpu.runtime.Scratch;

/**
 * Arrays of one element type that wait to be used again, in eight size classes to an octave: an array is at
 * most an eighth longer than what was asked for. Safe for use from many threads; a class has a lock of its
 * own, held for the moment of a push or pop.
 *
 * @param <A> float[] or int[]
 */
final class BufferPool<A> {
  private static final int SMALLEST = 64;
  private static final int STEPS = 8;

  private final IntFunction<A> maker;
  private final ArrayDeque<A>[] free;
  private final AtomicLong pooledElements = new AtomicLong();
  private final AtomicLong made = new AtomicLong();
  private final AtomicLong reused = new AtomicLong();

  /**
   * @param maker makes an array of a length
   */
  BufferPool(IntFunction<A> maker) {
    this.maker = maker;
    @SuppressWarnings("unchecked")
    ArrayDeque<A>[] lists = (ArrayDeque<A>[]) new ArrayDeque<?>[Integer.SIZE * STEPS];
    for (int i = 0; i < lists.length; i++) {
      lists[i] = new ArrayDeque<>();
    }
    free = lists;
  }

  /** The size class of {@code n} elements: the least multiple of an eighth of the power of two below it. */
  static int capacity(int n) {
    if (n <= SMALLEST) {
      return SMALLEST;
    }
    int step = Integer.highestOneBit(n - 1) / STEPS;
    long rounded = ((long) n + step - 1) / step * step;
    return (int) Math.min(rounded, Integer.MAX_VALUE - Scratch.ALIGNED_START - 8);
  }

  /** An array with room for {@code n} elements from {@link Scratch#ALIGNED_START} on; contents undefined. */
  A take(int n) {
    int capacity = capacity(n);
    ArrayDeque<A> list = list(capacity);
    A array;
    synchronized (list) {
      array = list.pollFirst();
    }
    if (array != null) {
      pooledElements.addAndGet(-capacity);
      reused.incrementAndGet();
      return array;
    }
    array = maker.apply(capacity + Scratch.ALIGNED_START);
    made.incrementAndGet();
    return array;
  }

  /** Takes back what {@link #take} gave for {@code n}. */
  void giveBack(A array, int n) {
    int capacity = capacity(n);
    ArrayDeque<A> list = list(capacity);
    pooledElements.addAndGet(capacity);
    synchronized (list) {
      list.addFirst(array);
    }
  }

  /** Leaves all waiting arrays to the garbage collector. */
  void drop() {
    for (int i = 0; i < free.length; i++) {
      ArrayDeque<A> list = free[i];
      synchronized (list) {
        int dropped = list.size();
        if (dropped > 0) {
          list.clear();
          pooledElements.addAndGet(-(long) dropped * capacityOf(i));
        }
      }
    }
  }

  /** Elements for which waiting arrays have room. */
  long pooledElements() {
    return pooledElements.get();
  }

  /** Arrays made since the start. */
  long made() {
    return made.get();
  }

  /** Arrays taken from the waiting ones since the start. */
  long reused() {
    return reused.get();
  }

  private ArrayDeque<A> list(int capacity) {
    int octave = 31 - Integer.numberOfLeadingZeros(capacity - 1);
    int step = (1 << octave) / STEPS;
    return free[octave * STEPS + (capacity - (1 << octave) - 1) / step];
  }

  private static int capacityOf(int list) {
    int octave = list / STEPS;
    int step = (1 << octave) / STEPS;
    return capacity((1 << octave) + list % STEPS * step + 1);
  }
}
