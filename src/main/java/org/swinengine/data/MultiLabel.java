package org.swinengine.data;

import java.util.Arrays;
import java.util.stream.Collectors;

/** What is said of data whose samples have several classes. */
final class MultiLabel {
  private MultiLabel() {}

  /** For who asks for the one class of a sample. */
  static IllegalArgumentException noSingleLabel(Dataset dataset) {
    return new IllegalArgumentException(
        dataset.description() + " has images of several of its " + dataset.classNames().size()
            + " classes, or of none, but one class for each image is needed here");
  }

  /** The names of a sample's classes. */
  static String text(Dataset dataset, int index) {
    int[] labels = dataset.labels(index);
    return labels.length == 0
        ? "none"
        : Arrays.stream(labels).mapToObj(label -> dataset.classNames().get(label))
            .collect(Collectors.joining(" and "));
  }

  /**
   * Each row of zeros and ones as the numbers of its ones.
   *
   * @throws DatasetException if there is another number
   */
  static int[][] ofRows(int[] values, int columns, String file) throws DatasetException {
    int[][] labels = new int[values.length / columns][];
    for (int row = 0; row < labels.length; row++) {
      int[] found = new int[columns];
      int count = 0;
      for (int column = 0; column < columns; column++) {
        int value = values[row * columns + column];
        if (value != 0 && value != 1) {
          throw new DatasetException(
              file + ": image " + row + " has " + value + " for class " + column
                  + ", but zeros and ones were expected.");
        }
        if (value == 1) {
          found[count++] = column;
        }
      }
      labels[row] = Arrays.copyOf(found, count);
    }
    return labels;
  }
}
