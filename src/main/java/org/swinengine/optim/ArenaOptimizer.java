package org.swinengine.optim;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.Later;
import org.swinengine.backend.OptimizerKernels;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * What the engine's optimizers have in common: the arena and its stretches, what is remembered between steps,
 * the gradient norm, clipping, and going on over another arena. Another optimizer of one's own implements
 * {@link Optimizer}.
 */
public abstract sealed class ArenaOptimizer implements Optimizer permits AdamW, Lamb, Sgd {
  /**
   * Neighbouring parameters that are treated alike.
   *
   * @param from first element in the arena
   * @param to after the last one
   * @param first number of the first parameter
   * @param last after that of the last parameter
   * @param factor of the learning rate
   * @param decays whether weight decay applies
   * @param since step of the optimizer after which these are trained
   */
  record Stretch(long from, long to, int first, int last, double factor, boolean decays, long since) {
    Shape shape() {
      return Shape.of(Math.toIntExact(to - from));
    }

    private boolean isLike(Stretch other) {
      return factor == other.factor && decays == other.decays && since == other.since;
    }
  }

  private final ToDoubleFunction<Parameter> rateFactor;
  private final boolean decayAll;
  private final List<String> stateNames;
  private final Map<String, Tensor> state = new LinkedHashMap<>();

  /** Steps of the optimizer before the first one of a parameter; 0 where it is not named. */
  private final Map<String, Long> since = new HashMap<>();

  private ParameterArena arena;
  private List<Stretch> stretches;
  private @Nullable Tensor bounds;
  private @Nullable Tensor rows;
  private @Nullable WeightAverage average;
  private long steps;

  /** The gradient's norm, the clipping factor and the finite flag of the last step. */
  private final Tensor control;

  /** Whether a step was found not to be finite, after which the device changes nothing before it is told. */
  private boolean isHalted;

  /** What the last steps find, the oldest first: whether anybody asks for it or not, a halt has to end. */
  private final Deque<Later<StepResult>> begun = new ArrayDeque<>();

  /**
   * @param rateFactor what the learning rate of a step is multiplied with for a parameter
   * @param decayAll whether weight decay applies to every parameter, biases and norms included
   * @param stateNames what is remembered of each parameter, zero at first
   */
  ArenaOptimizer(
      ParameterArena arena,
      ToDoubleFunction<Parameter> rateFactor,
      boolean decayAll,
      String... stateNames) {
    this.arena = arena;
    this.rateFactor = rateFactor;
    this.decayAll = decayAll;
    this.stateNames = List.of(stateNames);
    stretches = stretches();
    try (Scope scope = Scope.detached()) {
      for (String name : stateNames) {
        state.put(name, Tensor.zerosMaster(arena.backend(), arena.gradients().shape()));
      }
      control = Tensor.emptyMaster(arena.backend(), Shape.of(3)).fill(1);
    }
  }

  private List<Stretch> stretches() {
    List<Stretch> made = new ArrayList<>();
    List<Parameter> parameters = arena.parameters();
    for (int i = 0; i < arena.trainedCount(); i++) {
      Parameter parameter = parameters.get(i);
      Stretch next =
          new Stretch(
              arena.offset(i), end(i), i, i + 1, rateFactor.applyAsDouble(parameter),
              decayAll || parameter.decays(), since.getOrDefault(parameter.path(), 0L));
      int before = made.size() - 1;
      if (before >= 0 && made.get(before).isLike(next)) {
        Stretch joined = made.get(before);
        made.set(
            before,
            new Stretch(
                joined.from(), next.to(), joined.first(), i + 1, next.factor(), next.decays(),
                next.since()));
      } else {
        made.add(next);
      }
    }
    return made;
  }

  private long end(int i) {
    return i + 1 == arena.trainedCount() ? arena.trainableSize() : arena.offset(i + 1);
  }

