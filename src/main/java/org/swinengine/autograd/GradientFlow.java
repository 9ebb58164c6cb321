package org.swinengine.autograd;

import java.util.Objects;
import java.util.function.Consumer;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * What the backward half of an operation works with: the gradient of its result, and where the gradients of
 * its inputs go. Contributions of several consumers add up in the order in which they arrive, which is fixed.
 *
 * <p>{@link #compute}, {@link #add} and {@link #pass} do nothing for a variable that requires no gradient;
 * {@link #target} and {@link #memory} must not be asked for one.
 */
public final class GradientFlow {
  /**
   * Memory to which a kernel writes a gradient.
   *
   * @param tensor of the variable's shape
   * @param accumulate whether the kernel must add to what the memory holds; false: it must replace it
   */
  public record Target(Tensor tensor, boolean accumulate) {}

  private final Tensor output;
  private boolean outputGivenAway;

  GradientFlow(Tensor output) {
    this.output = output;
  }

  /** Gradient of the operation's result, with its shape. */
  public Tensor output() {
    return output;
  }

  /**
   * Memory for a kernel that can replace or accumulate by itself. It counts as written from now on.
   *
   * @param variable one that requires a gradient
   */
  public Target target(Variable variable) {
    if (variable instanceof Parameter parameter) {
      boolean accumulate = parameter.hasGradient();
      parameter.markGradient();
      return new Target(Objects.requireNonNull(parameter.gradient(), "a frozen parameter"), accumulate);
    }
    if (variable.gradient() != null) {
      return new Target(variable.gradient(), true);
    }
    Tensor fresh = Tensor.emptyLike(variable.value());
    hold(variable, fresh);
    return new Target(fresh, false);
  }

  /**
   * Lets a kernel that can only replace compute a variable's gradient: straight into the variable's memory
   * where nothing has arrived yet, else into memory of its own, which is then added.
   *
   * @param kernel fills a tensor of the variable's shape
   */
  public void compute(Variable variable, Consumer<Tensor> kernel) {
    if (!variable.requiresGradient()) {
      return;
    }
    Tensor memory = memory(variable);
    kernel.accept(memory);
    computed(variable, memory);
  }

  /**
   * Memory for a kernel that computes the gradients of several variables and can only replace: the variable's
   * where nothing has arrived yet, which counts as written from now on, else its own. Behind the kernel comes
   * {@link #computed}.
   *
   * @param variable one that requires a gradient
   */
  public Tensor memory(Variable variable) {
    boolean arrived =
        variable instanceof Parameter parameter ? parameter.hasGradient() : variable.gradient() != null;
    return arrived ? Tensor.emptyLike(variable.value()) : target(variable).tensor();
  }

  /** Adds what a kernel has computed into {@link #memory}, unless that is where it belongs. */
  public void computed(Variable variable, Tensor memory) {
    if (memory != variable.gradient()) {
      add(variable, memory);
    }
  }

  /** Adds a gradient that the operation has computed into memory of its own (not into {@link #output}). */
  public void add(Variable variable, Tensor gradient) {
    if (!variable.requiresGradient()) {
      return;
    }
    ShapeException.check(
        gradient.shape().equals(variable.shape()), "backward", "a gradient %s arrived at a variable %s",
        gradient.shape(), variable.shape());
    if (variable instanceof Parameter || variable.gradient() != null) {
      Target target = target(variable);
      if (target.accumulate()) {
        gradient.backend().pointwise().add(gradient.elements(), target.tensor(), gradient, target.tensor());
      } else {
        gradient.backend().memory().copy(gradient, target.tensor(), gradient.elements());
      }
    } else {
      hold(variable, gradient);
    }
  }

  /**
   * Passes the result's gradient on as it is, e.g. to a residual. The operation must neither read nor write
   * {@link #output} afterwards, but for passing it on once more: the variable may have taken over its memory
   * and collect other consumers' gradients in it.
   */
  public void pass(Variable variable) {
    if (!variable.requiresGradient()) {
      return;
    }
    Tensor view = output.reshape(variable.shape());
    boolean holds = !(variable instanceof Parameter) && variable.gradient() == null;
    if (holds && outputGivenAway) {
      add(variable, view.copy());
    } else {
      add(variable, view);
      outputGivenAway |= holds;
    }
  }

  private static void hold(Variable variable, Tensor gradient) {
    gradient.buffer().retain();
    variable.setGradient(gradient);
  }
}
