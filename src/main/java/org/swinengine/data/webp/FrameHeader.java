package org.swinengine.data.webp;

import java.io.EOFException;
import java.io.IOException;

/** What stands before a frame's macroblocks (RFC 6386, section 9). */
final class FrameHeader {
  private static final int LENGTH = 10;
  private static final int SEGMENTS = 4;

  /** Bytes that the arithmetic decoder may seem to have beyond its last. */
  private static final int SLACK = 2;

  /** Pixels on a side of a macroblock. */
  private static final int MACROBLOCK = 16;

  final int width;
  final int height;

  /** Macroblocks in a row, and rows of them. */
  final int columns;

  final int rows;

  private final byte[] data;
  private final int end;

  /** Where the sizes of the partitions of coefficients begin. */
  private final int sizes;

  /** The first partition: the rest of the header, then the modes of all macroblocks. */
  final BooleanDecoder modes;

  /** @throws IOException when the bytes are not the beginning of a key frame, or fewer than it needs */
  FrameHeader(byte[] data, int start, int end) throws IOException {
    this.data = data;
    this.end = end;
    if (end - start < LENGTH) {
      throw cutOff();
    }
    int bits = little(data, start, 3);
    boolean key = (bits & 1) == 0 && (bits >> 4 & 1) == 1 && (bits >> 1 & 7) <= 3;
    if (!key || little(data, start + 3, 3) != 0x2a019d) {
      throw new IOException("its lossy WebP picture has no valid beginning");
    }
    width = little(data, start + 6, 2) & 0x3fff;
    height = little(data, start + 8, 2) & 0x3fff;
    columns = (width + MACROBLOCK - 1) / MACROBLOCK;
    rows = (height + MACROBLOCK - 1) / MACROBLOCK;
    int first = start + LENGTH;
    int partition = bits >> 5;
    // The modes of a macroblock take more than a bit: so few bytes cannot ask for much memory.
    if (partition > end - first || (long) columns * rows > 8L * (partition + SLACK)) {
      throw cutOff();
    }
    if (width == 0 || height == 0) {
      throw new IOException("its lossy WebP picture has no pixels");
    }
    modes = new BooleanDecoder(data, first, first + partition);
    sizes = first + partition;
  }

  static EOFException cutOff() {
    return new EOFException("the lossy WebP picture is cut off");
  }

  /** Reads what follows; the macroblocks come next. */
  FrameSettings readSettings() throws EOFException {
    modes.number(2);
    FrameSettings settings = new FrameSettings();
    boolean segmented = modes.flag();
    int[] quantizers = new int[SEGMENTS];
    int[] levels = new int[SEGMENTS];
    boolean absolute = !segmented || readSegments(settings, quantizers, levels);
    readFilter(settings, levels, segmented, absolute);
    settings.tokens = partitions(1 << modes.number(2));
    readSteps(settings, quantizers, segmented, absolute);
    // Whether a next frame, which there is not, takes over these probabilities.
    modes.flag();
    for (int i = 0; i < settings.probabilities.length; i++) {
      if (modes.bit(Vp8Tables.TOKEN_UPDATES[i]) == 1) {
        settings.probabilities[i] = modes.number(8);
      }
    }
    settings.skipProbability = modes.flag() ? modes.number(8) : -1;
    return settings;
  }

  /** Section 9.3; returns whether the numbers stand for themselves. */
  private boolean readSegments(FrameSettings settings, int[] quantizers, int[] levels) {
    boolean absolute = true;
    settings.mapped = modes.flag();
    if (modes.flag()) {
      absolute = modes.flag();
      for (int i = 0; i < SEGMENTS; i++) {
        quantizers[i] = modes.optionalSigned(7);
      }
      for (int i = 0; i < SEGMENTS; i++) {
        levels[i] = modes.optionalSigned(6);
      }
    }
    if (settings.mapped) {
      for (int i = 0; i < 3; i++) {
        settings.mapProbabilities[i] = modes.flag() ? modes.number(8) : 255;
      }
    }
    return absolute;
  }

  /** Section 9.6, and what follows from it (15.2). */
  private void readFilter(FrameSettings settings, int[] levels, boolean segmented, boolean absolute) {
    settings.simpleFilter = modes.flag();
    int level = modes.number(6);
    int sharpness = modes.number(3);
    int[] deltas = new int[8];
    boolean hasDeltas = modes.flag();
    if (hasDeltas && modes.flag()) {
      for (int i = 0; i < deltas.length; i++) {
        deltas[i] = modes.optionalSigned(6);
      }
    }
    if (level == 0) {
      return;
    }
    for (int segment = 0; segment < SEGMENTS; segment++) {
      int base = of(level, levels[segment], segmented, absolute);
      for (int blocks = 0; blocks < 2; blocks++) {
        int own = base + (hasDeltas ? deltas[0] + blocks * deltas[4] : 0);
        settings.strengths[segment][blocks] = LoopFilter.strength(clamp(own, 63), sharpness);
      }
    }
  }

  /** Section 9.5. */
  private BooleanDecoder[] partitions(int count) throws EOFException {
    int at = sizes + 3 * (count - 1);
    if (at >= end) {
      throw cutOff();
    }
    BooleanDecoder[] partitions = new BooleanDecoder[count];
    for (int i = 0; i < count; i++) {
      int length = i == count - 1 ? end - at : little(data, sizes + 3 * i, 3);
      int stop = Math.min(end, at + length);
      partitions[i] = new BooleanDecoder(data, at, stop);
      at = stop;
    }
    return partitions;
  }

  /** Sections 9.6 and 14.1. */
  private void readSteps(FrameSettings settings, int[] quantizers, boolean segmented, boolean absolute) {
    int base = modes.number(7);
    int lumaMean = modes.optionalSigned(4);
    int meansMean = modes.optionalSigned(4);
    int means = modes.optionalSigned(4);
    int chromaMean = modes.optionalSigned(4);
    int chroma = modes.optionalSigned(4);
    for (int segment = 0; segment < SEGMENTS; segment++) {
      int q = of(base, quantizers[segment], segmented, absolute);
      settings.steps[segment] =
          new int[] {
            Vp8Tables.DC_STEPS[clamp(q + lumaMean, 127)],
            Vp8Tables.AC_STEPS[clamp(q, 127)],
            2 * Vp8Tables.DC_STEPS[clamp(q + meansMean, 127)],
            Math.max(8, Vp8Tables.AC_STEPS[clamp(q + means, 127)] * 155 / 100),
            Vp8Tables.DC_STEPS[clamp(q + chromaMean, 117)],
            Vp8Tables.AC_STEPS[clamp(q + chroma, 127)]
          };
    }
  }

  /** A segment's number, which stands for itself or is added to the frame's. */
  private static int of(int frame, int segment, boolean segmented, boolean absolute) {
    return !segmented ? frame : absolute ? segment : segment + frame;
  }

  private static int clamp(int value, int highest) {
    return Math.max(0, Math.min(highest, value));
  }

  private static int little(byte[] data, int at, int count) {
    int value = 0;
    for (int i = 0; i < count; i++) {
      value |= (data[at + i] & 255) << 8 * i;
    }
    return value;
  }
}
