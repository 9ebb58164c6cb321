package org.swinengine.autograd;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.RandomKey;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * Compares the gradients of a tape with central differences of the function itself, in float64: on the
 * {@code reference} backend.
 *
 * <pre>{@code
 * GradientCheck.Report report =
 *     GradientCheck.of(inputs -> LinearOp.apply(inputs.get(0), weight, bias))
 *         .inputs(x)
 *         .parameters(List.of(weight, bias))
 *         .run();
 * }</pre>
 *
 * <p>The difference is the four-point stencil
 * {@code (8·(f(x + h) − f(x − h)) − (f(x + 2h) − f(x − 2h)))/12h}, whose error falls with h⁴: at h = 1e-3
 * both it and the rounding error stay far below 1e-6 of a gradient near 1.
 *
 * <p>The relative error of an element with tape gradient a and difference n is |a − n| / max(|a|, |n|,
 * floor), where the floor is a thousandth of the largest |n| of all elements checked, but at least 1e-6.
 * Without it, an element whose true gradient is 0 (softmax ignores a key bias, for one) would compare one
 * rounding error with another.
 */
public final class GradientCheck {
  private static final double FLOOR_SHARE = 1e-3;
  private static final double LEAST_FLOOR = 1e-6;
  private static final long WEIGHT_SEED = 1;

  private final Function<List<Variable>, Variable> function;
  private final List<Tensor> inputs = new ArrayList<>();
  private final List<Parameter> parameters = new ArrayList<>();
  private int mostPerTensor = Integer.MAX_VALUE;
  private long sampleSeed;
  private double step = 1e-3;

  private GradientCheck(Function<List<Variable>, Variable> function) {
    this.function = function;
  }

  /**
   * A check of a function of the {@link #inputs} and of the {@link #parameters}. A result that is not one
   * number is reduced by {@link #weightedSum}. The function is called many times and must give the same value
   * each time.
   */
  public static GradientCheck of(Function<List<Variable>, Variable> function) {
    return new GradientCheck(function);
  }

  /** Float64 tensors that the function is applied to, in its list's order; they are not changed. */
  public GradientCheck inputs(Tensor... tensors) {
    inputs.addAll(List.of(tensors));
    return this;
  }

  /**
   * Trainable parameters that the function reads. Their values are changed during the check and restored;
   * what gradient they had is forgotten.
   */
  public GradientCheck parameters(Collection<Parameter> more) {
    parameters.addAll(more);
    return this;
  }

  /** Checks at most this many elements of each tensor, chosen by the seed; all without this call. */
  public GradientCheck atMost(int elementsPerTensor, long seed) {
    mostPerTensor = elementsPerTensor;
    sampleSeed = seed;
    return this;
  }

  /** Another h than 1e-3. */
  public GradientCheck step(double h) {
    step = h;
    return this;
  }

