package org.swinengine.tensor;

import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.Later;
import org.swinengine.backend.Span;

/**
 * An array of numbers on a device: a buffer, an offset and a shape. Elements lie row-major without gaps; a
 * view ({@link #reshape}, {@link #slice}) is another offset and shape over the same buffer.
 *
 * <p>Tensors are never closed by hand: memory belongs to the {@link Scope} in which a tensor was made.
 *
 * <p>An operation's result may have a companion: what the kernel that wrote it kept of its rows for a
 * LayerNorm that follows. It shares the tensor's fate in scopes. Views and copies have none, and whoever
 * writes to the elements later must not hand on the tensor that has one; operations write to new tensors.
 */
public final class Tensor implements Span {
  private final Backend backend;
  private final Buffer buffer;
  private final long offset;
  private final Shape shape;
  private final @Nullable Tensor rowStatistics;

  private Tensor(Backend backend, Buffer buffer, long offset, Shape shape) {
    this(backend, buffer, offset, shape, null);
  }

  private Tensor(
      Backend backend, Buffer buffer, long offset, Shape shape, @Nullable Tensor rowStatistics) {
    this.backend = backend;
    this.buffer = buffer;
    this.offset = offset;
    this.shape = shape;
    this.rowStatistics = rowStatistics;
  }

  /** A tensor of the backend's computing type with undefined contents. */
  public static Tensor empty(Backend backend, Shape shape) {
    return empty(backend, backend.computeType(), shape);
  }

  /**
   * A tensor of the backend's master type, for parameters, statistics and losses, with undefined contents.
   */
  public static Tensor emptyMaster(Backend backend, Shape shape) {
    return empty(backend, backend.masterType(), shape);
  }

  /** A tensor of another one's type, on its device, with undefined contents. */
  public static Tensor emptyLike(Tensor other, Shape shape) {
    return empty(other.backend, other.dtype(), shape);
  }

  /** A tensor of another one's type and shape, on its device, with undefined contents. */
  public static Tensor emptyLike(Tensor other) {
    return emptyLike(other, other.shape);
  }

  /** A tensor with undefined contents. */
  public static Tensor empty(Backend backend, DType dtype, Shape shape) {
    Buffer buffer = backend.memory().allocate(dtype, shape.elements());
    Scope.register(buffer);
    return new Tensor(backend, buffer, 0, shape);
  }

  /** A tensor of zeros. */
  public static Tensor zeros(Backend backend, Shape shape) {
    return full(backend, shape, 0);
  }

  /** A tensor of one value. */
  public static Tensor full(Backend backend, Shape shape, double value) {
    return empty(backend, shape).fill(value);
  }

  /**
   * A tensor of zeros, of the backend's master type: an arena of parameters, gradients or optimizer state.
   */
  public static Tensor zerosMaster(Backend backend, Shape shape) {
    return emptyMaster(backend, shape).fill(0);
  }

  /** Sets every element to a value. */
  public Tensor fill(double value) {
    backend.memory().fill(this, elements(), value);
    return this;
  }

  /** A tensor from host values in row-major order. */
  public static Tensor of(Backend backend, Shape shape, float... values) {
    requireCount(shape, values.length);
    Tensor tensor = empty(backend, shape);
    backend.memory().upload(values, 0, tensor, values.length);
    return tensor;
  }

  /** A tensor from host values in row-major order. */
  public static Tensor of(Backend backend, Shape shape, double... values) {
    requireCount(shape, values.length);
    Tensor tensor = empty(backend, shape);
    backend.memory().upload(values, 0, tensor, values.length);
    return tensor;
  }

  /** The same, of the backend's master type: targets, factors of losses. */
  public static Tensor ofMaster(Backend backend, Shape shape, float... values) {
    requireCount(shape, values.length);
    Tensor tensor = emptyMaster(backend, shape);
    backend.memory().upload(values, 0, tensor, values.length);
    return tensor;
  }

