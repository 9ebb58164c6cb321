package org.swinengine.ops;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.DType;
import org.swinengine.backend.DropoutMask;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/** What all operations do with their operands. */
final class Operands {
  private Operands() {}

  /** The value of an operand that may be missing. */
  static @Nullable Tensor valueOrNull(@Nullable Variable operand) {
    return operand == null ? null : operand.value();
  }

  /** Whether a gradient has arrived at an operand, to which the next one is to be added. */
  static boolean hasGradient(Variable operand) {
    return operand instanceof Parameter parameter ? parameter.hasGradient() : operand.gradient() != null;
  }

  /**
   * Room for what a kernel keeps of the rows of a result that a LayerNorm may read; null where the backend
   * keeps nothing, or where a tape is open: training normalises rows by themselves.
   *
   * @param result of the operation
   */
  static @Nullable Tensor rowStatistics(Tensor result) {
    int size =
        Tape.isOpen() ? 0 : result.backend().norm().rowStatisticsSize(result.dtype(), result.dim(-1));
    int rows = result.shape().rows();
    return size == 0 ? null : Tensor.emptyMaster(result.backend(), Shape.of(rows, size));
  }

  /**
   * What a tape must hold so that backward can read an operand: its value; nothing for a parameter, whose
   * memory outlives the tape.
   */
  static @Nullable Tensor saved(@Nullable Variable operand) {
    return operand == null || operand instanceof Parameter ? null : operand.value();
  }

  /** The path of the first parameter among the operands, for errors; empty if there is none. */
  static String where(@Nullable Variable... operands) {
    for (Variable operand : operands) {
      if (operand instanceof Parameter parameter) {
        return parameter.path();
      }
    }
    return "";
  }

  /** What to call an operand in an error: its role, and its path if it has one. */
  static String name(String role, Variable operand) {
    return operand instanceof Parameter parameter && !parameter.path().isEmpty()
        ? role + " " + parameter.path()
        : role;
  }

  /** Throws unless an operand, which may be missing, has this shape. */
  static void checkShape(String operation, String role, @Nullable Variable operand, Shape expected) {
    ShapeException.check(
        operand == null || operand.shape().equals(expected), operation, "%s is %s, but must be %s",
        operand == null ? "" : name(role, operand), operand == null ? "" : operand.shape(), expected);
  }

  /** Throws unless a tensor has this many axes. */
  static void checkRank(String operation, String role, Variable operand, int rank, String layout) {
    ShapeException.check(
        operand.shape().rank() == rank, operation, "%s is %s, but must be %s", name(role, operand),
        operand.shape(), layout);
  }

  /**
   * Checks factors of samples for the rows of a result.
   *
   * @param rowScale {@code [batch]}, or null
   * @return rows of a sample; 1 without factors
   */
  static int rowsPerScale(String operation, @Nullable Tensor rowScale, int rows) {
    if (rowScale == null) {
      return 1;
    }
    ShapeException.check(
        rowScale.dtype() != DType.INT32 && rowScale.shape().rank() == 1 && rowScale.elements() > 0
            && rows % rowScale.elements() == 0,
        operation, "the row scale is %s, but must be [batch] with a batch that divides the %d rows", rowScale,
        rows);
    return Math.toIntExact(rows / rowScale.elements());
  }

  /**
   * Checks a mask, which may be missing, for the rows of a result, and beside factors of their samples, which
   * may be missing too.
   */
  static void checkMask(
      String operation, @Nullable DropoutMask mask, @Nullable Tensor rowScale, int rows) {
    if (mask == null) {
      return;
    }
    ShapeException.check(
        mask.rowsPerSample() > 0 && rows % mask.rowsPerSample() == 0, operation,
        "the mask is for samples of %d rows, into which %d rows cannot be shared out", mask.rowsPerSample(),
        rows);
    ShapeException.check(
        rowScale == null || rowScale.elements() * mask.rowsPerSample() == rows, operation,
        "the factors are %s, but the mask is for %d samples", rowScale == null ? "" : rowScale.shape(),
        rows / mask.rowsPerSample());
  }
}