  /**
   * What a check found.
   *
   * @param maximumRelativeError over all elements checked; NaN if a gradient or a difference is not a number
   * @param where the element with that error, e.g. {@code layers.0.weight[17]} or {@code input 0[3]}
   * @param tapeGradient what the tape says there
   * @param difference what the differences say there
   * @param largestGradient the largest |difference| of all elements
   * @param checked number of elements
   */
  public record Report(
      double maximumRelativeError,
      String where,
      double tapeGradient,
      double difference,
      double largestGradient,
      long checked) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%d gradients, largest %.3g; worst relative error %.3g at %s (tape %.12g, differences %.12g)",
          checked,
          largestGradient,
          maximumRelativeError,
          where,
          tapeGradient,
          difference);
    }
  }

  /** A tensor whose elements are moved, and what the tape says of them. */
  private record Operand(String name, Tensor values, double[] gradient, Runnable afterChange) {}

  private record Element(String name, int index, double tape, double difference) {}

  /**
   * Runs the check.
   *
   * @throws IllegalArgumentException if there is nothing to check, a tensor is not float64 or a parameter is
   *     frozen
   */
  public Report run() {
    requireFloat64();
    List<Element> elements = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      List<Tensor> copies = inputs.stream().map(Tensor::copy).toList();
      for (Operand operand : operands(copies)) {
        for (int index : chosen(operand)) {
          double difference = difference(operand, index, copies);
          elements.add(new Element(operand.name(), index, operand.gradient()[index], difference));
        }
      }
    }
    return report(elements);
  }

  private void requireFloat64() {
    if (inputs.isEmpty() && parameters.isEmpty()) {
      throw new IllegalArgumentException("gradient check: there are neither inputs nor parameters to check");
    }
    List<Tensor> values = new ArrayList<>(inputs);
    for (Parameter parameter : parameters) {
      if (!parameter.isTrainable()) {
        throw new IllegalArgumentException("gradient check: " + parameter + " is frozen and has no gradient");
      }
      values.add(parameter.value());
    }
    for (Tensor value : values) {
      if (value.dtype() != DType.FLOAT64) {
        throw new IllegalArgumentException(
            "gradient check: " + value + " is not float64, and differences in float32 say little; use the"
                + " reference backend");
      }
    }
  }

  /** Runs the tape once and notes its gradients. */
  private List<Operand> operands(List<Tensor> copies) {
    List<Operand> operands = new ArrayList<>();
    parameters.forEach(Parameter::clearGradient);
    List<Variable> leaves = copies.stream().map(Variable::leaf).toList();
    try (Scope scope = Scope.open();
        Tape tape = Tape.open()) {
      tape.backward(number(function.apply(leaves)));
    }
    for (int i = 0; i < copies.size(); i++) {
      operands.add(new Operand("input " + i, copies.get(i), gradient(leaves.get(i)), () -> {}));
      leaves.get(i).clearGradient();
    }
    for (Parameter parameter : parameters) {
      String path = parameter.path();
      String name = path.isEmpty() ? "parameter " + parameters.indexOf(parameter) : path;
      double[] gradient =
          parameter.hasGradient() ? gradient(parameter) : new double[(int) parameter.shape().elements()];
      operands.add(new Operand(name, parameter.value(), gradient, parameter::touch));
      parameter.clearGradient();
    }
    return operands;
  }

  private static double[] gradient(Variable variable) {
    Tensor gradient = variable.gradient();
    return gradient == null ? new double[(int) variable.shape().elements()] : gradient.toDoubles();
  }

  private int[] chosen(Operand operand) {
    int n = operand.gradient().length;
    if (n <= mostPerTensor) {
      return IntStream.range(0, n).toArray();
    }
    Random random = new Random(sampleSeed ^ operand.name().hashCode());
    return random.ints(0, n).distinct().limit(mostPerTensor).sorted().toArray();
  }

  private double difference(Operand operand, int index, List<Tensor> copies) {
    Tensor element = operand.values().slice(index, Shape.of());
    double original = element.item();
    try {
      DoubleUnaryOperator moved = by -> value(operand, element, original + by, copies);
      double inner = moved.applyAsDouble(step) - moved.applyAsDouble(-step);
      double outer = moved.applyAsDouble(2 * step) - moved.applyAsDouble(-2 * step);
      return (8 * inner - outer) / (12 * step);
    } finally {
      set(operand, element, original);
    }
  }

  private double value(Operand operand, Tensor element, double value, List<Tensor> copies) {
    set(operand, element, value);
    try (Scope scope = Scope.open();
        Tape.Pause pause = Tape.pause()) {
      return number(function.apply(copies.stream().map(Variable::constant).toList())).value().item();
    }
  }

  private static void set(Operand operand, Tensor element, double value) {
    element.backend().memory().upload(new double[] {value}, 0, element, 1);
    operand.afterChange().run();
  }

  private static Report report(List<Element> elements) {
    double largest = elements.stream().mapToDouble(e -> Math.abs(e.difference())).max().orElse(0);
    double floor = Math.max(FLOOR_SHARE * largest, LEAST_FLOOR);
    Element worst = null;
    double worstError = -1;
    for (Element element : elements) {
      double magnitude = Math.max(Math.abs(element.tape()), Math.abs(element.difference()));
      double error = Math.abs(element.tape() - element.difference()) / Math.max(magnitude, floor);
      // Negated, so that NaN counts as the worst of all and stays it.
      if (!Double.isNaN(worstError) && !(error <= worstError)) {
        worst = element;
        worstError = error;
      }
    }
    if (worst == null) {
      throw new IllegalArgumentException("gradient check: the tensors to check have no elements");
    }
    return new Report(
        worstError,
        worst.name() + "[" + worst.index() + "]",
        worst.tape(),
        worst.difference(),
        largest,
        elements.size());
  }

  private static Variable number(Variable result) {
    return result.shape().elements() == 1 ? result : weightedSum(result, WEIGHT_SEED);
  }

  /**
   * A number that depends on every element of a result in its own way: Σ wᵢ·resultᵢ with fixed random weights
   * in [−1, 1). (A plain sum would not do: the sum of a softmax is 1 whatever goes in.)
   *
   * @param seed chooses the weights
   */
  public static Variable weightedSum(Variable result, long seed) {
    Backend backend = result.backend();
    long n = result.shape().elements();
    try (Scope scope = Scope.open()) {
      Tensor weights = Tensor.of(backend, result.shape(), weights(Math.toIntExact(n), seed));
      Tensor products = Tensor.empty(backend, result.shape());
      backend.pointwise().multiply(n, result.value(), weights, products);
      Tensor sum = scope.keep(Tensor.empty(backend, Shape.of()));
      backend.reduce().sum(n, products, sum);
      if (!Tape.records(result)) {
        return Variable.constant(sum);
      }
      return Tape.record(
          "weightedSum",
          "",
          sum,
          new Tensor[] {weights},
          flow -> flow.compute(result,
              dx -> backend.pointwise().scaleRows(1, n, weights, flow.output(), dx)));
    }
  }

  private static double[] weights(int n, long seed) {
    RandomKey key = new RandomKey(seed, RandomKey.streamOf("weightedSum"), 0);
    double[] weights = new double[n];
    int[] scratch = new int[4];
    for (int i = 0; i < n; i++) {
      weights[i] = 2.0 * key.uniform(0, i, scratch) - 1;
    }
    return weights;
  }
}
