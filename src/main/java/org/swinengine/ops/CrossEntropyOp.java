package org.swinengine.ops;

import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * The mean cross-entropy of logits against class numbers with label smoothing ε (Szegedy et al. 2016;
 * PyTorch's {@code F.cross_entropy(logits, labels, label_smoothing=ε)}): the target has 1 − ε + ε/classes at
 * the label and ε/classes elsewhere.
 */
public final class CrossEntropyOp {
  private static final String NAME = "crossEntropy";

  private CrossEntropyOp() {}

  /**
   * Saves the logits, the labels and each row's log Σ exp:
   * {@code dLogits = dLoss·(softmax(logits) − target)/rows}.
   *
   * <p>Logits of pixels, {@code [batch, classes, height, width]}, are brought into rows first.
   *
   * @param logits {@code [rows, classes]}, or {@code [batch, classes, height, width]}
   * @param labels {@link DType#INT32} {@code [rows]}, or {@code [batch, height, width]}
   * @param smoothing ε in [0, 1]
   * @return the mean over rows or pixels, {@code []}
   * @throws IllegalArgumentException if ε is out of range, or a label is not in [0, classes); on a GPU, for
   *     which nobody waits here, such a label makes the loss NaN
   */
  public static Variable apply(Variable logits, Tensor labels, double smoothing) {
    if (logits.shape().rank() == 4) {
      return ofPixels(logits, labels, smoothing);
    }
    Operands.checkRank(
        NAME, "the logits", logits, 2, "[rows, classes] or [batch, classes, height, width]");
    int rows = logits.dim(0);
    int classes = logits.dim(1);
    ShapeException.check(rows > 0 && classes > 0, NAME, "the logits are %s: there is no row", logits.shape());
    ShapeException.check(
        labels.dtype() == DType.INT32 && labels.shape().equals(Shape.of(rows)), NAME,
        "the logits are %s and the labels are %s, but those must be INT32 [%d]", logits.shape(), labels,
        rows);
    if (!(smoothing >= 0 && smoothing <= 1)) {
      throw new IllegalArgumentException(
          NAME + ": the label smoothing is " + smoothing + ", but must be between 0 and 1");
    }
    Backend backend = logits.backend();
    boolean records = Tape.records(logits);
    try (Scope scope = Scope.open()) {
      Tensor losses = Tensor.emptyMaster(backend, Shape.of(rows));
      Tensor logSumExp = Tensor.emptyMaster(backend, Shape.of(rows));
      backend.loss().crossEntropy(rows, classes, logits.value(), labels, smoothing, losses, logSumExp);
      Tensor mean = scope.keep(Tensor.emptyMaster(backend, Shape.of()));
      backend.reduce().sum(rows, losses, mean);
      backend.pointwise().scale(1, 1.0 / rows, mean, mean);
      if (!records) {
        return Variable.constant(mean);
      }
      return Tape.record(
          NAME,
          Operands.where(logits),
          mean,
          new Tensor[] {Operands.saved(logits), labels, logSumExp},
          flow -> flow.compute(
              logits,
              dLogits -> backend
                  .loss()
                  .crossEntropyBackward(
                      rows,
                      classes,
                      logits.value(),
                      labels,
                      smoothing,
                      logSumExp,
                      flow.output(),
                      1.0 / rows,
                      dLogits)));
    }
  }

  private static Variable ofPixels(Variable logits, Tensor labels, double smoothing) {
    Shape pixels = Shape.of(logits.dim(0), logits.dim(2), logits.dim(3));
    ShapeException.check(
        labels.shape().equals(pixels), NAME,
        "the logits are %s and the labels are %s, but those must be INT32 %s", logits.shape(), labels,
        pixels);
    Shape rows = Shape.of(Math.toIntExact(pixels.elements()), logits.dim(1));
    Variable last = ReshapeOp.apply(ChannelsFirstOp.channelsLast(logits), rows);
    return apply(last, labels.reshape(rows.dim(0)), smoothing);
  }
}
