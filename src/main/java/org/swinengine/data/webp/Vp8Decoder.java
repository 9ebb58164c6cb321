package org.swinengine.data.webp;

import java.io.IOException;
import java.util.Arrays;

/**
 * Decodes a VP8 key frame. Beside the result it keeps two rows of macroblocks: a row is predicted and
 * decoded, then smoothed, and its lines leave as RGB as soon as the next row can no longer change them.
 */
public final class Vp8Decoder {
  /** So many last lines of a row of macroblocks wait for the next, whose smoothing and chroma they need. */
  private static final int WAITING = 10;

  private final FrameHeader header;

  private Vp8Decoder(FrameHeader header) {
    this.header = header;
  }

  /**
   * Reads the size.
   *
   * @param data the bytes of the frame, a chunk {@code VP8 }, from {@code start} to {@code end}
   * @throws java.io.EOFException when the frame is cut off
   * @throws IOException when it is damaged
   */
  public static Vp8Decoder open(byte[] data, int start, int end) throws IOException {
    return new Vp8Decoder(new FrameHeader(data, start, end));
  }

  /** In pixels. */
  public int width() {
    return header.width;
  }

  /** In pixels. */
  public int height() {
    return header.height;
  }

  /**
   * Decodes the picture, once.
   *
   * @param step take one of so many rows and columns, from the first on
   * @return red, green and blue of each pixel, row by row
   * @throws java.io.EOFException when the frame is cut off
   */
  public byte[] decode(int step) throws IOException {
    FrameSettings settings = header.readSettings();
    Plane luma = new Plane(header.columns, 16);
    Plane blue = new Plane(header.columns, 8);
    Plane red = new Plane(header.columns, 8);
    Macroblocks macroblocks = new Macroblocks(header, settings, luma, blue, red);
    LoopFilter filter = new LoopFilter(settings.simpleFilter, luma, blue, red);
    RgbLines lines = new RgbLines(header.width, header.height, step, luma, blue, red);
    int written = 0;
    for (int row = 0; row < header.rows; row++) {
      macroblocks.decodeRow(row);
      for (Plane plane : new Plane[] {luma, blue, red}) {
        plane.finishRow();
      }
      for (int column = 0; column < header.columns; column++) {
        if (macroblocks.strength[column] != 0) {
          filter.apply(column, row == 0, macroblocks.strength[column], macroblocks.inner[column]);
        }
      }
      int ready = row == header.rows - 1 ? header.height : 16 * (row + 1) - WAITING;
      lines.write(written, ready, row);
      written = ready;
    }
    return lines.pixels;
  }

  /** Predicts macroblocks and adds what the file says of the difference. */
  private static final class Macroblocks {
    private final FrameHeader header;
    private final FrameSettings settings;
    private final Plane luma;
    private final Plane[] chroma;
    private final MacroblockModes modes;
    private final Residuals residuals;
    private final Prediction prediction = new Prediction();
    private final InverseTransform transform = new InverseTransform();

    /** Of the row: how each macroblock is smoothed, and whether its blocks are. */
    final int[] strength;

    final boolean[] inner;

    Macroblocks(FrameHeader header, FrameSettings settings, Plane luma, Plane... chroma) {
      this.header = header;
      this.settings = settings;
      this.luma = luma;
      this.chroma = chroma;
      modes = new MacroblockModes(header.columns);
      residuals = new Residuals(settings.probabilities, header.columns);
      strength = new int[header.columns];
      inner = new boolean[header.columns];
    }

    void decodeRow(int row) throws IOException {
      modes.startRow();
      residuals.startRow();
      BooleanDecoder bits = header.modes;
      BooleanDecoder tokens = settings.tokens[row & settings.tokens.length - 1];
      for (int column = 0; column < header.columns; column++) {
        int segment = settings.segment(bits);
        boolean skipped = settings.skipProbability >= 0 && bits.bit(settings.skipProbability) == 1;
        modes.read(bits, column);
        boolean any = false;
        if (skipped) {
          residuals.skip(column, !modes.ofBlocks());
        } else {
          any = residuals.read(tokens, column, !modes.ofBlocks(), settings.steps[segment]);
        }
        if (bits.isExhausted() || tokens.isExhausted()) {
          throw FrameHeader.cutOff();
        }
        strength[column] = settings.strengths[segment][modes.ofBlocks() ? 1 : 0];
        inner[column] = modes.ofBlocks() || any;
        luma(column, row);
        for (int i = 0; i < chroma.length; i++) {
          prediction.macroblock(chroma[i], column, row == 0, modes.chroma());
          for (int n = 0; n < 4; n++) {
            add(chroma[i], chroma[i].workIndex(8 * column + 4 * (n & 1), 4 * (n >> 1)), 16 + 4 * i + n);
          }
        }
      }
    }

    private void luma(int column, int row) {
      if (!modes.ofBlocks()) {
        prediction.macroblock(luma, column, row == 0, modes.of(0));
        for (int n = 0; n < 16; n++) {
          add(luma, block(column, n), n);
        }
        return;
      }
      // What lies above and to the right of the macroblock serves all blocks of its last column.
      int corner = luma.workIndex(16 * column + 16, -1);
      if (row > 0 && column == header.columns - 1) {
        Arrays.fill(luma.work, corner, corner + 4, luma.work[corner - 1]);
      }
      for (int n = 0; n < 16; n++) {
        int start = block(column, n);
        int aboveRight = (n & 3) == 3 ? corner : start - luma.stride + 4;
        prediction.block(luma.work, start, luma.stride, modes.of(n), aboveRight);
        add(luma, start, n);
      }
    }

    private int block(int column, int n) {
      return luma.workIndex(16 * column + 4 * (n & 3), 4 * (n >> 2));
    }

    private void add(Plane plane, int start, int block) {
      int count = residuals.counts[block];
      if (count > 1) {
        transform.add(plane.work, start, plane.stride, residuals.coefficients, 16 * block);
      } else if (count == 1) {
        InverseTransform.addMean(plane.work, start, plane.stride, residuals.coefficients[16 * block]);
      }
    }
  }
}
