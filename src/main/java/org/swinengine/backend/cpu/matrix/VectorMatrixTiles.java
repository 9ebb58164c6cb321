package org.swinengine.backend.cpu.matrix;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.swinengine.backend.Warnings;
import org.swinengine.backend.cpu.runtime.Scratch;
import org.swinengine.backend.cpu.simd.Lanes;
import org.swinengine.backend.cpu.simd.VectorGelu;

/**
 * The matrix family's inner loops on vectors. One species only: a second width in the same process would cost
 * the compiler its knowledge of every vector's class, and put vectors on the heap.
 */
public final class VectorMatrixTiles implements MatrixTiles {
  private static final VectorSpecies<Float> FLOAT = Lanes.FLOAT;

  private final GemmTiles tiles;
  private final int rows;
  private final int width;
  private final int packedTiles;
  private final TileGuard guard;

  private final ObjectWatch stridedObjects;
  private final ObjectWatch packedObjects;
  private final ObjectWatch packedAddObjects;

  /** Set once, where the guard has found this tile compiled badly. */
  private volatile VectorMatrixTiles successor;

  /** What the guard has found. */
  private volatile String finding;

  /** Of all backends: what the compiler has done to a tile is the same for all. */
  private static final class Shared {
    static final VectorMatrixTiles TILES = new VectorMatrixTiles(TileChoice.ofThisProcess());
  }

  private VectorMatrixTiles(TileChoice choice) {
    this(choice.shape(), choice.isForced() ? TileGuard.none() : new TileGuard(choice.rate()));
  }

  VectorMatrixTiles(TileShape shape, TileGuard guard) {
    this.guard = guard;
    stridedObjects = guard.strided();
    packedObjects = guard.packed();
    packedAddObjects = guard.packedAdd();
    tiles = shape.tiles();
    rows = shape.rows();
    width = shape.vectors() * Lanes.COUNT;
    packedTiles = GemmTiles.packedTiles(rows, Lanes.COUNT);
  }

  /** With the tile that suits this processor and Java virtual machine, or what has replaced it. */
  public static VectorMatrixTiles ofThisProcess() {
    TileChoice choice = TileChoice.ofThisProcess();
    return choice.isForced() ? new VectorMatrixTiles(choice) : Shared.TILES;
  }

  /** Which tile this process multiplies with, and why; also what was replaced. */
  public static String choice() {
    TileChoice choice = TileChoice.ofThisProcess();
    return choice + (choice.isForced() ? "" : Shared.TILES.replacements());
  }

  /** For example {@code , compiled badly (…) and replaced by 5x2}, for each that was; empty for none. */
  String replacements() {
    VectorMatrixTiles next = successor;
    return next == null
        ? ""
        : ", compiled badly (" + finding + ") and replaced by " + next.shape() + next.replacements();
  }

  private TileShape shape() {
    return new TileShape(rows, tiles.vectors());
  }

  @Override
  public MatrixTiles current() {
    VectorMatrixTiles next = successor;
    return next == null ? this : next.current();
  }

  @Override
  public void took(long operations, long nanos) {
    if (guard.isBad(operations, nanos)) {
      replace(guard.finding());
    }
  }

