package org.swinengine.backend.cpu.matrix;

import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.Scratch;
import org.swinengine.backend.cpu.runtime.WorkerPool;

/**
 * A weight in panels for {@link MatrixTiles}, made when first needed: as Wᵀ for the product, as W for the
 * gradient of its input. Several threads may ask at the same time; {@link #invalidate} is for the thread that
 * changes the weight while no other computes with it.
 */
final class CpuPreparedWeight implements PreparedWeight {
  private final MatrixTiles tiles;
  private final WorkerPool pool;
  private final Span weight;
  private final int outFeatures;
  private final int inFeatures;

  private CpuBuffer forwardPanels;
  private CpuBuffer backwardPanels;
  private volatile boolean forwardReady;
  private volatile boolean backwardReady;

  CpuPreparedWeight(MatrixTiles tiles, WorkerPool pool, Span weight, int outFeatures, int inFeatures) {
    this.tiles = tiles;
    this.pool = pool;
    this.weight = weight;
    this.outFeatures = outFeatures;
    this.inFeatures = inFeatures;
  }

  @Override
  public int outFeatures() {
    return outFeatures;
  }

  @Override
  public int inFeatures() {
    return inFeatures;
  }

  @Override
  public void invalidate() {
    forwardReady = false;
    backwardReady = false;
  }

  /** For the thread that trains the weight, as {@link #invalidate} is. */
  @Override
  public synchronized void release() {
    invalidate();
    if (forwardPanels != null) {
      forwardPanels.release();
      forwardPanels = null;
    }
    if (backwardPanels != null) {
      backwardPanels.release();
      backwardPanels = null;
    }
  }

  /** Panels of Wᵀ [in, out] from index {@link Scratch#ALIGNED_START} on. */
  float[] forwardPanels() {
    if (!forwardReady) {
      synchronized (this) {
        if (!forwardReady) {
          forwardPanels = pack(forwardPanels, inFeatures, outFeatures, true);
          forwardReady = true;
        }
      }
    }
    return forwardPanels.floats;
  }

  /** Panels of W [out, in] from index {@link Scratch#ALIGNED_START} on. */
  float[] backwardPanels() {
    if (!backwardReady) {
      synchronized (this) {
        if (!backwardReady) {
          backwardPanels = pack(backwardPanels, outFeatures, inFeatures, false);
          backwardReady = true;
        }
      }
    }
    return backwardPanels.floats;
  }

  private CpuBuffer pack(CpuBuffer old, int depth, int columns, boolean transposed) {
    int width = tiles.columns();
    int panels = (columns + width - 1) / width;
    int size = Math.multiplyExact(Math.multiplyExact(panels, width), depth);
    CpuBuffer buffer = old == null ? CpuBuffer.beside(weight, size) : old;
    float[] packed = buffer.floats;
    float[] w = CpuBuffer.floats(weight);
    int start = CpuBuffer.start(weight);
    pool.run(
        panels,
        panel -> {
          int first = panel * width;
          int from = start + (transposed ? first * inFeatures : first);
          int to = Scratch.ALIGNED_START + first * depth;
          int valid = Math.min(width, columns - first);
          Panels.pack(depth, valid, width, transposed, w, from, inFeatures, packed, to);
        });
    return buffer;
  }
}
