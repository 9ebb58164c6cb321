package org.swinengine.data;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.swinengine.data.FolderDataset.Entry;

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

  /**
   * Divides image files: with groups, or several classes an image, by {@link GroupedSplit}.
   *
   * @throws DatasetException if all images are of one group
   */
  static Parts split(List<Entry> entries, int classes, DatasetOptions options) throws DatasetException {
    double fraction = options.validationFraction();
    if (entries.stream().allMatch(entry -> entry.label() >= 0 && entry.group() == null)) {
      int[] labels = entries.stream().mapToInt(Entry::label).toArray();
      return split(labels, classes, fraction, options.seed());
    }
    long groups = entries.stream().map(Entry::group).distinct().limit(2).count();
    if (groups < 2 && entries.stream().allMatch(entry -> entry.group() != null)) {
      throw new DatasetException(
          "All " + entries.size() + " images are of one group"
              + (entries.isEmpty() ? "" : ", " + entries.get(0).group())
              + ", which must not be divided. Give images of several groups, or a validation part.");
    }
    int[] part =
        GroupedSplit.assign(
            entries.stream().map(Entry::labels).toArray(int[][]::new),
            entries.stream().map(Entry::group).toArray(String[]::new),
            classes, new double[] {1 - fraction, fraction}, options.seed());
    return new Parts(
        IntStream.range(0, part.length).filter(i -> part[i] == 0).toArray(),
        IntStream.range(0, part.length).filter(i -> part[i] == 1).toArray());
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
