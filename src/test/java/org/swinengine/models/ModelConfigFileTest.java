package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.models.swin.SwinConfig;

final class ModelConfigFileTest {
  static List<String> names() {
    return Models.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyNamedModelIsWrittenAndReadBackEqual(String name) {
    ModelSpec spec = Models.spec(name);
    assertEquals(name, spec.name());
    assertEquals(spec, ModelConfigFile.parse(ModelConfigFile.write(spec), "written"));
  }

  @Test
  void theOriginalRepositorysFormIsUnderstood() {
    String yaml =
        """
        DATA:
          IMG_SIZE: 384
        MODEL:
          TYPE: swin
          NAME: mine
          NUM_CLASSES: 5
          DROP_PATH_RATE: 0.2
          SWIN:
            EMBED_DIM: 128
            DEPTHS: [ 2, 2, 18, 2 ]
            NUM_HEADS: [ 4, 8, 16, 32 ]
            WINDOW_SIZE: 12
        TRAIN:
          BASE_LR: 1e-5
        """;
    ModelSpec spec = ModelConfigFile.parse(yaml, "x.yaml");
    SwinConfig swin = (SwinConfig) spec.architecture();
    assertEquals(384, spec.imageHeight());
    assertEquals(5, spec.classes());
    assertEquals(128, swin.embedDim());
    assertEquals(List.of(2, 2, 18, 2), swin.depths());
    assertEquals(12, swin.windowWidth());
    assertTrue(swin.qkvBias() && swin.patchNorm() && !swin.absolutePositions());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "MODEL: {TYPE: resnet} | MODEL.TYPE is resnet",
        "MODEL: {SWIN: {DEPTH: 3}} | MODEL.SWIN has unknown keys [DEPTH]; did you mean DEPTHS?",
        "MODEL: {NUM_CLASS: 3} | MODEL has unknown keys [NUM_CLASS]; did you mean NUM_CLASSES?",
        "DATA: {IMAGE_SIZE: 3} | DATA has unknown keys [IMAGE_SIZE]; did you mean IMG_SIZE?",
        "TRIAN: {EPOCHS: 3} | x.yaml has unknown keys [TRIAN]; did you mean TRAIN?",
        "MODEL: {SWIN: {WINDOW_SIZE: 7, WINDOW_SIZES: [7, 7, 14, 7]}} | has both WINDOW_SIZE",
        "MODEL: {SWIN: {WINDOW_SIZES: [7, 7]}} | 4 stages have depths but 2 have windows",
        "BASE: [other.yaml] | has a BASE, which is a path beside a file",
        "MODEL: {SWIN: {EMBED_DIM: many}} | MODEL.SWIN.EMBED_DIM must be a whole number, not many",
        "MODEL: {SWIN: {EMBED_DIM: 97}} | stage 0: 97 channels cannot be divided among 3 heads",
        "MODEL: {SWIN: {DEPTHS: [2, 2]}} | 2 stages have depths but 4 have heads",
        "MODEL: {SWIN: {WINDOW_POLICY: none}} | must be one of [microsoft, timm, torchvision, hugging_face]",
        "MODEL: {TYPE: swinv2, SWINV2: {QK_SCALE: 0.1}} | MODEL.SWINV2 has unknown keys [QK_SCALE]",
        "MODEL: {TYPE: swinv2, SWINV2: {PRETRAINED_WINDOW_SIZES: [8]}} | 4 stages have depths but 1 have",
        "MODEL: {TYPE: swinv2, SWINV2: {PRETRAINED_WINDOW_SIZES: [1, 0, 0, 0]}} | must be 0 (none) or at",
        "MODEL: {NUM_CLASSES: 0} | 0 classes",
        "MODEL: 3 | MODEL must be a section",
        "[1, 2] | holds no sections",
        "'a: b: c' | not valid YAML",
      })
  void whatIsWrongIsSaid(String yaml, String expected) {
    ModelConfigException error =
        assertThrows(ModelConfigException.class, () -> ModelConfigFile.parse(yaml, "x.yaml"));
    assertTrue(error.getMessage().contains(expected), error.getMessage());
  }

  @Test
  void aMissingFileIsNamed() {
    ModelConfigException error =
        assertThrows(ModelConfigException.class, () -> ModelConfigFile.read(Path.of("no", "such.yaml")));
    assertTrue(error.getMessage().contains("such.yaml"), error.getMessage());
  }

  @Test
  void anUnknownNameGetsTheNearest() {
    ModelConfigException error =
        assertThrows(ModelConfigException.class, () -> Models.spec("swin_tiny_patch4_window7"));
    assertTrue(error.getMessage().contains("did you mean swin_tiny_patch4_window7_224"), error.getMessage());
  }

  @Test
  void anImageThatCannotBeCutIntoWindowsIsRefused() {
    ModelSpec spec = Models.spec("swin_tiny_patch4_window7_224").withImage(200, 200, 3);
    RuntimeException error = assertThrows(RuntimeException.class, () -> Models.create(spec));
    assertTrue(error.getMessage().contains("50×50 tokens cannot be cut into windows of 7×7"),
        error.getMessage());
  }
}
