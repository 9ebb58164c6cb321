package org.swinengine.fit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Later;
import org.swinengine.backend.reference.ReferenceBackend;
import org.swinengine.data.ClassWeights;
import org.swinengine.nn.ForwardMode;
import org.swinengine.nn.Linear;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.ops.WeightedCrossEntropyOp;
import org.swinengine.optim.Sgd;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** A step in parts is the step of one batch, but for rounding: here in float64. */
class AccumulationTest {
  private static final int SAMPLES = 11;
  private static final int FEATURES = 5;
  private static final int CLASSES = 3;
  private static final double[] WEIGHTS = {0.5, 2, 3.5};

  /** The last part is smaller than the others, and has other classes. */
  private static final int[] ENDS = {4, 8, 11};

  private final Backend backend = new ReferenceBackend();

  private static int[] labels(int from, int to) {
    int[] labels = new int[to - from];
    Arrays.setAll(labels, i -> from + i < 8 ? (from + i) % 2 : 2);
    return labels;
  }

  private Tensor inputs(int from, int to) {
    double[] numbers = new double[(to - from) * FEATURES];
    Arrays.setAll(numbers, i -> ((from * FEATURES + i + 1) * 37 % 101) / 50.0 - 1);
    return Tensor.of(backend, Shape.of(to - from, FEATURES), numbers);
  }

  private Tensor tensor(int[] labels) {
    return Tensor.ofInts(backend, Shape.of(labels.length), labels);
  }

  /** The weights after a step whose parts are added by {@code parts}. */
  private double[] after(BiFunction<Linear, Step, Later<Double>> parts) {
    Linear net = new Linear(FEATURES, CLASSES, true);
    ParameterArena arena = new ParameterArena(backend, net.parameters(), 3);
    Step step = new Step(new Sgd(arena, new Sgd.Options(0, false, 0, false)), ENDS.length);
    double loss = parts.apply(net, step).get();
    assertTrue(step.update(1).get().finite());
    double[] values = arena.values().toDoubles();
    double[] all = Arrays.copyOf(values, values.length + 1);
    all[values.length] = loss;
    return all;
  }

  private Variable logits(Linear net, int from, int to) {
    return net.forward(Variable.constant(inputs(from, to)), ForwardMode.EVALUATION);
  }

  @Test
  void partsOfOtherSizesCountByTheirSamples() {
    double[] whole =
        after(
            (net, step) -> step.accumulate(
                () -> CrossEntropyOp.apply(logits(net, 0, SAMPLES), tensor(labels(0, SAMPLES)), 0.1), 1));
    double[] inParts =
        after(
            (net, step) -> {
              double loss = 0;
              for (int part = 0, from = 0; part < ENDS.length; from = ENDS[part++]) {
                int first = from;
                int end = ENDS[part];
                double share = (end - first) / (double) SAMPLES;
                loss +=
                    share
                        * step.accumulate(
                            () -> CrossEntropyOp.apply(logits(net, first, end), tensor(labels(first, end)),
                                0.1),
                            share).get();
              }
              return Later.now(loss);
            });
    assertArrayEquals(whole, inParts, 1e-14);
    double[] asIfEqual =
        after(
            (net, step) -> {
              for (int part = 0, from = 0; part < ENDS.length; from = ENDS[part++]) {
                int first = from;
                int end = ENDS[part];
                step.accumulate(
                    () -> CrossEntropyOp.apply(logits(net, first, end), tensor(labels(first, end)), 0.1));
              }
              return Later.now(whole[whole.length - 1]);
            });
    assertTrue(
        largestDifference(whole, asIfEqual) > 1e-3,
        "parts of other sizes must not count as if they were equal");
  }

  @Test
  void weightedMeansCountByTheirWeights() {
    Tensor weights = Tensor.of(backend, Shape.of(CLASSES), WEIGHTS);
    double all = ClassWeights.sum(labels(0, SAMPLES), SAMPLES, WEIGHTS);
    double[] whole =
        after(
            (net, step) -> step.accumulate(
                () -> WeightedCrossEntropyOp.apply(
                    logits(net, 0, SAMPLES), tensor(labels(0, SAMPLES)), weights, 0.1),
                1));
    double[] byShares =
        after(
            (net, step) -> {
              double loss = 0;
              for (int part = 0, from = 0; part < ENDS.length; from = ENDS[part++]) {
                int first = from;
                int end = ENDS[part];
                int[] labels = labels(first, end);
                double share = ClassWeights.sum(labels, labels.length, WEIGHTS) / all;
                loss +=
                    share
                        * step.accumulate(
                            () -> WeightedCrossEntropyOp.apply(
                                logits(net, first, end), tensor(labels), weights, 0.1),
                            share).get();
              }
              return Later.now(loss);
            });
    assertArrayEquals(whole, byShares, 1e-14);
    double[] byDenominator =
        after(
            (net, step) -> {
              double loss = 0;
              for (int part = 0, from = 0; part < ENDS.length; from = ENDS[part++]) {
                int first = from;
                int end = ENDS[part];
                loss +=
                    step.accumulate(
                        () -> WeightedCrossEntropyOp.apply(
                            logits(net, first, end), tensor(labels(first, end)), weights, 0.1, all),
                        1).get();
              }
              return Later.now(loss);
            });
    assertArrayEquals(whole, byDenominator, 1e-14);
  }

  private static double largestDifference(double[] a, double[] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(a[i] - b[i]));
    }
    return largest;
  }

  /** Equal parts: 1/parts and the share of the samples are the same number, so the bits are. */
  @Test
  void equalPartsKeepTheirBits() {
    for (int parts = 1; parts < 100; parts++) {
      for (int size = 1; size < 70; size++) {
        assertEquals(1.0 / parts, size / (double) (size * parts), 0.0);
      }
    }
    Step step = new Step(new Sgd(new ParameterArena(backend, new Linear(2, 2, true).parameters(), 0),
        new Sgd.Options(0, false, 0, false)), 2);
    assertEquals(
        "a part's share is 1.5, but must be from 0 to 1",
        assertThrows(IllegalArgumentException.class, () -> step.accumulate(() -> null, 1.5)).getMessage());
  }
}
