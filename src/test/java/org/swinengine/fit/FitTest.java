package org.swinengine.fit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.data.Examples;
import org.swinengine.inference.CheckpointException;
import org.swinengine.models.ModuleWeights;
import org.swinengine.nn.Activation;
import org.swinengine.nn.Dropout;
import org.swinengine.nn.Layer;
import org.swinengine.nn.Linear;
import org.swinengine.nn.Module;
import org.swinengine.nn.Sequential;
import org.swinengine.ops.AddOp;
import org.swinengine.optim.Optimizers;
import org.swinengine.optim.Schedule;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

class FitTest {
  @TempDir
  Path folder;

  private static Sequential net() {
    return new Sequential(
        new Linear(2, 16, true), new Activation(UnaryFunction.GELU), new Dropout(0.1),
        new Linear(16, 2, true));
  }

  /** Whether two numbers have the same sign: no linear layer alone can tell. */
  private static Examples signs(int n, long seed) {
    Random random = new Random(seed);
    float[][] inputs = new float[n][2];
    int[] classes = new int[n];
    for (int i = 0; i < n; i++) {
      inputs[i][0] = random.nextFloat() * 2 - 1;
      inputs[i][1] = random.nextFloat() * 2 - 1;
      classes[i] = inputs[i][0] * inputs[i][1] > 0 ? 1 : 0;
    }
    return Examples.of(inputs, classes);
  }

  private static List<float[]> weights(Module net) {
    return net.parameters().stream().map(parameter -> parameter.value().toFloats()).toList();
  }

  private static void assertSameWeights(Module expected, Module actual) {
    for (int i = 0; i < expected.parameters().size(); i++) {
      assertArrayEquals(weights(expected).get(i), weights(actual).get(i),
          expected.parameters().get(i).path());
    }
  }

  @Test
  void aNetOfOnesOwnLearns() throws IOException {
    try (Backend backend = Backends.open("cpu", 1)) {
      Sequential net = net();
      List<Fit.Epoch> told = new ArrayList<>();
      Fit.Result result =
          Fit.of(net, backend).epochs(40).batchSize(16).learningRate(0.03).seed(3).validation(signs(200, 2))
              .listener(told::add).run(signs(400, 1));
      assertTrue(result.last().accuracy() > 93, () -> result.last().toString());
      assertEquals(told, result.history());
      assertEquals(40 * 25, result.last().steps());
      float[] logits = net.infer(Shape.of(1, 2), 0.6f, -0.6f);
      assertTrue(logits[0] > logits[1]);
    }
  }

  @Test
  void everyOptimizerLearnsNumbers() throws IOException {
    float[][] inputs = new float[64][1];
    float[][] targets = new float[64][2];
    for (int i = 0; i < 64; i++) {
      inputs[i][0] = i / 64f;
      targets[i] = new float[] {3 * inputs[i][0] - 1, 0.5f - inputs[i][0]};
    }
    Examples examples = Examples.ofNumbers(Shape.of(1), inputs, targets);
    try (Backend backend = Backends.open("cpu", 1)) {
      for (var optimizer : List.of(Optimizers.adamW(0), Optimizers.sgd(0.9))) {
        Fit.Result result =
            Fit.of(new Linear(1, 2, true), backend).loss(Loss.MEAN_SQUARED_ERROR).optimizer(optimizer)
                .schedule(steps -> Schedule.cosine(0.1, 0, 0, 0, steps)).epochs(30).batchSize(8)
                .validation(examples).run(examples);
        assertTrue(result.last().validationLoss() < 1e-3, () -> result.last().toString());
        assertTrue(Double.isNaN(result.last().accuracy()));
      }
    }
  }

