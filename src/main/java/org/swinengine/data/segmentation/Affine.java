package org.swinengine.data.segmentation;

import java.util.Arrays;

/**
 * A volume's place in space: {@code (right, anterior, superior) = M·(x, y, z) + origin}.
 *
 * <p>Immutable; two are equal if their numbers are.
 */
public final class Affine {
  /** Three rows of four. */
  private final double[] rows;

  /**
   * Takes three rows of a matrix of four columns, of which the last is the origin.
   *
   * @throws IllegalArgumentException if a number is not finite, or the matrix maps space onto less than space
   */
  public Affine(double... rows) {
    if (rows.length != 12) {
      throw new IllegalArgumentException("an affine has 12 numbers, not " + rows.length);
    }
    this.rows = rows.clone();
    double volume = Math.abs(determinant(linear()));
    double[] spacing = spacing();
    double product = spacing[0] * spacing[1] * spacing[2];
    if (!(volume > 1e-6 * product && product > 0 && product < Double.POSITIVE_INFINITY)
        || !Arrays.stream(rows).allMatch(Double::isFinite)) {
      throw new IllegalArgumentException("the affine " + Arrays.toString(rows) + " has no three directions");
    }
  }

  /** Row 0 to 2, column 0 to 3. */
  public double at(int row, int column) {
    return rows[4 * row + column];
  }

  /** The lengths of the three columns. */
  public double[] spacing() {
    double[] spacing = new double[3];
    for (int axis = 0; axis < 3; axis++) {
      double sum = 0;
      for (int row = 0; row < 3; row++) {
        sum += at(row, axis) * at(row, axis);
      }
      spacing[axis] = Math.sqrt(sum);
    }
    return spacing;
  }

  private double[] linear() {
    return new double[] {
      at(0, 0), at(0, 1), at(0, 2), at(1, 0), at(1, 1), at(1, 2), at(2, 0), at(2, 1), at(2, 2)};
  }

  /** The orthogonal matrix nearest to the directions, by rows: Newton's iteration for the polar factor. */
  double[] directions() {
    double[] spacing = spacing();
    double[] x = linear();
    for (int i = 0; i < 9; i++) {
      x[i] /= spacing[i % 3];
    }
    for (int turn = 0; turn < 60; turn++) {
      double[] inverse = cofactors(x);
      double determinant = determinant(x);
      double change = 0;
      for (int i = 0; i < 9; i++) {
        double next = (x[i] + inverse[i] / determinant) / 2;
        change = Math.max(change, Math.abs(next - x[i]));
        x[i] = next;
      }
      if (change < 1e-15) {
        break;
      }
    }
    return x;
  }

  /** The inverse's transpose times the determinant. */
  private static double[] cofactors(double[] m) {
    double[] c = new double[9];
    for (int row = 0; row < 3; row++) {
      for (int column = 0; column < 3; column++) {
        int r1 = (row + 1) % 3 * 3;
        int r2 = (row + 2) % 3 * 3;
        int c1 = (column + 1) % 3;
        int c2 = (column + 2) % 3;
        c[3 * row + column] = m[r1 + c1] * m[r2 + c2] - m[r1 + c2] * m[r2 + c1];
      }
    }
    return c;
  }

  private static double determinant(double[] m) {
    double[] c = cofactors(m);
    return m[0] * c[0] + m[1] * c[1] + m[2] * c[2];
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Affine affine && Arrays.equals(rows, affine.rows);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(rows);
  }

  @Override
  public String toString() {
    return Arrays.toString(rows);
  }
}
