package org.swinengine.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.models.ImageShape;
import org.swinengine.models.RecognitionHints;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Npy;

/**
 * Weights for colour in models for other numbers of channels give timm's logits: {@code vits/channels.py}
 * makes them.
 */
class ChannelsOfWeightsTest {
  @TempDir
  private static Path folder;

  @BeforeAll
  static void unpack() throws IOException {
    try (InputStream file = ChannelsOfWeightsTest.class.getResourceAsStream("/vits/channels.zip");
        ZipInputStream zip = new ZipInputStream(file)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Files.write(folder.resolve(entry.getName()), zip.readAllBytes());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "vit, 3", "vit, 1", "vit, 4", "vit, 5", "vit, 7", "swin, 3", "swin, 1", "swin, 4", "swin, 5", "swin, 7",
    "swinv2, 3", "swinv2, 1", "swinv2, 4", "swinv2, 5", "swinv2, 7"
  })
  void logitsEqualTimms(String family, int channels) {
    RecognitionHints hints =
        family.equals("vit") ? RecognitionHints.NONE.withHeads(2)
            : family.equals("swinv2") ? RecognitionHints.NONE.withWindow(4).withImage(16, 16)
                : RecognitionHints.NONE;
    OpenOptions options =
        OpenOptions.DEFAULT.withHints(hints).withImages(new ImageShape(16, 16, channels));
    ArrayData expected = Npy.read(folder.resolve(family + "." + channels + ".y.npy"));
    ArrayData input = Npy.read(folder.resolve(family + "." + channels + ".x.npy"));
    try (Backend backend = Backends.open("cpu", 2)) {
      LoadedModel model = LoadedModel.open(folder.resolve(family + ".pth"), options, backend);
      assertEquals(channels, model.model().spec().channels());
      assertEquals(channels == 3 ? 0 : 1, model.report().resized().size(), model.report()::toString);
      assertTrue(
          channels == 3 || model.report().resized().get(0).startsWith("patch_embed.proj.weight"),
          model.report()::toString);
      float largest = 0;
      for (float value : expected.toFloats()) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertArrayEquals(expected.toFloats(), model.logits(input.toFloats(), 2), 1e-5f * largest);
    }
  }
}
