package org.swinengine.backend.cpu.attention;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.swinengine.backend.cpu.simd.Lanes;
import org.swinengine.backend.cpu.simd.ScalarExp;

/** {@link AttentionLoops} with the Vector API; the products go through {@link AttentionTiles}. */
public final class VectorAttentionLoops implements AttentionLoops {
  private static final VectorSpecies<Float> FLOAT = Lanes.FLOAT;
  private static final int LANES = FLOAT.length();

  /** Most rows of a tile; see AttentionTilesGenerator. */
  private static final int ROWS = Lanes.REGISTERS == 16 ? 6 : 8;

  @Override
  public void load(int count, int width, float[] x, int[] rows, int first, int base, float[] f, int to) {
    int whole = width - width % LANES;
    for (int i = 0; i < count; i++) {
      int from = rows[first + i] + base;
      int row = to + i * ROW;
      int j = 0;
      for (; j + 2 * LANES <= whole; j += 2 * LANES) {
        FloatVector x0 = FloatVector.fromArray(FLOAT, x, from + j);
        FloatVector x1 = FloatVector.fromArray(FLOAT, x, from + j + LANES);
        x0.intoArray(f, row + j);
        x1.intoArray(f, row + j + LANES);
      }
      if (j < whole) {
        FloatVector.fromArray(FLOAT, x, from + j).intoArray(f, row + j);
      }
      for (j = whole; j < AttentionLoops.padded(width); j++) {
        f[row + j] = j < width ? x[from + j] : 0;
      }
    }
  }

  @Override
  public void store(int count, int width, float[] f, int from, float[] y, int[] rows, int first, int base) {
    int whole = width - width % LANES;
    for (int i = 0; i < count; i++) {
      int to = rows[first + i] + base;
      int row = from + i * ROW;
      int j = 0;
      for (; j + 2 * LANES <= whole; j += 2 * LANES) {
        FloatVector x0 = FloatVector.fromArray(FLOAT, f, row + j);
        FloatVector x1 = FloatVector.fromArray(FLOAT, f, row + j + LANES);
        x0.intoArray(y, to + j);
        x1.intoArray(y, to + j + LANES);
      }
      if (j < whole) {
        FloatVector.fromArray(FLOAT, f, row + j).intoArray(y, to + j);
      }
      for (j = whole; j < width; j++) {
        y[to + j] = f[row + j];
      }
    }
  }

  /** Tiles that cover {@code n} rows; tile t begins at row t·n/tiles. */
  private static int tiles(int n) {
    return (n + ROWS - 1) / ROWS;
  }

  @Override
  public void scores(
      int keys, int queries, int depth, float[] f, int k, int q, int start, int startStride, int s) {
    int tiles = tiles(keys);
    for (int j = 0; j < queries;) {
      int vectors = queries - j > LANES ? 2 : 1;
      for (int tile = 0; tile < tiles; tile++) {
        int row = tile * keys / tiles;
        int valid = (tile + 1) * keys / tiles - row;
        int begin = start + row * startStride + j;
        AttentionTiles.scores(
            Math.max(ROWS - 1, valid), vectors, valid, depth, f, k + row * ROW, q + j, begin, startStride,
            s + row * COLUMNS + j);
      }
      j += vectors * LANES;
    }
  }

  @Override
  public void keySums(
      int keys, int width, int queries, float[] f, int s, int x, int start, int startStride, float factor,
      int y) {
    int tiles = tiles(keys);
    for (int j = 0; j < width;) {
      int vectors = width - j > LANES ? 2 : 1;
      for (int tile = 0; tile < tiles; tile++) {
        int row = tile * keys / tiles;
        int valid = (tile + 1) * keys / tiles - row;
        int begin = start + row * startStride + j;
        AttentionTiles.keySums(
            Math.max(ROWS - 1, valid), vectors, valid, queries, f, s + row * COLUMNS, x + j, begin,
            startStride, factor, y + row * ROW + j);
      }
      j += vectors * LANES;
    }
  }

  @Override
  public void querySums(
      int queries, int width, int keys, float[] f, int s, int x, int start, int startStride, int factors,
      int y) {
    int tiles = tiles(queries);
    for (int j = 0; j < width;) {
      int vectors = width - j > LANES ? 2 : 1;
      for (int tile = 0; tile < tiles; tile++) {
        int row = tile * queries / tiles;
        int valid = (tile + 1) * queries / tiles - row;
        int begin = start + row * startStride + j;
        AttentionTiles.querySums(
            Math.max(ROWS - 1, valid), vectors, valid, keys, f, s + row, x + j, begin, startStride,
            factors + row, y + row * ROW + j);
      }
      j += vectors * LANES;
    }
  }

