package org.swinengine.autograd;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * The memory of a model's parameters: one flat tensor of values and one of gradients, so that an optimizer
 * step is one kernel and the gradient norm one reduction. Order: trainable with weight decay, trainable
 * without, frozen (which have no gradient); within a group as the model lists them. Slots are aligned to 16
 * elements; the gaps are zero in both.
 */
public final class ParameterArena {
  private static final int ALIGNMENT = 16;

  private final Backend backend;

  /** The parameters as the model lists them. */
  private final List<Parameter> listed;

  private final List<Parameter> parameters;
  private final long[] offsets;
  private final Tensor values;
  private final Tensor gradients;
  private final @Nullable ComputeCopy copy;
  private final long decaying;
  private final long trainable;
  private final int trainedCount;

  /**
   * Places the parameters on a device and gives them their first values.
   *
   * @param parameters named parameters; each is placed once
   * @param seed seed of the first values
   * @throws IllegalArgumentException if a parameter has no name, or two have the same: a name chooses the
   *     first values, and is the key in a file of weights
   */
  public ParameterArena(Backend backend, Collection<Parameter> parameters, long seed) {
    this(backend, parameters, seed, parameter -> false);
  }

  /**
   * The same for parameters some of which get their values elsewhere.
   *
   * @param given whether a parameter does; it is zero until then
   */
  public ParameterArena(
      Backend backend, Collection<Parameter> parameters, long seed, Predicate<Parameter> given) {
    requireNames(parameters);
    this.backend = backend;
    listed = List.copyOf(parameters);
    this.parameters = new ArrayList<>();
    parameters.stream().filter(p -> p.isTrainable() && p.decays()).forEach(this.parameters::add);
    parameters.stream().filter(p -> p.isTrainable() && !p.decays()).forEach(this.parameters::add);
    parameters.stream().filter(p -> !p.isTrainable()).forEach(this.parameters::add);
    offsets = new long[this.parameters.size()];
    long end = 0;
    long decayEnd = 0;
    long trainableEnd = 0;
    int trained = 0;
    for (int i = 0; i < offsets.length; i++) {
      Parameter parameter = this.parameters.get(i);
      offsets[i] = end;
      end += (parameter.shape().elements() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      if (parameter.isTrainable()) {
        trainableEnd = end;
        trained++;
        decayEnd = parameter.decays() ? end : decayEnd;
      }
    }
    decaying = decayEnd;
    trainable = trainableEnd;
    trainedCount = trained;
    try (Scope scope = Scope.detached()) {
      values = Tensor.zerosMaster(backend, Shape.of(Math.toIntExact(end)));
      gradients = Tensor.zerosMaster(backend, Shape.of(Math.toIntExact(trainableEnd)));
      copy = ComputeCopy.of(values);
      for (int i = 0; i < offsets.length; i++) {
        Parameter parameter = this.parameters.get(i);
        place(parameter, offsets[i]);
        if (!given.test(parameter)) {
          initialize(parameter, seed);
        }
      }
    }
  }

  /**
   * Places the parameters on a device. Those that have values already keep them, wherever they are now:
   * weights that were loaded, or trained before. The others get their first values.
   *
   * @param seed seed of the first values
   * @throws IllegalArgumentException as in the constructor
   */
  public static ParameterArena keepingValues(Backend backend, Collection<Parameter> parameters, long seed) {
    Map<Parameter, double[]> values = new LinkedHashMap<>();
    parameters.stream()
        .filter(Parameter::isPlaced)
        .forEach(parameter -> values.put(parameter, parameter.value().toDoubles()));
    ParameterArena arena = new ParameterArena(backend, parameters, seed, values::containsKey);
    values.forEach(
        (parameter, numbers) -> {
          backend.memory().upload(numbers, 0, parameter.value(), numbers.length);
          parameter.touch();
        });
    return arena;
  }

  /**
   * Another arena of the same parameters with their values, of which others are trained: what gradual
   * unfreezing needs. Its layout is that of an arena in which they were trained from the beginning. This
   * one's parameters have their memory there from now on, without gradients; optimizers and averages go
   * along with their {@code moveTo}.
   *
   * @param trained whether a parameter is trained from now on
   * @throws IllegalArgumentException if none is
   */
  public ParameterArena training(Predicate<Parameter> trained) {
    if (listed.stream().noneMatch(trained)) {
      throw new IllegalArgumentException("of " + listed.size() + " parameters none is left to train");
    }
    Map<Parameter, Tensor> before = new LinkedHashMap<>();
    listed.forEach(parameter -> before.put(parameter, parameter.value()));
    listed.forEach(parameter -> parameter.retrain(trained.test(parameter)));
    ParameterArena arena = new ParameterArena(backend, listed, 0, parameter -> true);
    before.forEach(
        (parameter, values) -> {
          backend.memory().copy(values, parameter.value(), values.elements());
          parameter.touch();
        });
    return arena;
  }

  private static void requireNames(Collection<Parameter> parameters) {
    Set<String> names = new HashSet<>();
    for (Parameter parameter : parameters) {
      if (parameter.path().isEmpty()) {
        throw new IllegalArgumentException(
            "a parameter of shape " + parameter.shape()
                + " has no name; make parameters with Module.parameter, or name them with setPath");
      }
      if (!names.add(parameter.path())) {
        throw new IllegalArgumentException(
            "two parameters have the name '" + parameter.path() + "'; give each a name of its own");
      }
    }
  }

  private void place(Parameter parameter, long offset) {
    Shape shape = parameter.shape();
    parameter.place(
        values.slice(offset, shape), parameter.isTrainable() ? gradients.slice(offset, shape) : null, copy);
  }

  private void initialize(Parameter parameter, long seed) {
    float[] first = new float[Math.toIntExact(parameter.shape().elements())];
    parameter.initializer().fill(first, seed, parameter.path());
    backend.memory().upload(first, 0, parameter.value(), first.length);
  }

  public Backend backend() {
    return backend;
  }

  /** The parameters in the arena's order. */
  public List<Parameter> parameters() {
    return List.copyOf(parameters);
  }

  /** How many of {@link #parameters} this arena trains; they are its first ones. */
  public int trainedCount() {
    return trainedCount;
  }

  /** Where a parameter's slot begins. */
  public long offset(int index) {
    return offsets[index];
  }

  /** All values, {@code [size]}. */
  public Tensor values() {
    return values;
  }

  /** The gradients of the trainable part, {@code [trainableSize]}; valid after {@link #completeGradients}. */
  public Tensor gradients() {
    return gradients;
  }

  /**
   * The values in the type that products read weights in, {@code [size]}; null where that is the master type.
   * An optimizer writes it beside the values and says so with {@link #stepped}; one that leaves it alone says
   * {@link #touch}, and it is made anew.
   */
  public @Nullable Tensor computeCopy() {
    return copy == null ? null : copy.all();
  }

  /** Elements of the first part, to which weight decay applies. */
  public long decayingSize() {
    return decaying;
  }

  /** Elements of the trainable part, the decaying ones first. */
  public long trainableSize() {
    return trainable;
  }

  /** Forgets all gradients; the next backward pass replaces them. */
  public void clearGradients() {
    parameters.forEach(Parameter::clearGradient);
  }

  /** Sets the gradient of every trainable parameter that none has reached to zero. */
  public void completeGradients() {
    for (Parameter parameter : parameters) {
      if (parameter.isTrainable() && !parameter.hasGradient()) {
        Tensor gradient = Objects.requireNonNull(parameter.gradient(), "a frozen parameter");
        backend.memory().fill(gradient, parameter.shape().elements(), 0);
        parameter.markGradient();
      }
    }
  }

  /** Says that the values have changed. */
  public void touch() {
    parameters.forEach(Parameter::touch);
  }

  /** Says that the values have changed, and {@link #computeCopy} at the same places with them. */
  public void stepped() {
    parameters.forEach(Parameter::changed);
  }
}
