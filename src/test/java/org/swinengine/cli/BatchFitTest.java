package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.CudaGraphs;
import org.swinengine.backend.GpuLibraries;
import org.swinengine.backend.Precision;
import org.swinengine.backend.Repetition;
import org.swinengine.backend.cuda.CudaBackendsForTests;
import org.swinengine.backend.cuda.RecordedCalls;
import org.swinengine.models.Model;
import org.swinengine.models.Models;
import org.swinengine.optim.AdamW;
import org.swinengine.train.Tiny;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.StateDict;

/** Labels of a target that do not count. */
class BatchFitTest {
  private static final int PIXELS = 64;

  private record Step(double loss, StateDict gradients) {}

  private static ArrayData images(int... numbers) {
    float[] pixels = new float[numbers.length * PIXELS];
    for (int i = 0; i < numbers.length; i++) {
      Random random = new Random(numbers[i]);
      for (int at = 0; at < PIXELS; at++) {
        pixels[i * PIXELS + at] = (float) random.nextGaussian();
      }
    }
    return ArrayData.ofFloats(new long[] {numbers.length, 1, 8, 8}, pixels);
  }

  private static ArrayData labels(float... labels) {
    return ArrayData.ofFloats(new long[] {labels.length}, labels);
  }

  private static Step step(ArrayData images, ArrayData labels, Integer ignored) {
    try (Backend backend = Backends.open("cpu", 2)) {
      Model model = Models.create(Tiny.steadyModel());
      ParameterArena arena = new ParameterArena(backend, model.parameters(), 4);
      BatchFit fit =
          new BatchFit(
              model, new AdamW(arena, AdamW.Options.DEFAULT), images, labels,
              new BatchFit.Use(0, ignored, false));
      double loss = fit.backward();
      return new Step(loss, fit.gradients(arena));
    }
  }

  /** As if the images were not there, which is what PyTorch's {@code ignore_index} means. */
  @Test
  void ignoredLabelsDoNotCount() {
    Step with = step(images(1, 2, 3, 4, 5), labels(0, 255, 2, 255, 1), 255);
    Step without = step(images(1, 3, 5), labels(0, 2, 1), null);
    assertEquals(without.loss(), with.loss(), 1e-6 * without.loss());
    float largest = 0;
    for (String name : without.gradients().names()) {
      for (float value : without.gradients().get(name).toFloats()) {
        largest = Math.max(largest, Math.abs(value));
      }
    }
    assertTrue(largest > 1e-3, "gradients " + largest);
    for (String name : without.gradients().names()) {
      float[] expected = without.gradients().get(name).toFloats();
      float[] found = with.gradients().get(name).toFloats();
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], found[i], 1e-6 * largest, name);
      }
    }
    assertEquals(without.loss(), step(images(1, 3, 5), labels(0, 2, 1), -100).loss());
  }

  /** Step by step the losses of runs over a batch alone, whose weights are not changed meanwhile. */
  @Test
  void batchesAreTakenInTurn() {
    try (Backend backend = Backends.open("cpu", 1)) {
      Model model = Models.create(Tiny.steadyModel());
      ParameterArena arena = new ParameterArena(backend, model.parameters(), 4);
      AdamW optimizer = new AdamW(arena, AdamW.Options.DEFAULT);
      BatchFit fit =
          new BatchFit(
              model, optimizer, images(1, 2, 3, 4), labels(0, 1, 2, 0), new BatchFit.Use(2, null, false));
      double[] losses = new double[4];
      for (int i = 0; i < losses.length; i++) {
        losses[i] = fit.backward();
        arena.clearGradients();
      }
      assertEquals(step(images(1, 2), labels(0, 1), null).loss(), losses[0]);
      assertEquals(step(images(3, 4), labels(2, 0), null).loss(), losses[1]);
      assertEquals(losses[0], losses[2]);
      assertEquals(losses[1], losses[3]);
    }
  }

  @Test
  void usesThatDoNotFitAreRefused() {
    try (Backend backend = Backends.open("cpu", 1)) {
      Model model = Models.create(Tiny.steadyModel());
      AdamW optimizer =
          new AdamW(new ParameterArena(backend, model.parameters(), 4), AdamW.Options.DEFAULT);
      for (BatchFit.Use use : new BatchFit.Use[] {
        new BatchFit.Use(2, null, false), new BatchFit.Use(0, null, true)}) {
        String message =
            assertThrows(
                IllegalArgumentException.class,
                () -> new BatchFit(model, optimizer, images(1, 2, 3), labels(0, 1, 2), use))
                .getMessage();
        assertTrue(message.contains(use.dice() ? "Dice compares" : "no whole number of batches"), message);
      }
    }
  }

  @Test
  void otherLabelsAreRefused() {
    for (float[] wrong : new float[][] {{0, 3}, {0, -1}, {0, 0.5f}, {0, 255}}) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> step(images(1, 2), labels(wrong), null))
              .getMessage();
      assertTrue(message.contains("element 1"), Arrays.toString(wrong) + ": " + message);
      assertEquals(wrong[1] == 255, message.contains("--ignore-index 255"), message);
    }
    String none =
        assertThrows(IllegalArgumentException.class, () -> step(images(1), labels(255), 255)).getMessage();
    assertTrue(none.contains("nothing to learn"), none);
  }

  /** From the fourth step on two graphs each: the loss is waited for. */
  @Test
  @Tag("cuda")
  void stepsAreGraphsOnAGpu() {
    List<Double> expected = losses(CudaGraphs.OFF);
    List<List<Double>> found = new ArrayList<>();
    long graphs = RecordedCalls.of(() -> found.add(losses(CudaGraphs.ON))).stream()
        .filter(call -> call.what() == RecordedCalls.Asked.GRAPH_LAUNCH).count();
    assertEquals(expected, found.get(0));
    assertTrue(graphs >= 6, graphs + " graphs");
  }

  private static List<Double> losses(CudaGraphs graphs) {
    CudaBackendsForTests.assumeAvailable();
    List<Double> losses = new ArrayList<>();
    try (Backend backend =
        Backends.open("cuda", 0, Precision.FULL, GpuLibraries.NONE, graphs, remark -> {})) {
      Model model = Models.create(Tiny.steadyModel());
      ParameterArena arena = new ParameterArena(backend, model.parameters(), 4);
      BatchFit fit =
          new BatchFit(
              model, new AdamW(arena, AdamW.Options.DEFAULT), images(1, 2), labels(0, 1),
              new BatchFit.Use(0, null, false));
      for (int step = 0; step < 6; step++) {
        try (Repetition repeated = fit.repeating()) {
          losses.add(fit.backward());
          losses.add(fit.update(1e-3).gradientNorm());
        }
      }
    }
    return losses;
  }
}
