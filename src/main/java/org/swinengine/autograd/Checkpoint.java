package org.swinengine.autograd;

import java.util.function.UnaryOperator;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Tensor;

/**
 * Activation checkpointing (Chen et al. 2016; PyTorch's {@code torch.utils.checkpoint}): a block's inner values are
 * not kept for the backward pass but computed again from its input. Random decisions repeat, because they depend on
 * keys and not on what was drawn before.
 */
public final class Checkpoint {
  private Checkpoint() {}

  /** {@code block(input)}, keeping only the input. The block must be a function of its input and of parameters. */
  public static Variable run(Variable input, UnaryOperator<Variable> block) {
    if (!Tape.records(input)) {
      return block.apply(input);
    }
    Tensor value;
    try (Scope scope = Scope.open();
        Tape.Pause pause = Tape.pause()) {
      value = scope.keep(block.apply(input).value());
    }
    return Tape.record(
        "checkpointed block",
        "",
        value,
        new Tensor[] {input.value()},
        flow -> {
          Variable again = Variable.leaf(input.value());
          try (Tape tape = Tape.open()) {
            tape.backward(block.apply(again), flow.output());
          }
          if (again.gradient() != null) {
            flow.add(input, again.gradient());
            again.gradient().buffer().release();
          }
        });
  }
}
