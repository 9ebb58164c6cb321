package org.swinengine.data;

/**
 * How often which value occurs among samples of more than 8 bits: exact for whole numbers up to 4096, and to
 * one part in 4096 beyond. The same in whatever order they come.
 */
final class SampleHistogram {
  private static final int SHIFT = 11;

  private final long[] counts = new long[1 << 32 - SHIFT];
  private long total;

  /** Adds a sample; not-a-number is none. */
  void add(float sample) {
    if (!Float.isNaN(sample)) {
      // Adding 0 makes a positive zero of a negative one.
      int bits = Float.floatToIntBits(sample + 0f);
      // In this order the bits of floats are those of whole numbers without sign.
      int ordered = bits < 0 ? ~bits : bits ^ Integer.MIN_VALUE;
      counts[ordered >>> SHIFT]++;
      total++;
    }
  }

  /** Adds what another counted. */
  synchronized void add(SampleHistogram other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
    total += other.total;
  }

  /** Whether there was no sample. */
  boolean isEmpty() {
    return total == 0;
  }

  /** From one percentile to another; the full range where there is no sample. */
  SampleRange window(SampleRange percentiles) {
    if (isEmpty()) {
      return SampleRange.FULL;
    }
    double low = percentile(percentiles.low());
    double high = percentile(percentiles.high());
    return SampleRange.window(low, high > low ? high : low + 1);
  }

  /** The value that so many percent of the samples do not exceed. */
  float percentile(double percent) {
    long rank = Math.max(1, (long) Math.ceil(total * percent / 100));
    int bin = 0;
    for (long below = counts[0]; below < rank; below += counts[bin]) {
      bin++;
    }
    int ordered = bin << SHIFT;
    // Of a range of values the one that is nearest to 0, which is the only whole number in it.
    return Float.intBitsToFloat(
        ordered < 0 ? ordered ^ Integer.MIN_VALUE : ~(ordered | (1 << SHIFT) - 1));
  }
}
