package org.swinengine.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.swinengine.models.swin.SwinConfig;
import org.swinengine.models.swinv2.SwinV2Config;

/** Configuration files that are based on others, and what {@code --opts} overrides. */
final class ConfigTreeTest {
  @TempDir
  private Path folder;

  private Path file(String name, String yaml) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, yaml);
  }

  /**
   * As the original's default.yaml and its heirs; a later file of the list wins over an earlier, the heir
   * over both.
   */
  @Test
  void aFileIsBasedOnOthersBesideIt() throws IOException {
    file(
        "common/default.yaml",
        """
        BASE: ['']
        DATA:
          IMG_SIZE: 224
        MODEL:
          TYPE: swin
          NAME: base
          DROP_PATH_RATE: 0.1
          SWIN:
            EMBED_DIM: 96
            DEPTHS: [ 2, 2, 6, 2 ]
            NUM_HEADS: [ 3, 6, 12, 24 ]
            WINDOW_SIZE: 7
        TRAIN:
          EPOCHS: 300
          OPTIMIZER: {NAME: adamw, BETAS: [0.9, 0.999]}
        """);
    file(
        "common/deep.yaml",
        "BASE: ['default.yaml']\nMODEL: {SWIN: {DEPTHS: [2, 2, 18, 2]}, DROP_PATH_RATE: 0.3}\n");
    file("wide.yaml", "MODEL: {DROP_PATH_RATE: 0.5, SWIN: {EMBED_DIM: 128, NUM_HEADS: [4, 8, 16, 32]}}\n");
    Path heir =
        file(
            "mine.yaml",
            "BASE: ['common/deep.yaml', wide.yaml]\nMODEL: {NAME: mine, NUM_CLASSES: 7}\nSAVE_FREQ: 5\n");
    ModelSpec spec = ModelConfigFile.read(heir);
    SwinConfig swin = (SwinConfig) spec.architecture();
    assertEquals("mine", spec.name());
    assertEquals(7, spec.classes());
    assertEquals(List.of(2, 2, 18, 2), swin.depths());
    assertEquals(128, swin.embedDim());
    assertEquals(7, swin.windowHeight());
    assertEquals(0.5, spec.dropPathRate());
  }

  @Test
  void aFileMayBeTheBaseOfTwo() throws IOException {
    file("root.yaml", "DATA: {IMG_SIZE: 64}\n");
    file("left.yaml", "BASE: root.yaml\nMODEL: {NUM_CLASSES: 3}\n");
    file("right.yaml", "BASE: root.yaml\nMODEL: {NAME: both}\n");
    ModelSpec spec = ModelConfigFile.read(file("both.yaml", "BASE: [left.yaml, right.yaml]\n"));
    assertEquals("both", spec.name());
    assertEquals(3, spec.classes());
    assertEquals(64, spec.imageHeight());
  }

  @Test
  void cyclesAreRefused() throws IOException {
    file("a.yaml", "BASE: [b.yaml]\n");
    file("b.yaml", "BASE: [sub/../c.yaml]\n");
    Path last = file("c.yaml", "BASE: [./a.yaml]\n");
    refused(last, "is its own BASE: c.yaml → a.yaml → b.yaml → c.yaml");
    refused(file("self.yaml", "BASE: self.yaml\n"), "is its own BASE: self.yaml → self.yaml");
  }

  @Test
  void tooLongChainsAndTooManyFilesAreRefused() throws IOException {
    for (int i = 0; i < 20; i++) {
      file("chain" + i + ".yaml", "BASE: [chain" + (i + 1) + ".yaml]\n");
    }
    refused(folder.resolve("chain0.yaml"), "more than 16 files are each other's BASE");
    for (int i = 0; i < 12; i++) {
      String next = "twice" + (i + 1) + ".yaml";
      file("twice" + i + ".yaml", "BASE: [" + next + ", " + next + "]\n");
    }
    file("twice12.yaml", "DATA: {IMG_SIZE: 64}\n");
    refused(folder.resolve("twice0.yaml"), "bring together more than 100 files");
  }

  @Test
  void whatIsWrongWithABaseIsSaid() throws IOException {
    refused(file("missing.yaml", "BASE: [nowhere.yaml]\n"), "nowhere.yaml, the BASE of ");
    refused(file("number.yaml", "BASE: [3]\n"), "BASE must be a list of files, not [3]");
    file("broken.yaml", "a: b: c\n");
    refused(file("heir.yaml", "BASE: [broken.yaml]\n"), "broken.yaml is not valid YAML");
    // Nothing of a file that is no configuration is quoted.
    for (String secret : List.of("root:$6$secret:19000:0\n\tx: [", "password: secret\n",
        "a: &secret 1\nb: *secrets\n",
        "- secret\n", "a: !secret 1\n", "secret: 1\nsecret: 2\n", "DATA: 1\nsecret: 2\n", "\"secret\n",
        "secret")) {
      file("shadow", secret);
      ModelConfigException e =
          assertThrows(
              ModelConfigException.class, () -> ModelConfigFile.read(file("thief.yaml", "BASE: shadow\n")));
      assertTrue(e.getMessage().contains("shadow") && !e.getMessage().contains("secret"), e.getMessage());
    }
  }

  /** A file that is named itself may be the wrong one as well. */
  @Test
  void keysAreShownOfConfigurationsAlone() throws IOException {
    ModelConfigException e = assertThrows(ModelConfigException.class,
        () -> ModelConfigFile.read(file("shadow", "root:*:20228:0:\ndaemon:*:1:\n")));
    assertTrue(e.getMessage().contains("shadow is no model configuration"), e.getMessage());
    assertTrue(!e.getMessage().contains("20228") && !e.getMessage().contains("root"), e.getMessage());
    refused(file("misspelled.yaml", "DATA: {}\nMODLE: {}\n"), "MODLE");
  }

  @Test
  void optionsOverrideAFile() throws IOException {
    Path file =
        file(
            "v2.yaml",
            "DATA: {DATASET: imagenet22K}\nMODEL: {TYPE: swinv2, SWINV2: {WINDOW_SIZE: 8}}\n");
    ModelSpec spec =
        ModelConfigFile.read(
            file,
            List.of(
                "MODEL.SWINV2.WINDOW_SIZE", "16", "DATA.IMG_SIZE", "(256, 512)",
                "MODEL.DROP_PATH_RATE", "5e-1",
                "MODEL.SWINV2.PRETRAINED_WINDOW_SIZES", "[8,8,8,4]", "MODEL.SWINV2.APE", "True"));
    SwinV2Config swin = (SwinV2Config) spec.architecture();
    assertEquals(16, swin.layout().windowWidth());
    assertEquals(List.of(8, 8, 8, 4), swin.pretrainedWindows());
    assertTrue(swin.layout().absolutePositions());
    assertEquals(512, spec.imageWidth());
    assertEquals(0.5, spec.dropPathRate());
    assertEquals(21_841, spec.classes(), "the data set says it where NUM_CLASSES does not");
  }

  @Test
  void optionsOverrideANamedModel() {
    ModelSpec tiny = Models.spec("swin_tiny_patch4_window7_224");
    ModelSpec spec =
        ModelConfigFile.withOptions(tiny, List.of("MODEL.SWIN.WINDOW_SIZE", "8", "DATA.IMG_SIZE", "256"));
    assertEquals(8, ((SwinConfig) spec.architecture()).windowHeight());
    assertEquals(256, spec.imageWidth());
    assertEquals(0.2, spec.dropPathRate());
    assertEquals(tiny, ModelConfigFile.withOptions(tiny, List.of()));
    assertEquals(tiny, ModelConfigFile.withOptions(tiny, List.of("MODEL.SWIN.QK_SCALE", "None")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "MODEL.SWIN.WINDOW_SIZ 8 | there is no such key; did you mean MODEL.SWIN.WINDOW_SIZE?",
        "WINDOW_SIZE 8 | `options` WINDOW_SIZE: there is no such key",
        "MODEL 8 | `options` MODEL: there is no such key",
        "MODEL.SWIN.WINDOW_SIZE | there is no value after MODEL.SWIN.WINDOW_SIZE",
        "MODEL.SWIN.WINDOW_SIZE many | MODEL.SWIN.WINDOW_SIZE must be a whole number, not many",
        "MODEL.SWIN.WINDOW_SIZE [8 | `options` MODEL.SWIN.WINDOW_SIZE [8 is not valid YAML",
        "MODEL.SWINV2.WINDOW_SIZE 8 | has no effect on a model of type swin, whose section is MODEL.SWIN",
        "TRAIN.BASE_LR 1e-3 | the rest has settings of its own",
        "DATA.BATCH_SIZE 3 | the rest has settings of its own",
        "SEED 3 | the rest has settings of its own",
        "DATA.IMG_SIZE 0 | image size 0×0 must be positive"
      })
  void optionsThatMeanNothingAreRefused(String options, String expected) {
    ModelSpec tiny = Models.spec("swin_tiny_patch4_window7_224");
    ModelConfigException error =
        assertThrows(
            ModelConfigException.class,
            () -> ModelConfigFile.withOptions(tiny, List.of(options.split(" "))));
    assertTrue(error.getMessage().contains(expected), error.getMessage());
  }

  /** What the original's config.py knows is passed over, in a file. */
  @Test
  void theOriginalsOtherKeysArePassedOver() throws IOException {
    ModelSpec spec =
        ModelConfigFile.read(
            file(
                "all.yaml",
                """
                DATA: {BATCH_SIZE: 128, DATA_PATH: '', DATASET: imagenet, INTERPOLATION: bicubic,
                  ZIP_MODE: False, CACHE_MODE: part, PIN_MEMORY: True, NUM_WORKERS: 8, IMG_SIZE: 224}
                MODEL: {TYPE: swin, PRETRAINED: '', RESUME: '', LABEL_SMOOTHING: 0.1, NUM_CLASSES: 1000,
                  SWIN: {QK_SCALE: None}, SWIN_MOE: {TOP_VALUE: 1}, SWIN_MLP: {PATCH_SIZE: 4}}
                TRAIN: {LR_SCHEDULER: {NAME: cosine}}
                AUG: {MIXUP: 0.8}
                TEST: {CROP: False}
                AMP_ENABLE: True
                OUTPUT: ''
                TAG: default
                FUSED_WINDOW_PROCESS: False
                """));
    assertEquals(Models.spec("swin_tiny_patch4_window7_224").architecture(), spec.architecture());
  }

  /** What a configuration says of a model can be set. */
  @Test
  void everyKeyThatIsWrittenMayBeOverridden() {
    for (String name : Models.names()) {
      String section = "";
      String own = "";
      for (String line : ModelConfigFile.write(Models.spec(name)).lines().toList()) {
        String key = line.strip().substring(0, line.strip().indexOf(':'));
        if (!line.startsWith(" ")) {
          section = key;
        } else if (line.endsWith(":")) {
          own = "MODEL." + key;
        } else {
          KnownKeys.requireModelKey((line.startsWith("    ") ? own : section) + "." + key);
        }
      }
    }
  }

  /** A checkpoint of a stranger's may hold a configuration too. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "MODEL: &m {SWIN: *m} | has sections within more than 10 others",
        "'a: &a [*a]' | has unknown keys [a]",
        "'MODEL: {SWIN: {DEPTHS: &d [*d]}}' | MODEL.SWIN.DEPTHS must be a",
        "'MODEL: {NAME: &n {x: *n}}' | within more than 10",
        "'? [1, 2]\n: 3' | is not valid YAML"
      })
  void documentsThatContainThemselvesAreRefused(String yaml, String expected) {
    ModelConfigException error =
        assertThrows(ModelConfigException.class, () -> ModelConfigFile.parse(yaml, "x.yaml"));
    assertTrue(error.getMessage().contains(expected), error.getMessage());
  }

  @Test
  void deepAndLargeDocumentsAreRefused() throws IOException {
    String deep = "MODEL: " + "[".repeat(100_000);
    assertThrows(ModelConfigException.class, () -> ModelConfigFile.parse(deep, "x.yaml"));
    String flow = "MODEL: " + "{a: ".repeat(3000) + "1" + "}".repeat(3000);
    assertThrows(ModelConfigException.class, () -> ModelConfigFile.parse(flow, "x.yaml"));
    refused(file("large.yaml", "#".repeat(1_100_000)), "is too large for a configuration");
    refused(Files.createDirectory(folder.resolve("folder")), "cannot read the model configuration");
  }

  private static void refused(Path file, String expected) {
    ModelConfigException error = assertThrows(ModelConfigException.class, () -> ModelConfigFile.read(file));
    assertTrue(error.getMessage().contains(expected), error.getMessage());
  }
}
