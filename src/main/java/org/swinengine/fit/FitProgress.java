package org.swinengine.fit;

/**
 * Where training stands between two epochs.
 *
 * @param epoch epochs that are complete
 * @param bestEpoch the one (from 1) with the least loss; 0 before the first
 * @param bestLoss its loss
 */
record FitProgress(int epoch, int bestEpoch, double bestLoss) {
  static final FitProgress START = new FitProgress(0, 0, Double.NaN);

  /** After another epoch. Any number is better than NaN, and NaN is better than nothing. */
  FitProgress after(double loss) {
    boolean better = bestEpoch == 0 || loss < bestLoss || Double.isNaN(bestLoss) && !Double.isNaN(loss);
    return new FitProgress(epoch + 1, better ? epoch + 1 : bestEpoch, better ? loss : bestLoss);
  }
}