  /** The same, of the backend's master type: targets, factors of losses. */
  public static Tensor ofMaster(Backend backend, Shape shape, double... values) {
    requireCount(shape, values.length);
    Tensor tensor = emptyMaster(backend, shape);
    backend.memory().upload(values, 0, tensor, values.length);
    return tensor;
  }

  /** An integer tensor, for labels. */
  public static Tensor ofInts(Backend backend, Shape shape, int... values) {
    requireCount(shape, values.length);
    Tensor tensor = empty(backend, DType.INT32, shape);
    backend.memory().upload(values, 0, tensor, values.length);
    return tensor;
  }

  private static void requireCount(Shape shape, int count) {
    ShapeException.check(
        shape.elements() == count, "tensor", "shape %s has %d elements, but %d values were given", shape,
        shape.elements(), count);
  }

  /** The device. */
  public Backend backend() {
    return backend;
  }

  @Override
  public Buffer buffer() {
    return buffer;
  }

  @Override
  public long offset() {
    return offset;
  }

  public Shape shape() {
    return shape;
  }

  /** Length of an axis; −1 is the last. */
  public int dim(int axis) {
    return shape.dim(axis);
  }

  public DType dtype() {
    return buffer.dtype();
  }

  /**
   * The same elements with what a kernel has kept of their rows.
   *
   * @param statistics as {@link org.swinengine.backend.Epilogue#rowStatistics} gives them; null: none
   */
  public Tensor withRowStatistics(@Nullable Tensor statistics) {
    return new Tensor(backend, buffer, offset, shape, statistics);
  }

  /** What a kernel has kept of the rows; null where nobody has. */
  public @Nullable Tensor rowStatistics() {
    return rowStatistics;
  }

  /** Number of elements. */
  public long elements() {
    return shape.elements();
  }

  /** The same elements under another shape. */
  public Tensor reshape(Shape other) {
    ShapeException.check(
        other.elements() == shape.elements(), "reshape", "%s has %d elements and cannot become %s with %d",
        shape,
        shape.elements(), other, other.elements());
    return new Tensor(backend, buffer, offset, other);
  }

  /** The same elements under another shape. */
  public Tensor reshape(int... dims) {
    return reshape(Shape.of(dims));
  }

  /**
   * A view of a stretch of this tensor's elements.
   *
   * @param start first element, counted from this tensor's first
   * @param part shape of the stretch
   */
  public Tensor slice(long start, Shape part) {
    ShapeException.check(
        start >= 0 && start + part.elements() <= elements(), "slice", "elements %d to %d lie outside %s",
        start,
        start + part.elements(), shape);
    return new Tensor(backend, buffer, offset + start, part);
  }

  /** A copy in memory of its own. */
  public Tensor copy() {
    Tensor copy = empty(backend, dtype(), shape);
    backend.memory().copy(this, copy, elements());
    return copy;
  }

  /** The elements on the host. */
  public float[] toFloats() {
    float[] values = new float[Math.toIntExact(elements())];
    backend.memory().download(this, values, 0, values.length);
    return values;
  }

  /** The elements on the host. */
  public double[] toDoubles() {
    double[] values = new double[Math.toIntExact(elements())];
    backend.memory().download(this, values, 0, values.length);
    return values;
  }

  /** {@link #toDoubles()} of a few elements as they are now, without waiting for them. */
  public Later<double[]> toDoublesLater() {
    return backend.memory().downloadLater(this, Math.toIntExact(elements()));
  }

  /** The elements of an integer tensor on the host. */
  public int[] toInts() {
    int[] values = new int[Math.toIntExact(elements())];
    backend.memory().download(this, values, 0, values.length);
    return values;
  }

  /** The value of a tensor with one element. */
  public double item() {
    ShapeException.check(elements() == 1, "item", "%s has %d elements, not one", shape, elements());
    return toDoubles()[0];
  }

  /** Shape and type, e.g. {@code Tensor[2, 3] FLOAT32 on cpu}. */
  @Override
  public String toString() {
    return "Tensor" + shape + " " + dtype() + " on " + backend.name();
  }
}
