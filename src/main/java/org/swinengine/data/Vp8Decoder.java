package org.swinengine.data;

import java.util.Arrays;

/**
 * Decodes a VP8 key frame, which is what lossy WebP is, to the very pixels of libwebp (RFC 6386; libwebp interpolates
 * chroma beyond that). The usual library for the JDK repeats chroma, which is off by up to 50 levels at edges of colour.
 */
final class Vp8Decoder {
  private static final int HEADER = 10;
  private static final int SEGMENTS = 4;

  private final byte[] data;
  private final int end;
  private final int width;
  private final int height;
  private final int columns;
  private final int rows;
  private final Vp8Bits header;
  private final boolean segmented;
  private boolean mapped;
  private final int[] mapProbabilities = {255, 255, 255};

  /** Of each segment: its steps of quantisation. */
  private final int[][] steps = new int[SEGMENTS][];

  /** Of each segment, without and with blocks of their own modes: the loop filter's strength. */
  private final int[][] strengths = new int[SEGMENTS][2];

  private boolean simpleFilter;

  /** Where the sizes of the partitions of coefficients begin. */
  private final int tokensStart;

  private Vp8Decoder(byte[] data, int start, int end) throws UnreadableImageException {
    this.data = data;
    this.end = end;
    if (end - start < HEADER) {
      throw cutOff();
    }
    int bits = Bytes.little24(data, start);
    boolean key = (bits & 1) == 0 && (bits >> 4 & 1) == 1 && (bits >> 1 & 7) <= 3;
    if (!key || Bytes.at(data, start + 3) != 0x9d || Bytes.little16(data, start + 4) != 0x2a01) {
      throw new UnreadableImageException("is damaged: its lossy WebP picture has no valid beginning");
    }
    width = Bytes.little16(data, start + 6) & 0x3fff;
    height = Bytes.little16(data, start + 8) & 0x3fff;
    columns = width + 15 >> 4;
    rows = height + 15 >> 4;
    int first = start + HEADER;
    int partition = bits >> 5;
    if (width == 0 || height == 0 || partition > end - first) {
      throw cutOff();
    }
    header = new Vp8Bits(data, first, first + partition);
    header.number(2);
    segmented = header.flag();
    tokensStart = first + partition;
  }

  /** Width and height of the picture in a chunk's bytes. */
  static int[] size(byte[] data, int start, int end) throws UnreadableImageException {
    Vp8Decoder decoder = new Vp8Decoder(data, start, end);
    return new int[] {decoder.width, decoder.height};
  }

  /** Decodes the bytes of a chunk {@code VP8 }. */
  static RawImage decode(byte[] data, int start, int end) throws UnreadableImageException {
    return new Vp8Decoder(data, start, end).decode();
  }

  private static UnreadableImageException cutOff() {
    return new UnreadableImageException("is cut off");
  }

  private RawImage decode() throws UnreadableImageException {
    int[] quantizers = new int[SEGMENTS];
    int[] levels = new int[SEGMENTS];
    boolean absolute = readSegments(quantizers, levels);
    boolean filtered = readFilter(levels, absolute);
    Vp8Bits[] tokens = partitions();
    readSteps(quantizers, absolute);
    header.flag();
    int[] probabilities = Vp8Tables.TOKENS.clone();
    for (int i = 0; i < probabilities.length; i++) {
      if (header.bit(Vp8Tables.TOKEN_UPDATES[i]) == 1) {
        probabilities[i] = header.number(8);
      }
    }
    int skipProbability = header.flag() ? header.number(8) : -1;
    return decode(tokens, new Vp8Residuals(probabilities, columns), skipProbability, filtered);
  }

  private RawImage decode(Vp8Bits[] tokens, Vp8Residuals residuals, int skipProbability, boolean filtered)
      throws UnreadableImageException {
    Vp8Plane luma = new Vp8Plane(16 * columns, 16 * rows);
    Vp8Plane blue = new Vp8Plane(8 * columns, 8 * rows);
    Vp8Plane red = new Vp8Plane(8 * columns, 8 * rows);
    Vp8Modes modes = new Vp8Modes(columns);
    int[] strength = new int[columns * rows];
    boolean[] inner = new boolean[columns * rows];
    int[] edge = new int[16];
    for (int row = 0; row < rows; row++) {
      modes.startRow();
      residuals.startRow();
      Vp8Bits bits = tokens[row & tokens.length - 1];
      for (int column = 0; column < columns; column++) {
        int segment = mapped ? segment() : 0;
        boolean skipped = skipProbability >= 0 && header.bit(skipProbability) == 1;
        modes.read(header, column);
        boolean any = false;
        if (skipped) {
          residuals.skip(column, !modes.ofBlocks());
        } else {
          any = residuals.read(bits, column, !modes.ofBlocks(), steps[segment]);
        }
        if (header.isExhausted() || bits.isExhausted()) {
          throw cutOff();
        }
        strength[row * columns + column] = strengths[segment][modes.ofBlocks() ? 1 : 0];
        inner[row * columns + column] = modes.ofBlocks() || any;
        luma(luma, column, row, modes, residuals, edge);
        chroma(blue, column, row, modes.chroma(), residuals, 16, edge);
        chroma(red, column, row, modes.chroma(), residuals, 20, edge);
      }
    }
    if (filtered) {
      Vp8LoopFilter filter = new Vp8LoopFilter(simpleFilter, luma, blue, red);
      for (int i = 0; i < strength.length; i++) {
        if ((strength[i] & 255) > 0) {
          filter.apply(i % columns, i / columns, strength[i], inner[i]);
        }
      }
    }
    return Vp8Colours.toRgb(width, height, luma, blue, red);
  }

