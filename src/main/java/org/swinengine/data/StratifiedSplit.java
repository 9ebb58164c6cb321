package org.swinengine.data;

import java.util.Arrays;

/** Divides samples into two parts that have each class in the same proportion. */
final class StratifiedSplit {
  /** Indices of the two parts, each ascending. */
  record Parts(int[] train, int[] validation) {}

  private StratifiedSplit() {}

  /**
   * Divides by (labels, fraction, seed) alone. Of a class with n samples, round(n × fraction) go to the
   * validation part, but at least one to each part where n is 2 or more; a single sample stays in the
   * training part.
   */
  static Parts split(int[] labels, int classes, double fraction, long seed) {
    int[] counts = new int[classes];
    for (int label : labels) {
      counts[label]++;
    }
    boolean[] isValidation = new boolean[labels.length];
    int validationSize = 0;
    for (int label = 0; label < classes; label++) {
      int[] members = new int[counts[label]];
      int next = 0;
      for (int i = 0; i < labels.length; i++) {
        if (labels[i] == label) {
          members[next++] = i;
        }
      }
      new SampleRandom(seed, 0, label, SampleRandom.SPLIT_STREAM).shuffle(members);
      int share = (int) Math.rint(members.length * fraction);
      share = members.length < 2 ? 0 : Math.max(1, Math.min(share, members.length - 1));
      for (int i = 0; i < share; i++) {
        isValidation[members[i]] = true;
      }
      validationSize += share;
    }
    int[] train = new int[labels.length - validationSize];
    int[] validation = new int[validationSize];
    int trainNext = 0;
    int validationNext = 0;
    for (int i = 0; i < labels.length; i++) {
      if (isValidation[i]) {
        validation[validationNext++] = i;
      } else {
        train[trainNext++] = i;
      }
    }
    return new Parts(train, validation);
  }

  /** Divides a data set in memory into views of it. */
  static Dataset[] split(ArrayDataset whole, DatasetOptions options) throws DatasetException {
    int[] labels = new int[whole.size()];
    Arrays.setAll(labels, whole::label);
    Parts parts = split(labels, whole.classNames().size(), options.validationFraction(), options.seed());
    if (parts.validation().length == 0) {
      throw new DatasetException(
          whole.description() + " is too small to set a validation part aside: no class has two samples."
              + " Give more images.");
    }
    return new Dataset[] {whole.part(parts.train()), whole.part(parts.validation())};
  }
}