  /** Whether all numbers of the optimizer's options are such that a step is defined. */
  static void requireBetas(double beta1, double beta2) {
    if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
      throw new IllegalArgumentException(
          "the moments' decays are " + beta1 + " and " + beta2 + ", but must be at least 0 and below 1");
    }
  }

  /**
   * Updates one stretch.
   *
   * @param control what {@code clipControl} wrote
   * @param learningRate of the stretch, its factor included
   * @param step number of the step for these parameters, from 1
   * @param average of the stretch, to be kept up; null: none
   */
  abstract void update(
      Tensor control, Stretch stretch, double learningRate, long step,
      OptimizerKernels.@Nullable Average average);

  /** How gradients are bounded unless a step says otherwise. */
  abstract Clipping clipping();

  @Override
  public final StepResult step(double learningRate) {
    return begin(learningRate, null, null).get();
  }

  @Override
  public final StepResult step(double learningRate, Clipping clipping) {
    return begin(learningRate, clipping, null).get();
  }

  @Override
  public final Later<StepResult> begin(
      double learningRate, @Nullable Clipping chosen, @Nullable Tensor losses) {
    Clipping clipping = chosen == null ? clipping() : chosen;
    if (average != null) {
      average.requireOver(arena);
    }
    settle(1);
    if (isHalted) {
      control.slice(2, Shape.of(1)).fill(1);
      isHalted = false;
    }
    arena.completeGradients();
    Backend backend = arena.backend();
    long n = arena.trainableSize();
    try (Scope scope = Scope.open()) {
      Tensor squares = Tensor.emptyMaster(backend, Shape.of(1));
      backend.reduce().sumOfSquares(n, arena.gradients(), squares);
      double most = clipping instanceof Clipping.Norm norm ? norm.most() : 0;
      backend.optimizer().clipControl(
          squares, losses, losses == null ? 0 : Math.toIntExact(losses.elements()), most, control);
      if (clipping instanceof Clipping.Value value) {
        backend.optimizer().clipValue(n, value.most(), arena.gradients());
      } else if (clipping instanceof Clipping.Adaptive adaptive) {
        clipAdaptively(adaptive);
      }
      for (Stretch stretch : stretches) {
        update(
            control, stretch, learningRate * stretch.factor(), steps + 1 - stretch.since(),
            average == null ? null : average.part(stretch.from(), stretch.shape(), steps + 1));
      }
    }
    arena.stepped();
    arena.clearGradients();
    long before = steps++;
    Later<StepResult> result = control.toDoublesLater().map(found -> settled(found, before));
    begun.add(result);
    return result;
  }

  /**
   * Asks for what nobody has asked for yet; all of it where a step was not finite, since the ones behind it
   * changed nothing either.
   *
   * @param most steps that may stay on their way
   */
  private void settle(int most) {
    while (begun.size() > most || isHalted && !begun.isEmpty()) {
      begun.remove().get();
    }
  }

  /**
   * What a step found.
   *
   * @param before steps before it
   */
  private StepResult settled(double[] found, long before) {
    boolean finite = found[2] != 0;
    if (!finite) {
      steps = Math.min(steps, before);
      isHalted = true;
    }
    return new StepResult(found[0], finite);
  }

  @Override
  public final boolean keepUp(WeightAverage kept) {
    if (average != null && average != kept) {
      return false; // one alone; another is a pass of its own
    }
    average = kept;
    return true;
  }

  @Override
  public final Tensor control() {
    return control;
  }

  private void clipAdaptively(Clipping.Adaptive clipping) {
    Tensor units = rows();
    int count = Math.toIntExact(units.elements() - 1);
    Backend backend = arena.backend();
    long n = arena.trainableSize();
    Tensor ofParameters = Tensor.emptyMaster(backend, Shape.of(count));
    Tensor ofGradients = Tensor.emptyMaster(backend, Shape.of(count));
    backend.optimizer().stretchSquares(count, units, n, arena.values(), ofParameters);
    backend.optimizer().stretchSquares(count, units, n, arena.gradients(), ofGradients);
    backend
        .optimizer()
        .adaptiveClip(
            count, units, n, clipping.factor(), clipping.epsilon(), ofParameters, ofGradients,
            arena.gradients());
  }

  /** Where each trained parameter begins, and the end: INT32 {@code [parameters + 1]}. */
  final Tensor bounds() {
    if (bounds == null) {
      List<Integer> places = new ArrayList<>();
      for (int i = 0; i < arena.trainedCount(); i++) {
        places.add(Math.toIntExact(arena.offset(i)));
      }
      bounds = places(places);
    }
    return bounds;
  }

  /** Where each row of each trained parameter begins; a vector is one row. */
  private Tensor rows() {
    if (rows == null) {
      List<Integer> places = new ArrayList<>();
      List<Parameter> parameters = arena.parameters();
      for (int i = 0; i < arena.trainedCount(); i++) {
        Shape shape = parameters.get(i).shape();
        int units = shape.rank() > 1 ? shape.dim(0) : 1;
        long length = shape.elements() / units;
        for (int u = 0; u < units; u++) {
          places.add(Math.toIntExact(arena.offset(i) + u * length));
        }
      }
      rows = places(places);
    }
    return rows;
  }

  private Tensor places(List<Integer> starts) {
    int[] places = new int[starts.size() + 1];
    Arrays.setAll(places, i -> i < starts.size() ? starts.get(i) : Math.toIntExact(arena.trainableSize()));
    try (Scope scope = Scope.detached()) {
      Tensor made = Tensor.empty(arena.backend(), DType.INT32, Shape.of(places.length));
      arena.backend().memory().upload(places, 0, made, places.length);
      return made;
    }
  }

  /** A stretch of the values as products read them; null where those are the values themselves. */
  final @Nullable Tensor copy(Stretch stretch) {
    Tensor all = arena.computeCopy();
    return all == null ? null : all.slice(stretch.from(), stretch.shape());
  }

  /** A stretch of what is remembered under a name. */
  final Tensor state(String name, Stretch stretch) {
    return all(name).slice(stretch.from(), stretch.shape());
  }

  /** What is remembered under a name, in the arena's layout. */
  final Tensor all(String name) {
    Tensor all = state.get(name);
    if (all == null) {
      throw new IllegalStateException("nothing is remembered under " + name);
    }
    return all;
  }

  @Override
  public final ParameterArena arena() {
    return arena;
  }

  @Override
  public final Map<String, Tensor> state() {
    return Collections.unmodifiableMap(state);
  }

  @Override
  public final long steps() {
    return steps;
  }

  @Override
  public final long steps(Parameter parameter) {
    return steps - since.getOrDefault(parameter.path(), 0L);
  }

  @Override
  public final void restoreSteps(long number) {
    settle(0);
    steps = number;
    since.clear();
    stretches = stretches();
  }

  @Override
  public final void restoreSteps(Parameter parameter, long number) {
    if (number < 0 || number > steps) {
      throw new IllegalArgumentException(
          parameter.path() + " was trained for " + number + " steps, but the optimizer made " + steps);
    }
    since.put(parameter.path(), steps - number);
    stretches = stretches();
  }

  @Override
  public final void moveTo(ParameterArena other) {
    settle(0);
    Map<String, Integer> before = new HashMap<>();
    for (int i = 0; i < arena.trainedCount(); i++) {
      before.put(arena.parameters().get(i).path(), i);
    }
    ParameterArena old = arena;
    Map<String, Tensor> oldState = Map.copyOf(state);
    arena = other;
    bounds = null;
    rows = null;
    try (Scope scope = Scope.detached()) {
      for (String name : stateNames) {
        state.put(name, Tensor.zerosMaster(other.backend(), other.gradients().shape()));
      }
    }
    Map<String, Long> sinceThen = new HashMap<>();
    for (int i = 0; i < other.trainedCount(); i++) {
      Parameter parameter = other.parameters().get(i);
      Integer was = before.get(parameter.path());
      if (was == null) {
        sinceThen.put(parameter.path(), steps);
        continue;
      }
      sinceThen.put(parameter.path(), since.getOrDefault(parameter.path(), 0L));
      for (String name : stateNames) {
        Tensor from = Objects.requireNonNull(oldState.get(name)).slice(old.offset(was), parameter.shape());
        Tensor to = all(name).slice(other.offset(i), parameter.shape());
        other.backend().memory().copy(from, to, parameter.shape().elements());
      }
    }
    since.clear();
    since.putAll(sinceThen);
    stretches = stretches();
  }
}
