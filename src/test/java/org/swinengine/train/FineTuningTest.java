package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.RawImage;
import org.swinengine.inference.EngineCheckpoint;
import org.swinengine.inference.WeightSource;
import org.swinengine.models.LoadReport;
import org.swinengine.models.Model;
import org.swinengine.models.Models;
import org.swinengine.train.tuning.BestMetric;
import org.swinengine.train.tuning.CacheFeatures;
import org.swinengine.train.tuning.FineTuning;
import org.swinengine.train.tuning.Freeze;
import org.swinengine.weights.StateDict;
import org.swinengine.weights.WeightFiles;

@Tag("numerics")
final class FineTuningTest {
  @TempDir
  private Path output;

  /** The pictures of two of the three classes. */
  private record TwoClasses(Dataset all) implements Dataset {
    @Override
    public int size() {
      return all.size() / 3 * 2;
    }

    @Override
    public List<String> classNames() {
      return List.of("columns", "rows");
    }

    private int index(int index) {
      return index / 2 * 3 + index % 2;
    }

    @Override
    public int label(int index) {
      return 1 - all.label(index(index));
    }

    @Override
    public RawImage load(int index) throws IOException {
      return all.load(index(index));
    }

    @Override
    public String name(int index) {
      return all.name(index(index));
    }

    @Override
    public String description() {
      return all.description() + ", two classes";
    }
  }

  private static DataSplits twoClasses() {
    DataSplits all = Tiny.data();
    return new DataSplits(
        new TwoClasses(all.train()), new TwoClasses(all.validation()), Optional.empty(),
        "tiny pictures of two classes");
  }

