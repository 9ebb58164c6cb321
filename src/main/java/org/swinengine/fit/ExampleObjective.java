package org.swinengine.fit;

import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.data.Batch;
import org.swinengine.data.Examples;
import org.swinengine.nn.ForwardMode;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** Runs a net on examples. */
final class ExampleObjective implements Objective<ExampleBatches.Part> {
  private final Fit fit;

  ExampleObjective(Fit fit) {
    this.fit = fit;
  }

  @Override
  public Variable loss(ExampleBatches.Part part, ForwardMode mode) {
    return fit.reading.loss.of(output(part, mode), target(part));
  }

  @Override
  public double weight(ExampleBatches.Part part, int samples) {
    try (Scope scope = Scope.open()) {
      return fit.reading.loss.weight(target(part));
    }
  }

  @Override
  public Measured measure(ExampleBatches.Part part) {
    Variable output = output(part, ForwardMode.EVALUATION);
    double loss = fit.reading.loss.of(output, target(part)).value().item();
    boolean classes = part.examples().hasClasses() && output.shape().rank() == 2;
    return new Measured(loss, classes ? right(part, output.value().toFloats()) : -1);
  }

  /** The net's output, {@code [batch, …]}. */
  private Variable output(ExampleBatches.Part part, ForwardMode mode) {
    int n = part.batch().size();
    int[] dims = part.examples().shape().dims();
    int[] all = new int[dims.length + 1];
    all[0] = n;
    System.arraycopy(dims, 0, all, 1, dims.length);
    Tensor inputs = Tensor.empty(fit.backend, Shape.of(all));
    fit.backend.memory().upload(part.batch().images(), 0, inputs, Math.toIntExact(inputs.elements()));
    return fit.forward.of(Variable.constant(inputs), mode);
  }

  /** Classes {@code [batch]}, or numbers {@code [batch, n]}. */
  private Tensor target(ExampleBatches.Part part) {
    Backend backend = fit.backend;
    Batch batch = part.batch();
    int n = batch.size();
    if (part.examples().hasClasses()) {
      Tensor labels = Tensor.empty(backend, DType.INT32, Shape.of(n));
      backend.memory().upload(batch.labels(), 0, labels, n);
      return labels;
    }
    Examples examples = part.examples();
    int numbers = examples.target(0).length;
    float[] values = new float[n * numbers];
    for (int i = 0; i < n; i++) {
      float[] target = examples.target(Math.toIntExact(batch.sampleIndices()[i]));
      System.arraycopy(target, 0, values, i * numbers, numbers);
    }
    return Tensor.of(backend, Shape.of(n, numbers), values);
  }

  /** How many of a batch's classes have the largest output, the first of equal ones. */
  private static int right(ExampleBatches.Part part, float[] outputs) {
    int n = part.batch().size();
    int classes = outputs.length / n;
    int right = 0;
    for (int i = 0; i < n; i++) {
      int largest = 0;
      for (int c = 1; c < classes; c++) {
        largest = outputs[i * classes + c] > outputs[i * classes + largest] ? c : largest;
      }
      right += largest == part.batch().labels()[i] ? 1 : 0;
    }
    return right;
  }
}
