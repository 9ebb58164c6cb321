package org.swinengine.backend.cuda;

/** How kernels that only move data see it: as the longest words that fit, of 16, 8, 4 or 2 bytes. */
final class Words {
  private static final int LONGEST = 16;

  private final int elementBytes;
  private final int bytes;

  /**
   * @param elementBytes size of an element
   * @param addresses all addresses, combined with bitwise or
   * @param lengths numbers of elements that must be whole words, combined with bitwise or
   */
  Words(int elementBytes, long addresses, long lengths) {
    this.elementBytes = elementBytes;
    bytes = (int) Long.lowestOneBit(addresses | lengths * elementBytes | LONGEST);
  }

  /** A kernel's name with the suffix of the words that it moves. */
  String named(String kernel) {
    return kernel + "_" + bytes;
  }

  /** So many elements as a number of words. */
  int of(int elements) {
    return Math.toIntExact(of((long) elements));
  }

  /** So many elements as a number of words. */
  long of(long elements) {
    return elements * elementBytes / bytes;
  }

  /** Threads of a block that moves so many words: whole warps, at most {@link Grids#THREADS}. */
  static int threads(long words) {
    return (int) Math.min(Grids.THREADS, Math.max(1, Grids.blocks(words, 32)) * 32);
  }
}
