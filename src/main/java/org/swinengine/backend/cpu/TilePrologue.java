package org.swinengine.backend.cpu;

import org.swinengine.backend.Prologue;
import org.swinengine.backend.Span;

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

  boolean isNone() {
    return kind == Prologue.Kind.NONE;
  }

  boolean isGelu() {
    return kind == Prologue.Kind.GELU;
  }

  /** Floats that {@link #run} writes: the rows, then two statistics for each. */
  int workSize(int rows) {
    return isNone() ? 0 : Scratch.aligned(rows * columns) + Scratch.aligned(2 * rows);
  }

  /**
   * Makes whole rows.
   *
   * @param row the first row's number, for the statistics
   * @param keep whether this call keeps the statistics (one of several that make the same rows)
   */
  void run(int row, int rows, float[] x, int xStart, float[] work, int workStart, boolean keep) {
    if (isGelu()) {
      tiles.gelu(rows, columns, x, xStart, columns, work, workStart, columns);
      return;
    }
    int meanAt = workStart + Scratch.aligned(rows * columns);
    int inverseAt = meanAt + rows;
    layerNorm.statistics(rows, columns, x, xStart, epsilon, work, meanAt, work, inverseAt);
    layerNorm.normalise(
        rows, columns, x, xStart, columns, work, meanAt, work, inverseAt, gamma, gammaStart, beta, betaStart,
        work, workStart, columns);
    if (keep && mean != null) {
      System.arraycopy(work, meanAt, mean, meanStart + row, rows);
    }
    if (keep && inverseDeviation != null) {
      System.arraycopy(work, inverseAt, inverseDeviation, inverseDeviationStart + row, rows);
    }
  }

  /** Makes some columns of rows, from statistics that an earlier call kept. */
  void columns(
      int row, int rows, int column, int width, float[] x, int xStart, float[] to, int toStart, int toStride) {
    int from = xStart + row * columns + column;
    switch (kind) {
      case GELU:
        tiles.gelu(rows, width, x, from, columns, to, toStart, toStride);
        break;
      case LAYER_NORM:
        layerNorm.normalise(
            rows, width, x, from, columns, mean, meanStart + row, inverseDeviation, inverseDeviationStart + row,
            gamma, gammaStart + column, beta, betaStart + column, to, toStart, toStride);
        break;
      default:
        for (int r = 0; r < rows; r++) {
          System.arraycopy(x, from + r * columns, to, toStart + r * toStride, width);
        }
    }
  }
}