  @Override
  public void add(
      int rows, int columns, float[] x, int xStart, int xStride, float[] y, int yStart, int yStride) {
    for (int i = 0; i < rows; i++) {
      int from = xStart + i * xStride;
      int to = yStart + i * yStride;
      for (int j = 0; j < columns; j += LANES) {
        FloatVector.fromArray(FLOAT, y, to + j).add(FloatVector.fromArray(FLOAT, x, from + j)).intoArray(y,
            to + j);
      }
    }
  }

  @Override
  public void columnMaximum(int keys, int queries, float[] f, int s, int maximum) {
    int i = 0;
    for (; i + 8 <= keys; i += 8) {
      maximumOf8(queries, f, s + i * COLUMNS, maximum);
    }
    for (; i < keys; i++) {
      maximumOf1(queries, f, s + i * COLUMNS, maximum);
    }
  }

  // Row by row, not down the columns: maxima that live in a loop's registers came out of some compilations as
  // objects, one for every element.

  private static void maximumOf8(int queries, float[] f, int at, int maximum) {
    for (int j = 0; j < queries; j += LANES) {
      int row = at + j;
      FloatVector m0 = FloatVector.fromArray(FLOAT, f, row);
      FloatVector m1 = FloatVector.fromArray(FLOAT, f, row + COLUMNS);
      FloatVector m2 = FloatVector.fromArray(FLOAT, f, row + 2 * COLUMNS);
      FloatVector m3 = FloatVector.fromArray(FLOAT, f, row + 3 * COLUMNS);
      m0 = m0.max(FloatVector.fromArray(FLOAT, f, row + 4 * COLUMNS));
      m1 = m1.max(FloatVector.fromArray(FLOAT, f, row + 5 * COLUMNS));
      m2 = m2.max(FloatVector.fromArray(FLOAT, f, row + 6 * COLUMNS));
      m3 = m3.max(FloatVector.fromArray(FLOAT, f, row + 7 * COLUMNS));
      FloatVector m = FloatVector.fromArray(FLOAT, f, maximum + j);
      m.max(m0.max(m1).max(m2.max(m3))).intoArray(f, maximum + j);
    }
  }

  private static void maximumOf1(int queries, float[] f, int at, int maximum) {
    for (int j = 0; j < queries; j += LANES) {
      FloatVector m = FloatVector.fromArray(FLOAT, f, maximum + j);
      m.max(FloatVector.fromArray(FLOAT, f, at + j)).intoArray(f, maximum + j);
    }
  }

  // eˣ for x ≤ 0 as in ScalarAttentionLoops, written out in both loops: as a method of its own it may have
  // been compiled, large, before its caller; then it is not inlined and its vectors go to the heap.

  @Override
  public void exponentials(int keys, int queries, float[] f, int s, int maximum, int sum) {
    for (int j = 0; j < queries; j += LANES) {
      FloatVector largest = FloatVector.fromArray(FLOAT, f, maximum + j);
      FloatVector total = FloatVector.fromArray(FLOAT, f, sum + j);
      int end = s + j + keys * COLUMNS;
      for (int at = s + j; at < end; at += COLUMNS) {
        FloatVector x = FloatVector.fromArray(FLOAT, f, at).sub(largest);
        FloatVector t =
            x.fma(
                FloatVector.broadcast(FLOAT, ScalarExp.LOG2_E),
                FloatVector.broadcast(FLOAT, ScalarExp.ROUNDER));
        FloatVector n = t.sub(ScalarExp.ROUNDER);
        FloatVector r = n.fma(FloatVector.broadcast(FLOAT, -ScalarExp.LN2_HIGH), x);
        r = n.fma(FloatVector.broadcast(FLOAT, -ScalarExp.LN2_LOW), r);
        FloatVector p = FloatVector.broadcast(FLOAT, ScalarExp.E6);
        p = p.fma(r, FloatVector.broadcast(FLOAT, ScalarExp.E5));
        p = p.fma(r, FloatVector.broadcast(FLOAT, ScalarExp.E4));
        p = p.fma(r, FloatVector.broadcast(FLOAT, ScalarExp.E3));
        p = p.fma(r, FloatVector.broadcast(FLOAT, ScalarExp.E2));
        p = p.fma(r.mul(r), r).add(1f);
        IntVector power = t.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        FloatVector e = p.reinterpretAsInts().add(power).reinterpretAsFloats();
        e = e.blend(0f, x.compare(VectorOperators.LT, NEGLIGIBLE));
        e.intoArray(f, at);
        total = total.add(e);
      }
      total.intoArray(f, sum + j);
    }
  }

