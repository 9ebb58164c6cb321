package org.swinengine.ops;

import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * How far a student is from its teacher, whose logits are constants.
 *
 * <p>Logits are {@code [rows, classes]} of one shape.
 */
public final class DistillationOp {
  private static final String NAME = "distillation";

  private DistillationOp() {}

  /**
   * Knowledge distillation (Hinton et al. 2015): the mean over rows of {@code τ²·KL(softmax(teacher/τ) ‖
   * softmax(student/τ))}, {@code []}; PyTorch's {@code F.kl_div(log_softmax(s/τ), log_softmax(t/τ),
   * log_target=True, reduction="batchmean")·τ²}. DeiT's soft distillation divides it by the number of classes
   * once more.
   *
   * @param temperature τ above 0
   */
  public static Variable soft(Variable student, Tensor teacher, double temperature) {
    check(student, teacher);
    if (!(temperature > 0 && temperature < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          NAME + ": the temperature is " + temperature + ", but must be above 0");
    }
    int rows = student.dim(0);
    int classes = student.dim(1);
    Backend backend = student.backend();
    Tensor probabilities;
    double entropy;
    try (Scope scope = Scope.open()) {
      Tensor cooled = Tensor.emptyLike(teacher);
      backend.pointwise().scale(teacher.elements(), 1 / temperature, teacher, cooled);
      Tensor softmax = Tensor.emptyLike(cooled);
      backend.loss().softmax(rows, classes, cooled, softmax);
      probabilities = scope.keep(Tensor.emptyMaster(backend, teacher.shape()));
      backend.memory().copy(softmax, probabilities, softmax.elements());
      entropy = SoftCrossEntropyOp.apply(Variable.constant(cooled), probabilities).value().item();
    }
    Variable cooled = ScaleOp.apply(student, 1 / temperature);
    Variable cross = SoftCrossEntropyOp.apply(cooled, probabilities);
    Tensor less = Tensor.emptyMaster(backend, Shape.of());
    backend.memory().fill(less, 1, -entropy);
    return ScaleOp.apply(AddOp.apply(cross, Variable.constant(less)), temperature * temperature);
  }

  /**
   * DeiT's hard distillation (Touvron et al. 2021): cross-entropy against the class that the teacher would
   * choose, {@code []}; the first of equal ones.
   */
  public static Variable hard(Variable student, Tensor teacher) {
    check(student, teacher);
    int rows = student.dim(0);
    int classes = student.dim(1);
    double[] logits = teacher.toDoubles();
    int[] chosen = new int[rows];
    for (int r = 0; r < rows; r++) {
      for (int c = 1; c < classes; c++) {
        chosen[r] = logits[r * classes + c] > logits[r * classes + chosen[r]] ? c : chosen[r];
      }
    }
    Tensor labels = Tensor.empty(student.backend(), DType.INT32, Shape.of(rows));
    student.backend().memory().upload(chosen, 0, labels, rows);
    return CrossEntropyOp.apply(student, labels, 0);
  }

  /**
   * A loss and its distillation together: {@code (1 − α)·base + α·distillation}, DeiT's.
   *
   * @param alpha α in [0, 1]
   */
  public static Variable combined(Variable base, Variable distillation, double alpha) {
    if (!(alpha >= 0 && alpha <= 1)) {
      throw new IllegalArgumentException(NAME + ": alpha is " + alpha + ", but must be from 0 to 1");
    }
    return AddOp.apply(ScaleOp.apply(base, 1 - alpha), ScaleOp.apply(distillation, alpha));
  }

  private static void check(Variable student, Tensor teacher) {
    Operands.checkRank(NAME, "the student's logits", student, 2, "[rows, classes]");
    ShapeException.check(
        teacher.shape().equals(student.shape()) && teacher.dtype() != DType.INT32, NAME,
        "the student's logits are %s and the teacher's are %s, but those must have their shape",
        student.shape(), teacher);
  }
}
