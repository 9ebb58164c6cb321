package org.swinengine.inference.explain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.inference.LoadedModel;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.TokenModel;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Npy;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

/**
 * Last tokens, Grad-CAM and attention rollout against timm's models with hooks in PyTorch; {@code explain.py}
 * beside the table made it.
 */
@Tag("numerics")
class HeatMapsTest {
  /** The class that the table's Grad-CAM is about. */
  private static final int CLASS = 3;

  private static final double TOLERANCE = 1e-5;

  private static Path resource(String name) {
    try {
      return Path.of(HeatMapsTest.class.getResource(name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static LoadedModel open(String name, Backend backend) {
    Path folder = resource("/fixtures/" + name);
    return LoadedModel.open(
        folder.resolve("weights.safetensors"), ModelConfigFile.read(folder.resolve("model.yaml")), backend);
  }

  private static float[] firstImage(String name) {
    ArrayData images = Npy.read(resource("/fixtures/" + name).resolve("input.npy"));
    float[] all = images.toFloats();
    return Arrays.copyOf(all, all.length / (int) images.shape()[0]);
  }

  static Stream<Arguments> models() {
    return Stream.of(
        "timm_swin_padded", "timm_swin_cropped", "timm_swin_s3", "timm_swinv2", "timm_swinv2_padded",
        "timm_vit", "timm_vit_registers_avg", "timm_deit_distilled", "timm_deit3")
        .flatMap(name -> Stream.of("reference", "cpu").map(device -> Arguments.of(name, device)));
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("models")
  void theyEqualPyTorchs(String name, String device) {
    StateDict expected = Safetensors.read(resource("explain.safetensors"));
    try (Backend backend = Backends.open(device, 2)) {
      LoadedModel model = open(name, backend);
      float[] image = firstImage(name);
      for (HeatMapMethod method : HeatMapMethod.values()) {
        String what = method.name().toLowerCase(Locale.ROOT);
        HeatMap heat = HeatMaps.of(model.model(), backend, image, method, CLASS);
        ArrayData wanted = expected.get(name + "." + what);
        assertArrayEquals(new long[] {heat.rows(), heat.columns()}, wanted.shape());
        assertClose(wanted.toFloats(), heat.values(), what);
      }
      try (Scope scope = Scope.open()) {
        Shape shape = Shape.of(1, 3, model.model().spec().imageHeight(), model.model().spec().imageWidth());
        TokenModel tokens = (TokenModel) model.model();
        Variable last = tokens.lastTokens(Variable.of(backend, shape, image));
        assertEquals(tokens.tokenLayout().tokens(), last.dim(1));
        assertClose(expected.get(name + ".tokens").toFloats(), last.value().toFloats(), "tokens");
      }
    }
  }

  private static void assertClose(float[] expected, float[] actual, String what) {
    assertEquals(expected.length, actual.length, what);
    double largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < expected.length; i++) {
      double error = Math.abs(expected[i] - actual[i]) / largest;
      assertTrue(error < TOLERANCE, what + ": error " + error + " at " + i);
    }
  }

  /** Explaining leaves nothing behind: the answers afterwards have the bits that they had. */
  @Test
  void answersStayAsTheyAre() {
    try (Backend backend = Backends.open("cpu", 1)) {
      LoadedModel model = open("timm_swin_padded", backend);
      float[] image = firstImage("timm_swin_padded");
      float[] before = model.logits(image, 1);
      HeatMap heat = HeatMaps.of(model.model(), backend, image, HeatMapMethod.GRADCAM, 0);
      assertArrayEquals(
          heat.values(),
          HeatMaps.of(model.model(), backend, image, HeatMapMethod.GRADCAM, 0).values());
      assertArrayEquals(before, model.logits(image, 1));
    }
  }

  @Test
  void aModelWithoutThemIsASentence() {
    try (Backend backend = Backends.open("cpu", 1)) {
      LoadedModel unet = open("swin_unet", backend);
      String message =
          assertThrows(ModelConfigException.class, () -> HeatMaps.requireFor(unet.model())).getMessage();
      assertTrue(message.contains("no heat maps of") && message.contains("swin_unet"), message);
      LoadedModel vit = open("timm_vit", backend);
      HeatMaps.requireFor(vit.model());
      String range =
          assertThrows(
              IllegalArgumentException.class,
              () -> HeatMaps.of(
                  vit.model(), backend, firstImage("timm_vit"), HeatMapMethod.GRADCAM, 10))
              .getMessage();
      assertTrue(range.contains("class 10") && range.contains("0 to 9"), range);
    }
  }
}
