package org.swinengine.ops;

import java.util.ArrayList;
import java.util.List;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.RandomKey;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * An operation with random operands, the same on every backend: what the tests of all operations run over.
 *
 * @param inputs shapes of the variables that the function takes
 * @param parameters shapes of the parameters that it takes
 */
record OpCase(String name, List<Shape> inputs, List<Shape> parameters, Function function) {
  @FunctionalInterface
  interface Function {
    Variable apply(List<Variable> inputs, List<Parameter> parameters);
  }

  /** A case's operands on a backend. */
  record Operands(List<Tensor> inputs, List<Parameter> parameters) {}

  Operands on(Backend backend) {
    List<Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      tensors.add(random(backend, inputs.get(i), name + "/input" + i));
    }
    List<Parameter> made = new ArrayList<>();
    for (int i = 0; i < parameters.size(); i++) {
      made.add(parameter("parameter" + i, parameters.get(i)));
    }
    new ParameterArena(backend, made, 7);
    return new Operands(tensors, made);
  }

  /** A parameter that fills itself with random numbers in [−1, 1) when it gets its memory. */
  static Parameter parameter(String path, Shape shape) {
    Parameter parameter =
        new Parameter(
            shape,
            (values, seed, name) -> {
              double[] random = numbers(values.length, name);
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) random[i];
              }
            },
            true);
    parameter.setPath(path);
    return parameter;
  }

  /** Random numbers in [−1, 1) that float32 holds exactly. */
  static Tensor random(Backend backend, Shape shape, String stream) {
    return Tensor.of(backend, shape, numbers((int) shape.elements(), stream));
  }

  private static double[] numbers(int n, String stream) {
    RandomKey key = new RandomKey(3, RandomKey.streamOf(stream), 0);
    double[] values = new double[n];
    int[] scratch = new int[4];
    for (int i = 0; i < n; i++) {
      values[i] = 2 * key.uniform(0, i, scratch) - 1;
    }
    return values;
  }

  @Override
  public String toString() {
    return name;
  }
}
