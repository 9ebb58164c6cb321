package org.swinengine.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link AttentionLoops} with the Vector API; the products go through {@link AttentionTiles}. */
final class VectorAttentionLoops implements AttentionLoops {
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
        load(y, to + j).add(load(x, from + j)).intoArray(y, to + j);
      }
    }
  }

  private static FloatVector load(float[] x, int at) {
    return FloatVector.fromArray(FLOAT, x, at);
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

  // Sums down the columns go over four vectors at a time where there are as many: their chains overlap, and
  // memory is read along the rows.

  @Override
  public void columnMaximum(int keys, int queries, float[] s, int sStart, float[] maximum, int maximumStart) {
    int j = 0;
    for (; j + 4 * LANES <= queries; j += 4 * LANES) {
      FloatVector m0 = load(maximum, maximumStart + j);
      FloatVector m1 = load(maximum, maximumStart + j + LANES);
      FloatVector m2 = load(maximum, maximumStart + j + 2 * LANES);
      FloatVector m3 = load(maximum, maximumStart + j + 3 * LANES);
      for (int i = 0; i < keys; i++) {
        int at = sStart + j + i * queries;
        m0 = larger(m0, load(s, at));
        m1 = larger(m1, load(s, at + LANES));
        m2 = larger(m2, load(s, at + 2 * LANES));
        m3 = larger(m3, load(s, at + 3 * LANES));
      }
      m0.intoArray(maximum, maximumStart + j);
      m1.intoArray(maximum, maximumStart + j + LANES);
      m2.intoArray(maximum, maximumStart + j + 2 * LANES);
      m3.intoArray(maximum, maximumStart + j + 3 * LANES);
    }
    for (; j < queries; j += LANES) {
      FloatVector m = load(maximum, maximumStart + j);
      for (int i = 0; i < keys; i++) {
        m = larger(m, load(s, sStart + j + i * queries));
      }
      m.intoArray(maximum, maximumStart + j);
    }
  }

  private static FloatVector larger(FloatVector m, FloatVector x) {
    return m.blend(x, x.compare(VectorOperators.GT, m));
  }

  @Override
  public void exponentials(
      int keys, int queries, float[] s, int sStart, float[] maximum, int maximumStart, float[] sum,
      int sumStart) {
    int j = 0;
    for (; j + 2 * LANES <= queries; j += 2 * LANES) {
      FloatVector m0 = load(maximum, maximumStart + j);
      FloatVector m1 = load(maximum, maximumStart + j + LANES);
      FloatVector sum0 = load(sum, sumStart + j);
      FloatVector sum1 = load(sum, sumStart + j + LANES);
      for (int i = 0; i < keys; i++) {
        int at = sStart + j + i * queries;
        FloatVector e0 = exp(load(s, at).sub(m0));
        FloatVector e1 = exp(load(s, at + LANES).sub(m1));
        e0.intoArray(s, at);
        e1.intoArray(s, at + LANES);
        sum0 = sum0.add(e0);
        sum1 = sum1.add(e1);
      }
      sum0.intoArray(sum, sumStart + j);
      sum1.intoArray(sum, sumStart + j + LANES);
    }
    for (; j < queries; j += LANES) {
      FloatVector m = load(maximum, maximumStart + j);
      FloatVector total = load(sum, sumStart + j);
      for (int i = 0; i < keys; i++) {
        int at = sStart + j + i * queries;
        FloatVector e = exp(load(s, at).sub(m));
        e.intoArray(s, at);
        total = total.add(e);
      }
      total.intoArray(sum, sumStart + j);
    }
  }

  /** eˣ for x ≤ 0; see {@link ScalarAttentionLoops}. */
  private static FloatVector exp(FloatVector x) {
    FloatVector t = x.fma(broadcast(ScalarExp.LOG2_E), broadcast(ScalarExp.ROUNDER));
    FloatVector n = t.sub(ScalarExp.ROUNDER);
    FloatVector r = n.fma(broadcast(-ScalarExp.LN2_HIGH), x);
    r = n.fma(broadcast(-ScalarExp.LN2_LOW), r);
    FloatVector p = broadcast(ScalarExp.E6);
    p = p.fma(r, broadcast(ScalarExp.E5));
    p = p.fma(r, broadcast(ScalarExp.E4));
    p = p.fma(r, broadcast(ScalarExp.E3));
    p = p.fma(r, broadcast(ScalarExp.E2));
    p = p.fma(r.mul(r), r).add(1f);
    IntVector power = t.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
    FloatVector e = p.reinterpretAsInts().add(power).reinterpretAsFloats();
    return e.blend(0f, x.compare(VectorOperators.LT, NEGLIGIBLE));
  }

  private static FloatVector broadcast(float value) {
    return FloatVector.broadcast(FLOAT, value);
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
      FloatVector largest = load(maximum, maximumStart + j);
      FloatVector factor = load(factors, factorsStart + j);
      for (int i = 0; i < keys; i++) {
        int at = sStart + j + i * queries;
        exp(load(s, at).sub(largest)).mul(factor).intoArray(s, at);
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
        sum0 = load(p, x).fma(load(dP, y), sum0);
        sum1 = load(p, x + LANES).fma(load(dP, y + LANES), sum1);
        sum2 = load(p, x + 2 * LANES).fma(load(dP, y + 2 * LANES), sum2);
        sum3 = load(p, x + 3 * LANES).fma(load(dP, y + 3 * LANES), sum3);
      }
      sum0.intoArray(delta, deltaStart + j);
      sum1.intoArray(delta, deltaStart + j + LANES);
      sum2.intoArray(delta, deltaStart + j + 2 * LANES);
      sum3.intoArray(delta, deltaStart + j + 3 * LANES);
    }
    for (; j < queries; j += LANES) {
      FloatVector sum = FloatVector.zero(FLOAT);
      for (int i = 0; i < keys; i++) {
        sum = load(p, pStart + j + i * queries).fma(load(dP, dPStart + j + i * queries), sum);
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
      FloatVector difference = FloatVector.fromArray(FLOAT, dP, dPAt + j).sub(load(delta, deltaAt + j));
      FloatVector.fromArray(FLOAT, p, pAt + j).mul(difference).intoArray(dP, dPAt + j);
    }
  }
}
