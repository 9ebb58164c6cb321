package org.swinengine.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Repetition;
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
 * to compare gradients with another implementation; or on several batches, one after the other. The model
 * runs in evaluation mode, so nothing is random.
 */
final class BatchFit {
  private final Model model;
  private final Optimizer optimizer;
  private final List<Variable> batches = new ArrayList<>();
  private final List<BatchLoss> losses = new ArrayList<>();
  private final Object likeness = new Object(); // not this: the backend remembers it
  private int steps;

  /**
   * How the images are used.
   *
   * @param batchSize images of a step, taken in order and from the start again; 0: all
   * @param ignored a label that does not count; null: all count
   * @param dice whether the Dice loss stands beside the cross-entropy
   */
  record Use(int batchSize, @Nullable Integer ignored, boolean dice) {}

  /**
   * @param model with its memory in an arena
   * @param optimizer over that arena
   * @param images {@code [n, channels, height, width]}, preprocessed already
   * @param labels class numbers, {@code [n]}, or {@code [n, height, width]} for a model that segments; whole
   *     numbers of any type
   * @param use how
   * @throws ShapeException if the two do not belong together
   * @throws IllegalArgumentException if a label is no class of the model, the images are no whole number of
   *     batches, or Dice is asked of a model that does not segment
   */
  BatchFit(Model model, Optimizer optimizer, ArrayData images, ArrayData labels, Use use) {
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
    int size = use.batchSize() == 0 ? input.dim(0) : use.batchSize();
    if (input.dim(0) % size != 0) {
      throw new IllegalArgumentException(
          "the input has " + input.dim(0) + " images, which are no whole number of batches of " + size);
    }
    if (use.dice() && target.rank() != 3) {
      throw new IllegalArgumentException(
          "Dice compares classes of pixels, but " + spec.name() + " gives one class to an image; take"
              + " cross-entropy");
    }
    float[] pixels = images.toFloats();
    for (int first = 0; first < input.dim(0); first += size) {
      addBatch(
          Shape.of(size, input.dim(1), input.dim(2), input.dim(3)), part(pixels, first, size, input),
          spec.labelsShape(size), part(classes, first, size, target), use);
    }
  }

  private static float[] part(float[] all, int first, int size, Shape shape) {
    int each = Math.toIntExact(shape.elements() / shape.dim(0));
    return Arrays.copyOfRange(all, first * each, (first + size) * each);
  }

  private static int[] part(int[] all, int first, int size, Shape shape) {
    int each = Math.toIntExact(shape.elements() / shape.dim(0));
    return Arrays.copyOfRange(all, first * each, (first + size) * each);
  }

  private void addBatch(Shape input, float[] pixels, Shape target, int[] classes, Use use) {
    Backend backend = model.parameters().get(0).backend();
    ModelSpec spec = model.spec();
    batches.add(Variable.constant(Tensor.of(backend, input, pixels)));
    BatchLoss loss = new BatchLoss(backend, target, classes, spec.classes(), use.ignored(), spec.name());
    losses.add(use.dice() ? loss.withDice() : loss);
  }

  /**
   * Begins a step, {@link #backward} and {@link #update}, which a device may make of calls that it knows:
   * where all steps have the same batch.
   */
  Repetition repeating() {
    return batches.size() == 1
        ? model.parameters().get(0).backend().repeating(likeness)
        : Repetition.NONE;
  }

  /**
   * Computes the loss and the gradients of all parameters, which stay readable until {@link #update}.
   *
   * @return the loss of the batch whose turn it is
   */
  double backward() {
    double[] value = new double[1];
    int batch = steps++ % batches.size();
    Gradients.add(
        () -> losses.get(batch).of(model.forward(batches.get(batch), ForwardMode.EVALUATION), value));
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
