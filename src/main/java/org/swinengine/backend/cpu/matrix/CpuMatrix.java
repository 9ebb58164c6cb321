package org.swinengine.backend.cpu.matrix;

import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.norm.LayerNormRows;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.RowBlocks;
import org.swinengine.backend.cpu.runtime.Scratch;
import org.swinengine.backend.cpu.runtime.WorkerPool;

/**
 * Matrix family on the CPU. Every element of a result is computed by one thread in an order that depends on
 * the sizes alone, so how the work is cut does not change a bit.
 */
public final class CpuMatrix implements MatrixKernels {
  /**
   * Rows of a block at most. With every block the whole weight comes from the third cache once more: 64 rows
   * cost a quarter of the speed, from 196 on it no longer shows; that a block's own rows outgrow the second
   * cache does not.
   */
  private static final int BLOCK_ROWS = 256;

  /**
   * The same for a weight of {@link #SMALL_WEIGHT} at most: no thread waits long for another's last block.
   */
  private static final int SMALL_BLOCK_ROWS = 64;

  /** Floats of a weight that stays in the second cache beside a block. */
  private static final int SMALL_WEIGHT = 1 << 16;

  /** Pieces for each thread of a product of few rows. */
  private static final int PIECES = 4;

  private final MatrixTiles firstTiles;
  private final LayerNormRows layerNorm;
  private final WorkerPool pool;

  public CpuMatrix(WorkerPool pool, MatrixTiles tiles, LayerNormRows layerNorm) {
    this.pool = pool;
    this.firstTiles = tiles;
    this.layerNorm = layerNorm;
  }

  /** The tiles for a whole kernel call: those chosen at the start, or what has replaced them. */
  private MatrixTiles tiles() {
    return firstTiles.current();
  }

  @Override
  public PreparedWeight prepare(Span weight, Span copy, int outFeatures, int inFeatures) {
    return new CpuPreparedWeight(tiles(), pool, weight, outFeatures, inFeatures);
  }

  @Override
  public void linear(
      int rows, Span x, PreparedWeight weight, Prologue prologue, Epilogue epilogue, Span y) {
    MatrixTiles tiles = tiles();
    CpuPreparedWeight w = (CpuPreparedWeight) weight;
    RowProduct product =
        new RowProduct(tiles, w.inFeatures(), w.forwardPanels(), w.outFeatures(), epilogue.bias());
    TilePrologue begin = new TilePrologue(tiles, layerNorm, prologue, w.inFeatures());
    TileEpilogue finish = new TileEpilogue(tiles, epilogue, w.outFeatures(), y);
    run(product, rows, CpuBuffer.floats(x), CpuBuffer.start(x), begin, finish);
  }

  @Override
  public void linearBackwardInput(int rows, Span dy, PreparedWeight weight, Epilogue epilogue, Span dx) {
    MatrixTiles tiles = tiles();
    CpuPreparedWeight w = (CpuPreparedWeight) weight;
    RowProduct product =
        new RowProduct(tiles, w.outFeatures(), w.backwardPanels(), w.inFeatures(), epilogue.bias());
    TilePrologue begin = new TilePrologue(tiles, layerNorm, Prologue.NONE, w.outFeatures());
    TileEpilogue finish = new TileEpilogue(tiles, epilogue, w.inFeatures(), dx);
    run(product, rows, CpuBuffer.floats(dy), CpuBuffer.start(dy), begin, finish);
  }

  /** Cuts a product into pieces for the threads: by rows while there are many, else by panels too. */
  private void run(
      RowProduct product, int rows, float[] x, int xStart, TilePrologue begin, TileEpilogue finish) {
    int threads = pool.threads();
    int panelCount = product.panelCount();
    int blockRows = blockRows(product.depth(), product.columns());
    boolean few = isFew(rows, blockRows);
    RowBlocks blocks = RowBlocks.of(rows, product.tileRows(), blockRows, few ? 1 : threads);
    int groups = few ? Math.min(panelCount, ceilDiv(PIECES * threads, blocks.count())) : 1;
    int depth = product.depth();
    pool.run(
        blocks.count() * groups,
        piece -> {
          int group = piece / blocks.count();
          int row = blocks.first(piece % blocks.count());
          int height = blocks.end(piece % blocks.count()) - row;
          int fromPanel = panelCount * group / groups;
          int toPanel = panelCount * (group + 1) / groups;
          int statisticsSize = begin.statisticsSize(height);
          int blockSize = height * MatrixTiles.ROW_STRIDE;
          float[] work =
              Scratch.get()
                  .floats(statisticsSize + blockSize + product.workSize(height, toPanel - fromPanel));
          int statistics = Scratch.ALIGNED_START;
          int a = statistics + statisticsSize;
          int rest = a + blockSize;
          int xRow = xStart + row * depth;
          begin.statistics(row, height, x, xRow, work, statistics, group == 0);
          for (int k = 0; k == 0 || k < depth; k += MatrixTiles.DEPTH_BLOCK) {
            begin.block(height, k, x, xRow, work, statistics, a);
            product.block(k, row, height, work, a, fromPanel, toPanel, finish, work, rest);
          }
        });
  }

