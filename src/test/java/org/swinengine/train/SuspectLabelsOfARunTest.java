package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.BuiltInData;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.DatasetView;
import org.swinengine.data.RawImage;
import org.swinengine.report.EpochMetrics;
import org.swinengine.train.settings.Augmentation;
import org.swinengine.train.tuning.FineTuning;
import org.swinengine.train.tuning.Freeze;

/** A run lists the training labels that are probably wrong. */
final class SuspectLabelsOfARunTest {
  @TempDir
  Path output;

  /** Stands for a killed process. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private TrainResult run(TrainConfig config, TrainListener listener) throws IOException {
    DataSplits data =
        new DataSplits(
            new Tiny.Pictures(80, 1, 20), new Tiny.Pictures(30, 2), Optional.empty(), "tiny pictures");
    try (Backend backend = Backends.open("cpu", 2)) {
      return new Trainer(config, data, backend, listener).run();
    }
  }

  private TrainConfig config(String tag) {
    return Tiny.config(output).toBuilder().tag(tag).set("suspectLabels", 6).build();
  }

  private static String suspects(TrainResult result) throws IOException {
    return Files.readString(result.folder().resolve("suspects.csv"));
  }

  @Test
  void aKilledRunHasTheSameList() throws IOException {
    TrainResult whole = run(config("whole"), TrainListener.SILENT);
    String expected = suspects(whole);
    assertTrue(expected.lines().count() > 1, expected);
    String page = Files.readString(whole.folder().resolve("report.html"));
    assertTrue(page.contains("Training labels to check") && page.contains("a mistake that the model has"));
    TrainListener killing = new TrainListener() {
      @Override
      public void epoch(EpochMetrics metrics) {
        if (metrics.epoch() == 2) {
          throw new Killed();
        }
      }
    };
    assertThrows(Killed.class, () -> run(config("killed"), killing));
    assertFalse(Files.exists(output.resolve("killed/suspects.csv")));
    TrainResult resumed = run(TrainConfigFile.ofRun(output, "killed"), TrainListener.SILENT);
    assertEquals(expected, suspects(resumed));
  }

  @Test
  void aRunThatStepsAreKilledInHasTheSameListAndWithoutTheSettingThereIsNone() throws IOException {
    FineTuning frozen = FineTuning.NONE.withFreeze(Freeze.of("backbone"));
    TrainConfig plain =
        config("frozen").toBuilder().fineTuning(frozen).augmentation(Augmentation.of(Map.of())).build();
    TrainResult whole = run(plain, TrainListener.SILENT);
    String page = Files.readString(whole.folder().resolve("report.html"));
    assertTrue(page.contains("which was frozen"));
    TrainListener killing = new TrainListener() {
      @Override
      public void epoch(EpochMetrics metrics) {
        throw new Killed();
      }
    };
    assertThrows(Killed.class, () -> run(plain.toBuilder().tag("killed").build(), killing));
    TrainConfig rest = TrainConfigFile.ofRun(output, "killed");
    assertEquals(suspects(whole), suspects(run(rest, TrainListener.SILENT)));
    // Complete by now: the features are not kept any more, and are computed anew.
    assertEquals(suspects(whole), suspects(run(rest, TrainListener.SILENT)));
    TrainResult none =
        run(plain.toBuilder().tag("none").set("suspectLabels", 0).build(), TrainListener.SILENT);
    assertFalse(Files.exists(none.folder().resolve("suspects.csv")));
  }

  /** The first images of the built-in data, 5 % of which have another label. */
  private record Flipped(int[] labels) implements Dataset {
    static Flipped of(int images, long seed) {
      int[] labels = new int[images];
      Random random = new Random(seed);
      for (int i = 0; i < images; i++) {
        int truth = BuiltInData.train().label(i);
        labels[i] = random.nextInt(20) == 0 ? (truth + 1 + random.nextInt(9)) % 10 : truth;
      }
      return new Flipped(labels);
    }

    boolean isWrong(int image) {
      return labels[image] != BuiltInData.train().label(image);
    }

    @Override
    public List<String> classNames() {
      return BuiltInData.train().classNames();
    }

    @Override
    public int size() {
      return labels.length;
    }

    @Override
    public int label(int index) {
      return labels[index];
    }

    @Override
    public RawImage load(int index) throws IOException {
      return BuiltInData.train().load(index);
    }

    @Override
    public String name(int index) {
      return Integer.toString(index);
    }

    @Override
    public String description() {
      return "built-in images, some labels of which are wrong";
    }
  }

  /** The promise of docs/FIGURES.md: of the labels up to 70 % of the wrong ones, 90 % are wrong. */
  @Test
  @Tag("slow")
  void ofFashionMnistNineOfTenOfTheFirstAreWrong() throws IOException {
    Flipped train = Flipped.of(6000, 11);
    Dataset validation = DatasetView.of(BuiltInData.test(), IntStream.range(0, 500).toArray());
    DataSplits data = new DataSplits(train, validation, Optional.empty(), "Fashion-MNIST, wrong labels");
    TrainConfig config =
        TrainConfig.builtIn().toBuilder().batchSize(32).output(output).tag("run").set("suspectLabels", 900)
            .build();
    TrainResult result;
    try (Backend backend = Backends.open("cpu", 0)) {
      result = new Trainer(config, data, backend, TrainListener.SILENT).run();
    }
    int[] listed =
        suspects(result).lines().skip(1).mapToInt(line -> Integer.parseInt(line.split(",")[0])).toArray();
    long wrong = IntStream.range(0, train.size()).filter(train::isWrong).count();
    int found = 0;
    int first = 0;
    while (found < 0.7 * wrong && first < listed.length) {
      found += train.isWrong(listed[first++]) ? 1 : 0;
    }
    assertTrue(found >= 0.7 * wrong, found + " of " + wrong + " among " + first);
    assertTrue(found >= 0.9 * first, "the first " + first + " have " + found + " of " + wrong);
  }
}