  private int segment() {
    return header.bit(mapProbabilities[0]) == 0
        ? header.bit(mapProbabilities[1])
        : 2 + header.bit(mapProbabilities[2]);
  }

  private void luma(
      Vp8Plane plane, int column, int row, Vp8Modes modes, Vp8Residuals residuals, int[] room) {
    int x = 16 * column;
    int y = 16 * row;
    if (!modes.ofBlocks()) {
      Vp8Prediction.square(plane, x, y, 16, modes.of(0));
    }
    // What lies above and to the right of the macroblock serves all blocks of its last column.
    int corner = plane.index(x + 16, y - 1);
    if (modes.ofBlocks() && row > 0 && column == columns - 1) {
      Arrays.fill(plane.data, corner, corner + 4, plane.data[corner - 1]);
    }
    for (int n = 0; n < 16; n++) {
      int start = plane.index(x + 4 * (n & 3), y + 4 * (n >> 2));
      if (modes.ofBlocks()) {
        Vp8Prediction.block(
            plane, start, modes.of(n), room, (n & 3) == 3 ? corner : start - plane.stride + 4);
      }
      if (residuals.present[n]) {
        Vp8Prediction.add(plane, start, residuals.coefficients, 16 * n, room);
      }
    }
  }

  private static void chroma(
      Vp8Plane plane, int column, int row, int mode, Vp8Residuals residuals, int first, int[] room) {
    Vp8Prediction.square(plane, 8 * column, 8 * row, 8, mode);
    for (int n = 0; n < 4; n++) {
      if (residuals.present[first + n]) {
        int start = plane.index(8 * column + 4 * (n & 1), 8 * row + 4 * (n >> 1));
        Vp8Prediction.add(plane, start, residuals.coefficients, 16 * (first + n), room);
      }
    }
  }

  /** Section 9.3; returns whether the numbers stand for themselves. */
  private boolean readSegments(int[] quantizers, int[] levels) {
    boolean absolute = true;
    if (!segmented) {
      return absolute;
    }
    mapped = header.flag();
    if (header.flag()) {
      absolute = header.flag();
      for (int i = 0; i < SEGMENTS; i++) {
        quantizers[i] = header.optionalSigned(7);
      }
      for (int i = 0; i < SEGMENTS; i++) {
        levels[i] = header.optionalSigned(6);
      }
    }
    if (mapped) {
      for (int i = 0; i < 3; i++) {
        mapProbabilities[i] = header.flag() ? header.number(8) : 255;
      }
    }
    return absolute;
  }

  /** Section 9.4 and what follows from it (15.1); returns whether there is anything to smooth. */
  private boolean readFilter(int[] levels, boolean absolute) {
    simpleFilter = header.flag();
    int level = header.number(6);
    int sharpness = header.number(3);
    int[] deltas = new int[8];
    boolean hasDeltas = header.flag();
    if (hasDeltas && header.flag()) {
      for (int i = 0; i < deltas.length; i++) {
        deltas[i] = header.optionalSigned(6);
      }
    }
    for (int segment = 0; segment < SEGMENTS; segment++) {
      int base = !segmented ? level : absolute ? levels[segment] : levels[segment] + level;
      for (int blocks = 0; blocks < 2; blocks++) {
        int own = base + (hasDeltas ? deltas[0] + blocks * deltas[4] : 0);
        strengths[segment][blocks] = strength(Math.max(0, Math.min(63, own)), sharpness);
      }
    }
    return level > 0;
  }

  private static int strength(int level, int sharpness) {
    int interior = level;
    if (sharpness > 0) {
      interior = Math.min(interior >> (sharpness > 4 ? 2 : 1), 9 - sharpness);
    }
    int variance = level >= 40 ? 2 : level >= 15 ? 1 : 0;
    return level | Math.max(1, interior) << 8 | variance << 16;
  }

  /** Section 9.5. */
  private Vp8Bits[] partitions() throws UnreadableImageException {
    Vp8Bits[] partitions = new Vp8Bits[1 << header.number(2)];
    int sizes = tokensStart;
    int at = sizes + 3 * (partitions.length - 1);
    if (at >= end) {
      throw cutOff();
    }
    for (int i = 0; i < partitions.length; i++, sizes += 3) {
      int stop = i == partitions.length - 1 ? end : Math.min(end, at + Bytes.little24(data, sizes));
      partitions[i] = new Vp8Bits(data, at, stop);
      at = stop;
    }
    return partitions;
  }

  /** Sections 9.6 and 14.1. */
  private void readSteps(int[] quantizers, boolean absolute) {
    int base = header.number(7);
    int lumaMean = header.optionalSigned(4);
    int meansMean = header.optionalSigned(4);
    int means = header.optionalSigned(4);
    int chromaMean = header.optionalSigned(4);
    int chroma = header.optionalSigned(4);
    for (int segment = 0; segment < SEGMENTS; segment++) {
      int q = !segmented ? base : absolute ? quantizers[segment] : quantizers[segment] + base;
      steps[segment] =
          new int[] {
            Vp8Tables.DC_STEPS[index(q + lumaMean, 127)],
            Vp8Tables.AC_STEPS[index(q, 127)],
            2 * Vp8Tables.DC_STEPS[index(q + meansMean, 127)],
            Math.max(8, Vp8Tables.AC_STEPS[index(q + means, 127)] * 155 / 100),
            Vp8Tables.DC_STEPS[index(q + chromaMean, 117)],
            Vp8Tables.AC_STEPS[index(q + chroma, 127)]
          };
    }
  }

  private static int index(int value, int highest) {
    return Math.max(0, Math.min(highest, value));
  }
}
