package org.swinengine.models;

import java.util.function.UnaryOperator;
import org.swinengine.autograd.ActivationCheckpoint;
import org.swinengine.autograd.Variable;
import org.swinengine.nn.DrawnDropPaths;
import org.swinengine.nn.ForwardMode;
import org.swinengine.tensor.Scope;

/** Runs a model's blocks so that memory does not grow with depth. */
public final class Blocks {
  private Blocks() {}

  /**
   * {@code block(x)} within a scope of its own: what the block computed on the way goes back to the pool,
   * unless a tape needs it; with checkpointing the tape keeps only the input.
   */
  public static Variable run(Variable x, ForwardMode mode, UnaryOperator<Variable> block) {
    try (Scope scope = Scope.open()) {
      DrawnDropPaths drawn = mode.dropPaths();
      Variable result =
          mode.checkpointing()
              ? ActivationCheckpoint.run(x, drawn == null ? null : drawn.factors(), block)
              : block.apply(x);
      scope.keep(result.value());
      return result;
    }
  }

  /** The same for a part that is never computed again in the backward pass, with checkpointing or without. */
  public static Variable run(Variable x, UnaryOperator<Variable> part) {
    try (Scope scope = Scope.open()) {
      Variable result = part.apply(x);
      scope.keep(result.value());
      return result;
    }
  }

  /**
   * {@link #run(Variable, ForwardMode, UnaryOperator)} on a value that nobody reads any more: its memory goes
   * back at once, unless a tape needs it. Without this every block's result would stay until the end of the
   * pass, and memory would grow with depth after all.
   */
  public static Variable replace(Variable x, ForwardMode mode, UnaryOperator<Variable> block) {
    return replaced(x, run(x, mode, block));
  }

  /** The same for a part that is never computed again. */
  public static Variable replace(Variable x, UnaryOperator<Variable> part) {
    return replaced(x, run(x, part));
  }

  private static Variable replaced(Variable x, Variable result) {
    if (result.value().buffer() != x.value().buffer()) {
      Scope.giveBack(x.value());
    }
    return result;
  }
}
