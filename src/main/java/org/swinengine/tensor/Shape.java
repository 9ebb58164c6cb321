package org.swinengine.tensor;

import java.util.Arrays;

/** The lengths of a tensor's axes, slowest first. A scalar has no axes and one element. */
public final class Shape {
  private final int[] dims;
  private final long elements;

  private Shape(int[] dims) {
    this.dims = dims;
    long product = 1;
    for (int dim : dims) {
      if (dim < 0) {
        throw new ShapeException("shape " + Arrays.toString(dims) + " has a negative axis");
      }
      product = Math.multiplyExact(product, (long) dim);
    }
    this.elements = product;
  }

  /** A shape of the given axes. */
  public static Shape of(int... dims) {
    return new Shape(dims.clone());
  }

  /** A shape from 64-bit lengths, as files have them. */
  public static Shape of(long[] dims) {
    return new Shape(Arrays.stream(dims).mapToInt(Math::toIntExact).toArray());
  }

  /** Number of axes. */
  public int rank() {
    return dims.length;
  }

  /** Length of an axis; negative numbers count from the last axis: −1 is the last. */
  public int dim(int axis) {
    int at = axis < 0 ? axis + dims.length : axis;
    if (at < 0 || at >= dims.length) {
      throw new ShapeException("shape " + this + " has no axis " + axis);
    }
    return dims[at];
  }

  /** Product of all axes. */
  public long elements() {
    return elements;
  }

  /** Product of all axes but the last: the rows of a matrix with the last axis as columns. */
  public int rows() {
    return dims.length == 0 ? 1
        : Math.toIntExact(dims[dims.length - 1] == 0 ? 0 : elements / dims[dims.length - 1]);
  }

  /** The axes; a copy. */
  public int[] dims() {
    return dims.clone();
  }

  /** The axes as 64-bit numbers, as files have them. */
  public long[] longDims() {
    return Arrays.stream(dims).asLongStream().toArray();
  }

  /** This shape with another last axis. */
  public Shape withLast(int last) {
    int[] other = dims.clone();
    other[other.length - 1] = last;
    return new Shape(other);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** Like {@code [2, 56, 56, 96]}. */
  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
