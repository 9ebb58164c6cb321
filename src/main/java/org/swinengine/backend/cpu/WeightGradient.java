package org.swinengine.backend.cpu;

import java.util.Arrays;
import org.swinengine.backend.Span;

/**
 * Gradients of a linear layer's weight and bias. The sum over rows runs in blocks of {@link #ROW_BLOCK}, each summed
 * from zero and then added to the result in ascending order; threads share out the result, never the sum.
 */
final class WeightGradient {
  /** Rows of a block. Results depend on it: one value for every machine. */
  private static final int ROW_BLOCK = 256;

  /** Panels of x that are held packed: they fit the second cache. */
  private static final int PANELS_HELD = 8;

  /** Costs of packing a panel or a tile for a block, in multiples of one tile's product. */
  private static final double COST_OF_PANEL = 0.3;

  private static final double COST_OF_GELU_PANEL = 3;
  private static final double COST_OF_TILE = 0.2;

  private final MatrixTiles tiles;
  private final TilePrologue prologue;
  private final int rows;
  private final float[] x;
  private final int xStart;
  private final float[] dy;
  private final int dyStart;
  private final int outFeatures;
  private final int inFeatures;
  private final float[] dWeight;
  private final int dWeightStart;
  private final float[] dBias;
  private final int dBiasStart;
  private final boolean accumulate;
  private final int width;
  private final int height;
  private final int panelCount;
  private final int tileCount;

  WeightGradient(
      MatrixTiles tiles,
      TilePrologue prologue,
      int rows,
      Span x,
      Span dy,
      int outFeatures,
      int inFeatures,
      Span dWeight,
      Span dBias,
      boolean accumulate) {
    this.tiles = tiles;
    this.prologue = prologue;
    this.rows = rows;
    this.x = CpuBuffer.floats(x);
    this.xStart = CpuBuffer.start(x);
    this.dy = CpuBuffer.floats(dy);
    this.dyStart = CpuBuffer.start(dy);
    this.outFeatures = outFeatures;
    this.inFeatures = inFeatures;
    this.dWeight = CpuBuffer.floats(dWeight);
    this.dWeightStart = CpuBuffer.start(dWeight);
    this.dBias = dBias == null ? null : CpuBuffer.floats(dBias);
    this.dBiasStart = dBias == null ? 0 : CpuBuffer.start(dBias);
    this.accumulate = accumulate;
    width = tiles.columns();
    height = tiles.rows();
    panelCount = (inFeatures + width - 1) / width;
    tileCount = (outFeatures + height - 1) / height;
  }

  void run(WorkerPool pool) {
    int panelGroups = panelGroups(pool.threads());
    int tileGroups = pool.threads() / panelGroups;
    pool.run(
        panelGroups * tileGroups,
        piece -> {
          int p = piece % panelGroups;
          int t = piece / panelGroups;
          piece(
              panelCount * p / panelGroups,
              panelCount * (p + 1) / panelGroups,
              tileCount * t / tileGroups,
              tileCount * (t + 1) / tileGroups);
        });
  }

  /** The cut of the result at which the slowest piece is quickest. */
  private int panelGroups(int threads) {
    int best = 1;
    double least = Double.MAX_VALUE;
    for (int groups = 1; groups <= threads; groups++) {
      if (threads % groups == 0) {
        int panels = (panelCount + groups - 1) / groups;
        int tilesEach = (tileCount + threads / groups - 1) / (threads / groups);
        double panelCost = prologue.isGelu() ? COST_OF_GELU_PANEL : COST_OF_PANEL;
        double cost = (double) panels * tilesEach + panels * panelCost + tilesEach * COST_OF_TILE;
        if (cost < least) {
          least = cost;
          best = groups;
        }
      }
    }
    return best;
  }

