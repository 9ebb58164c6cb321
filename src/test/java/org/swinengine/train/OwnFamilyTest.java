package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.Dataset;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.WeightSource;
import org.swinengine.models.ClassificationModel;
import org.swinengine.models.ConfigSection;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelFamilies;
import org.swinengine.models.ModelFamily;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.models.ParameterNames;
import org.swinengine.models.ParameterPlace;
import org.swinengine.nn.ForwardMode;
import org.swinengine.nn.Linear;
import org.swinengine.ops.ReshapeOp;
import org.swinengine.ops.TanhOp;
import org.swinengine.tensor.Shape;
import org.swinengine.train.settings.Augmentation;
import org.swinengine.train.tuning.FineTuning;
import org.swinengine.train.tuning.Freeze;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;
import org.swinengine.weights.WeightFiles;

/** A net of a program's own: configuration, training, checkpoint, prediction. */
final class OwnFamilyTest {
  static {
    ModelFamilies.register(new TwoLayers());
  }

  @TempDir
  private Path output;

  private record TwoLayersConfig(int width) implements ModelSpec.Architecture {
    TwoLayersConfig {
      ModelSpec.require(width > 0, "the width is %d, but must be positive", width);
    }

    @Override
    public String type() {
      return "two_layers";
    }
  }

  private static final class TwoLayers extends ModelFamily {
    @Override
    public String type() {
      return "two_layers";
    }

    @Override
    public List<String> keys() {
      return List.of("WIDTH");
    }

    @Override
    public ModelSpec.Architecture read(ConfigSection own) {
      return new TwoLayersConfig(own.integer("WIDTH", 16));
    }

    @Override
    public Map<String, Object> write(ModelSpec.Architecture architecture) {
      return Map.of("WIDTH", ((TwoLayersConfig) architecture).width());
    }

    @Override
    public Model create(ModelSpec spec) {
      return new TwoLayersNet(spec);
    }

    @Override
    public ParameterPlace place(String path) {
      return path.startsWith("classifier.") ? ParameterPlace.HEAD : ParameterPlace.OTHER;
    }
  }

  /** Half of its names are also those of a transformers' Swin, for which it must not be taken. */
  private static final class TwoLayersNet extends ClassificationModel {
    private final int pixels;
    private final Linear stem;
    private final Linear classifier;

    TwoLayersNet(ModelSpec spec) {
      super(spec);
      int width = ((TwoLayersConfig) spec.architecture()).width();
      pixels = spec.channels() * spec.imageHeight() * spec.imageWidth();
      stem = add("stem", new Linear(pixels, width, true));
      classifier = add("classifier", new Linear(width, spec.classes(), true));
    }

    @Override
    protected List<Variable> headInputs(Variable images, ForwardMode mode) {
      Variable flat = ReshapeOp.apply(images, Shape.of(images.dim(0), pixels));
      return List.of(TanhOp.apply(stem.forward(flat)));
    }

    @Override
    public Variable classify(List<Variable> features) {
      return classifier.forward(features.get(0));
    }
  }

  private static ModelSpec spec() {
    return new ModelSpec("mine", 8, 8, 1, 3, 0, 0, new TwoLayersConfig(24));
  }

  private TrainConfig.Builder config(String tag) {
    return Tiny.config(output).toBuilder()
        .model(spec())
        .augmentation(Augmentation.NONE)
        .epochs(6)
        .tag(tag);
  }

  private static TrainResult run(TrainConfig config, Backend backend) throws IOException {
    return new Trainer(config, Tiny.data(), backend, TrainListener.SILENT).run();
  }

  @Test
  void aConfigurationIsWrittenReadAndOverridden() {
    assertEquals(spec(), ModelConfigFile.parse(ModelConfigFile.write(spec()), "written"));
    ModelSpec wide = ModelConfigFile.withOptions(spec(), List.of("MODEL.TWO_LAYERS.WIDTH", "32"));
    assertEquals(new TwoLayersConfig(32), wide.architecture());
    for (List<String> wrong : List.of(List.of("MODEL.TWO_LAYERS.WITDH", "32"),
        List.of("MODEL.TWO_LAYERS.WIDTH", "0"))) {
      assertThrows(ModelConfigException.class, () -> ModelConfigFile.withOptions(spec(), wrong));
    }
    assertEquals(2 * 64 + 2 + 2 * 3 + 3, elements(new TwoLayersConfig(2)));
  }

  private static long elements(TwoLayersConfig config) {
    return Models.create(spec().withArchitecture(config)).parameters().stream()
        .mapToLong(parameter -> parameter.shape().elements())
        .sum();
  }

  @Test
  void aCheckpointOpensAndPredicts() throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      Path best = run(config("whole").build(), backend).folder().resolve("best.safetensors");
      WeightSource source = WeightSource.of(best);
      assertEquals(spec(), source.spec());
      assertEquals(Dialect.ENGINE, source.names().dialect());
      LoadedModel loaded = LoadedModel.open(best, backend);
      assertTrue(loaded.report().isPlain(), loaded.report()::toString);
      assertEquals(Tiny.CLASSES, loaded.classNames());
      Dataset data = Tiny.data().validation();
      int right = 0;
      for (int i = 0; i < data.size(); i++) {
        right += loaded.predict(data.load(i)).first().index() == data.label(i) ? 1 : 0;
      }
      assertTrue(right > data.size() / 2, right + " of " + data.size());
      // Weights alone, of which the program says what they are.
      Path weights = output.resolve("weights.safetensors");
      StateDict.Builder alone = StateDict.builder();
      WeightFiles.read(best).arrays().forEach(alone::put);
      Safetensors.write(weights, alone.build());
      LoadedModel named = LoadedModel.open(weights, spec(), backend);
      float[] pixels = new float[64];
      assertArrayEquals(loaded.logits(pixels, 1), named.logits(pixels, 1));
      assertEquals("hf", ParameterNames.of(WeightFiles.read(weights)).dialect().id(),
          "what it could be taken for");
      assertThrows(ModelConfigException.class, () -> LoadedModel.open(weights, backend));
    }
  }

  /** Its head is where the family says that it is. */
  @Test
  void allButTheHeadIsFrozen() throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      Path first = run(config("first").epochs(1).build(), backend).folder().resolve("last.safetensors");
      FineTuning tuning = FineTuning.NONE.withWeights(WeightSource.of(first)).withFreeze(Freeze.BACKBONE);
      Path tuned =
          run(config("tuned").epochs(1).fineTuning(tuning).build(), backend).folder()
              .resolve("last.safetensors");
      StateDict before = WeightFiles.read(first);
      StateDict after = WeightFiles.read(tuned);
      assertArrayEquals(before.get("stem.weight").toFloats(), after.get("stem.weight").toFloats());
      assertFalse(
          Arrays.equals(
              before.get("classifier.weight").toFloats(), after.get("classifier.weight").toFloats()));
    }
  }
}
