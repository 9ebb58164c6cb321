package org.swinengine.nn;

import java.util.List;
import org.swinengine.autograd.Variable;
import org.swinengine.tensor.Scope;

/**
 * Layers one after the other, named {@code 0}, {@code 1}, {@code 2}, …: PyTorch's {@code nn.Sequential},
 * with its state-dict keys.
 *
 * <pre>{@code
 * Sequential net = new Sequential(
 *     new Linear(64, 32, true), new Activation(UnaryFunction.GELU), new Linear(32, 10, true));
 * }</pre>
 *
 * <p>What lies between two layers gives its memory back once the next layer has read it, unless a tape saved
 * it.
 */
public final class Sequential extends Layer {
  private final List<Layer> layers;

  /**
   * @param layers in order; each stands in one place
   * @throws IllegalArgumentException if there is none, or one stands in a model already
   */
  public Sequential(Layer... layers) {
    if (layers.length == 0) {
      throw new IllegalArgumentException("a Sequential needs at least one layer");
    }
    this.layers = List.of(layers);
    for (int i = 0; i < layers.length; i++) {
      add(Integer.toString(i), layers[i]);
    }
  }

  /** The layers in order. */
  public List<Layer> layers() {
    return layers;
  }

  @Override
  public Variable forward(Variable x, ForwardMode mode) {
    try (Scope scope = Scope.open()) {
      Variable y = x;
      for (Layer layer : layers) {
        Variable before = y;
        y = layer.forward(before, mode);
        if (y.value().buffer() != before.value().buffer()) {
          Scope.giveBack(before.value());
        }
      }
      scope.keep(y.value());
      return y;
    }
  }
}
