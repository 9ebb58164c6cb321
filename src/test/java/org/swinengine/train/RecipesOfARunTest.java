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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.train.settings.SettingSpec;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

/** Runs with other settings than the usual: they do what they say, and a kill changes no bit. */
@Tag("numerics")
final class RecipesOfARunTest {
  @TempDir
  Path output;

  /** Stands for a killed process: nothing of the run gets a chance to write. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private static TrainResult run(TrainConfig config, TrainListener listener) throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      return new Trainer(config, Tiny.data(), backend, listener).run();
    }
  }

  /** Settings as {@code name=value}, apart by blanks. */
  private TrainConfig config(String tag, String settings) {
    TrainConfig.Builder builder =
        Tiny.config(output).toBuilder().tag(tag).set("erasing", 0.0).set("colorJitter", 0.0);
    Map<String, SettingSpec> known =
        TrainConfig.settings().stream().collect(Collectors.toMap(SettingSpec::name, setting -> setting));
    for (String setting : settings.split(" ")) {
      String[] parts = setting.split("=");
      builder.set(parts[0], known.get(parts[0]).parse(parts[1]));
    }
    return builder.build();
  }

  private static StateDict weights(TrainResult result, String file) {
    return Safetensors.read(result.folder().resolve(file));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mixup=0.8 cutmix=1 modelEmaDecay=0.9",
        "mixup=0.8 mixupMode=elem accumulationSteps=2 batchSize=8 optimizer=lamb learningRate=0.01",
        "optimizer=sgd learningRate=0.05 schedule=step decayEpochs=1 clipNorm=0.5 clipMode=value",
        "optimizer=adam schedule=onecycle modelEmaDecay=0.99 modelEmaWarmup=true",
        "loss=focal classWeights=balanced sampling=balanced schedule=poly",
        "loss=bce mixup=0.5 schedule=epoch-cosine lrf=0.1",
        "classWeights=effective accumulationSteps=2 batchSize=8 schedule=cosine lrCycleLimit=2",
        "optimizer=momentum learningRate=0.05 schedule=multistep decayMilestones=1 clipMode=agc clipNorm=0.1"
      })
  void aKilledRunEndsAsIfItHadNotBeenKilled(String settings) throws IOException {
    Path expected = run(config("whole", settings), TrainListener.SILENT).folder();
    TrainConfig saving = config("killed", settings).toBuilder().saveEverySteps(2).build();
    TrainListener killer =
        new TrainListener() {
          private int steps;

          @Override
          public void step(int epoch, int step, int of, double loss, double lr, double rate) {
            if (++steps == 8) {
              throw new Killed();
            }
          }
        };
    assertThrows(Killed.class, () -> run(saving, killer));
    TrainConfig started = TrainConfigFile.ofRun(output, "killed");
    assertEquals(saving.values().get("optimizer"), started.values().get("optimizer"));
    TrainerTest.assertSameRuns(expected, run(started, TrainListener.SILENT).folder());
  }

  /** The best file has the average, the last one the weights and the average. */
  @Test
  void theAverageIsEvaluatedAndSaved() throws IOException {
    TrainConfig plain = config("plain", "epochs=1");
    TrainConfig averaged = config("averaged", "epochs=1 modelEmaDecay=0.9");
    TrainResult without = run(plain, TrainListener.SILENT);
    TrainResult with = run(averaged, TrainListener.SILENT);
    String head = "head.weight";
    StateDict last = weights(with, "last.safetensors");
    assertArrayEquals(
        weights(without, "last.safetensors").get(head).toFloats(), last.get(head).toFloats(),
        "averaging does not change training");
    float[] average = last.get("optimizer.ema." + head).toFloats();
    assertArrayEquals(average, weights(with, "best.safetensors").get(head).toFloats());
    assertFalse(Arrays.equals(average, last.get(head).toFloats()));
    assertTrue(
        without.history().get(0).validationLoss() != with.history().get(0).validationLoss(),
        "another model is evaluated");
  }

  /** Each run differs from the usual one in what is trained, so no setting is read and forgotten. */
  @Test
  void everySettingOfTrainingChangesTheWeights() throws IOException {
    float[] usual =
        weights(run(config("usual", "epochs=1"), TrainListener.SILENT), "last.safetensors")
            .get("head.weight").toFloats();
    Map<String, String> one = new LinkedHashMap<>();
    List<String> all =
        List.of(
            "optimizer=adam", "optimizer=sgd", "optimizer=lamb", "clipMode=value", "schedule=linear",
            "schedule=poly", "schedule=constant", "schedule=onecycle", "schedule=epoch-cosine",
            "schedule=multistep", "mixup=0.4", "cutmix=1", "loss=bce", "loss=focal", "sampling=balanced");
    for (String setting : all) {
      String more = setting.equals("schedule=multistep") ? " decayMilestones=0.4"
          : setting.equals("clipMode=value") ? " clipNorm=0.01" : "";
      TrainResult result =
          run(config(setting.replace('=', '-'), "epochs=1 " + setting + more), TrainListener.SILENT);
      float[] weights = weights(result, "last.safetensors").get("head.weight").toFloats();
      assertFalse(Arrays.equals(usual, weights), setting);
      String same = one.put(Arrays.toString(weights), setting);
      assertEquals(null, same, setting + " is " + same);
    }
  }

  @Test
  void whatExcludesEachOtherIsSaid() {
    for (String settings : List.of("loss=focal mixup=1", "classWeights=balanced cutmix=1",
        "classWeights=balanced loss=bce")) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> config("x", settings), settings);
      assertTrue(e.getMessage().contains("`"), e.getMessage());
    }
  }

  @Test
  void whatIsWrittenReadsBack() throws IOException {
    TrainConfig config =
        config("x", "optimizer=lamb schedule=multistep decayMilestones=1,1.5 mixup=0.8 mixupMode=pair"
            + " modelEmaDecay=0.99 loss=bce sampling=balanced clipMode=agc");
    String yaml = TrainConfigFile.write(config);
    assertEquals(config, TrainConfigFile.parse(yaml, "test").toBuilder().output(output).tag("x").build());
    Files.writeString(output.resolve("config.yaml"), yaml);
  }
}
