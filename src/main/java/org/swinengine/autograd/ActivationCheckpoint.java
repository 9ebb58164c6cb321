package org.swinengine.autograd;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Tensor;

/**
 * Activation checkpointing (Chen et al. 2016; PyTorch's {@code torch.utils.checkpoint}): a block's inner
 * values are not kept for the backward pass but computed again from its input. Random decisions repeat,
 * because they depend on keys and not on what was drawn before. Nothing of it is a file: checkpoint files are
 * those of {@code train} and {@code Fit}.
 */
public final class ActivationCheckpoint {
  private ActivationCheckpoint() {}

  /**
   * {@code block(input)}, keeping only the input. The block must be a function of its input and of
   * parameters.
   */
  public static Variable run(Variable input, UnaryOperator<Variable> block) {
    return run(input, null, block);
  }

  /**
   * The same of a block that reads another tensor too.
   *
   * @param read kept with the input; null: there is none
   */
  public static Variable run(Variable input, @Nullable Tensor read, UnaryOperator<Variable> block) {
    if (!Tape.records(input)) {
      return block.apply(input);
    }
    boolean verifying = Tape.isVerifying();
    Tensor value = verifying ? verifiedValue(input, block) : value(input, block);
    return Tape.record(
        "checkpointed block",
        "",
        value,
        new Tensor[] {input.value(), read},
        flow -> {
          Variable again = Variable.leaf(input.value());
          try (Tape tape = Tape.open(verifying)) {
            tape.backward(block.apply(again), flow.output());
          }
          if (again.gradient() != null) {
            flow.add(input, again.gradient());
            again.clearGradient();
          }
        });
  }

  private static Tensor value(Variable input, UnaryOperator<Variable> block) {
    try (Scope scope = Scope.open();
        Tape.Pause pause = Tape.pause()) {
      return scope.keep(block.apply(input).value());
    }
  }

  /** The value by way of a tape of its own, so that the operation that first gave a bad number is named. */
  private static Tensor verifiedValue(Variable input, UnaryOperator<Variable> block) {
    try (Scope scope = Scope.open();
        Tape tape = Tape.open(true)) {
      return scope.keep(block.apply(input).value());
    }
  }
}