  private static TrainResult run(TrainConfig config, DataSplits data) throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      return new Trainer(config, data, backend, TrainListener.SILENT).run();
    }
  }

  private Path trained() throws IOException {
    return run(Tiny.config(output).toBuilder().tag("first").build(), Tiny.data()).folder()
        .resolve("best.safetensors");
  }

  private TrainConfig tuning(Path weights, String freeze, String tag) {
    return Tiny.config(output).toBuilder()
        .tag(tag)
        .epochs(3)
        .fineTuning(FineTuning.NONE.withWeights(WeightSource.of(weights)).withFreeze(new Freeze(freeze)))
        .build();
  }

  /** Names of the arrays whose bits are the same in both files. */
  private static Set<String> same(Path one, Path other) {
    StateDict before = WeightFiles.read(one);
    StateDict after = EngineCheckpoint.weights(WeightFiles.read(other));
    assertEquals(before.names(), after.names());
    Set<String> same = new HashSet<>();
    for (String name : before.names()) {
      if (Arrays.equals(before.get(name).rawLittleEndian(), after.get(name).rawLittleEndian())) {
        same.add(name);
      }
    }
    return same;
  }

  @ParameterizedTest
  @CsvSource({"backbone", "stages:1", "re:attn"})
  void frozenParametersKeepTheirBitsAndAllOthersLearn(String freeze) throws IOException {
    Path weights = trained();
    TrainResult result = run(tuning(weights, freeze, "tuned"), twoClasses());
    assertEquals(TrainResult.Status.COMPLETED, result.status());
    StateDict before = WeightFiles.read(weights);
    Path last = result.folder().resolve("last.safetensors");
    Set<String> expected =
        before.names().stream()
            .filter(
                name -> switch (freeze) {
                  case "backbone" -> !name.startsWith("head.");
                  case "stages:1" -> name.startsWith("layers.0.") || name.startsWith("patch_embed.");
                  default -> name.contains("attn");
                })
            .collect(Collectors.toSet());
    assertFalse(expected.isEmpty());
    assertEquals(expected, same(weights, last));
    // No moments are kept of what does not move.
    StateDict checkpoint = WeightFiles.read(last);
    for (String name : before.names()) {
      assertEquals(!expected.contains(name), checkpoint.contains("optimizer.exp_avg." + name), name);
    }
    assertArrayEquals(new long[] {2, 16}, checkpoint.get("head.weight").shape());
  }

  @Test
  void aStoppedFineTuningEndsAsIfItHadNotBeenStoppedEvenWithoutItsFirstWeights() throws IOException {
    Path weights = trained();
    Path expected = run(tuning(weights, "stages:1", "whole"), twoClasses()).folder();
    try (Backend backend = Backends.open("cpu", 2)) {
      Trainer[] trainer = new Trainer[1];
      trainer[0] =
          new Trainer(
              tuning(weights, "stages:1", "stopped"),
              twoClasses(),
              backend,
              new TrainListener() {
                @Override
                public void step(int epoch, int step, int of, double loss, double lr, double rate) {
                  if (epoch == 2) {
                    trainer[0].requestStop();
                  }
                }
              });
      assertEquals(TrainResult.Status.INTERRUPTED, trainer[0].run().status());
    }
    Files.delete(weights);
    TrainResult resumed = run(TrainConfigFile.ofRun(output, "stopped"), twoClasses());
    TrainerTest.assertSameRuns(expected, resumed.folder());
  }

  /** As many classes do not make them the same ones. */
  @Test
  void theHeadStaysForTheClassesThatItWasMadeForAndNoOthers() throws IOException {
    WeightSource first = WeightSource.of(trained());
    try (Backend backend = Backends.open("cpu", 2)) {
      Model model = Models.create(first.spec());
      new ParameterArena(backend, model.parameters(), 1);
      List<String> own = Tiny.data().classNames();
      assertEquals(List.of(), first.load(model, own).replaced());
      List<String> others = own.stream().map(name -> "other " + name).toList();
      LoadReport report = first.load(model, others);
      assertEquals(2, report.replaced().size(), report::toString);
      assertTrue(report.isComplete(), report::toString);
    }
  }

  @Test
  void patienceEndsARunThatGetsNoBetter() throws IOException {
    // Nothing is learnt at such a rate: the first epoch stays the best.
    TrainConfig config =
        Tiny.config(output).toBuilder()
            .epochs(9)
            .learningRate(1e-12)
            .minimumRate(1e-12)
            .warmupRate(1e-12)
            .fineTuning(FineTuning.NONE.withPatience(2))
            .build();
    TrainResult result = run(config, Tiny.data());
    assertEquals(TrainResult.Status.COMPLETED, result.status());
    assertEquals(1, result.bestEpoch());
    assertEquals(3, result.history().size());
    assertTrue(Files.exists(result.folder().resolve("report.html")));
  }

  @Test
  void theConfigurationOfARunSaysAllOfIt() {
    FineTuning tuning =
        new FineTuning(
            WeightSource.of(Path.of("a \"b\".pth")),
            new Freeze("re:blocks\\.[0-3]\\."),
            3,
            4,
            CacheFeatures.OFF,
            BestMetric.MACRO_F1,
            0.25,
            0.75,
            10);
    TrainConfig config = Tiny.config(output).toBuilder().epochs(4).fineTuning(tuning).build();
    assertEquals(tuning, TrainConfigFile.parse(TrainConfigFile.write(config), "test").fineTuning());
  }

  @Test
  void whatCannotBeFrozenIsSaid() {
    Model swin = Models.create(Tiny.model());
    assertSays("must be none, backbone, blocks:N, stages:N or re:REGEX", () -> new Freeze("head"));
    assertSays("has no valid regular expression", () -> new Freeze("re:("));
    assertSays("tiny has 2 stages", () -> new Freeze("stages:3").apply(swin));
    assertSays("tiny has 0 blocks outside its 2 stages; say stages:N",
        () -> new Freeze("blocks:1").apply(swin));
    assertSays("freezes no parameter of tiny", () -> new Freeze("re:nowhere").apply(swin));
    assertSays("leaves nothing of tiny to train", () -> new Freeze("re:.").apply(swin));
  }

  @Test
  void blocksOfAVit() {
    Model vit = Models.create(Models.spec("vit_nano_patch4_28"));
    new Freeze("blocks:2").apply(vit);
    Set<String> frozen =
        vit.parameters().stream().filter(p -> !p.isTrainable()).map(Parameter::path)
            .collect(Collectors.toSet());
    assertTrue(frozen
        .containsAll(Set.of("cls_token", "pos_embed", "patch_embed.proj.weight", "blocks.1.norm1.bias")));
    assertFalse(frozen.contains("blocks.2.norm1.bias"));
    assertFalse(frozen.contains("norm.weight"));
  }

  private static void assertSays(String part, org.junit.jupiter.api.function.Executable action) {
    String sentence = assertThrows(IllegalArgumentException.class, action).getMessage();
    assertTrue(sentence.contains(part), sentence);
  }
}
