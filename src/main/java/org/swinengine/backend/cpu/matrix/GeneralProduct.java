package org.swinengine.backend.cpu.matrix;

import java.util.Arrays;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.Scratch;
import org.swinengine.backend.cpu.runtime.WorkerPool;

/** The general matrix product: packs what the tiles want packed, some panels of C at a time. */
final class GeneralProduct {
  /** Panels that are held packed: they fit the second cache. */
  private static final int PANELS_HELD = 4;

  private final MatrixTiles tiles;
  private final Gemm sizes;
  private final float[] a;
  private final int aStart;
  private final float[] b;
  private final int bStart;
  private final float[] c;
  private final int cStart;
  private final float alpha;
  private final float beta;
  private final int width;
  private final int height;

  /** Rows of op(A) that are packed together if A is transposed. */
  private final int packedHeight;

  private final int panelCount;

  GeneralProduct(MatrixTiles tiles, Gemm sizes, Span a, Span b, Span c) {
    this.tiles = tiles;
    this.sizes = sizes;
    this.a = CpuBuffer.floats(a);
    this.aStart = CpuBuffer.start(a);
    this.b = CpuBuffer.floats(b);
    this.bStart = CpuBuffer.start(b);
    this.c = CpuBuffer.floats(c);
    this.cStart = CpuBuffer.start(c);
    alpha = (float) sizes.alpha();
    beta = (float) sizes.beta();
    width = tiles.columns();
    height = tiles.rows();
    packedHeight = tiles.packedTiles() * height;
    panelCount = (sizes.n() + width - 1) / width;
  }

  void run(WorkerPool pool) {
    int least = (panelCount + PANELS_HELD - 1) / PANELS_HELD;
    int groups =
        sizes.batches() >= pool.threads() ? least : Math.min(panelCount, Math.max(least, 2 * pool.threads()));
    pool.run(
        sizes.batches() * groups,
        piece -> {
          int batch = piece / groups;
          int group = piece % groups;
          panels(batch, panelCount * group / groups, panelCount * (group + 1) / groups);
        });
  }

  private void panels(int batch, int fromPanel, int toPanel) {
    int m = sizes.m();
    int depthBlock = Math.min(MatrixTiles.DEPTH_BLOCK, sizes.k());
    int tileCount = (m + height - 1) / height;
    int held = toPanel - fromPanel;
    int panelSums = tileCount * height * width;
    int panelSize = depthBlock * width;
    int rowsSize = sizes.transposeA() ? depthBlock * packedHeight : height * MatrixTiles.ROW_STRIDE;
    float[] work = Scratch.get().floats(held * (panelSums + panelSize) + rowsSize + width);
    int sums = Scratch.ALIGNED_START;
    int panels = sums + held * panelSums;
    int rowsOfA = panels + held * panelSize;
    int zeros = rowsOfA + rowsSize;
    Arrays.fill(work, zeros, zeros + width, 0f);
    int aAt = (int) (aStart + batch * sizes.batchStrideA());
    for (int k = 0; k == 0 || k < sizes.k(); k += MatrixTiles.DEPTH_BLOCK) {
      int depth = Math.min(MatrixTiles.DEPTH_BLOCK, sizes.k() - k);
      float[] start = k == 0 ? work : null;
      for (int p = 0; p < held; p++) {
        packPanel(batch, k, depth, fromPanel + p, work, panels + p * panelSize);
      }
      for (int row = 0; row < m; row += height) {
        int rows = Math.min(height, m - row);
        int packed = packRows(k, depth, row, aAt, work, rowsOfA);
        for (int p = 0; p < held; p++) {
          int panel = panels + p * panelSize;
          int to = sums + p * panelSums + row * width;
          if (sizes.transposeA()) {
            tiles.multiplyPacked(depth, work, packed, work, panel, start, zeros, work, to, width);
          } else {
            tiles.multiply(rows, depth, work, packed, work, panel, start, zeros, work, to, width);
          }
        }
      }
    }
    int to = (int) (cStart + batch * sizes.batchStrideC());
    for (int p = 0; p < held; p++) {
      int column = (fromPanel + p) * width;
      store(m, Math.min(width, sizes.n() - column), work, sums + p * panelSums, to + column);
    }
  }

  private void packPanel(int batch, int k, int depth, int panel, float[] work, int to) {
    int column = panel * width;
    int valid = Math.min(width, sizes.n() - column);
    int at = (int) (bStart + batch * sizes.batchStrideB());
    int from = sizes.transposeB() ? at + column * sizes.strideB() + k : at + k * sizes.strideB() + column;
    Panels.pack(depth, valid, width, sizes.transposeB(), b, from, sizes.strideB(), work, to);
  }

  /**
   * Packs one tile's rows of op(A); of a transposed A several tiles' at once. Returns where the tile's own
   * begin.
   */
  private int packRows(int k, int depth, int row, int aAt, float[] work, int to) {
    if (sizes.transposeA()) {
      int after = row % packedHeight;
      if (after == 0) {
        packTiles(depth, sizes.m() - row, aAt + k * sizes.strideA() + row, work, to);
      }
      return to + after;
    }
    for (int i = 0; i < Math.min(height, sizes.m() - row); i++) {
      int from = aAt + (row + i) * sizes.strideA() + k;
      System.arraycopy(a, from, work, to + i * MatrixTiles.ROW_STRIDE, depth);
    }
    return to;
  }

  private void packTiles(int depth, int rows, int from, float[] work, int to) {
    if (rows >= packedHeight) {
      tiles.packColumns(depth, a, from, sizes.strideA(), work, to, null, 0);
      return;
    }
    Panels.pack(depth, rows, packedHeight, false, a, from, sizes.strideA(), work, to);
  }

  private void store(int m, int valid, float[] work, int sums, int to) {
    for (int i = 0; i < m; i++) {
      int from = sums + i * width;
      int at = to + i * sizes.strideC();
      if (beta == 0) {
        for (int j = 0; j < valid; j++) {
          c[at + j] = alpha * work[from + j];
        }
      } else {
        for (int j = 0; j < valid; j++) {
          c[at + j] = Math.fma(beta, c[at + j], alpha * work[from + j]);
        }
      }
    }
  }
}
