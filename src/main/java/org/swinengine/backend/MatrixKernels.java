package org.swinengine.backend;

import org.jspecify.annotations.Nullable;

/**
 * Matrix family: products with prepared weights, and general products. The reduction over the inner dimension
 * runs in ascending order, in blocks whose size is a constant or a function of the sizes, so that the same
 * bits come out on every machine of one backend.
 *
 * <p>Rows, residuals and pre-activations are activations; weights, biases, factors of rows, norms' parameters
 * and statistics, and the gradients of parameters are of the master type ({@link Backend#masterType}).
 *
 * <p>Rows are dense: row r of a {@code [rows, n]} operand starts n elements after row r−1.
 */
public interface MatrixKernels {
  /** Binds a master weight {@code [outFeatures, inFeatures]}; preparing happens when it is first needed. */
  default PreparedWeight prepare(Span weight, int outFeatures, int inFeatures) {
    return prepare(weight, null, outFeatures, inFeatures);
  }

  /**
   * The same of a weight that the caller keeps in the type of activations too.
   *
   * @param copy the weight rounded to the nearest, which the caller makes anew before it uses a weight that
   *     has changed; null: there is none
   */
  PreparedWeight prepare(Span weight, @Nullable Span copy, int outFeatures, int inFeatures);

  /**
   * {@code y[rows, out] = epilogue(prologue(x)[rows, in] · Wᵀ)}; PyTorch's {@code F.linear} with its
   * neighbours. {@code y} must not overlap {@code x}.
   */
  void linear(int rows, Span x, PreparedWeight weight, Prologue prologue, Epilogue epilogue, Span y);

  /**
   * The gradient with respect to the (prologue's) result: {@code dx[rows, in] = epilogue(dy[rows, out] · W)}.
   * {@code dx} must not overlap {@code dy}.
   */
  void linearBackwardInput(int rows, Span dy, PreparedWeight weight, Epilogue epilogue, Span dx);

  /** {@link #linearBackwardWeight} of a layer without DropPath. */
  default void linearBackwardWeight(
      int rows,
      Span x,
      Prologue prologue,
      Span dy,
      int outFeatures,
      int inFeatures,
      Span dWeight,
      @Nullable Span dBias,
      boolean accumulate) {
    linearBackwardWeight(
        rows, x, prologue, dy, null, outFeatures, inFeatures, dWeight, dBias, accumulate);
  }

  /**
   * Parameter gradients: {@code dWeight[out, in] = (s·dy)ᵀ · prologue(x)} and {@code dBias[out] = Σ_rows
   * s·dy}. A LayerNorm prologue reads the row statistics that the forward call wrote.
   *
   * @param factors s of each row; null: all are 1
   * @param dBias null where the layer has no bias
   * @param accumulate adds to what both hold instead of replacing it
   */
  void linearBackwardWeight(
      int rows,
      Span x,
      Prologue prologue,
      Span dy,
      @Nullable RowFactors factors,
      int outFeatures,
      int inFeatures,
      Span dWeight,
      @Nullable Span dBias,
      boolean accumulate);

  /**
   * A layer on two tensors side by side, {@code y[rows, out] = [first | second]·Wᵀ + bias}, with the bits of
   * {@link #linear} on one that holds both. Like its gradients only where {@link Backend#multipliesPairs}
   * says so.
   *
   * @param columns of each of the two; the weight's input features are twice as many
   * @param bias null: none
   */
  default void linearOfPair(
      int rows, int columns, Span first, Span second, PreparedWeight weight, @Nullable Span bias, Span y) {
    throw noPairs();
  }

  /**
   * Gradients of the two tensors, {@code [dFirst | dSecond] = dy[rows, out]·W}, each of which replaces what
   * its memory holds or is added to it. With both replaced they have the bits of
   * {@link #linearBackwardInput}.
   *
   * @param dFirst {@code [rows, columns]}; null: not wanted
   * @param dSecond null: not wanted
   */
  default void linearOfPairBackwardInput(
      int rows, int columns, Span dy, PreparedWeight weight, @Nullable Span dFirst, boolean addsToFirst,
      @Nullable Span dSecond, boolean addsToSecond) {
    throw noPairs();
  }

  /** {@link #linearBackwardWeight} of a pair. */
  default void linearOfPairBackwardWeight(
      int rows, int columns, Span first, Span second, Span dy, int outFeatures, Span dWeight,
      @Nullable Span dBias, boolean accumulate) {
    throw noPairs();
  }

  private static UnsupportedOperationException noPairs() {
    return new UnsupportedOperationException("this backend multiplies no pairs of tensors");
  }

  /**
   * A whole MLP branch, {@code y = epilogue(gelu(prologue(x)·W1ᵀ + bias1)·W2ᵀ)}, where the hidden rows need
   * not reach memory.
   *
   * @param hidden receives the pre-activations {@code [rows, W1.out]} for the backward pass; null: not kept
   * @param y must not overlap x unless x is the epilogue's residual
   */
  void mlp(
      int rows,
      Span x,
      Prologue prologue,
      PreparedWeight weight1,
      Span bias1,
      @Nullable Span hidden,
      PreparedWeight weight2,
      Epilogue epilogue,
      Span y);

  /**
   * {@code C = alpha·op(A)·op(B) + beta·C} for each of {@code batches} triples; {@code beta} 0 does not read
   * C. {@code torch.bmm} with strides. All three are of one type.
   */
  void gemm(Gemm sizes, Span a, Span b, Span c);

  /**
   * @param transposeA whether A is stored as {@code [k, m]}
   * @param transposeB whether B is stored as {@code [n, k]}
   * @param m rows of C
   * @param n columns of C
   * @param k inner dimension
   * @param strideA leading dimension: elements between stored rows of A
   * @param strideB leading dimension of B
   * @param strideC leading dimension of C
   * @param batches number of products
   * @param batchStrideA elements between one A and the next (0: the same A for all)
   * @param batchStrideB elements between one B and the next
   * @param batchStrideC elements between one C and the next
   */
  record Gemm(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      double alpha,
      double beta,
      int strideA,
      int strideB,
      int strideC,
      int batches,
      long batchStrideA,
      long batchStrideB,
      long batchStrideC) {
    /** One product of dense matrices. */
    public static Gemm dense(boolean transposeA, boolean transposeB, int m, int n, int k) {
      return new Gemm(
          transposeA, transposeB, m, n, k, 1, 0, transposeA ? m : k, transposeB ? k : n, n, 1, 0, 0, 0);
    }
  }
}
