package org.swinengine.fit;

import java.util.Arrays;
import java.util.Map;
import java.util.function.BiConsumer;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.inference.CheckpointException;
import org.swinengine.inference.EngineCheckpoint;
import org.swinengine.models.ModuleWeights;
import org.swinengine.optim.Optimizer;
import org.swinengine.tensor.Tensor;
import org.swinengine.weights.StateDict;

/**
 * What an optimizer remembers, beside the weights in a file: {@code optimizer.exp_avg.<name>} for each
 * trained parameter and each of {@link Optimizer#state}.
 */
public final class OptimizerState {
  private OptimizerState() {}

  /** Adds the arrays to a file. */
  public static void put(StateDict.Builder dict, Optimizer optimizer) {
    each(optimizer, (name, part) -> dict.put(name, ModuleWeights.array(part)));
  }

  /**
   * Throws unless a file has all arrays, each of its parameter's shape.
   *
   * @param source the file's name, for errors
   * @throws CheckpointException saying which is missing
   */
  public static void require(StateDict dict, Optimizer optimizer, String source) {
    each(
        optimizer,
        (name, part) -> {
          if (!dict.contains(name) || !Arrays.equals(dict.get(name).shape(), part.shape().longDims())) {
            throw new CheckpointException(
                source + " is not a checkpoint to resume from: it has no array \"" + name + "\" of shape "
                    + part.shape());
          }
        });
  }

  /** Puts the arrays of a file in place, and the number of steps. */
  public static void restore(StateDict dict, Optimizer optimizer, long steps) {
    each(optimizer, (name, part) -> ModuleWeights.upload(dict.get(name), part));
    optimizer.restoreSteps(steps);
  }

  private static void each(Optimizer optimizer, BiConsumer<String, Tensor> action) {
    ParameterArena arena = optimizer.arena();
    Map<String, Tensor> state = optimizer.state();
    for (int i = 0; i < arena.parameters().size(); i++) {
      Parameter parameter = arena.parameters().get(i);
      if (parameter.isTrainable()) {
        long offset = arena.offset(i);
        state.forEach(
            (name, all) -> action.accept(
                EngineCheckpoint.OPTIMIZER + name + "." + parameter.path(),
                all.slice(offset, parameter.shape())));
      }
    }
  }
}
