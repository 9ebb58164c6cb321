package org.swinengine.backend.cpu.runtime;

import org.swinengine.backend.cpu.simd.LaneSums;

/**
 * Working memory of a thread, kept from call to call and grown when a kernel asks for more. One kernel at a
 * time uses it: a kernel asks once and divides what it gets.
 */
public final class Scratch {
  /** Where data starts on a cache line in a large array. */
  public static final int ALIGNED_START = 12;

  private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

  private float[] floats = new float[0];
  private float[] shared = new float[0];
  private int[] ints = new int[0];
  private final float[] lanes = new float[LaneSums.COUNT];

  /** A row of zeros and a tile, both of the largest size. */
  private final float[] tile = new float[13 * 64];

  /** Where a result goes that nobody wants: the compiler leaves out what makes a result that goes nowhere. */
  public float unread;

  private Scratch() {}

  /** A size rounded up to whole cache lines, for dividing what {@link #floats} gives. */
  public static int aligned(int size) {
    return (size + 15) & -16;
  }

  public static Scratch get() {
    return OF_THREAD.get();
  }

  /** An array with at least {@code size} floats from index {@link #ALIGNED_START} on; contents undefined. */
  public float[] floats(int size) {
    if (floats.length < size + ALIGNED_START) {
      floats = grown(size);
    }
    return floats;
  }

  /**
   * {@link #floats} for what a kernel hands from one of its phases to the next: asked for by the calling
   * thread, used by all. Apart from {@link #floats}.
   */
  public float[] shared(int size) {
    if (shared.length < size + ALIGNED_START) {
      shared = grown(size);
    }
    return shared;
  }

  private static float[] grown(int size) {
    int need = Math.addExact(size, ALIGNED_START);
    // At least half a megabyte: large arrays do not move, and so stay aligned.
    return new float[Math.max(need + need / 4, 1 << 17)];
  }

  /**
   * The lanes of one row's sum; apart from {@link #floats}, so that summing may be part of another kernel.
   */
  public float[] lanes() {
    return lanes;
  }

  /**
   * A row of zeros, which must stay so, and behind it room for a tile of up to 12 rows of up to 64 columns;
   * apart from {@link #floats}.
   */
  public float[] tile() {
    return tile;
  }

  /** An array with at least {@code size} ints; contents undefined. */
  public int[] ints(int size) {
    if (ints.length < size) {
      ints = new int[size + size / 4];
    }
    return ints;
  }
}
