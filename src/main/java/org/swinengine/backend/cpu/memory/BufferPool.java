package org.swinengine.backend.cpu.memory;

import java.lang.reflect.Array;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import org.swinengine.backend.cpu.runtime.Scratch;

/**
 * Arrays of one element type that wait to be used again, in 32 size classes to an octave: an array is at most
 * a thirty-second part longer than what was asked for. Where none of its class waits, one that is up to
 * {@link #FITS} times as long serves as well: blocks of a model come in sizes that halve from stage to stage,
 * and what one stage has left over is otherwise of no use to the next. Safe for use from many threads; a
 * class has a lock of its own, held for the moment of a push or pop.
 *
 * @param <A> float[] or int[]
 */
final class BufferPool<A> {
  private static final int SMALLEST = 64;
  private static final int STEPS = 32;

  /**
   * By dry runs of Swin, Swin V2, Swin-Unet and ViT: at 2, activations settle in arrays of twice their size
   * and models whose blocks are all alike take more than they would without; below 1.5 little is won.
   */
  private static final double FITS = 1.6;

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
    @SuppressWarnings("unchecked") ArrayDeque<A>[] lists =
        (ArrayDeque<A>[]) new ArrayDeque<?>[Integer.SIZE * STEPS];
    for (int i = 0; i < lists.length; i++) {
      lists[i] = new ArrayDeque<>();
    }
    free = lists;
  }

  /** The size class of {@code n} elements: the least multiple of a 32nd of the power of two below it. */
  static int capacity(int n) {
    if (n <= SMALLEST) {
      return SMALLEST;
    }
    int step = Integer.highestOneBit(n - 1) / STEPS;
    long rounded = ((long) n + step - 1) / step * step;
    return (int) Math.min(rounded, Integer.MAX_VALUE - Scratch.ALIGNED_START - 8);
  }

  /** The longest waiting array that is given to those who ask for {@code capacity} elements. */
  static long longest(long capacity) {
    return (long) (FITS * capacity);
  }

  /** An array with room for {@code n} elements from {@link Scratch#ALIGNED_START} on; contents undefined. */
  A take(int n) {
    int capacity = capacity(n);
    long longest = Math.min(longest(capacity), Integer.MAX_VALUE);
    int last = index((int) longest);
    for (int i = index(capacity); i <= last; i++) {
      int room = capacityOf(i);
      A array = room <= longest ? poll(free[i]) : null;
      if (array != null) {
        pooledElements.addAndGet(-room);
        reused.incrementAndGet();
        return array;
      }
    }
    A array = maker.apply(capacity + Scratch.ALIGNED_START);
    made.incrementAndGet();
    return array;
  }

  private A poll(ArrayDeque<A> list) {
    synchronized (list) {
      return list.pollFirst();
    }
  }

  /** Takes back what {@link #take} gave. */
  void giveBack(A array) {
    int capacity = Array.getLength(array) - Scratch.ALIGNED_START;
    ArrayDeque<A> list = free[index(capacity)];
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

  private static int index(int capacity) {
    int octave = 31 - Integer.numberOfLeadingZeros(capacity - 1);
    int step = (1 << octave) / STEPS;
    return octave * STEPS + (capacity - (1 << octave) - 1) / step;
  }

  private static int capacityOf(int list) {
    int octave = list / STEPS;
    int step = (1 << octave) / STEPS;
    return capacity((1 << octave) + list % STEPS * step + 1);
  }
}
