package org.swinengine.train.tuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.ForwardedDataset;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.Interpolation;
import org.swinengine.data.LoaderOptions;
import org.swinengine.data.Normalize;
import org.swinengine.data.RawImage;
import org.swinengine.data.Resize;
import org.swinengine.inference.ModelInput;
import org.swinengine.inference.Evaluation;
import org.swinengine.models.ClassificationModel;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.nn.ForwardMode;
import org.swinengine.train.settings.Augmentation;
import org.swinengine.train.Tiny;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.TrainConfigFile;
import org.swinengine.train.TrainListener;
import org.swinengine.train.TrainResult;
import org.swinengine.train.Trainer;
import org.swinengine.train.TrainerTest;
import org.swinengine.train.TrainingPlan;

@Tag("numerics")
final class FeatureCacheTest {
  @TempDir
  private Path output;

  /** Counts how often an image is decoded. */
  private static final class Counted extends ForwardedDataset {
    private final AtomicInteger loads;

    Counted(Dataset all, AtomicInteger loads) {
      super(all);
      this.loads = loads;
    }

    @Override
    public RawImage load(int index) throws IOException {
      loads.incrementAndGet();
      return super.load(index);
    }
  }

  private final AtomicInteger loads = new AtomicInteger();

  private DataSplits data() {
    DataSplits tiny = Tiny.data();
    return new DataSplits(
        new Counted(tiny.train(), loads), new Counted(tiny.validation(), loads), tiny.test(),
        tiny.description());
  }

  /** 24 divides neither 80 nor 30 images. */
  private TrainConfig config(String tag, CacheFeatures cache) {
    return Tiny.config(output).toBuilder()
        .tag(tag)
        .epochs(4)
        .batchSize(24)
        .augmentation(Augmentation.NONE)
        .fineTuning(FineTuning.NONE.withFreeze(Freeze.BACKBONE).withCacheFeatures(cache))
        .build();
  }

