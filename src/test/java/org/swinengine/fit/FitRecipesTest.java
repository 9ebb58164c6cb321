package org.swinengine.fit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.data.ClassWeights;
import org.swinengine.data.Examples;
import org.swinengine.models.ModuleWeights;
import org.swinengine.nn.Activation;
import org.swinengine.nn.Layer;
import org.swinengine.nn.Linear;
import org.swinengine.nn.Sequential;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.optim.Clipping;
import org.swinengine.optim.Optimizers;
import org.swinengine.optim.Schedule;
import org.swinengine.optim.WeightAverage;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** Parts of recipes in {@link Fit}: averages, losses, clipping, batches of several sizes. */
class FitRecipesTest {
  @TempDir
  private Path folder;

  private static Sequential net(int out) {
    return new Sequential(
        new Linear(2, 16, true), new Activation(UnaryFunction.GELU), new Linear(16, out, true));
  }

  private static float[][] points(int n) {
    float[][] points = new float[n][2];
    for (int i = 0; i < n; i++) {
      points[i][0] = i * 37 % 101 / 50f - 1;
      points[i][1] = i * 53 % 97 / 48f - 1;
    }
    return points;
  }

  /** Whether a point is on the right, and whether it is above. */
  private static Examples severalAnswers(int n) {
    float[][] points = points(n);
    float[][] answers = new float[n][];
    Arrays.setAll(
        answers, i -> new float[] {points[i][0] > 0 ? 1 : 0, points[i][1] > 0 ? 1 : 0});
    return Examples.ofNumbers(Shape.of(2), points, answers);
  }

  /** One class in nine. */
  private static Examples fewOfOne(int n) {
    float[][] points = points(n);
    int[] classes = new int[n];
    Arrays.setAll(classes, i -> i % 9 == 0 ? 1 : 0);
    return Examples.of(points, classes);
  }

  @Test
  void severalAnswersAreLearnt() throws IOException {
    try (Backend backend = Backends.open("cpu", 1)) {
      for (Clipping clipping : List.of(Clipping.none(), Clipping.value(0.1), Clipping.adaptive(0.1))) {
        Sequential net = net(2);
        Fit.Result result =
            Fit.of(net, backend).loss(Loss.BINARY_CROSS_ENTROPY).epochs(20).batchSize(16).learningRate(0.05)
                .clip(clipping).validation(severalAnswers(97)).run(severalAnswers(320));
        assertTrue(result.last().validationLoss() < 0.15, () -> clipping + ": " + result.last());
        float[] logits = net.infer(Shape.of(1, 2), 0.6f, -0.6f);
        assertTrue(logits[0] > 0 && logits[1] < 0);
      }
    }
  }

  @Test
  void everyOptimizerOfTimmLearns() throws IOException {
    try (Backend backend = Backends.open("cpu", 1)) {
      for (Optimizers kind : Optimizers.values()) {
        double rate = kind.label().startsWith("adam") ? 0.02 : kind == Optimizers.LAMB ? 0.05 : 0.2;
        Fit.Result result =
            Fit.of(net(2), backend).loss(Loss.BINARY_CROSS_ENTROPY).epochs(20).batchSize(16)
                .learningRate(rate)
                .optimizer(arena -> kind.over(arena, new Optimizers.Settings(0), parameter -> 1))
                .validation(severalAnswers(97)).run(severalAnswers(320));
        assertTrue(result.last().validationLoss() < 0.2, () -> kind + ": " + result.last());
      }
    }
  }

  private static Fit averaged(Layer net, Backend backend, int epochs) {
    return Fit.of(net, backend).epochs(epochs).batchSize(16).schedule(steps -> Schedule.constant(0.05))
        .average(WeightAverage.Options.of(0.9).warmingUp()).validation(severalAnswers(48))
        .loss(Loss.BINARY_CROSS_ENTROPY);
  }

