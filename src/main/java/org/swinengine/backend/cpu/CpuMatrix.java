package org.swinengine.backend.cpu;

import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.Span;

/**
 * Matrix family on the CPU. Every element of a result is computed by one thread in an order that depends on the sizes
 * alone, so how the work is cut does not change a bit.
 */
final class CpuMatrix implements MatrixKernels {
  /** Floats of A that a block of rows should hold: with a panel of B they fit the second cache. */
  private static final int BLOCK_FLOATS = 96 * 1024;

  private static final int LEAST_BLOCK_ROWS = 32;
  private static final int MOST_BLOCK_ROWS = 256;

  private final MatrixTiles tiles;
  private final LayerNormRows layerNorm;
  private final WorkerPool pool;

  CpuMatrix(WorkerPool pool, boolean vector) {
    this.pool = pool;
    tiles = MatrixTiles.of(vector);
    layerNorm = LayerNormRows.of(vector);
  }

  @Override
  public PreparedWeight prepare(Span weight, int outFeatures, int inFeatures) {
    return new CpuPreparedWeight(tiles, pool, weight, outFeatures, inFeatures);
  }

  @Override
  public void linear(
      int rows, Span x, PreparedWeight weight, Prologue prologue, Epilogue epilogue, Span y) {
    CpuPreparedWeight w = (CpuPreparedWeight) weight;
    product(rows, x, w.inFeatures(), w.forwardPanels(), w.outFeatures(), prologue, epilogue, y);
  }

  @Override
  public void linearBackwardInput(int rows, Span dy, PreparedWeight weight, Epilogue epilogue, Span dx) {
    CpuPreparedWeight w = (CpuPreparedWeight) weight;
    product(rows, dy, w.outFeatures(), w.backwardPanels(), w.inFeatures(), Prologue.NONE, epilogue, dx);
  }

  private void product(
      int rows,
      Span x,
      int depth,
      float[] panels,
      int columns,
      Prologue prologue,
      Epilogue epilogue,
      Span y) {
    TileEpilogue finish = new TileEpilogue(tiles, epilogue, columns, y);
    float[] bias = epilogue.bias() == null ? null : CpuBuffer.floats(epilogue.bias());
    int biasStart = bias == null ? 0 : CpuBuffer.start(epilogue.bias());
    float[] xArray = CpuBuffer.floats(x);
    int xStart = CpuBuffer.start(x);
    TilePrologue begin = new TilePrologue(tiles, layerNorm, prologue, depth);
    int panelCount = ceilDiv(columns, tiles.columns());
    RowBlocks blocks = RowBlocks.of(rows, tiles.rows(), blockRows(depth), pool.threads());
    int groups = Math.min(panelCount, ceilDiv(pool.threads(), blocks.count()));
    pool.run(
        blocks.count() * groups,
        piece -> {
          int group = piece / blocks.count();
          int row = blocks.first(piece % blocks.count());
          int height = blocks.end(piece % blocks.count()) - row;
          int own = begin.workSize(height);
          float[] work = Scratch.get().floats(own + RowProduct.workSize(tiles, height));
          float[] a = begin.isNone() ? xArray : work;
          int aStart = begin.isNone() ? xStart + row * depth : Scratch.ALIGNED_START;
          if (!begin.isNone()) {
            begin.run(row, height, xArray, xStart + row * depth, work, aStart, group == 0);
          }
          RowProduct.run(
              tiles,
              row,
              height,
              a,
              aStart,
              depth,
              depth,
              panels,
              panelCount * group / groups,
              panelCount * (group + 1) / groups,
              columns,
              bias,
              biasStart,
              finish,
              work,
              Scratch.ALIGNED_START + own);
        });
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
    TilePrologue begin = new TilePrologue(tiles, layerNorm, prologue, inFeatures);
    new WeightGradient(tiles, begin, rows, x, dy, outFeatures, inFeatures, dWeight, dBias, accumulate).run(pool);
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
    CpuPreparedWeight w1 = (CpuPreparedWeight) weight1;
    CpuPreparedWeight w2 = (CpuPreparedWeight) weight2;
    int depth = w1.inFeatures();
    int middle = w1.outFeatures();
    float[] panels1 = w1.forwardPanels();
    float[] panels2 = w2.forwardPanels();
    TilePrologue begin = new TilePrologue(tiles, layerNorm, prologue, depth);
    Epilogue toHidden = Epilogue.biasGelu(bias1, hidden);
    TileEpilogue finish = new TileEpilogue(tiles, epilogue, w2.outFeatures(), y);
    float[] firstBias = bias1 == null ? null : CpuBuffer.floats(bias1);
    int firstBiasStart = bias1 == null ? 0 : CpuBuffer.start(bias1);
    float[] secondBias = epilogue.bias() == null ? null : CpuBuffer.floats(epilogue.bias());
    int secondBiasStart = secondBias == null ? 0 : CpuBuffer.start(epilogue.bias());
    float[] xArray = CpuBuffer.floats(x);
    int xStart = CpuBuffer.start(x);
    int width = tiles.columns();
    RowBlocks blocks = RowBlocks.of(rows, tiles.rows(), blockRows(middle), pool.threads());
    pool.run(
        blocks.count(),
        block -> {
          int row = blocks.first(block);
          int height = blocks.end(block) - row;
          int own = begin.workSize(height);
          int hiddenSize = Scratch.aligned(height * middle);
          float[] work = Scratch.get().floats(own + hiddenSize + RowProduct.workSize(tiles, height));
          int hiddenStart = Scratch.ALIGNED_START + own;
          int rest = hiddenStart + hiddenSize;
          float[] a = begin.isNone() ? xArray : work;
          int aStart = begin.isNone() ? xStart + row * depth : Scratch.ALIGNED_START;
          if (!begin.isNone()) {
            begin.run(row, height, xArray, xStart + row * depth, work, aStart, true);
          }
          // The hidden rows of this block stand at the start of their memory, the kept ones at their own row.
          TileEpilogue store = new TileEpilogue(tiles, toHidden, middle, work, hiddenStart - row * middle);
          RowProduct.run(
              tiles, row, height, a, aStart, depth, depth, panels1, 0, ceilDiv(middle, width), middle,
              firstBias, firstBiasStart, store, work, rest);
          RowProduct.run(
              tiles, row, height, work, hiddenStart, middle, middle, panels2, 0,
              ceilDiv(w2.outFeatures(), width), w2.outFeatures(), secondBias, secondBiasStart, finish, work, rest);
        });
  }

  @Override
  public void gemm(Gemm sizes, Span a, Span b, Span c) {
    new GeneralProduct(tiles, sizes, a, b, c).run(pool);
  }

  private static int blockRows(int depth) {
    return Math.max(LEAST_BLOCK_ROWS, Math.min(MOST_BLOCK_ROWS, BLOCK_FLOATS / Math.max(1, depth)));
  }

  private static int ceilDiv(int a, int b) {
    return (a + b - 1) / b;
  }
}
