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

  /** Most rows of a tile. */
  private static final int ROWS = 8;

  @Override
  public void transpose(
      int count,
      int depth,
      float[] x,
      int[] rows,
      int first,
      int base,
      float factor,
      float[] y,
      int yStart,
      int stride) {
    int whole = count - count % LANES;
    for (int i = 0; i < whole; i += LANES) {
      gatherColumns(depth, x, rows, first + i, base, factor, y, yStart + i, stride);
    }
    for (int i = whole; i < stride; i += LANES) {
      for (int d = 0; d < depth; d++) {
        FloatVector.zero(FLOAT).intoArray(y, yStart + d * stride + i);
      }
    }
    for (int i = whole; i < count; i++) {
      int row = rows[first + i] + base;
      for (int d = 0; d < depth; d++) {
        y[yStart + d * stride + i] = factor * x[row + d];
      }
    }
  }

  private static void gatherColumns(
      int depth, float[] x, int[] rows, int first, int base, float factor, float[] y, int yStart,
      int stride) {
    for (int d = 0; d < depth; d++) {
      FloatVector.fromArray(FLOAT, x, base + d, rows, first).mul(factor).intoArray(y, yStart + d * stride);
    }
  }

  /** Tiles that cover {@code n} rows; tile t begins at row t·n/tiles. */
  private static int tiles(int n) {
    return (n + ROWS - 1) / ROWS;
  }

  @Override
  public void scores(
      int keys,
      int queries,
      int depth,
      float[] k,
      int[] rows,
      int first,
      int base,
      float[] q,
      int qStart,
      float[] start,
      int startStart,
      int startStride,
      float[] s,
      int sStart) {
    int tiles = tiles(keys);
    for (int j = 0; j < queries; ) {
      int vectors = queries - j >= 2 * LANES ? 2 : 1;
      for (int tile = 0; tile < tiles; tile++) {
        int row = first + tile * keys / tiles;
        int last = first + (tile + 1) * keys / tiles - 1;
        int b = qStart + j;
        int begin = startStart + j - first * startStride;
        int c = sStart + j - first * queries;
        if (last - row < 7) {
          if (vectors == 2) {
            AttentionTiles.scores7x2(
                row, last, depth, k, rows, base, q, b, queries, start, begin, startStride, s, c, queries);
          } else {
            AttentionTiles.scores7x1(
                row, last, depth, k, rows, base, q, b, queries, start, begin, startStride, s, c, queries);
          }
        } else if (vectors == 2) {
          AttentionTiles.scores8x2(
              row, last, depth, k, rows, base, q, b, queries, start, begin, startStride, s, c, queries);
        } else {
          AttentionTiles.scores8x1(
              row, last, depth, k, rows, base, q, b, queries, start, begin, startStride, s, c, queries);
        }
      }
      j += vectors * LANES;
    }
  }

  @Override
  public void keySums(
      int keys,
      int width,
      int queries,
      float[] s,
      int sStart,
      int sStride,
      float[] x,
      int[] xRows,
      int xFirst,
      int xBase,
      float factor,
      float[] y,
      int[] yRows,
      int yFirst,
      int yBase) {
    int tiles = tiles(keys);
    for (int j = 0; j < width; ) {
      int vectors = width - j >= 2 * LANES ? 2 : 1;
      int b = xBase + j;
      int c = yBase + j;
      for (int tile = 0; tile < tiles; tile++) {
        int row = tile * keys / tiles;
        int last = (tile + 1) * keys / tiles - 1;
        if (last - row < 7) {
          if (vectors == 2) {
            AttentionTiles.keySums7x2(
                row, last, queries, s, sStart, sStride, x, xRows, xFirst, b, factor, y, yRows, yFirst, c);
          } else {
            AttentionTiles.keySums7x1(
                row, last, queries, s, sStart, sStride, x, xRows, xFirst, b, factor, y, yRows, yFirst, c);
          }
        } else if (vectors == 2) {
          AttentionTiles.keySums8x2(
              row, last, queries, s, sStart, sStride, x, xRows, xFirst, b, factor, y, yRows, yFirst, c);
        } else {
          AttentionTiles.keySums8x1(
              row, last, queries, s, sStart, sStride, x, xRows, xFirst, b, factor, y, yRows, yFirst, c);
        }
      }
      j += vectors * LANES;
    }
  }

  @Override
  public void querySums(
      int queries,
      int width,
      int keys,
      float[] s,
      int sStart,
      int sStride,
      float[] x,
      int[] xRows,
      int xFirst,
      int xBase,
      float[] factors,
      int factorsStart,
      float[] y,
      int[] yRows,
      int yFirst,
      int yBase) {
    int tiles = tiles(queries);
    int f = factorsStart;
    for (int j = 0; j < width; ) {
      int vectors = width - j >= 2 * LANES ? 2 : 1;
      int b = xBase + j;
      int c = yBase + j;
      for (int tile = 0; tile < tiles; tile++) {
        int row = tile * queries / tiles;
        int last = (tile + 1) * queries / tiles - 1;
        if (last - row < 7) {
          if (vectors == 2) {
            AttentionTiles.querySums7x2(
                row, last, keys, s, sStart, sStride, x, xRows, xFirst, b, factors, f, y, yRows, yFirst, c);
          } else {
            AttentionTiles.querySums7x1(
                row, last, keys, s, sStart, sStride, x, xRows, xFirst, b, factors, f, y, yRows, yFirst, c);
          }
        } else if (vectors == 2) {
          AttentionTiles.querySums8x2(
              row, last, keys, s, sStart, sStride, x, xRows, xFirst, b, factors, f, y, yRows, yFirst, c);
        } else {
          AttentionTiles.querySums8x1(
              row, last, keys, s, sStart, sStride, x, xRows, xFirst, b, factors, f, y, yRows, yFirst, c);
        }
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
        FloatVector.fromArray(FLOAT, y, to + j).add(FloatVector.fromArray(FLOAT, x, from + j)).intoArray(y, to + j);
      }
    }
  }

  @Override
  public void zero(int count, int width, float[] x, int[] rows, int first, int base) {
    for (int i = first; i < first + count; i++) {
      int row = rows[i] + base;
      for (int j = 0; j < width; j += LANES) {
        FloatVector.zero(FLOAT).intoArray(x, row + j);
      }
    }
  }

  @Override
  public void columnMaximum(int keys, int queries, float[] s, int sStart, float[] maximum, int maximumStart) {
    int i = 0;
    for (; i + 8 <= keys; i += 8) {
      maximumOf8(queries, s, sStart + i * queries, maximum, maximumStart);
    }
    for (; i < keys; i++) {
      maximumOf1(queries, s, sStart + i * queries, maximum, maximumStart);
    }
  }

  // Row by row, not down the columns: maxima that live in a loop's registers came out of some compilations as
  // objects, one for every element.

  private static void maximumOf8(int queries, float[] s, int at, float[] maximum, int maximumStart) {
    for (int j = 0; j < queries; j += LANES) {
      int row = at + j;
      FloatVector m0 = FloatVector.fromArray(FLOAT, s, row);
      FloatVector m1 = FloatVector.fromArray(FLOAT, s, row + queries);
      FloatVector m2 = FloatVector.fromArray(FLOAT, s, row + 2 * queries);
      FloatVector m3 = FloatVector.fromArray(FLOAT, s, row + 3 * queries);
      m0 = m0.max(FloatVector.fromArray(FLOAT, s, row + 4 * queries));
      m1 = m1.max(FloatVector.fromArray(FLOAT, s, row + 5 * queries));
      m2 = m2.max(FloatVector.fromArray(FLOAT, s, row + 6 * queries));
      m3 = m3.max(FloatVector.fromArray(FLOAT, s, row + 7 * queries));
      FloatVector m = FloatVector.fromArray(FLOAT, maximum, maximumStart + j);
      m.max(m0.max(m1).max(m2.max(m3))).intoArray(maximum, maximumStart + j);
    }
  }

  private static void maximumOf1(int queries, float[] s, int at, float[] maximum, int maximumStart) {
    for (int j = 0; j < queries; j += LANES) {
      FloatVector m = FloatVector.fromArray(FLOAT, maximum, maximumStart + j);
      m.max(FloatVector.fromArray(FLOAT, s, at + j)).intoArray(maximum, maximumStart + j);
    }
  }

  // eˣ for x ≤ 0 as in ScalarAttentionLoops, written out in both loops: as a method of its own it may have been
  // compiled, large, before its caller; then it is not inlined and its vectors go to the heap.

  @Override
  public void exponentials(
      int keys, int queries, float[] s, int sStart, float[] maximum, int maximumStart, float[] sum,
      int sumStart) {
    for (int j = 0; j < queries; j += LANES) {
      FloatVector largest = FloatVector.fromArray(FLOAT, maximum, maximumStart + j);
      FloatVector total = FloatVector.fromArray(FLOAT, sum, sumStart + j);
      for (int i = 0; i < keys; i++) {
        int at = sStart + j + i * queries;
        FloatVector x = FloatVector.fromArray(FLOAT, s, at).sub(largest);
        FloatVector t =
            x.fma(
                FloatVector.broadcast(FLOAT, ScalarExp.LOG2_E), FloatVector.broadcast(FLOAT, ScalarExp.ROUNDER));
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
        e.intoArray(s, at);
        total = total.add(e);
      }
      total.intoArray(sum, sumStart + j);
    }
  }

  @Override
  public void probabilities(
      int keys,
      int queries,
      float[] s,
      int sStart,
      float[] maximum,
      int maximumStart,
      float[] factors,
      int factorsStart) {
    for (int j = 0; j < queries; j += LANES) {
      FloatVector largest = FloatVector.fromArray(FLOAT, maximum, maximumStart + j);
      FloatVector factor = FloatVector.fromArray(FLOAT, factors, factorsStart + j);
      for (int i = 0; i < keys; i++) {
        int at = sStart + j + i * queries;
        FloatVector x = FloatVector.fromArray(FLOAT, s, at).sub(largest);
        FloatVector t =
            x.fma(
                FloatVector.broadcast(FLOAT, ScalarExp.LOG2_E), FloatVector.broadcast(FLOAT, ScalarExp.ROUNDER));
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
        e.mul(factor).intoArray(s, at);
      }
    }
  }

  @Override
  public void correlation(
      int keys, int queries, float[] p, int pStart, float[] dP, int dPStart, float[] delta, int deltaStart) {
    int j = 0;
    for (; j + 4 * LANES <= queries; j += 4 * LANES) {
      FloatVector sum0 = FloatVector.zero(FLOAT);
      FloatVector sum1 = FloatVector.zero(FLOAT);
      FloatVector sum2 = FloatVector.zero(FLOAT);
      FloatVector sum3 = FloatVector.zero(FLOAT);
      for (int i = 0; i < keys; i++) {
        int x = pStart + j + i * queries;
        int y = dPStart + j + i * queries;
        FloatVector p0 = FloatVector.fromArray(FLOAT, p, x);
        FloatVector p1 = FloatVector.fromArray(FLOAT, p, x + LANES);
        FloatVector p2 = FloatVector.fromArray(FLOAT, p, x + 2 * LANES);
        FloatVector p3 = FloatVector.fromArray(FLOAT, p, x + 3 * LANES);
        sum0 = p0.fma(FloatVector.fromArray(FLOAT, dP, y), sum0);
        sum1 = p1.fma(FloatVector.fromArray(FLOAT, dP, y + LANES), sum1);
        sum2 = p2.fma(FloatVector.fromArray(FLOAT, dP, y + 2 * LANES), sum2);
        sum3 = p3.fma(FloatVector.fromArray(FLOAT, dP, y + 3 * LANES), sum3);
      }
      sum0.intoArray(delta, deltaStart + j);
      sum1.intoArray(delta, deltaStart + j + LANES);
      sum2.intoArray(delta, deltaStart + j + 2 * LANES);
      sum3.intoArray(delta, deltaStart + j + 3 * LANES);
    }
    for (; j < queries; j += LANES) {
      FloatVector sum = FloatVector.zero(FLOAT);
      for (int i = 0; i < keys; i++) {
        FloatVector probability = FloatVector.fromArray(FLOAT, p, pStart + j + i * queries);
        sum = probability.fma(FloatVector.fromArray(FLOAT, dP, dPStart + j + i * queries), sum);
      }
      sum.intoArray(delta, deltaStart + j);
    }
  }

  @Override
  public void softmaxGradient(
      int keys, int queries, float[] p, int pStart, float[] dP, int dPStart, float[] delta, int deltaStart) {
    for (int i = 0; i < keys; i++) {
      softmaxGradientRow(queries, p, pStart + i * queries, dP, dPStart + i * queries, delta, deltaStart);
    }
  }

  private static void softmaxGradientRow(
      int queries, float[] p, int pAt, float[] dP, int dPAt, float[] delta, int deltaAt) {
    for (int j = 0; j < queries; j += LANES) {
      FloatVector mean = FloatVector.fromArray(FLOAT, delta, deltaAt + j);
      FloatVector difference = FloatVector.fromArray(FLOAT, dP, dPAt + j).sub(mean);
      FloatVector.fromArray(FLOAT, p, pAt + j).mul(difference).intoArray(dP, dPAt + j);
    }
  }
}