  /** What is measured and kept is the average; the run goes on with its own weights, also when resumed. */
  @Test
  void averagesAreMeasuredAndResumed() throws IOException {
    try (Backend backend = Backends.open("cpu", 1)) {
      Path file = folder.resolve("fit.safetensors");
      Path best = folder.resolve("best.safetensors");
      Sequential whole = net(2);
      Fit.Result all = averaged(whole, backend, 6).best(best).run(severalAnswers(96));
      averaged(net(2), backend, 3).checkpoint(file).run(severalAnswers(96));
      Sequential resumed = net(2);
      Fit.Result rest = averaged(resumed, backend, 6).checkpoint(file).resume().run(severalAnswers(96));
      for (int i = 0; i < whole.parameters().size(); i++) {
        assertArrayEquals(
            whole.parameters().get(i).value().toFloats(), resumed.parameters().get(i).value().toFloats());
      }
      assertArrayEquals(
          all.history().stream().skip(3).mapToDouble(Fit.Epoch::validationLoss).toArray(),
          rest.history().stream().mapToDouble(Fit.Epoch::validationLoss).toArray());
      Layer kept = ModuleWeights.load(net(2), best, backend);
      assertFalse(
          Arrays.equals(
              kept.parameters().get(0).value().toFloats(), whole.parameters().get(0).value().toFloats()));
      Sequential plain = net(2);
      averaged(plain, backend, 6).average(null).run(severalAnswers(96));
      assertArrayEquals(
          plain.parameters().get(0).value().toFloats(), whole.parameters().get(0).value().toFloats(),
          "the average does not change the run");
    }
  }

  /** Weighted means of parts whose classes differ make the step of the whole batch. */
  @Test
  void weightedPartsMakeTheStepOfOne() throws IOException {
    try (Backend backend = Backends.open("reference", 1)) {
      Examples examples = fewOfOne(64);
      int[] labels = new int[64];
      Arrays.setAll(labels, i -> i % 9 == 0 ? 1 : 0);
      Loss loss = Loss.weightedCrossEntropy(ClassWeights.balanced(ClassWeights.count(labels, 2)), 0.1);
      Layer[] nets = {net(2), net(2)};
      Fit.Result once =
          Fit.of(nets[0], backend).epochs(2).batchSize(32).loss(loss).run(examples);
      Fit.Result inParts =
          Fit.of(nets[1], backend).epochs(2).batchSize(8).accumulate(4).loss(loss).run(examples);
      for (int i = 0; i < nets[0].parameters().size(); i++) {
        assertArrayEquals(
            nets[0].parameters().get(i).value().toDoubles(), nets[1].parameters().get(i).value().toDoubles(),
            1e-11);
      }
      assertArrayEquals(
          once.history().stream().mapToDouble(Fit.Epoch::trainLoss).toArray(),
          inParts.history().stream().mapToDouble(Fit.Epoch::trainLoss).toArray(), 1e-12);
    }
  }

  /** Batches of the numbers from one on to another, given one after the other. */
  private record Ranges(List<int[]> ranges) implements Batches<int[]> {
    @Override
    public int perEpoch() {
      return ranges.size();
    }

    @Override
    public int[] get(int epoch, int number) {
      return ranges.get(number);
    }

    @Override
    public int samples(int[] range) {
      return range[1] - range[0];
    }
  }

  @Test
  void partsOfSeveralSizesMakeTheStepOfOne() throws IOException {
    try (Backend backend = Backends.open("reference", 1)) {
      List<double[]> results = new ArrayList<>();
      for (List<int[]> ranges : List.of(
          List.of(new int[] {0, 11}), List.of(new int[] {0, 2}, new int[] {2, 9}, new int[] {9, 11}))) {
        Sequential net = net(3);
        Fit.Result result =
            Fit.of(net, backend).epochs(3).accumulate(ranges.size()).run(
                new Ranges(ranges), null,
                (range, mode) -> {
                  int n = range[1] - range[0];
                  float[] x = new float[2 * n];
                  int[] y = new int[n];
                  for (int i = 0; i < n; i++) {
                    System.arraycopy(points(11)[range[0] + i], 0, x, 2 * i, 2);
                    y[i] = (range[0] + i) % 3;
                  }
                  Variable input = Variable.constant(Tensor.of(backend, Shape.of(n, 2), x));
                  return CrossEntropyOp.apply(
                      net.forward(input, mode), Tensor.ofInts(backend, Shape.of(n), y), 0);
                });
        double[] all = Arrays.copyOf(net.parameters().get(0).value().toDoubles(), 33);
        all[32] = result.last().trainLoss();
        results.add(all);
      }
      assertArrayEquals(results.get(0), results.get(1), 1e-12);
    }
  }

  @Test
  void softTargetsOfOneClassAreCrossEntropy() {
    try (Backend backend = Backends.open("reference", 1)) {
      Variable output = Variable.constant(Tensor.of(backend, Shape.of(2, 2), 0.1, 0.2, -0.3, 0.4));
      double hard = Loss.CROSS_ENTROPY.of(output, Tensor.ofInts(backend, Shape.of(2), 1, 0)).value().item();
      double soft =
          Loss.SOFT_CROSS_ENTROPY.of(output, Tensor.of(backend, Shape.of(2, 2), 0.0, 1.0, 1.0, 0.0)).value()
              .item();
      assertTrue(Math.abs(hard - soft) < 1e-15);
    }
  }
}
