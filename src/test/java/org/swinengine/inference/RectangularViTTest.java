package org.swinengine.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.models.ImageShape;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.ModelWeights;
import org.swinengine.models.Models;
import org.swinengine.models.RecognitionHints;
import org.swinengine.weights.Safetensors;

/** A ViT of a rectangle: its arrays tell how many patches there are, a user how they lie. */
class RectangularViTTest {
  @TempDir
  private Path folder;

  private static OpenOptions sized(int height, int width) {
    return OpenOptions.DEFAULT
        .withHints(RecognitionHints.NONE.withHeads(1))
        .withImages(ImageShape.of(height, width));
  }

  @Test
  void theImageSizeThatIsAskedForTellsTheGrid() {
    ModelSpec spec =
        ModelConfigFile.parse(
            "DATA: {IMG_SIZE: [16, 24]}\nMODEL: {TYPE: vit, NUM_CLASSES: 3, VIT: {PATCH_SIZE: 8, EMBED_DIM:"
                + " 4, DEPTH: 1, NUM_HEADS: 1}}",
            "test");
    Path file = folder.resolve("vit.safetensors");
    try (Backend backend = Backends.open("cpu", 1)) {
      Model model = Models.create(spec);
      new ParameterArena(backend, model.parameters(), 1);
      Safetensors.write(file, ModelWeights.save(model));
      WeightSource source = WeightSource.of(file);
      String unsaid =
          assertThrows(ModelConfigException.class, source.with(OpenOptions.DEFAULT)::spec).getMessage();
      assertTrue(unsaid.contains("say `imageSize` HEIGHTxWIDTH"), unsaid);
      LoadedModel loaded = LoadedModel.open(source.with(sized(16, 24)), backend);
      assertEquals(16, loaded.model().spec().imageHeight());
      assertEquals(24, loaded.model().spec().imageWidth());
      assertTrue(loaded.report().isPlain(), loaded.report()::toString);
      String wrong = assertThrows(ModelConfigException.class, source.with(sized(16, 16))::spec).getMessage();
      assertTrue(wrong.contains("rows for 6 patches, which images of 16×16 do not have"), wrong);
    }
  }
}
