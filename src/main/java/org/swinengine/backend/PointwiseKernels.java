package org.swinengine.backend;

/**
 * Pointwise family: one output element from the inputs' elements of the same place. Results may overlay
 * operands.
 */
public interface PointwiseKernels {
  /** {@code y = a + b}. */
  void add(long n, Span a, Span b, Span y);

  /** {@code y = alpha·a}. */
  void scale(long n, double alpha, Span a, Span y);

  /** {@code y = a·b}. */
  void multiply(long n, Span a, Span b, Span y);

  /**
   * {@code y[r, j] = x[r, j] + v[j]}: a row added to each of {@code rows} rows of {@code columns}; v is of
   * the master type (a position embedding) or of x's.
   */
  void addRow(int rows, long columns, Span x, Span v, Span y);

  /** {@code y[r, j] = x[r, j]·v[j]}: each of {@code rows} rows times a row of the master type. */
  void multiplyRow(int rows, long columns, Span x, Span v, Span y);

  /** {@code y[r, j] = x[r, j]·scale[r]}: a factor for each row, of the master type. */
  void scaleRows(int rows, long columns, Span x, Span scale, Span y);

  /** {@code y = f(x)}. */
  void unary(UnaryFunction f, long n, Span x, Span y);

  /**
   * {@code dx = dy·f′(x)}.
   *
   * @param saved the result y where {@link UnaryFunction#backwardFromResult} says so, else the operand x
   */
  void unaryBackward(UnaryFunction f, long n, Span saved, Span dy, Span dx);

  /** {@code y = e^min(x, most)}; PyTorch's {@code torch.clamp(x, max=most).exp()}. */
  void expAtMost(long n, double most, Span x, Span y);

  /** {@code dx = dy·eˣ} where x is at most {@code most}, else 0. */
  void expAtMostBackward(long n, double most, Span x, Span dy, Span dx);
}
