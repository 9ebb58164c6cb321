package org.swinengine.data;

/**
 * The samples of an epoch in their order.
 *
 * @param samples their numbers
 * @param times how often each was there before in this epoch; 0 everywhere without replacement
 */
record EpochSamples(int[] samples, int[] times) {
  /** Bits of the word that stands for the epoch in random numbers which are the epoch's own. */
  private static final int EPOCH_BITS = 20;

  static final EpochSamples NONE = new EpochSamples(new int[0], new int[0]);

  /**
   * @param size samples of the data set
   */
  static EpochSamples of(int[] order, int size) {
    int[] seen = new int[size];
    int[] times = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      times[i] = seen[order[i]]++;
    }
    return new EpochSamples(order, times);
  }

  /** The epoch, as random numbers of a place are keyed: another one each time that a sample comes again. */
  int epochKey(int epoch, int place) {
    return epoch + (times[place] << EPOCH_BITS);
  }
}
