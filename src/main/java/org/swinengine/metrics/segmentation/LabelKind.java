package org.swinengine.metrics.segmentation;

/** What the numbers of a map of labels say of its elements. Classes are numbered from 1. */
public enum LabelKind {
  /** The one class that an element has; 0: none. */
  NUMBERS(255) {
    @Override
    public boolean has(int label, int number) {
      return label == number;
    }

    @Override
    public int without(int label, int number) {
      return label == number ? 0 : label;
    }

    @Override
    boolean isValid(int label, int classes) {
      return label >= 0 && label < classes;
    }
  },

  /** All classes that an element has, a bit for each; the lowest is that of class 1. */
  SETS(-1) {
    @Override
    public boolean has(int label, int number) {
      return label >= 0 && (label >> number - 1 & 1) != 0;
    }

    @Override
    public int without(int label, int number) {
      return label >= 0 ? label & ~(1 << number - 1) : label;
    }

    @Override
    boolean isValid(int label, int classes) {
      return label >= 0 && (long) label >> classes - 1 == 0;
    }
  };

  private final int ignored;

  LabelKind(int ignored) {
    this.ignored = ignored;
  }

  /** The kind, by whether an element may have several classes. */
  public static LabelKind of(boolean overlapping) {
    return overlapping ? SETS : NUMBERS;
  }

  /** The number of elements that count nowhere. */
  public int ignored() {
    return ignored;
  }

  /** Whether an element has a class, 1 or above. */
  public abstract boolean has(int label, int number);

  /** What an element is from which a class is taken away. */
  public abstract int without(int label, int number);

  /** Whether it says no other than the classes 1 to {@code classes} − 1. */
  abstract boolean isValid(int label, int classes);
}
