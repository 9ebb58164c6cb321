package org.swinengine.data.webp;

/** What holds for all macroblocks of a frame. */
final class FrameSettings {
  /** Whether each macroblock says its segment. */
  boolean mapped;

  final int[] mapProbabilities = {255, 255, 255};

  /** Of each segment the steps of quantisation: mean and others, of luma, luma's means and chroma. */
  final int[][] steps = new int[4][];

  boolean simpleFilter;

  /** Of each segment, without and with blocks of their own modes: {@link LoopFilter#strength}, or 0. */
  final int[][] strengths = new int[4][2];

  /** Of the coefficients' tokens, [4 block types][8 bands][3 contexts][11]. */
  final int[] probabilities = Vp8Tables.TOKENS.clone();

  /** That a macroblock has coefficients, of 256, or −1 where none says so. */
  int skipProbability;

  /** The partitions of coefficients, which rows of macroblocks take in turns. */
  BooleanDecoder[] tokens = {};

  int segment(BooleanDecoder modes) {
    if (!mapped) {
      return 0;
    }
    return modes.bit(mapProbabilities[0]) == 0
        ? modes.bit(mapProbabilities[1])
        : 2 + modes.bit(mapProbabilities[2]);
  }
}
