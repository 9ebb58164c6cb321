package org.swinengine.data;

/** Which samples an epoch has, in which order: a function of seed and epoch. */
@FunctionalInterface
public interface EpochOrder {
  /**
   * The samples' numbers, as many as the data set has samples; one may come several times.
   *
   * @param size samples of the data set
   */
  int[] of(int size, long seed, int epoch);

  /** All samples, as they are. */
  EpochOrder LISTED = (size, seed, epoch) -> listed(size);

  /** All samples, shuffled. */
  EpochOrder SHUFFLED =
      (size, seed, epoch) -> {
        int[] order = listed(size);
        new SampleRandom(seed, epoch, 0, SampleRandom.ORDER_STREAM).shuffle(order);
        return order;
      };

  private static int[] listed(int size) {
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      order[i] = i;
    }
    return order;
  }
}
