package org.swinengine.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.models.RecognitionHints;
import org.swinengine.pretrained.DownloadListener;
import org.swinengine.pretrained.PretrainedException;
import org.swinengine.pretrained.PretrainedOptions;

/** Weights by any name, without the command line. */
class WeightSourceTest {
  private static final Path WEIGHTS =
      Path.of("src/test/resources/fixtures/ms_swin/weights.safetensors").toAbsolutePath();

  @TempDir
  private Path folder;

  @Test
  void aFileAFolderAndAPathAreTheSameWeights() throws IOException {
    Files.copy(WEIGHTS, folder.resolve("model.safetensors"));
    ModelSpec spec = WeightSource.of(WEIGHTS).spec();
    assertEquals(spec, WeightSource.of(WEIGHTS.toString()).spec());
    assertEquals(spec, WeightSource.of(folder.toString()).spec());
    assertEquals(WeightSource.of(folder), WeightSource.of(folder.toString()));
    assertEquals(10, spec.classes());
  }

  /** The table of published checkpoints says which model it is and how its publisher prepares pictures. */
  @Test
  void aPublishedNameBringsWhatIsKnownOfIt() throws IOException {
    Path place = folder.resolve("hf/timm/swin_s3_tiny_224.ms_in1k/main/model.safetensors");
    Files.createDirectories(place.getParent());
    Files.copy(WEIGHTS, place);
    PretrainedOptions offline = new PretrainedOptions(folder, true, DownloadListener.NONE);
    WeightSource source = WeightSource.of("swin_s3_tiny_224", offline);
    assertEquals(place, source.file());
    ModelSpec spec = source.spec();
    assertEquals(Models.spec("swin_s3_tiny_224").name(), spec.name());
    assertEquals(1000, spec.classes());
    assertEquals(source.published().get().cropRatio(), source.preprocessing(spec).cropRatio());
    assertThrows(PretrainedException.class, () -> WeightSource.of("swin_t", offline));
  }

  @Test
  void whatTheCallerSaysComesFirstAndHintsHaveToAgree() {
    ModelSpec wider = WeightSource.of(WEIGHTS).spec().withClasses(7);
    WeightSource told = WeightSource.of(WEIGHTS).with(OpenOptions.DEFAULT.withSpec(wider));
    assertEquals(wider, told.spec());
    OpenOptions heads = OpenOptions.DEFAULT.withHints(RecognitionHints.NONE.withHeads(3));
    String sentence =
        assertThrows(ModelConfigException.class, () -> WeightSource.of(WEIGHTS).with(heads).spec())
            .getMessage();
    assertTrue(sentence.startsWith("`heads` is 3, but the model of " + WEIGHTS + " has ["), sentence);
  }
}
