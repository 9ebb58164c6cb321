package org.swinengine.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Npy;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

/**
 * Features against timm's {@code forward_features}, {@code forward_head} and {@code forward_intermediates}.
 */
@Tag("numerics")
class FeatureLayerTest {
  private static final double TOLERANCE = 1e-5;

  private static Path resource(String name) {
    try {
      return Path.of(FeatureLayerTest.class.getResource(name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static LoadedModel open(String name, Backend backend) {
    Path folder = resource("/fixtures/" + name);
    return LoadedModel.open(
        folder.resolve("weights.safetensors"), ModelConfigFile.read(folder.resolve("model.yaml")), backend);
  }

  private static PictureBatch images(String name) {
    ArrayData input = Npy.read(resource("/fixtures/" + name).resolve("input.npy"));
    int n = (int) input.shape()[0];
    return new PictureBatch(
        Collections.nCopies(n, Picture.of("x", new byte[0])), input.toFloats());
  }

  @ParameterizedTest
  @CsvSource({"timm_swin_padded, 0", "timm_swinv2, 0", "timm_vit, 1", "timm_vit_registers_avg, 4",
    "timm_deit_distilled, 2"})
  void theyEqualTimms(String name, int prefix) {
    StateDict features = Safetensors.read(resource("/fixtures/" + name).resolve("features.safetensors"));
    ArrayData tokens =
        Safetensors.read(resource("explain/explain.safetensors")).get(name + ".tokens");
    int channels = (int) tokens.shape()[1];
    double[] all = tokens.toDoubles();
    int places = (int) tokens.shape()[0] - prefix;
    double[] mean = new double[channels];
    for (int i = 0; i < places * channels; i++) {
      mean[i % channels] += all[prefix * channels + i] / places;
    }
    try (Backend backend = Backends.open("cpu", 2)) {
      LoadedModel model = open(name, backend);
      PictureBatch batch = images(name);
      ArrayData head = model.features(batch, FeatureLayer.of("head", model.model()));
      assertArrayEquals(features.get("embedding").shape(), head.shape());
      assertClose(features.get("embedding").toDoubles(), head.toFloats());
      assertClose(mean, model.features(batch, FeatureLayer.of("mean", model.model())).toFloats());
      if (prefix > 0) {
        ArrayData token = model.features(batch, FeatureLayer.of("class", model.model()));
        assertArrayEquals(new long[] {batch.size(), channels}, token.shape());
        assertClose(Arrays.copyOf(all, channels), token.toFloats());
      }
      ArrayData map = model.features(batch, FeatureLayer.of("stage2", model.model()));
      assertEquals(4, map.shape().length);
      assertClose(features.get("map1").toDoubles(), map.toFloats());
      String second = model.model().stages().get(1).name();
      assertEquals(new FeatureLayer(FeatureLayer.Kind.STAGE, 1), FeatureLayer.of(second, model.model()));
    }
  }

  /** The fixture may hold the first images alone. */
  private static void assertClose(double[] expected, float[] found) {
    double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    for (int i = 0; i < expected.length; i++) {
      double error = Math.abs(expected[i] - found[i]) / largest;
      assertTrue(error < TOLERANCE, "error " + error + " at " + i);
    }
  }

  @Test
  void aLayerThatIsNotThereIsASentence() {
    try (Backend backend = Backends.open("cpu", 1)) {
      LoadedModel swin = open("timm_swin_padded", backend);
      for (String name : List.of("stage3", "stage0", "blocks.0", "neck")) {
        String message =
            assertThrows(IllegalArgumentException.class, () -> FeatureLayer.of(name, swin.model()))
                .getMessage();
        assertTrue(
            message.contains("`layer` is " + name) && message.contains("layers.0, layers.1"), message);
      }
      String token =
          assertThrows(IllegalArgumentException.class, () -> FeatureLayer.of("class", swin.model()))
              .getMessage();
      assertTrue(token.contains("no class token"), token);
      LoadedModel unet = open("swin_unet", backend);
      assertEquals(FeatureLayer.HEAD, FeatureLayer.of("head", unet.model()));
      String mean =
          assertThrows(IllegalArgumentException.class, () -> FeatureLayer.of("mean", unet.model()))
              .getMessage();
      assertTrue(mean.contains("no tokens after a final norm"), mean);
    }
  }
}
