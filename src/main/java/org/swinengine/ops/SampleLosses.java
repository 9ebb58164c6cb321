package org.swinengine.ops;

import org.swinengine.autograd.Variable;
import org.swinengine.backend.DType;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/** What losses of rows have in common: how pixels become rows, the checks of operands, and means. */
final class SampleLosses {
  private SampleLosses() {}

  /**
   * Logits {@code [rows, classes]}; those of pixels, {@code [batch, classes, height, width]}, become rows.
   */
  static Variable rows(String operation, Variable logits) {
    if (logits.shape().rank() == 4) {
      int pixels = Math.toIntExact(logits.shape().elements() / logits.dim(1));
      Shape rows = Shape.of(pixels, logits.dim(1));
      return ReshapeOp.apply(ChannelsFirstOp.channelsLast(logits), rows);
    }
    Operands.checkRank(
        operation, "the logits", logits, 2, "[rows, classes] or [batch, classes, height, width]");
    ShapeException.check(
        logits.shape().elements() > 0, operation, "the logits are %s: there is no row", logits.shape());
    return logits;
  }

  /**
   * Labels {@code [rows]} of logits: INT32 {@code [rows]}, or {@code [batch, height, width]} of pixels.
   */
  static Tensor labels(String operation, Variable logits, Tensor labels) {
    Shape expected =
        logits.shape().rank() == 4
            ? Shape.of(logits.dim(0), logits.dim(2), logits.dim(3))
            : Shape.of(logits.dim(0));
    ShapeException.check(
        labels.dtype() == DType.INT32 && labels.shape().equals(expected), operation,
        "the logits are %s and the labels are %s, but those must be INT32 %s", logits.shape(), labels,
        expected);
    return labels.reshape(Math.toIntExact(expected.elements()));
  }

  /** Throws unless an operand is of the master type and has a shape. */
  static void checkMaster(String operation, String role, Tensor operand, Shape expected) {
    ShapeException.check(
        operand.dtype() == operand.backend().masterType() && operand.shape().equals(expected), operation,
        "%s is %s, but must be %s %s", role, operand, operand.backend().masterType(), expected);
  }

  /** The mean of rows' losses, or their sum over another number than that of the rows. */
  static Variable mean(Variable losses, double denominator) {
    return ScaleOp.apply(SumOp.apply(losses), 1 / denominator);
  }
}
