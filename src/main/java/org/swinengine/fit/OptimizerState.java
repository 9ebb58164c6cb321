package org.swinengine.fit;

import java.util.Arrays;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.inference.CheckpointException;
import org.swinengine.inference.EngineCheckpoint;
import org.swinengine.models.ModuleWeights;
import org.swinengine.optim.Optimizer;
import org.swinengine.optim.WeightAverage;
import org.swinengine.tensor.Tensor;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.StateDict;

/**
 * What an optimizer remembers, beside the weights in a file: {@code optimizer.exp_avg.<name>} for each
 * trained parameter and each of {@link Optimizer#state}; {@code optimizer.step.<name>} where a parameter was
 * trained for fewer steps than the optimizer made; and {@code optimizer.ema.<name>}, its average.
 */
public final class OptimizerState {
  private static final String STEP = EngineCheckpoint.OPTIMIZER + "step.";
  private static final String AVERAGE = "ema";

  private OptimizerState() {}

  /** Adds the arrays to a file. */
  public static void put(StateDict.Builder dict, Optimizer optimizer) {
    each(
        optimizer.arena(), optimizer.state(), (name, part) -> dict.put(name, ModuleWeights.array(part)));
    trained(
        optimizer.arena(),
        parameter -> {
          if (optimizer.steps(parameter) != optimizer.steps()) {
            dict.put(
                STEP + parameter.path(),
                ArrayData.ofLongs(new long[0], optimizer.steps(parameter)));
          }
        });
  }

  /** Adds an average's arrays to a file. */
  public static void put(StateDict.Builder dict, WeightAverage average) {
    each(average.arena(), state(average), (name, part) -> dict.put(name, ModuleWeights.array(part)));
  }

  /**
   * Throws unless a file has all arrays, each of its parameter's shape.
   *
   * @param source the file's name, for errors
   * @throws CheckpointException saying which is missing
   */
  public static void require(StateDict dict, Optimizer optimizer, String source) {
    each(optimizer.arena(), optimizer.state(), (name, part) -> require(dict, name, part, source));
  }

  /** The same of an average's arrays. */
  public static void require(StateDict dict, WeightAverage average, String source) {
    each(average.arena(), state(average), (name, part) -> require(dict, name, part, source));
  }

  private static void require(StateDict dict, String name, Tensor part, String source) {
    if (!dict.contains(name) || !Arrays.equals(dict.get(name).shape(), part.shape().longDims())) {
      throw new CheckpointException(
          source + " is not a checkpoint to resume from: it has no array \"" + name + "\" of shape "
              + part.shape());
    }
  }

  /**
   * Whether a parameter began to be trained after the optimizer's first step, and before the file was
   * written.
   */
  public static boolean isLater(StateDict dict, Parameter parameter) {
    return dict.contains(STEP + parameter.path());
  }

  /** Puts the arrays of a file in place, and the numbers of steps. */
  public static void restore(StateDict dict, Optimizer optimizer, long steps) {
    each(
        optimizer.arena(), optimizer.state(), (name, part) -> ModuleWeights.upload(dict.get(name), part));
    optimizer.restoreSteps(steps);
    trained(
        optimizer.arena(),
        parameter -> {
          String name = STEP + parameter.path();
          if (dict.contains(name)) {
            optimizer.restoreSteps(parameter, dict.get(name).toLongs()[0]);
          }
        });
  }

  /** Puts an average's arrays in place. */
  public static void restore(StateDict dict, WeightAverage average) {
    each(average.arena(), state(average), (name, part) -> ModuleWeights.upload(dict.get(name), part));
  }

  private static Map<String, Tensor> state(WeightAverage average) {
    return Map.of(AVERAGE, average.values());
  }

  private static void trained(ParameterArena arena, Consumer<Parameter> action) {
    arena.parameters().subList(0, arena.trainedCount()).forEach(action);
  }

  private static void each(
      ParameterArena arena, Map<String, Tensor> state, BiConsumer<String, Tensor> action) {
    for (int i = 0; i < arena.trainedCount(); i++) {
      Parameter parameter = arena.parameters().get(i);
      long offset = arena.offset(i);
      state.forEach(
          (name, all) -> action.accept(
              EngineCheckpoint.OPTIMIZER + name + "." + parameter.path(),
              all.slice(offset, parameter.shape())));
    }
  }
}