  @Test
  void resumedTrainingHasTheBitsOfTrainingAtOnce() throws IOException {
    try (Backend backend = Backends.open("cpu", 1)) {
      for (var optimizer : List.of(Optimizers.adamW(0.05), Optimizers.sgd(0.9))) {
        Path file = folder.resolve("fit.safetensors");
        Sequential whole = net();
        fit(whole, backend, 6).optimizer(optimizer).run(signs(96, 1));
        fit(net(), backend, 3).optimizer(optimizer).checkpoint(file).run(signs(96, 1));
        Sequential resumed = net();
        Fit.Result rest =
            fit(resumed, backend, 6).optimizer(optimizer).checkpoint(file).resume().workers(3)
                .run(signs(96, 1));
        assertEquals(3, rest.history().size());
        assertEquals(4, rest.history().get(0).epoch());
        assertSameWeights(whole, resumed);
        // All epochs are done: nothing is left to do.
        assertTrue(
            fit(net(), backend, 6).optimizer(optimizer).checkpoint(file).resume().run(signs(96, 1)).history()
                .isEmpty());
        Files.delete(file);
      }
    }
  }

  /** A schedule that does not depend on the number of epochs, so that training may go on. */
  private static Fit fit(Layer net, Backend backend, int epochs) {
    return Fit.of(net, backend).epochs(epochs).batchSize(8).accumulate(2).clip(1).seed(7)
        .schedule(steps -> Schedule.constant(0.01));
  }

  @Test
  void accumulatedBatchesMakeTheStepOfOne() throws IOException {
    try (Backend backend = Backends.open("reference", 1)) {
      Layer[] nets = {new Linear(2, 2, true), new Linear(2, 2, true)};
      Fit.of(nets[0], backend).epochs(1).batchSize(16).run(signs(64, 1));
      Fit.of(nets[1], backend).epochs(1).batchSize(4).accumulate(4).run(signs(64, 1));
      for (int i = 0; i < 2; i++) {
        assertArrayEquals(
            nets[0].parameters().get(i).value().toDoubles(), nets[1].parameters().get(i).value().toDoubles(),
            1e-12);
      }
    }
  }

  @Test
  void theBestEpochIsKeptAndTrainingEndsWhereNothingImproves() throws IOException {
    try (Backend backend = Backends.open("cpu", 1)) {
      Path best = folder.resolve("best.safetensors");
      Layer net = net();
      // So high a rate that things get worse at some time.
      Fit.Result result =
          Fit.of(net, backend).schedule(steps -> Schedule.constant(1)).epochs(50).patience(3).batchSize(16)
              .validation(signs(64, 2)).best(best).run(signs(64, 1));
      assertTrue(result.stoppedEarly());
      assertEquals(result.bestEpoch() + 3, result.last().epoch());
      Layer loaded = ModuleWeights.load(net(), best, backend);
      assertEquals(2, loaded.infer(Shape.of(1, 2), 0, 0).length);
    }
  }

  /** Weights that are there stay, be they loaded or trained. */
  @Test
  void goesOnFromTheWeightsThatAreThere() throws IOException {
    try (Backend backend = Backends.open("cpu", 1)) {
      Sequential net = net();
      Fit.of(net, backend).epochs(3).batchSize(16).run(signs(64, 1));
      List<float[]> before = weights(net);
      Fit.of(net, backend).epochs(1).batchSize(16).schedule(steps -> Schedule.constant(0)).run(signs(64, 1));
      for (int i = 0; i < before.size(); i++) {
        assertArrayEquals(before.get(i), weights(net).get(i));
      }
    }
  }

  /** Two inputs, so no {@link Layer}, and batches that no data set made. */
  private static final class TwoInputs extends Module {
    private final Linear left = add("left", new Linear(1, 2, true));
    private final Linear right = add("right", new Linear(1, 2, false));

    Variable forward(Variable a, Variable b) {
      return AddOp.apply(left.forward(a), right.forward(b));
    }
  }

