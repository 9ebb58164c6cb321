package org.swinengine.data.augment;

/** Checks of settings that many transforms share. */
final class Ranges {
  private Ranges() {}

  static void requireProbability(String transform, double probability) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException(
          transform + " with probability " + probability + ", not in 0 to 1");
    }
  }

  /** That a range ascends and lies within bounds. */
  static void requireRange(String transform, String what, double from, double to, double least, double most) {
    if (!(from >= least && from <= to && to <= most)) {
      throw new IllegalArgumentException(
          transform + " with " + what + " from " + from + " to " + to + ": must ascend within "
              + (least == Double.MIN_NORMAL ? "0 (exclusive)" : least) + " and " + most);
    }
  }
}
