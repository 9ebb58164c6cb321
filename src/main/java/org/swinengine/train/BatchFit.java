package org.swinengine.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.models.Model;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.optim.Optimizer;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.StateDict;

/**
 * Optimizer steps on one batch, over and over: the classic check that a model can learn at all, and the way to compare
 * gradients with another implementation. The model runs in evaluation mode, so nothing is random.
 */
public final class BatchFit {
  private final Model model;
  private final Optimizer optimizer;
  private final Variable images;
  private final Tensor labels;

  /**
   * @param model with its memory in an arena
   * @param optimizer over that arena
   * @param images {@code [n, channels, height, width]}, preprocessed already
   * @param labels class numbers, {@code [n]}
   * @throws ShapeException if the two do not belong together
   * @throws IllegalArgumentException if a label is no class of the model
   */
  public BatchFit(Model model, Optimizer optimizer, ArrayData images, ArrayData labels) {
    this.model = model;
    this.optimizer = optimizer;
    long[] shape = labels.shape();
    ShapeException.check(
        images.shape().length == 4 && shape.length == 1 && shape[0] == images.shape()[0] && shape[0] > 0,
        "fit-batch",
        "the input is %s and the target %s; expected [n, channels, height, width] and [n] class numbers",
        Shape.of(images.shape()),
        Shape.of(shape));
    int[] classes = labels.toInts();
    for (int i = 0; i < classes.length; i++) {
      if (classes[i] < 0 || classes[i] >= model.spec().classes()) {
        throw new IllegalArgumentException(
            "target " + i + " is " + classes[i] + ", but " + model.spec().name() + " has the classes 0 to "
                + (model.spec().classes() - 1));
      }
    }
    Backend backend = model.parameters().get(0).backend();
    this.images = Variable.constant(Tensor.of(backend, Shape.of(images.shape()), images.toFloats()));
    this.labels = Tensor.ofInts(backend, Shape.of(classes.length), classes);
  }

  /**
   * Computes the loss and the gradients of all parameters, which stay readable until {@link #update}.
   *
   * @return the mean cross-entropy
   */
  public double backward() {
    try (Tape tape = Tape.open()) {
      Variable loss = CrossEntropyOp.apply(model.forward(images, ForwardMode.EVALUATION), labels, 0);
      tape.backward(loss);
      return loss.value().item();
    }
  }

  /** Changes the weights by the gradients of {@link #backward}. */
  public Optimizer.StepResult update(double learningRate) {
    return optimizer.step(learningRate);
  }

  /** The gradients, under the engine's names; zero where none was computed. */
  public StateDict gradients(ParameterArena arena) {
    arena.completeGradients();
    return read(Parameter::gradient);
  }

  /** The weights as they are, under the engine's names. */
  public StateDict weights() {
    return read(Parameter::value);
  }

  private StateDict read(Function<Parameter, Tensor> part) {
    Map<String, ArrayData> arrays = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      if (parameter.isTrainable()) {
        long[] shape = parameter.shape().longDims();
        arrays.put(parameter.path(), ArrayData.ofFloats(shape, part.apply(parameter).toFloats()));
      }
    }
    StateDict.Builder dict = StateDict.builder();
    arrays.forEach(dict::put);
    return dict.build();
  }
}