  private void replace(String found) {
    TileShape own = shape();
    TileShape next = own.neighbour();
    synchronized (this) {
      if (successor != null || next.equals(own)) {
        return;
      }
      finding = found;
      successor = new VectorMatrixTiles(next, guard.renewed());
    }
    Warnings.say(
        "The Java virtual machine compiled the register tile " + own + " badly (" + found + "); going on"
            + " with " + next + ", which gives the same results. -Dswin.tile=" + next
            + " has it from the start.");
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int columns() {
    return width;
  }

  @Override
  public void multiply(
      int rows,
      int depth,
      float[] a,
      int aStart,
      float[] b,
      int bStart,
      float[] start,
      int startStart,
      float[] c,
      int cStart,
      int cStride) {
    if (start == null) {
      // No tile of its own that adds, as packed products have: inner dimensions over 768 are few, and a
      // prediction would have to wait until it is compiled.
      float[] own = Scratch.get().tile();
      product(rows, depth, a, aStart, b, bStart, own, 0, own, width, width);
      add(rows, width, own, width, width, c, cStart, cStride, c, cStart, cStride);
    } else {
      product(rows, depth, a, aStart, b, bStart, start, startStart, c, cStart, cStride);
    }
  }

  private void product(
      int rows,
      int depth,
      float[] a,
      int aStart,
      float[] b,
      int bStart,
      float[] start,
      int startStart,
      float[] c,
      int cStart,
      int cStride) {
    if (rows < this.rows) {
      // Another tile's code, in which a part of a product ends.
      tiles.multiply(rows, depth, a, aStart, b, bStart, start, startStart, c, cStart, cStride);
      return;
    }
    long before = stridedObjects.before();
    tiles.multiply(rows, depth, a, aStart, b, bStart, start, startStart, c, cStart, cStride);
    if (stridedObjects.isBad(before)) {
      replace(stridedObjects.finding());
    }
  }

  @Override
  public int packedTiles() {
    return packedTiles;
  }

  @Override
  public void multiplyPacked(
      int depth,
      float[] a,
      int aStart,
      float[] b,
      int bStart,
      float[] start,
      int startStart,
      float[] c,
      int cStart,
      int cStride) {
    ObjectWatch objects = start == null ? packedAddObjects : packedObjects;
    long before = objects.before();
    if (start == null) {
      tiles.multiplyPackedAdd(rows, depth, a, aStart, b, bStart, c, cStart, cStride);
    } else {
      tiles.multiplyPacked(rows, depth, a, aStart, b, bStart, start, startStart, c, cStart, cStride);
    }
    if (objects.isBad(before)) {
      replace(objects.finding());
    }
  }

  @Override
  public void packColumns(
      int depth, float[] x, int xStart, int xStride, float[] packed, int packedStart, float[] sums,
      int sumsStart) {
    int step = packedTiles * rows;
    for (int j = 0; j < step; j += Lanes.COUNT) {
      if (sums == null) {
        packVector(depth, x, xStart + j, xStride, packed, packedStart + j, step);
      } else {
        packVector(depth, x, xStart + j, xStride, packed, packedStart + j, step, sums, sumsStart + j);
      }
    }
  }

  private static void packVector(
      int depth, float[] x, int xStart, int xStride, float[] packed, int packedStart, int step) {
    for (int k = 0; k < depth; k++) {
      FloatVector.fromArray(FLOAT, x, xStart + k * xStride).intoArray(packed, packedStart + k * step);
    }
  }

  private static void packVector(
      int depth,
      float[] x,
      int xStart,
      int xStride,
      float[] packed,
      int packedStart,
      int step,
      float[] sums,
      int sumsStart) {
    FloatVector sum = FloatVector.fromArray(FLOAT, sums, sumsStart);
    for (int k = 0; k < depth; k++) {
      FloatVector row = FloatVector.fromArray(FLOAT, x, xStart + k * xStride);
      row.intoArray(packed, packedStart + k * step);
      sum = sum.add(row);
    }
    sum.intoArray(sums, sumsStart);
  }

  @Override
  public void add(
      int rows,
      int columns,
      float[] t,
      int tStart,
      int tStride,
      float[] u,
      int uStart,
      int uStride,
      float[] y,
      int yStart,
      int yStride) {
    int whole = FLOAT.loopBound(columns);
    for (int i = 0; i < rows; i++) {
      int ti = tStart + i * tStride;
      int ui = uStart + i * uStride;
      int yi = yStart + i * yStride;
      for (int j = 0; j < whole; j += Lanes.COUNT) {
        FloatVector w = FloatVector.fromArray(FLOAT, t, ti + j);
        FloatVector v = FloatVector.fromArray(FLOAT, u, ui + j);
        w.add(v).intoArray(y, yi + j);
      }
      for (int j = whole; j < columns; j++) {
        y[yi + j] = t[ti + j] + u[ui + j];
      }
    }
  }

  @Override
  public void gelu(
      int rows, int columns, float[] t, int tStart, int tStride, float[] y, int yStart, int yStride) {
    VectorGelu.gelu(rows, columns, t, tStart, tStride, y, yStart, yStride);
  }

  @Override
  public void timesGeluGradient(
      int rows,
      int columns,
      float[] t,
      int tStart,
      int tStride,
      float[] u,
      int uStart,
      int uStride,
      float[] y,
      int yStart,
      int yStride) {
    VectorGelu.timesGradient(rows, columns, t, tStart, tStride, u, uStart, uStride, y, yStart, yStride);
  }
}
