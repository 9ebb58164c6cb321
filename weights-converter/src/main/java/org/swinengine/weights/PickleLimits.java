package org.swinengine.weights;

/**
 * What one pickle may cost. Real checkpoints stay far below: about 20 values and 200 bytes a tensor. Copies
 * count as well, because a few bytes of a pickle can ask for the same large list to be copied again and
 * again.
 */
final class PickleLimits {
  static final int MAX_BYTES = 64 << 20;
  static final int MAX_VALUES = 4_000_000;
  static final int MAX_MEMO = 4_000_000;

  private int values;
  private long copiedBytes;

  void countValues(int n) {
    if (n > MAX_VALUES - values) {
      throw new PickleException("it makes more than " + MAX_VALUES + " objects");
    }
    values += n;
  }

  void countCopiedBytes(int n) {
    copiedBytes += n;
    if (copiedBytes > MAX_BYTES) {
      throw new PickleException("it copies more than " + MAX_BYTES + " bytes of text");
    }
  }

  /** A malformed or excessive pickle; the reader of the file adds the file and the position. */
  static final class PickleException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PickleException(String reason) {
      super(reason);
    }
  }
}
