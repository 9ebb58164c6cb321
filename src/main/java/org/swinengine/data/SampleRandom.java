package org.swinengine.data;

import org.swinengine.backend.Philox;

/**
 * The stream of random numbers that one transform draws for one sample in one epoch.
 *
 * <p>The numbers are a function of (seed, epoch, sample index, stream) and of how many were drawn before;
 * nothing else, so threads may draw for different samples in any order. The Philox key is the seed; the
 * counter is (block number, sample index, epoch, {@value #DOMAIN} in the top byte over the stream number).
 * The top byte keeps these streams apart from other users of the same seed.
 *
 * <p>An instance belongs to one thread; {@link #reset} makes it a new stream without allocation.
 */
public final class SampleRandom {
  /** The stream from which {@link BatchLoader} draws the order of an epoch; transforms count from 0. */
  static final int ORDER_STREAM = 0xFFFFFF;

  /** The stream of the seeded split into training and validation part. */
  public static final int SPLIT_STREAM = 0xFFFFFE;

  /** The stream of what mixes the pictures of a batch. */
  static final int MIX_STREAM = 0xFFFFFD;

  private static final int DOMAIN = 0xDA;

  private final int[] block = new int[4];
  private int key0;
  private int key1;
  private int blockNumber;
  private int sampleWord;
  private int epochWord;
  private int streamWord;
  private int used;
  private boolean hasSpareNormal;
  private double spareNormal;

  /** Creates the stream of (seed, epoch, sample, stream); see {@link #reset}. */
  public SampleRandom(long seed, int epoch, int sample, int stream) {
    reset(seed, epoch, sample, stream);
  }

  /**
   * Starts the stream of (seed, epoch, sample, stream) from its beginning.
   *
   * @param seed any value
   * @param epoch number of the epoch
   * @param sample index of the sample in its data set
   * @param stream number of the transform in its pipeline, 0 to 16,777,215
   */
  public void reset(long seed, int epoch, int sample, int stream) {
    if (stream < 0 || stream > 0xFFFFFF) {
      throw new IllegalArgumentException("stream is " + stream + " but must be from 0 to 16777215");
    }
    key0 = (int) seed;
    key1 = (int) (seed >>> 32);
    blockNumber = 0;
    sampleWord = sample;
    epochWord = epoch;
    streamWord = DOMAIN << 24 | stream;
    used = 4;
    hasSpareNormal = false;
  }

  /** Returns 32 random bits. */
  public int nextBits() {
    if (used == 4) {
      Philox.block(key0, key1, blockNumber++, sampleWord, epochWord, streamWord, block);
      used = 0;
    }
    return block[used++];
  }

  /** Returns a uniform number in [0, 1), a multiple of 2<sup>-24</sup>. */
  public float uniform() {
    return Philox.uniform(nextBits());
  }

  /** Returns a uniform number in [0, 1), a multiple of 2<sup>-53</sup>. */
  public double uniform53() {
    long high = nextBits() & 0xFFFFFFFFL;
    long low = nextBits() & 0xFFFFFFFFL;
    return (high << 21 | low >>> 11) * 0x1p-53;
  }

  /**
   * Returns a number of the beta distribution with both parameters {@code alpha}: x/(x + y) of two numbers
   * of the gamma distribution (Marsaglia and Tsang 2000), with {@link StrictMath}.
   *
   * @param alpha above 0
   */
  public double beta(double alpha) {
    double x = gamma(alpha);
    double y = gamma(alpha);
    return x + y == 0 ? (bernoulli(0.5) ? 1 : 0) : x / (x + y);
  }

  private double gamma(double shape) {
    if (shape < 1) { // of the next shape, times u^(1/shape)
      double u = 1 - uniform53();
      return gamma(shape + 1) * StrictMath.pow(u, 1 / shape);
    }
    double d = shape - 1 / 3.0;
    double c = 1 / StrictMath.sqrt(9 * d);
    while (true) {
      double x = normal();
      double root = 1 + c * x;
      double v = root * root * root;
      double u = 1 - uniform53();
      if (v > 0 && StrictMath.log(u) < 0.5 * x * x + d - d * v + d * StrictMath.log(v)) {
        return d * v;
      }
    }
  }

  /** Returns a uniform number in [low, high). */
  public double uniform(double low, double high) {
    return low + (high - low) * uniform();
  }

  /** Returns true with the given probability (0: never, 1: always). */
  public boolean bernoulli(double probability) {
    return uniform() < probability;
  }

  /**
   * Returns a uniform integer in [0, bound), without bias (Lemire, "Fast random integer generation in an
   * interval", 2019).
   */
  public int uniformInt(int bound) {
    if (bound <= 0) {
      throw new IllegalArgumentException("bound is " + bound + " but must be at least 1");
    }
    long product = (nextBits() & 0xFFFFFFFFL) * bound;
    if ((product & 0xFFFFFFFFL) < bound) {
      long threshold = (0x100000000L - bound) % bound;
      while ((product & 0xFFFFFFFFL) < threshold) {
        product = (nextBits() & 0xFFFFFFFFL) * bound;
      }
    }
    return (int) (product >>> 32);
  }

  /**
   * Returns a normal number with mean 0 and variance 1 (Box and Muller, in double precision with {@link
   * StrictMath}, because {@link Math} may give other bits on another JDK).
   */
  public float normal() {
    if (hasSpareNormal) {
      hasSpareNormal = false;
      return (float) spareNormal;
    }
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - uniform()));
    double angle = 2 * StrictMath.PI * uniform();
    spareNormal = radius * StrictMath.sin(angle);
    hasSpareNormal = true;
    return (float) (radius * StrictMath.cos(angle));
  }

  /** Shuffles the array (Fisher and Yates); all permutations are equally likely. */
  public void shuffle(int[] values) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = uniformInt(i + 1);
      int swapped = values[i];
      values[i] = values[j];
      values[j] = swapped;
    }
  }
}
