package org.swinengine.backend.cpu.matrix;

import org.swinengine.backend.DropoutMask;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.RandomKey;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.Prefetch;

/**
 * An {@link Epilogue} with its result, resolved to arrays: finishes a tile of sums while it is in the nearest
 * cache. The bias is not among its steps: sums start from it.
 */
final class TileEpilogue {
  private final MatrixTiles tiles;
  private final int columns;
  private final float[] y;
  private final int yStart;
  private final int yStride;
  private final boolean accumulate;
  private final float[] preActivation;
  private final int preActivationStart;
  private final boolean gelu;
  private final float[] geluGradientOf;
  private final int geluGradientOfStart;
  private final float[] rowScale;
  private final int rowScaleStart;
  private final int rowsPerScale;
  private final float[] residual;
  private final int residualStart;
  private final DropoutMask dropout;

  /**
   * @param columns columns of the result, which is dense
   */
  TileEpilogue(MatrixTiles tiles, Epilogue epilogue, int columns, Span result) {
    this(tiles, epilogue, columns, CpuBuffer.floats(result), CpuBuffer.start(result), columns);
  }

  /**
   * @param columns columns of the operands, which are dense
   * @param yStart index of element (0, 0) of the result, which need not exist
   * @param yStride distance of the result's rows
   */
  TileEpilogue(MatrixTiles tiles, Epilogue epilogue, int columns, float[] y, int yStart, int yStride) {
    this.tiles = tiles;
    this.columns = columns;
    this.y = y;
    this.yStart = yStart;
    this.yStride = yStride;
    accumulate = epilogue.accumulate();
    preActivation = floats(epilogue.preActivation());
    preActivationStart = start(epilogue.preActivation());
    gelu = epilogue.gelu();
    geluGradientOf = floats(epilogue.geluGradientOf());
    geluGradientOfStart = start(epilogue.geluGradientOf());
    rowScale = floats(epilogue.rowScale());
    rowScaleStart = start(epilogue.rowScale());
    rowsPerScale = epilogue.rowsPerScale();
    residual = floats(epilogue.residual());
    residualStart = start(epilogue.residual());
    dropout = epilogue.dropout();
  }

  private static float[] floats(Span span) {
    return span == null ? null : CpuBuffer.floats(span);
  }

  private static int start(Span span) {
    return span == null ? 0 : CpuBuffer.start(span);
  }

  /** Whether sums are stored as they are, so that they may be made in the result itself. */
  boolean isPlain() {
    return !accumulate
        && preActivation == null
        && !gelu
        && geluGradientOf == null
        && rowScale == null
        && residual == null
        && dropout == null;
  }

  float[] result() {
    return y;
  }

  /** Index of an element of the result. */
  int resultAt(int row, int column) {
    return yStart + row * yStride + column;
  }

  int resultStride() {
    return yStride;
  }

  /** Brings what {@link #finish} will read for these rows and columns into the caches. */
  void prefetch(int rows, int width, int row, int column) {
    int at = row * columns + column;
    if (geluGradientOf != null) {
      Prefetch.rows(rows, width, geluGradientOf, geluGradientOfStart + at, columns);
    }
    if (residual != null) {
      Prefetch.rows(rows, width, residual, residualStart + at, columns);
    }
  }

  /**
   * Runs the steps on a tile of sums, which they overwrite, and stores it.
   *
   * @param row first row of the tile in the result
   * @param column first column of the tile in the result
   */
  void finish(int rows, int width, float[] t, int tStart, int tStride, int row, int column) {
    int at = row * columns + column;
    int yAt = resultAt(row, column);
    if (accumulate) {
      tiles.add(rows, width, t, tStart, tStride, y, yAt, yStride, t, tStart, tStride);
    }
    if (preActivation != null) {
      copy(rows, width, t, tStart, tStride, preActivation, preActivationStart + at, columns);
    }
    // The last step writes to the result; one call for each step, because the compiler inlines every call.
    boolean ends = rowScale == null && residual == null;
    boolean stored = false;
    if (gelu) {
      stored = ends && geluGradientOf == null && dropout == null;
      float[] to = stored ? y : t;
      tiles.gelu(rows, width, t, tStart, tStride, to, stored ? yAt : tStart, stored ? yStride : tStride);
    }
    if (dropout != null) {
      drop(rows, width, t, tStart, tStride, row, column);
    }
    if (geluGradientOf != null) {
      int u = geluGradientOfStart + at;
      stored = ends;
      float[] to = stored ? y : t;
      tiles.timesGeluGradient(
          rows, width, t, tStart, tStride, geluGradientOf, u, columns, to, stored ? yAt : tStart,
          stored ? yStride : tStride);
    }
    if (rowScale != null) {
      scale(rows, width, t, tStart, tStride, row);
    }
    if (residual != null) {
      tiles.add(rows, width, t, tStart, tStride, residual, residualStart + at, columns, y, yAt, yStride);
    } else if (!stored) {
      copy(rows, width, t, tStart, tStride, y, yAt, yStride);
    }
  }

  /** Keeps or drops each element: one draw for four that are numbered side by side. */
  private void drop(int rows, int width, float[] t, int tStart, int tStride, int row, int column) {
    int threshold = RandomKey.threshold(dropout.keepProbability());
    float scale = (float) (1 / dropout.keepProbability());
    int[] words = new int[4];
    for (int i = 0; i < rows; i++) {
      long sample = dropout.firstSample() + (row + i) / dropout.rowsPerSample();
      long element = (long) ((row + i) % dropout.rowsPerSample()) * columns + column;
      int from = tStart + i * tStride;
      for (int j = 0; j < width; j++, element++) {
        int place = (int) (element & 3);
        if (j == 0 || place == 0) {
          dropout.key().words(sample, (int) (element >>> 2), words);
        }
        t[from + j] = words[place] >>> 8 < threshold ? t[from + j] * scale : 0;
      }
    }
  }

  private void scale(int rows, int width, float[] t, int tStart, int tStride, int row) {
    for (int i = 0; i < rows; i++) {
      float factor = rowScale[rowScaleStart + (row + i) / rowsPerScale];
      int from = tStart + i * tStride;
      for (int j = from; j < from + width; j++) {
        t[j] *= factor;
      }
    }
  }

  private static void copy(
      int rows, int width, float[] t, int tStart, int tStride, float[] to, int toStart, int toStride) {
    for (int i = 0; i < rows; i++) {
      System.arraycopy(t, tStart + i * tStride, to, toStart + i * toStride, width);
    }
  }
}
