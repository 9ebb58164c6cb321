package org.swinengine.models.swinv2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.models.Model;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.models.swin.SwinConfig;
import org.swinengine.nn.ForwardMode;
import org.swinengine.nn.WindowPolicy;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.ops.ScaleOp;
import org.swinengine.ops.SumOp;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * What holds of every Swin V2 beyond the original's numbers: first values, weight decay, sizes that do not
 * divide.
 */
class SwinTransformerV2Test {
  private static ModelSpec small(int height, int width, double dropPath, WindowPolicy policy) {
    SwinConfig layout =
        new SwinConfig(2, 8, List.of(2, 2), List.of(2, 4), 4, 4, 2, true, null, false, true, 1e-5, policy);
    return new ModelSpec(
        "small Swin V2", height, width, 3, 5, 0, dropPath, new SwinV2Config(layout, List.of(0, 3)));
  }

  private static Variable images(Backend backend, ModelSpec spec, int batch) {
    Shape shape = Shape.of(batch, spec.channels(), spec.imageHeight(), spec.imageWidth());
    double[] pixels = new java.util.Random(3).doubles(shape.elements(), -1, 1).toArray();
    return Variable.constant(Tensor.of(backend, shape, pixels));
  }

  @Test
  void firstValuesAreTheOriginals() {
    Model model = Models.create(small(16, 16, 0, WindowPolicy.MICROSOFT));
    try (Backend backend = Backends.open("cpu", 1)) {
      new ParameterArena(backend, model.parameters(), 5);
      for (Parameter parameter : model.parameters()) {
        String path = parameter.path();
        double[] values = parameter.value().toDoubles();
        if (path.matches(".*blocks\\.\\d+\\.norm.*") || path.endsWith("q_bias") || path.endsWith("v_bias")) {
          assertAll(path, values, 0);
        } else if (path.endsWith("logit_scale")) {
          assertAll(path, values, Math.log(10));
        } else if (path.endsWith("norm.weight")) {
          assertAll(path, values, 1);
        } else if (path.contains("cpb_mlp") && path.endsWith("weight")) {
          double squares = 0;
          for (double value : values) {
            squares += value * value / values.length;
          }
          assertEquals(0.02, Math.sqrt(squares), 0.002, path);
        }
      }
    }
  }

  private static void assertAll(String path, double[] values, double expected) {
    for (double value : values) {
      assertEquals(expected, value, 1e-6, path);
    }
  }

  /** The original excludes what is one-dimensional, biases, and names with cpb_mlp or logit_scale. */
  @Test
  void weightDecayAppliesToProjectionsAlone() {
    for (Parameter parameter : Models.create(small(16, 16, 0, WindowPolicy.MICROSOFT)).parameters()) {
      String path = parameter.path();
      boolean expected =
          parameter.shape().rank() > 1 && !path.contains("cpb_mlp") && !path.contains("logit_scale");
      assertEquals(expected, parameter.decays(), path);
    }
  }

  /** New blocks add nothing: the logits do not depend on what they compute. */
  @Test
  void newBlocksAreTheIdentity() {
    ModelSpec spec = small(16, 16, 0, WindowPolicy.MICROSOFT);
    try (Backend backend = Backends.open("cpu", 1);
        Scope scope = Scope.open()) {
      Model model = Models.create(spec);
      new ParameterArena(backend, model.parameters(), 5);
      Variable images = images(backend, spec, 2);
      double[] before = model.forward(images, ForwardMode.EVALUATION).value().toDoubles();
      for (Parameter parameter : model.parameters()) {
        if (parameter.path().contains(".attn.") || parameter.path().contains(".mlp.")) {
          parameter.value().fill(0.1);
          parameter.touch();
        }
      }
      assertArrayEquals(before, model.forward(images, ForwardMode.EVALUATION).value().toDoubles());
    }
  }

  @Test
  void everyPolicyThatPadsTakesSizesThatAreNoMultipleOfTheWindow() {
    List<WindowPolicy> padding =
        List.of(WindowPolicy.TIMM, WindowPolicy.TORCHVISION, WindowPolicy.HUGGING_FACE);
    for (WindowPolicy policy : padding) {
      ModelSpec spec = small(22, 14, 0, policy);
      try (Backend backend = Backends.open("cpu", 2);
          Scope scope = Scope.open()) {
        Model model = Models.create(spec);
        new ParameterArena(backend, model.parameters(), 5);
        Variable logits = model.forward(images(backend, spec, 2), ForwardMode.EVALUATION);
        for (double logit : logits.value().toDoubles()) {
          assertTrue(Double.isFinite(logit), policy + ": " + logit);
        }
      }
    }
  }

  private static Parameter parameter(Model model, String path) {
    return model.parameters().stream().filter(p -> p.path().equals(path)).findFirst().orElseThrow();
  }

  /** Same seed, same bits: the same gradients from any number of threads, with checkpoints or without. */
  @Test
  void gradientsHaveTheSameBitsWhateverTheThreadsAndTheCheckpoints() {
    double[] one = gradients(1, false);
    assertArrayEquals(one, gradients(3, false));
    assertArrayEquals(one, gradients(2, true));
    assertFalse(java.util.Arrays.stream(one).allMatch(value -> value == 0));
  }

  private static double[] gradients(int threads, boolean checkpointing) {
    ModelSpec spec = small(18, 14, 0.3, WindowPolicy.TIMM);
    try (Backend backend = Backends.open("cpu", threads);
        Scope scope = Scope.open()) {
      Model model = Models.create(spec);
      ParameterArena arena = new ParameterArena(backend, model.parameters(), 5);
      for (Parameter parameter : model.parameters()) {
        if (parameter.path().matches(".*blocks.*norm\\d\\.weight")) {
          parameter.value().fill(1);
          parameter.touch();
        }
      }
      try (Tape tape = Tape.open()) {
        ForwardMode mode = ForwardMode.training(3, 7, 0, checkpointing);
        tape.backward(SumOp.apply(ScaleOp.apply(model.forward(images(backend, spec, 3), mode), 0.5)));
      }
      arena.completeGradients();
      return arena.gradients().toDoubles();
    }
  }
}