  /** Whether there are too few rows for each of several threads to take several blocks of them. */
  private boolean isFew(int rows, int blockRows) {
    return pool.threads() > 1 && rows < 2 * blockRows * pool.threads();
  }

  /** Rows of a block at most, for a weight of these sizes. */
  private static int blockRows(int depth, int columns) {
    return (long) depth * columns <= SMALL_WEIGHT ? SMALL_BLOCK_ROWS : BLOCK_ROWS;
  }

  @Override
  public void linearBackwardWeight(
      int rows,
      Span x,
      Prologue prologue,
      Span dy,
      int outFeatures,
      int inFeatures,
      Span dWeight,
      Span dBias,
      boolean accumulate) {
    MatrixTiles tiles = tiles();
    TilePrologue begin = new TilePrologue(tiles, layerNorm, prologue, inFeatures);
    new WeightGradient(tiles, begin, rows, x, dy, outFeatures, inFeatures, dWeight, dBias, accumulate)
        .run(pool);
  }

  @Override
  public void mlp(
      int rows,
      Span x,
      Prologue prologue,
      PreparedWeight weight1,
      Span bias1,
      Span hidden,
      PreparedWeight weight2,
      Epilogue epilogue,
      Span y) {
    MatrixTiles tiles = tiles();
    CpuPreparedWeight w1 = (CpuPreparedWeight) weight1;
    CpuPreparedWeight w2 = (CpuPreparedWeight) weight2;
    int depth = w1.inFeatures();
    int middle = w1.outFeatures();
    TilePrologue begin = new TilePrologue(tiles, layerNorm, prologue, depth);
    Epilogue toHidden = Epilogue.biasGelu(bias1, hidden);
    TileEpilogue finish = new TileEpilogue(tiles, epilogue, w2.outFeatures(), y);
    RowProduct first = new RowProduct(tiles, depth, w1.forwardPanels(), middle, bias1);
    RowProduct second = new RowProduct(tiles, middle, w2.forwardPanels(), w2.outFeatures(), epilogue.bias());
    float[] xArray = CpuBuffer.floats(x);
    int xStart = CpuBuffer.start(x);
    int blockRows = blockRows(Math.max(depth, w2.outFeatures()), middle);
    if (isFew(rows, blockRows)) {
      float[] all = Scratch.get().shared(rows * middle);
      int start = Scratch.ALIGNED_START;
      run(first, rows, xArray, xStart, begin, new TileEpilogue(tiles, toHidden, middle, all, start, middle));
      run(second, rows, all, start, new TilePrologue(tiles, layerNorm, Prologue.NONE, middle), finish);
      return;
    }
    // As many hidden columns at a time as make a block of the second product.
    int part = Math.min(middle, MatrixTiles.DEPTH_BLOCK);
    int partPanels = part / tiles.columns();
    int secondPanels = second.panelCount();
    int depthBlocks = Math.max(1, ceilDiv(depth, MatrixTiles.DEPTH_BLOCK));
    RowBlocks blocks = RowBlocks.of(rows, tiles.rows(), blockRows, pool.threads());
    pool.run(
        blocks.count(),
        block -> {
          int row = blocks.first(block);
          int height = blocks.end(block) - row;
          int statisticsSize = begin.statisticsSize(height);
          int blockSize = height * MatrixTiles.ROW_STRIDE;
          int firstSize = first.workSize(height, ceilDiv(part, tiles.columns()));
          int secondSize = second.workSize(height, secondPanels);
          float[] work =
              Scratch.get().floats(statisticsSize + (depthBlocks + 1) * blockSize + firstSize + secondSize);
          int statistics = Scratch.ALIGNED_START;
          int hiddenStart = statistics + statisticsSize;
          int a = hiddenStart + blockSize;
          int firstWork = a + depthBlocks * blockSize;
          int secondWork = firstWork + firstSize;
          int xRow = xStart + row * depth;
          begin.statistics(row, height, xArray, xRow, work, statistics, true);
          for (int i = 0; i < depthBlocks; i++) {
            begin.block(height, i * MatrixTiles.DEPTH_BLOCK, xArray, xRow, work, statistics,
                a + i * blockSize);
          }
          for (int k = 0; k < middle; k += part) {
            // The hidden rows of this block stand at the start of their memory, the kept ones at their own
            // place.
            int origin = hiddenStart - row * MatrixTiles.ROW_STRIDE - k;
            TileEpilogue store =
                new TileEpilogue(tiles, toHidden, middle, work, origin, MatrixTiles.ROW_STRIDE);
            int fromPanel = k / tiles.columns();
            int toPanel = k + part >= middle ? first.panelCount() : fromPanel + partPanels;
            for (int i = 0; i < depthBlocks; i++) {
              int at = i * MatrixTiles.DEPTH_BLOCK;
              first.block(at, row, height, work, a + i * blockSize, fromPanel, toPanel, store, work,
                  firstWork);
            }
            second.block(k, row, height, work, hiddenStart, 0, secondPanels, finish, work, secondWork);
          }
        });
  }

  @Override
  public void gemm(Gemm sizes, Span a, Span b, Span c) {
    new GeneralProduct(tiles(), sizes, a, b, c).run(pool);
  }

  private static int ceilDiv(int a, int b) {
    return (a + b - 1) / b;
  }
}