  private void piece(int fromPanel, int toPanel, int fromTile, int toTile) {
    int held = Math.min(PANELS_HELD, toPanel - fromPanel);
    if (held <= 0 || fromTile >= toTile) {
      return;
    }
    int panelSize = ROW_BLOCK * width;
    int tileSize = ROW_BLOCK * 2 * height;
    int biasSize = Scratch.aligned((toTile - fromTile) * height);
    float[] work = Scratch.get().floats(held * panelSize + tileSize + height * width + width + biasSize);
    int panels = Scratch.ALIGNED_START;
    int packed = panels + held * panelSize;
    int edge = packed + tileSize;
    int zeros = edge + height * width;
    int bias = zeros + width;
    Arrays.fill(work, zeros, zeros + width, 0f);
    for (int row = 0; row == 0 || row < rows; row += ROW_BLOCK) {
      int depth = Math.min(ROW_BLOCK, rows - row);
      boolean add = accumulate || row > 0;
      if (dBias != null && fromPanel == 0) {
        addBias(row, depth, fromTile * height, Math.min(outFeatures, toTile * height), add, work, bias);
      }
      for (int first = fromPanel; first < toPanel; first += held) {
        int count = Math.min(held, toPanel - first);
        packPanels(row, depth, first, count, work, panels, panelSize);
        for (int tile = fromTile; tile < toTile; tile += 2) {
          packTiles(row, depth, tile, work, packed);
          for (int p = 0; p < count; p++) {
            int panel = panels + p * panelSize;
            multiply(depth, tile, first + p, work, packed, panel, zeros, edge, add);
            if (tile + 1 < toTile) {
              multiply(depth, tile + 1, first + p, work, packed + height, panel, zeros, edge, add);
            }
          }
        }
      }
    }
  }

  private void packPanels(int row, int depth, int first, int count, float[] work, int to, int panelSize) {
    for (int p = 0; p < count; p++) {
      int column = (first + p) * width;
      int valid = Math.min(width, inFeatures - column);
      int panel = to + p * panelSize;
      if (valid < width) {
        Arrays.fill(work, panel, panel + depth * width, 0f);
      }
      prologue.columns(row, depth, column, valid, x, xStart, work, panel, width);
    }
  }

  private void packTiles(int row, int depth, int tile, float[] work, int to) {
    int from = dyStart + row * outFeatures + tile * height;
    int valid = outFeatures - tile * height;
    if (valid >= 2 * height) {
      tiles.packColumns(depth, dy, from, outFeatures, work, to);
      return;
    }
    Panels.pack(depth, valid, 2 * height, false, dy, from, outFeatures, work, to);
  }

  private void multiply(
      int depth, int tile, int panel, float[] work, int packed, int panelStart, int zeros, int edge, boolean add) {
    int validRows = Math.min(height, outFeatures - tile * height);
    int validColumns = Math.min(width, inFeatures - panel * width);
    int at = dWeightStart + tile * height * inFeatures + panel * width;
    if (validRows == height && validColumns == width) {
      tiles.multiplyPacked(
          depth,
          work,
          packed,
          work,
          panelStart,
          add ? null : work,
          zeros,
          dWeight,
          at,
          inFeatures);
      return;
    }
    for (int i = 0; add && i < validRows; i++) {
      System.arraycopy(dWeight, at + i * inFeatures, work, edge + i * width, validColumns);
    }
    tiles.multiplyPacked(depth, work, packed, work, panelStart, add ? null : work, zeros, work, edge, width);
    for (int i = 0; i < validRows; i++) {
      System.arraycopy(work, edge + i * width, dWeight, at + i * inFeatures, validColumns);
    }
  }

  private void addBias(int row, int depth, int from, int to, boolean add, float[] work, int sums) {
    int count = to - from;
    Arrays.fill(work, sums, sums + count, 0f);
    for (int k = 0; k < depth; k++) {
      addRow(count, dy, dyStart + (row + k) * outFeatures + from, work, sums);
    }
    if (add) {
      addRow(count, work, sums, dBias, dBiasStart + from);
    } else {
      System.arraycopy(work, sums, dBias, dBiasStart + from, count);
    }
  }

  private static void addRow(int count, float[] from, int fromStart, float[] to, int toStart) {
    for (int j = 0; j < count; j++) {
      to[toStart + j] += from[fromStart + j];
    }
  }
}
