package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.SumOp;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.StateDict;

/**
 * What comes out of the stages of backbones, against timm's {@code forward_intermediates} and
 * {@code forward_head}.
 */
@Tag("numerics")
class StageMapsTest {
  private static final double TOLERANCE = 1e-5;

  static Stream<Arguments> timm() {
    return Stream.of(
        "timm_swin_padded", "timm_swinv2", "timm_vit", "timm_vit_registers_avg", "timm_deit_distilled")
        .flatMap(name -> Stream.of("reference", "cpu").map(device -> Arguments.of(name, device)));
  }

  private static Model placed(Fixture fixture, Backend backend) {
    Model model = Models.create(fixture.spec);
    new ParameterArena(backend, model.parameters(), 1);
    ModelWeights.load(model, fixture.weights, LoadOptions.STRICT, "fixture");
    return model;
  }

  private static Variable input(Fixture fixture, Backend backend) {
    ArrayData image = fixture.input();
    return Variable.of(backend, Shape.of(image.shape()), image.toFloats());
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("timm")
  void mapsAndEmbeddingsEqualTimms(String name, String device) {
    Fixture fixture = new Fixture(name);
    StateDict expected = fixture.features();
    try (Backend backend = Backends.open(device, 2);
        Scope scope = Scope.open()) {
      Model model = placed(fixture, backend);
      Variable images = input(fixture, backend);
      List<Variable> maps = model.stageMaps(images, ForwardMode.EVALUATION);
      assertEquals(expected.size() - 1, maps.size());
      for (int i = 0; i < maps.size(); i++) {
        FeatureStage stage = model.stages().get(i);
        Variable map = maps.get(i);
        assertEquals(stage.channels(), map.dim(3));
        assertEquals((fixture.spec.imageHeight() + stage.reduction() - 1) / stage.reduction(), map.dim(1));
        assertClose(expected.get("map" + i), map, stage.name());
      }
      assertClose(expected.get("embedding"), model.embedding(images, ForwardMode.EVALUATION), "embedding");
    }
  }

  /** The fixture holds the first images. */
  private static void assertClose(ArrayData expected, Variable actual, String what) {
    long[] shape = actual.shape().longDims();
    shape[0] = expected.shape()[0];
    assertArrayEquals(expected.shape(), shape, what);
    double[] values = expected.toDoubles();
    double[] found = actual.value().toDoubles();
    double largest = Arrays.stream(values).map(Math::abs).max().orElseThrow();
    for (int i = 0; i < values.length; i++) {
      double error = Math.abs(values[i] - found[i]) / largest;
      assertTrue(error < TOLERANCE, what + ": error " + error + " at " + i);
    }
  }

  /** What is asked for alone has the bits that it has among all, and so have the logits afterwards. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("backbones")
  void chosenStagesHaveTheSameBits(String name) {
    Fixture fixture = new Fixture(name);
    try (Backend backend = Backends.open("cpu", 1);
        Scope scope = Scope.open()) {
      Model model = placed(fixture, backend);
      Variable images = input(fixture, backend);
      float[] logits = model.forward(images, ForwardMode.EVALUATION).value().toFloats();
      List<Variable> all = model.stageMaps(images, ForwardMode.EVALUATION);
      int last = all.size() - 1;
      for (int i = 0; i <= last; i++) {
        List<Variable> one = model.stageMaps(images, ForwardMode.EVALUATION, i);
        assertEquals(1, one.size());
        assertArrayEquals(all.get(i).value().toFloats(), one.get(0).value().toFloats());
      }
      List<Variable> both = model.stageMaps(images, ForwardMode.EVALUATION, last, 0);
      assertArrayEquals(all.get(0).value().toFloats(), both.get(0).value().toFloats());
      assertArrayEquals(all.get(last).value().toFloats(), both.get(1).value().toFloats());
      assertArrayEquals(logits, model.forward(images, ForwardMode.EVALUATION).value().toFloats());
      assertEquals(images.dim(0), model.embedding(images, ForwardMode.EVALUATION).dim(0));
    }
  }

  static Stream<String> backbones() {
    return Stream.of("timm_swin_padded", "timm_swinv2", "timm_vit", "swin_unet");
  }

  /** A head of one's own on the stages trains the backbone below it, and nothing above. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("backbones")
  void gradientsFlowThroughTheMaps(String name) {
    Fixture fixture = new Fixture(name);
    try (Backend backend = Backends.open("cpu", 1);
        Scope scope = Scope.open();
        Tape tape = Tape.open()) {
      Model model = placed(fixture, backend);
      List<Variable> maps = model.stageMaps(input(fixture, backend), ForwardMode.EVALUATION, 0);
      tape.backward(SumOp.apply(maps.get(0)));
      String first = model.stages().get(0).name() + ".";
      model.parameters().stream()
          .filter(parameter -> parameter.path().startsWith(first + "mlp")
              || parameter.path().startsWith(first + "blocks"))
          .forEach(parameter -> assertTrue(parameter.hasGradient(), parameter.path()));
      model.parameters().stream()
          .filter(parameter -> parameter.path().matches("(head|norm|layers\\.1|blocks\\.1|output)\\..*"))
          .forEach(parameter -> assertTrue(!parameter.hasGradient(), parameter.path()));
    }
  }

  @Test
  void aStageThatIsNotThereIsAnError() {
    Fixture fixture = new Fixture("timm_vit");
    try (Backend backend = Backends.open("cpu", 1)) {
      Model model = placed(fixture, backend);
      String message =
          assertThrows(
              IllegalArgumentException.class,
              () -> model.stageMaps(input(fixture, backend), ForwardMode.EVALUATION, 3))
              .getMessage();
      assertTrue(message.contains("stage 3") && message.contains("stages 0 to 2"), message);
    }
  }
}
