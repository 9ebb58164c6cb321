package org.swinengine.backend.cpu.matrix;

import org.swinengine.backend.Prologue;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.norm.LayerNormRows;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.Scratch;

/** A {@link Prologue} resolved to arrays: makes the left operand's rows in a thread's working memory. */
final class TilePrologue {
  private final MatrixTiles tiles;
  private final LayerNormRows layerNorm;
  private final Prologue.Kind kind;
  private final int columns;
  private final double epsilon;
  private final float[] gamma;
  private final int gammaStart;
  private final float[] beta;
  private final int betaStart;
  private final float[] mean;
  private final int meanStart;
  private final float[] inverseDeviation;
  private final int inverseDeviationStart;

  /**
   * @param columns columns of the rows, which are dense
   */
  TilePrologue(MatrixTiles tiles, LayerNormRows layerNorm, Prologue prologue, int columns) {
    this.tiles = tiles;
    this.layerNorm = layerNorm;
    this.columns = columns;
    kind = prologue.kind();
    epsilon = prologue.epsilon();
    gamma = floats(prologue.gamma());
    gammaStart = start(prologue.gamma());
    beta = floats(prologue.beta());
    betaStart = start(prologue.beta());
    mean = floats(prologue.mean());
    meanStart = start(prologue.mean());
    inverseDeviation = floats(prologue.inverseDeviation());
    inverseDeviationStart = start(prologue.inverseDeviation());
  }

  private static float[] floats(Span span) {
    return span == null ? null : CpuBuffer.floats(span);
  }

  private static int start(Span span) {
    return span == null ? 0 : CpuBuffer.start(span);
  }

  boolean isLayerNorm() {
    return kind == Prologue.Kind.LAYER_NORM;
  }

  boolean isGelu() {
    return kind == Prologue.Kind.GELU;
  }

  /** Floats of working memory that the statistics of some rows need. */
  int statisticsSize(int rows) {
    return kind == Prologue.Kind.LAYER_NORM ? Scratch.aligned(2 * rows) : 0;
  }

  /**
   * Takes the statistics of whole rows, where the prologue needs them: means, then inverse deviations.
   *
   * @param row the first row's number in the statistics that are kept
   * @param xStart the first row's start
   * @param keep whether this call keeps the statistics (one of several that make the same rows)
   */
  void statistics(int row, int rows, float[] x, int xStart, float[] work, int workStart, boolean keep) {
    if (kind != Prologue.Kind.LAYER_NORM) {
      return;
    }
    layerNorm.statistics(rows, columns, x, xStart, epsilon, work, workStart, work, workStart + rows);
    if (keep && mean != null) {
      System.arraycopy(work, workStart, mean, meanStart + row, rows);
    }
    if (keep && inverseDeviation != null) {
      System.arraycopy(work, workStart + rows, inverseDeviation, inverseDeviationStart + row, rows);
    }
  }

  /**
   * Makes one block of the left operand's rows, {@link MatrixTiles#ROW_STRIDE} apart, as tiles want them.
   *
   * @param column where the block begins
   * @param xStart the first row's start
   * @param statisticsStart where {@link #statistics} put these rows' own
   */
  void block(int rows, int column, float[] x, int xStart, float[] work, int statisticsStart, int to) {
    int width = Math.min(MatrixTiles.DEPTH_BLOCK, columns - column);
    make(
        rows, column, width, x, xStart + column, work, statisticsStart, work, statisticsStart + rows, work,
        to,
        MatrixTiles.ROW_STRIDE);
  }

  /** Makes some columns of rows, from statistics that an earlier call kept. */
  void columns(
      int row, int rows, int column, int width, float[] x, int xStart, float[] to, int toStart,
      int toStride) {
    make(
        rows, column, width, x, xStart + row * columns + column, mean, meanStart + row, inverseDeviation,
        inverseDeviationStart + row, to, toStart, toStride);
  }

  private void make(
      int rows,
      int column,
      int width,
      float[] x,
      int from,
      float[] means,
      int meansAt,
      float[] inverses,
      int inversesAt,
      float[] to,
      int toStart,
      int toStride) {
    switch (kind) {
      case GELU:
        tiles.gelu(rows, width, x, from, columns, to, toStart, toStride);
        break;
      case LAYER_NORM:
        layerNorm.normalise(
            rows, width, x, from, columns, means, meansAt, inverses, inversesAt, gamma, gammaStart + column,
            beta,
            betaStart + column, to, toStart, toStride);
        break;
      default:
        for (int r = 0; r < rows; r++) {
          System.arraycopy(x, from + r * columns, to, toStart + r * toStride, width);
        }
    }
  }
}
