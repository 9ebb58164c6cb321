package org.swinengine.backend.cpu;

import java.util.Arrays;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.Span;

/** The general matrix product: packs what the tiles want packed, one panel of C at a time. */
final class GeneralProduct {
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
    panelCount = (sizes.n() + width - 1) / width;
  }

  void run(WorkerPool pool) {
    int groups = sizes.batches() >= pool.threads() ? 1 : Math.min(panelCount, 2 * pool.threads());
    pool.run(
        sizes.batches() * groups,
        piece -> {
          int batch = piece / groups;
          int group = piece % groups;
          for (int p = panelCount * group / groups; p < panelCount * (group + 1) / groups; p++) {
            panel(batch, p);
          }
        });
  }

  private void panel(int batch, int panel) {
    int m = sizes.m();
    int depthBlock = Math.min(RowProduct.DEPTH_BLOCK, sizes.k());
    int column = panel * width;
    int valid = Math.min(width, sizes.n() - column);
    int tileCount = (m + height - 1) / height;
    int sumsSize = tileCount * height * width;
    int packedSize = sizes.transposeA() ? depthBlock * 2 * height : 0;
    float[] work = Scratch.get().floats(sumsSize + depthBlock * width + packedSize + width);
    int sums = Scratch.ALIGNED_START;
    int packedB = sums + sumsSize;
    int packedA = packedB + depthBlock * width;
    int zeros = packedA + packedSize;
    Arrays.fill(work, zeros, zeros + width, 0f);
    int aAt = (int) (aStart + batch * sizes.batchStrideA());
    int bAt = (int) (bStart + batch * sizes.batchStrideB());
    for (int k = 0; k == 0 || k < sizes.k(); k += RowProduct.DEPTH_BLOCK) {
      int depth = Math.min(RowProduct.DEPTH_BLOCK, sizes.k() - k);
      int from = sizes.transposeB() ? bAt + column * sizes.strideB() + k : bAt + k * sizes.strideB() + column;
      Panels.pack(depth, valid, width, sizes.transposeB(), b, from, sizes.strideB(), work, packedB);
      for (int row = 0; row < m; row += height) {
        int rows = Math.min(height, m - row);
        int to = sums + row * width;
        float[] start = k == 0 ? work : null;
        if (sizes.transposeA()) {
          boolean second = row / height % 2 == 1;
          if (!second) {
            packTiles(depth, m - row, aAt + k * sizes.strideA() + row, work, packedA);
          }
          int packed = second ? packedA + height : packedA;
          tiles.multiplyPacked(depth, work, packed, work, packedB, start, zeros, work, to, width);
        } else {
          int at = aAt + row * sizes.strideA() + k;
          tiles.multiply(
              rows, depth, a, at, sizes.strideA(), work, packedB, start, zeros, work, to, width);
        }
      }
    }
    store(m, valid, work, sums, (int) (cStart + batch * sizes.batchStrideC()) + column);
  }

  private void packTiles(int depth, int rows, int from, float[] work, int to) {
    if (rows >= 2 * height) {
      tiles.packColumns(depth, a, from, sizes.strideA(), work, to, null, 0);
      return;
    }
    Panels.pack(depth, rows, 2 * height, false, a, from, sizes.strideA(), work, to);
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
