package org.swinengine.nn;

import org.swinengine.autograd.Initializer;
import org.swinengine.backend.Philox;
import org.swinengine.backend.RandomKey;

/** First values of parameters, as the original implementations choose them. */
public final class Initializers {
  /**
   * PyTorch's and timm's {@code trunc_normal_} cut at these absolute values, not at multiples of the
   * deviation.
   */
  private static final double TRUNCATION = 2;

  private Initializers() {}

  /** All zero. */
  public static Initializer zeros() {
    return (values, seed, path) -> {};
  }

  /** All one value. */
  public static Initializer constant(float value) {
    return (values, seed, path) -> java.util.Arrays.fill(values, value);
  }

  /** Normal numbers of mean 0, cut at ±2: timm's {@code trunc_normal_(std=deviation)}. */
  public static Initializer truncatedNormal(double deviation) {
    double bound = TRUNCATION / deviation;
    return (values, seed, path) -> fill(
        values,
        seed,
        path,
        u -> deviation * Math.max(-bound, Math.min(bound, NormalQuantile.of(u))));
  }

  /** Uniform numbers in (−bound, bound). */
  public static Initializer uniform(double bound) {
    return (values, seed, path) -> fill(values, seed, path, u -> bound * (2 * u - 1));
  }

  /** PyTorch's default for a convolution's weight and bias: uniform with bound 1/√fanIn. */
  public static Initializer convolution(int fanIn) {
    return uniform(1 / Math.sqrt(fanIn));
  }

  private interface FromUniform {
    double value(double uniform);
  }

  private static void fill(float[] values, long seed, String path, FromUniform distribution) {
    int[] words = new int[4];
    int stream = RandomKey.streamOf(path) ^ (int) (seed >>> 32);
    for (int i = 0; i < values.length; i++) {
      if ((i & 3) == 0) {
        Philox.block((int) seed, stream, i >>> 2, 0, 0, -1, words);
      }
      // The middle of one of 2³² equal steps, so that neither 0 nor 1 occurs.
      values[i] = (float) distribution.value(((words[i & 3] & 0xFFFFFFFFL) + 0.5) * 0x1p-32);
    }
  }
}
