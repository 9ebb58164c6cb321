package org.swinengine.data;

import java.util.Arrays;

/**
 * Draws samples with replacement, each as often on average as its weight says (PyTorch's {@code
 * WeightedRandomSampler}): with the weights of {@link ClassWeights#balanced}, every class comes alike often.
 */
public final class WeightedSampling implements EpochOrder {
  private final double[] sums;

  /**
   * @param weights of the samples, at least 0
   * @throws IllegalArgumentException if one is below 0 or not finite, or all are 0
   */
  public WeightedSampling(double[] weights) {
    sums = new double[weights.length];
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      if (!(weights[i] >= 0 && weights[i] < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "the weight of sample " + i + " is " + weights[i] + ", but must be at least 0 and finite");
      }
      sum += weights[i];
      sums[i] = sum;
    }
    if (!(sum > 0)) {
      throw new IllegalArgumentException("all weights of samples are 0: there is nothing to draw");
    }
  }

  @Override
  public int[] of(int size, long seed, int epoch) {
    if (size != sums.length) {
      throw new IllegalArgumentException(
          "there are weights of " + sums.length + " samples, but " + size + " samples");
    }
    SampleRandom random = new SampleRandom(seed, epoch, 0, SampleRandom.ORDER_STREAM);
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      order[i] = drawn(random.uniform53() * sums[size - 1]);
    }
    return order;
  }

  /** The first sample at whose end the sum of weights is above a number. */
  private int drawn(double at) {
    int found = Arrays.binarySearch(sums, at);
    int sample = found >= 0 ? found + 1 : -found - 1;
    // Where the number is a sum, samples of no weight may end there too; and rounding may reach the end.
    while (sample < sums.length - 1 && sums[sample] <= at) {
      sample++;
    }
    return lastWithWeight(Math.min(sample, sums.length - 1));
  }

  private int lastWithWeight(int sample) {
    int i = sample;
    while (i > 0 && sums[i] == sums[i - 1]) {
      i--;
    }
    return i;
  }
}
