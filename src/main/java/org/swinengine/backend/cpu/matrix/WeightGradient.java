package org.swinengine.backend.cpu.matrix;

import java.util.Arrays;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.Prefetch;
import org.swinengine.backend.cpu.runtime.Scratch;
import org.swinengine.backend.cpu.runtime.WorkerPool;

/**
 * Gradients of a linear layer's weight and bias. The sum over rows runs in blocks of {@link #ROW_BLOCK}, each
 * summed from zero and then added to the result in ascending order; threads share out the result, never the
 * sum.
 */
final class WeightGradient {
  /** Rows of a block. Results depend on it: one value for every machine. */
  private static final int ROW_BLOCK = 256;

  /** Floats of x that are held packed, in panels: they fit the second cache. */
  private static final int FLOATS_HELD = 96 * 1024;

  /** Columns of dy that are held packed, about: their part of a row is some cache lines in a row. */
  private static final int COLUMNS_HELD = 128;

  /** Rows that are packed at a time. */
  private static final int ROWS_AT_ONCE = 16;

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

  /** Tiles that are packed together, and groups of them that are held. */
  private final int groupTiles;

  private final int groupsHeld;
  private final int panelCount;
  private final int tileCount;

  WeightGradient(
      MatrixTiles tiles,
      TilePrologue prologue,
      int rows,
      Span x,
      float[] dy,
      int dyStart,
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
    this.dy = dy;
    this.dyStart = dyStart;
    this.outFeatures = outFeatures;
    this.inFeatures = inFeatures;
    this.dWeight = CpuBuffer.floats(dWeight);
    this.dWeightStart = CpuBuffer.start(dWeight);
    this.dBias = dBias == null ? null : CpuBuffer.floats(dBias);
    this.dBiasStart = dBias == null ? 0 : CpuBuffer.start(dBias);
    this.accumulate = accumulate;
    width = tiles.columns();
    height = tiles.rows();
    groupTiles = tiles.packedTiles();
    groupsHeld = Math.max(1, COLUMNS_HELD / (groupTiles * height));
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

  /** As few groups of panels as fit, and those near-equal: dy is packed again for each. */
  private static int panelsHeld(int panels, int panelSize) {
    int most = Math.max(1, FLOATS_HELD / panelSize);
    int groups = (panels + most - 1) / most;
    return (panels + groups - 1) / groups;
  }

  private void piece(int fromPanel, int toPanel, int fromTile, int toTile) {
    if (fromPanel >= toPanel || fromTile >= toTile) {
      return;
    }
    int panelSize = ROW_BLOCK * width;
    int held = panelsHeld(toPanel - fromPanel, panelSize);
    int groupSize = ROW_BLOCK * groupTiles * height;
    int groupCount = (toTile - fromTile + groupTiles - 1) / groupTiles;
    int tilesSize = Math.min(groupsHeld, groupCount) * groupSize;
    int sumsSize = Scratch.aligned(groupCount * groupTiles * height);
    float[] work = Scratch.get().floats(held * panelSize + tilesSize + sumsSize + height * width + width);
    int panels = Scratch.ALIGNED_START;
    int packed = panels + held * panelSize;
    int sums = packed + tilesSize;
    int edge = sums + sumsSize;
    int zeros = edge + height * width;
    Arrays.fill(work, zeros, zeros + width, 0f);
    for (int row = 0; row == 0 || row < rows; row += ROW_BLOCK) {
      int depth = Math.min(ROW_BLOCK, rows - row);
      boolean add = accumulate || row > 0;
      for (int first = fromPanel; first < toPanel; first += held) {
        boolean sumsUp = dBias != null && first == 0;
        Arrays.fill(work, sums, sums + sumsSize, 0f);
        int count = Math.min(held, toPanel - first);
        packPanels(row, depth, first, count, work, panels, panelSize);
        for (int some = fromTile; some < toTile; some += groupsHeld * groupTiles) {
          int end = Math.min(toTile, some + groupsHeld * groupTiles);
          packTiles(row, depth, some, end, work, packed, sumsUp, sums + (some - fromTile) * height);
          for (int tile = some; tile < end; tile++) {
            int at =
                packed + (tile - some) / groupTiles * groupSize + (tile - some) % groupTiles * height;
            for (int p = 0; p < count; p++) {
              multiply(depth, tile, first + p, work, at, panels + p * panelSize, zeros, edge, add);
            }
          }
        }
        if (sumsUp) {
          storeBias(fromTile * height, Math.min(outFeatures, toTile * height), add, work, sums);
        }
      }
    }
  }

  private void packPanels(int row, int depth, int first, int count, float[] work, int to, int panelSize) {
    for (int p = 0; p < count; p++) {
      int valid = Math.min(width, inFeatures - (first + p) * width);
      if (valid < width) {
        Arrays.fill(work, to + p * panelSize, to + p * panelSize + depth * width, 0f);
      }
    }
    // A few rows at a time for all panels: x is read row by row, as memory likes it.
    boolean prefetched = Prefetch.helps(width) && !prologue.isLayerNorm();
    for (int r = 0; r < depth; r += ROWS_AT_ONCE) {
      int some = Math.min(ROWS_AT_ONCE, depth - r);
      if (prefetched) {
        int column = first * width;
        int columns = Math.min(count * width, inFeatures - column);
        Prefetch.rows(some, columns, x, xStart + (row + r) * inFeatures + column, inFeatures);
      }
      for (int p = 0; p < count; p++) {
        int column = (first + p) * width;
        int valid = Math.min(width, inFeatures - column);
        prologue.columns(row + r, some, column, valid, x, xStart, work, to + p * panelSize + r * width,
            width);
      }
    }
  }

  private void packTiles(
      int row, int depth, int fromTile, int toTile, float[] work, int to, boolean sumsUp, int sums) {
    int step = groupTiles * height;
    float[] sumsOrNot = sumsUp ? work : null;
    for (int r = 0; r < depth; r += ROWS_AT_ONCE) {
      int some = Math.min(ROWS_AT_ONCE, depth - r);
      for (int tile = fromTile; tile < toTile; tile += groupTiles) {
        int sumsAt = sums + (tile - fromTile) * height;
        int group = to + (tile - fromTile) / groupTiles * ROW_BLOCK * step + r * step;
        int from = dyStart + (row + r) * outFeatures + tile * height;
        int valid = outFeatures - tile * height;
        if (valid >= step) {
          tiles.packColumns(some, dy, from, outFeatures, work, group, sumsOrNot, sumsAt);
        } else {
          Panels.pack(some, valid, step, false, dy, from, outFeatures, work, group);
          for (int k = 0; sumsUp && k < some; k++) {
            for (int i = 0; i < valid; i++) {
              work[sumsAt + i] += work[group + k * step + i];
            }
          }
        }
      }
    }
  }

  private void multiply(
      int depth, int tile, int panel, float[] work, int packed, int panelStart, int zeros, int edge,
      boolean add) {
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

  private void storeBias(int from, int to, boolean add, float[] work, int sums) {
    for (int i = from; i < to; i++) {
      float sum = work[sums + i - from];
      dBias[dBiasStart + i] = add ? dBias[dBiasStart + i] + sum : sum;
    }
  }
}