  @Override
  public void probabilities(int keys, int queries, float[] f, int s, int maximum, int factors) {
    for (int j = 0; j < queries; j += LANES) {
      FloatVector largest = FloatVector.fromArray(FLOAT, f, maximum + j);
      FloatVector factor = FloatVector.fromArray(FLOAT, f, factors + j);
      int end = s + j + keys * COLUMNS;
      for (int at = s + j; at < end; at += COLUMNS) {
        FloatVector x = FloatVector.fromArray(FLOAT, f, at).sub(largest);
        FloatVector t =
            x.fma(
                FloatVector.broadcast(FLOAT, ScalarExp.LOG2_E),
                FloatVector.broadcast(FLOAT, ScalarExp.ROUNDER));
        FloatVector n = t.sub(ScalarExp.ROUNDER);
        FloatVector r = n.fma(FloatVector.broadcast(FLOAT, -ScalarExp.LN2_HIGH), x);
        r = n.fma(FloatVector.broadcast(FLOAT, -ScalarExp.LN2_LOW), r);
        FloatVector p = FloatVector.broadcast(FLOAT, ScalarExp.E6);
        p = p.fma(r, FloatVector.broadcast(FLOAT, ScalarExp.E5));
        p = p.fma(r, FloatVector.broadcast(FLOAT, ScalarExp.E4));
        p = p.fma(r, FloatVector.broadcast(FLOAT, ScalarExp.E3));
        p = p.fma(r, FloatVector.broadcast(FLOAT, ScalarExp.E2));
        p = p.fma(r.mul(r), r).add(1f);
        IntVector power = t.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        FloatVector e = p.reinterpretAsInts().add(power).reinterpretAsFloats();
        e = e.blend(0f, x.compare(VectorOperators.LT, NEGLIGIBLE));
        e.mul(factor).intoArray(f, at);
      }
    }
  }

  @Override
  public void correlation(int keys, int queries, float[] f, int p, int dP, int delta) {
    int j = 0;
    for (; j + 3 * LANES < queries; j += 4 * LANES) {
      FloatVector sum0 = FloatVector.zero(FLOAT);
      FloatVector sum1 = FloatVector.zero(FLOAT);
      FloatVector sum2 = FloatVector.zero(FLOAT);
      FloatVector sum3 = FloatVector.zero(FLOAT);
      for (int i = 0; i < keys; i++) {
        int x = p + j + i * COLUMNS;
        int y = dP + j + i * COLUMNS;
        FloatVector p0 = FloatVector.fromArray(FLOAT, f, x);
        FloatVector p1 = FloatVector.fromArray(FLOAT, f, x + LANES);
        FloatVector p2 = FloatVector.fromArray(FLOAT, f, x + 2 * LANES);
        FloatVector p3 = FloatVector.fromArray(FLOAT, f, x + 3 * LANES);
        sum0 = p0.fma(FloatVector.fromArray(FLOAT, f, y), sum0);
        sum1 = p1.fma(FloatVector.fromArray(FLOAT, f, y + LANES), sum1);
        sum2 = p2.fma(FloatVector.fromArray(FLOAT, f, y + 2 * LANES), sum2);
        sum3 = p3.fma(FloatVector.fromArray(FLOAT, f, y + 3 * LANES), sum3);
      }
      sum0.intoArray(f, delta + j);
      sum1.intoArray(f, delta + j + LANES);
      sum2.intoArray(f, delta + j + 2 * LANES);
      sum3.intoArray(f, delta + j + 3 * LANES);
    }
    for (; j < queries; j += LANES) {
      FloatVector sum = FloatVector.zero(FLOAT);
      for (int i = 0; i < keys; i++) {
        FloatVector probability = FloatVector.fromArray(FLOAT, f, p + j + i * COLUMNS);
        sum = probability.fma(FloatVector.fromArray(FLOAT, f, dP + j + i * COLUMNS), sum);
      }
      sum.intoArray(f, delta + j);
    }
  }

  @Override
  public void softmaxGradient(int keys, int queries, float[] f, int p, int dP, int delta) {
    for (int i = 0; i < keys; i++) {
      softmaxGradientRow(queries, f, p + i * COLUMNS, dP + i * COLUMNS, delta);
    }
  }

  private static void softmaxGradientRow(int queries, float[] f, int p, int dP, int delta) {
    for (int j = 0; j < queries; j += LANES) {
      FloatVector mean = FloatVector.fromArray(FLOAT, f, delta + j);
      FloatVector difference = FloatVector.fromArray(FLOAT, f, dP + j).sub(mean);
      FloatVector.fromArray(FLOAT, f, p + j).mul(difference).intoArray(f, dP + j);
    }
  }
}
