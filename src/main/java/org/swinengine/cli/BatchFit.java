package org.swinengine.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.data.ClassLabels;
import org.swinengine.models.Model;
import org.swinengine.models.ModelSpec;
import org.swinengine.nn.ForwardMode;
import org.swinengine.optim.Gradients;
import org.swinengine.optim.Optimizer;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.StateDict;

/**
 * Optimizer steps on one batch, over and over: the classic check that a model can learn at all, and the way
 * to compare gradients with another implementation. The model runs in evaluation mode, so nothing is random.
 */
final class BatchFit {
  private final Model model;
  private final Optimizer optimizer;
  private final Variable images;
  private final BatchLoss loss;

  /**
   * @param model with its memory in an arena
   * @param optimizer over that arena
   * @param images {@code [n, channels, height, width]}, preprocessed already
   * @param labels class numbers, {@code [n]}, or {@code [n, height, width]} for a model that segments; whole
   *     numbers of any type
   * @param ignored a label that does not count; null: all count
   * @throws ShapeException if the two do not belong together
   * @throws IllegalArgumentException if a label is no class of the model
   */
  BatchFit(Model model, Optimizer optimizer, ArrayData images, ArrayData labels, Integer ignored) {
    this.model = model;
    this.optimizer = optimizer;
    ModelSpec spec = model.spec();
    Shape input = Shape.of(images.shape());
    ShapeException.check(
        input.rank() == 4 && input.dim(0) > 0, "fit-batch",
        "the input is %s, but must be [n, %d, %d, %d]", input, spec.channels(), spec.imageHeight(),
        spec.imageWidth());
    Shape target = spec.labelsShape(input.dim(0));
    ShapeException.check(
        Shape.of(labels.shape()).equals(target), "fit-batch",
        "the target is %s, but must be %s for an input of %s", Shape.of(labels.shape()), target, input);
    int[] classes;
    try {
      classes = ClassLabels.of(labels);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("the target: " + e.getMessage(), e);
    }
    Backend backend = model.parameters().get(0).backend();
    this.images = Variable.constant(Tensor.of(backend, input, images.toFloats()));
    loss = new BatchLoss(backend, target, classes, spec.classes(), ignored, spec.name());
  }

  /**
   * Computes the loss and the gradients of all parameters, which stay readable until {@link #update}.
   *
   * @return the mean cross-entropy
   */
  double backward() {
    double[] value = new double[1];
    Gradients.add(() -> loss.of(model.forward(images, ForwardMode.EVALUATION), value));
    return value[0];
  }

  /** Changes the weights by the gradients of {@link #backward}. */
  Optimizer.StepResult update(double learningRate) {
    return optimizer.step(learningRate);
  }

  /** The gradients, under the engine's names; zero where none was computed. */
  StateDict gradients(ParameterArena arena) {
    arena.completeGradients();
    return read(Parameter::gradient);
  }

  /** The weights as they are, under the engine's names. */
  StateDict weights() {
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