  private TrainResult run(TrainConfig config, TrainListener listener) throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      return new Trainer(config, data(), backend, listener).run();
    }
  }

  private TrainResult run(TrainConfig config) throws IOException {
    return run(config, TrainListener.SILENT);
  }

  @Test
  void aRunWithTheCacheHasTheBitsOfOneWithoutAndDecodesEachImageOnce() throws IOException {
    TrainResult without = run(config("without", CacheFeatures.OFF));
    assertTrue(loads.get() > 4 * 100, "each epoch reads the images: " + loads);
    loads.set(0);
    List<Integer> done = new ArrayList<>();
    TrainResult with =
        run(
            config("with", CacheFeatures.ON),
            new TrainListener() {
              @Override
              public void features(int images, int of) {
                assertEquals(110, of);
                done.add(images);
              }
            });
    // The preprocessing measures the grey values of all training images once; the report shows 24 pictures at
    // most, heat maps of the mistakes among them, and a dozen as the model saw them.
    List<Evaluation.Sample> samples = with.evaluation().samples();
    int explained = Math.toIntExact(samples.stream().filter(sample -> !sample.isRight()).limit(12).count());
    int others = 80 + samples.size() + explained + 12;
    assertEquals(110 + others, loads.get());
    assertEquals(List.of(24, 48, 72, 80, 104, 110), done);
    TrainerTest.assertSameRuns(without.folder(), with.folder());
    assertEquals(without.evaluation().loss(), with.evaluation().loss());
    assertTrue(without.history().get(3).trainLoss() != without.history().get(0).trainLoss(),
        "the head learns");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5})
  void aStoppedRunGoesOnWithFeaturesComputedAnew(int stopAfter) throws IOException {
    Path expected = run(config("whole", CacheFeatures.OFF)).folder();
    try (Backend backend = Backends.open("cpu", 2)) {
      Trainer[] trainer = new Trainer[1];
      trainer[0] =
          new Trainer(
              config("stopped", CacheFeatures.AUTO),
              data(),
              backend,
              new TrainListener() {
                private int steps;

                @Override
                public void step(int epoch, int step, int of, double loss, double lr, double rate) {
                  if (++steps == stopAfter) {
                    trainer[0].requestStop();
                  }
                }
              });
      assertEquals(TrainResult.Status.INTERRUPTED, trainer[0].run().status());
    }
    TrainerTest.assertSameRuns(expected, run(TrainConfigFile.ofRun(output, "stopped")).folder());
  }

  @Test
  void aRunStoppedWhileItComputesFeaturesGoesOnToo() throws IOException {
    Path expected = run(config("whole", CacheFeatures.OFF)).folder();
    try (Backend backend = Backends.open("cpu", 2)) {
      Trainer[] trainer = new Trainer[1];
      trainer[0] =
          new Trainer(
              config("stopped", CacheFeatures.ON),
              data(),
              backend,
              new TrainListener() {
                @Override
                public void features(int done, int of) {
                  trainer[0].requestStop();
                }
              });
      TrainResult stopped = trainer[0].run();
      assertEquals(TrainResult.Status.INTERRUPTED, stopped.status());
      assertEquals(0, stopped.steps());
    }
    TrainerTest.assertSameRuns(expected, run(TrainConfigFile.ofRun(output, "stopped")).folder());
  }

  private static ModelSpec distilled() {
    return ModelConfigFile.parse(
        """
        DATA:
          IMG_SIZE: 8
        MODEL:
          TYPE: vit
          NAME: tiny-deit
          NUM_CLASSES: 3
          VIT:
            PATCH_SIZE: 4
            IN_CHANS: 1
            EMBED_DIM: 16
            DEPTH: 1
            NUM_HEADS: 2
            MLP_RATIO: 2
            DISTILLED: True
        """,
        "test");
  }

  /**
   * In memory and in a file, for one input of the head and for two: the logits of whatever batch are the
   * model's.
   */
  @ParameterizedTest
  @ValueSource(strings = {"swin", "deit"})
  void storedFeaturesGiveTheModelsOwnLogits(String kind) throws IOException {
    ModelSpec spec = kind.equals("swin") ? Tiny.model() : distilled();
    Dataset dataset = Tiny.data().train();
    ImagePipeline pipeline =
        ImagePipeline.of(1, 8, 8, List.of(Resize.exactly(8, 8, Interpolation.BICUBIC)),
            Normalize.measure(dataset, 1, 9));
    ModelInput.Images images = new ModelInput.Images(dataset, pipeline);
    try (Backend backend = Backends.open("cpu", 2)) {
      ClassificationModel model = (ClassificationModel) Models.create(spec);
      new ParameterArena(backend, model.parameters(), 3);
      for (long bound : new long[] {1 << 20, 0}) {
        Path file = output.resolve(".features.tmp");
        try (FeatureStore store =
            FeatureStore.compute(
                model, backend, images, true, LoaderOptions.evaluation(24, 1), bound, file, n -> {},
                () -> false);
            var stored = store.loader(LoaderOptions.training(7, 1, 2));
            var decoded = images.loader(LoaderOptions.training(7, 1, 2))) {
          assertEquals(bound == 0, store.isOnDisk());
          assertEquals(80L * 16 * (kind.equals("swin") ? 1 : 2) * 4, store.bytes());
          stored.startEpoch(1, 2);
          decoded.startEpoch(1, 2);
          for (int i = 0; i < 3; i++) {
            var one = stored.next();
            var other = decoded.next();
            Variable actual = store.logits(model, backend, one, ForwardMode.EVALUATION);
            Variable expected = images.logits(model, backend, other, ForwardMode.EVALUATION);
            assertArrayEquals(other.labels(), one.labels());
            assertArrayEquals(expected.value().toFloats(), actual.value().toFloats());
            one.release();
            other.release();
          }
        }
        assertFalse(Files.exists(file));
      }
    }
  }

  @Test
  void aFolderOfARunKeepsNoFeatures() throws IOException {
    Path folder = run(config("run", CacheFeatures.ON)).folder();
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(),
          files.map(Path::getFileName).filter(name -> name.toString().startsWith(".")).toList());
    }
  }

  @Test
  void whatPreventsTheCacheIsSaid() throws IOException {
    TrainConfig on = config("run", CacheFeatures.ON);
    assertObstacle(
        "training images vary (`flip` 0.5 `colorJitter` 0.2); `flip` 0 `colorJitter` 0 gives",
        on.toBuilder().augmentation(Augmentation.of(Map.of("flip", 0.5, "colorJitter", 0.2))).build());
    assertObstacle(
        "more than the head learns (`freeze` stages:1); `freeze` backbone",
        on.toBuilder().fineTuning(on.fineTuning().withFreeze(new Freeze("stages:1"))).build());
    TrainConfig allButHead =
        on.toBuilder().fineTuning(on.fineTuning().withFreeze(new Freeze("re:^(?!head)"))).build();
    assertObstacle("the model has dropout and stochastic depth; `freeze` backbone", allButHead);
    assertNull(obstacle(allButHead.toBuilder().model(Tiny.steadyModel()).build(), "cpu"));
    assertNull(obstacle(on, "cpu"));
    assertTrue(obstacle(on, "reference").contains("computes in float64"));
  }

  private static String obstacle(TrainConfig config, String device) {
    try (Backend backend = Backends.open(device, 1)) {
      Model model = Models.create(config.model());
      config.fineTuning().freeze().apply(model);
      return CacheFeatures.obstacle(config.fineTuning(), config.augmentation().options(), model, backend);
    }
  }

  private void assertObstacle(String expected, TrainConfig config) throws IOException {
    String sentence = assertThrows(IllegalArgumentException.class, () -> run(config)).getMessage();
    assertTrue(sentence.startsWith("`cacheFeatures` on is not possible: " + expected), sentence);
    assertFalse(Files.exists(output.resolve(config.tag())), "an error leaves no folder");
    TrainConfig automatic =
        config.toBuilder().fineTuning(config.fineTuning().withCacheFeatures(CacheFeatures.AUTO)).build();
    String[] line = new String[1];
    run(
        automatic.toBuilder().epochs(1).tag("automatic").build(),
        new TrainListener() {
          @Override
          public void started(TrainingPlan plan) {
            line[0] = plan.features();
          }
        });
    boolean headAlone = !automatic.fineTuning().freeze().text().startsWith("stages");
    if (headAlone) {
      assertTrue(line[0].contains(expected), line[0]);
    } else {
      assertNull(line[0]);
    }
  }
}