  @Test
  void anyModuleLearnsFromAnyBatches() throws IOException {
    try (Backend backend = Backends.open("cpu", 1)) {
      TwoInputs net = new TwoInputs();
      Batches<float[]> batches =
          new Batches<>() {
            @Override
            public int perEpoch() {
              return 20;
            }

            @Override
            public float[] get(int epoch, int number) {
              Random random = new Random(1000L * epoch + number);
              return new float[] {random.nextFloat(), random.nextFloat()};
            }
          };
      Objective<float[]> greater =
          (batch, mode) -> Loss.CROSS_ENTROPY.of(
              net.forward(
                  Variable.of(backend, Shape.of(1, 1), batch[0]),
                  Variable.of(backend, Shape.of(1, 1), batch[1])),
              Tensor.ofInts(backend, Shape.of(1), batch[0] > batch[1] ? 1 : 0));
      Fit.Result result =
          Fit.of(net, (x, mode) -> x, backend).epochs(20).learningRate(0.1).run(batches, batches, greater);
      assertTrue(result.last().validationLoss() < 0.5, () -> result.last().toString());
      assertTrue(result.last().validationLoss() < result.history().get(0).validationLoss());
    }
  }

  @Test
  void whatGoesWrongIsSaid() throws IOException {
    try (Backend backend = Backends.open("cpu", 1)) {
      Layer net = new Sequential(new Linear(2, 4, true), new Linear(4, 2, true));
      float[][] inputs = {{1, 1}, {Float.NaN, 1}};
      TrainingDivergedException diverged =
          assertThrows(
              TrainingDivergedException.class,
              () -> Fit.of(net, backend).batchSize(2).run(Examples.of(inputs, new int[] {0, 1})));
      assertTrue(diverged.getMessage().contains("0.weight"), diverged.getMessage());
      String message =
          assertThrows(
              IllegalArgumentException.class,
              () -> Fit.of(net, backend).batchSize(8).accumulate(3).run(signs(16, 1)))
              .getMessage();
      assertTrue(message.contains("`accumulationSteps`"), message);
      message =
          assertThrows(IllegalArgumentException.class, () -> Fit.of(net, backend).epochs(0)).getMessage();
      assertTrue(message.contains("`epochs` is 0"), message);
      assertThrows(IllegalArgumentException.class, () -> Examples.of(new float[3][2], new int[2]));
      assertThrows(
          IllegalArgumentException.class, () -> Examples.of(new float[][] {{1, 2}, {1}}, new int[] {0, 1}));
    }
  }

  @Test
  void anotherTrainingsCheckpointIsRefused() throws IOException {
    try (Backend backend = Backends.open("cpu", 1)) {
      Path file = folder.resolve("fit.safetensors");
      fit(net(), backend, 1).checkpoint(file).run(signs(64, 1));
      Layer net = net();
      String message =
          assertThrows(
              CheckpointException.class,
              () -> fit(net, backend, 2).seed(8).checkpoint(file).resume().run(signs(64, 1)))
              .getMessage();
      assertTrue(message.contains("seed 7") && message.contains("seed 8"), message);
      message =
          assertThrows(
              CheckpointException.class,
              () -> fit(net, backend, 2).optimizer(Optimizers.sgd(0.5)).checkpoint(file).resume()
                  .run(signs(64, 1)))
              .getMessage();
      assertTrue(message.contains("optimizer.momentum_buffer."), message);
      Path weights = folder.resolve("weights.safetensors");
      org.swinengine.weights.Safetensors.write(weights, ModuleWeights.of(net));
      message =
          assertThrows(
              CheckpointException.class,
              () -> fit(net, backend, 2).checkpoint(weights).resume().run(signs(64, 1)))
              .getMessage();
      assertTrue(message.contains("Fit did not write it"), message);
      String other =
          assertThrows(
              org.swinengine.models.ModelConfigException.class,
              () -> ModuleWeights.load(new Sequential(new Linear(2, 3, true)), weights, backend))
              .getMessage();
      assertTrue(other.contains("0.weight is [16, 2] instead of [3, 2]"), other);
    }
  }
}
