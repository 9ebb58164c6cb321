package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.DatasetException;
import org.swinengine.data.DatasetOptions;
import org.swinengine.data.Datasets;
import org.swinengine.inference.CheckpointException;
import org.swinengine.inference.EvaluationData;
import org.swinengine.inference.EvaluationData.Split;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.TrainedData;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

/** A run is bound to its data, and a model is measured on what it was not trained on. */
final class ChangedDataTest {
  private static final long SEED = 5;

  @TempDir
  Path folder;
  private final Backend backend = Backends.open("cpu", 2);

  @BeforeEach
  void pictures() throws IOException {
    for (String name : List.of("a", "b", "c")) {
      for (int i = 0; i < 10; i++) {
        picture("data/" + name + "/" + i + ".pgm", 100 * name.charAt(0) + i);
      }
    }
  }

  @AfterEach
  void close() {
    backend.close();
  }

  /** Noise of 8×8 pixels; files of one size. */
  private void picture(String file, long seed) throws IOException {
    byte[] pixels = new byte[64];
    new Random(seed).nextBytes(pixels);
    byte[] header = "P5 8 8 255\n".getBytes(StandardCharsets.US_ASCII);
    byte[] all = Arrays.copyOf(header, header.length + 64);
    System.arraycopy(pixels, 0, all, header.length, 64);
    Files.createDirectories(folder.resolve(file).getParent());
    Files.write(folder.resolve(file), all);
  }

  private TrainConfig config() {
    return Tiny.config(folder.resolve("runs")).toBuilder()
        .data(folder.resolve("data")).epochs(1).batchSize(8).warmupSteps(1).seed(SEED).build();
  }

  private Path train() throws IOException {
    return run(config()).folder();
  }

  private TrainResult run(TrainConfig config) throws IOException {
    return new Trainer(config, backend, TrainListener.SILENT).run();
  }

  private TrainConfig resumed() throws IOException {
    return TrainConfigFile.ofRun(folder.resolve("runs"), "run");
  }

  private DataSplits splits() throws IOException {
    return Datasets.open(folder.resolve("data"), DatasetOptions.DEFAULT.withSeed(SEED));
  }

  private void assertRefused(String... parts) {
    String message = assertThrows(CheckpointException.class, () -> run(resumed())).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), message);
    }
  }

  private void rewrite(Path file, java.util.function.UnaryOperator<StateDict.Builder> change, String without)
      throws IOException {
    StateDict dict = Safetensors.read(file);
    StateDict.Builder written = StateDict.builder();
    dict.metadata().forEach((key, value) -> {
      if (!key.equals(without)) {
        written.metadata(key, value);
      }
    });
    dict.arrays().forEach(written::put);
    Path copy = file.resolveSibling("copy");
    Safetensors.write(copy, change.apply(written).build());
    Files.move(copy, file, StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void anUnchangedRunGoesOn() throws IOException {
    train();
    assertEquals(TrainResult.Status.COMPLETED, run(resumed()).status());
  }

  @Test
  void aReplacedPictureIsNoticedAndCanBeAccepted() throws IOException {
    train();
    picture("data/" + splits().train().name(3), 1);
    assertRefused(
        "its data have changed", "the training part had 24 images and now has 24 (1 of them new or changed)",
        "`acceptChangedData`");
    TrainConfig accepting = resumed().toBuilder().acceptChangedData(true).build();
    assertEquals(TrainResult.Status.COMPLETED, run(accepting).status());
    assertEquals(TrainResult.Status.COMPLETED, run(resumed()).status(),
        "the run is bound to the new data now");
  }

  @Test
  void aReplacedValidationPictureIsNoticed() throws IOException {
    train();
    picture("data/" + splits().validation().name(0), 1);
    assertRefused("the validation part had 6 images and now has 6 with other contents");
  }

  @Test
  void morePicturesAreNoticedAndCanBeAccepted() throws IOException {
    train();
    for (int i = 10; i < 20; i++) {
      picture("data/a/" + i + ".pgm", i);
    }
    assertRefused("the training part had 24 images and now has 32",
        "the validation part had 6 images and now has 8");
    TrainConfig accepting = resumed().toBuilder().acceptChangedData(true).build();
    assertEquals(TrainResult.Status.COMPLETED, run(accepting).status());
  }

  @Test
  void aRunOfBeforeGoesOnAsItDidThen() throws IOException {
    Path run = train();
    rewrite(run.resolve("last.safetensors"), dict -> dict, TrainedData.KEY);
    // Of grey training pictures the mean was compared even then.
    picture("data/" + splits().validation().name(0), 1);
    assertEquals(TrainResult.Status.COMPLETED, run(resumed()).status());
  }

  private EvaluationData open(Path data, LoadedModel model, Split split) throws IOException {
    return EvaluationData.open(data, model, new EvaluationData.Options(split, null, null));
  }

  private static List<String> names(Dataset data) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < data.size(); i++) {
      names.add(data.name(i));
    }
    return names;
  }

  @Test
  void theValidationPartOfTrainingIsMeasuredWithoutItsSeedGiven() throws IOException {
    LoadedModel model = LoadedModel.open(train().resolve("best.safetensors"), backend);
    Path data = folder.resolve("data");
    EvaluationData measured = open(data, model, Split.AUTO);
    assertEquals(names(splits().validation()), names(measured.dataset()));
    assertTrue(measured.notes().get(0).contains("by seed 5"), measured.notes()::toString);
    assertEquals(names(splits().validation()), names(open(data, model, Split.VAL).dataset()));
    assertEquals(names(splits().train()), names(open(data, model, Split.TRAIN).dataset()));
    EvaluationData all = open(data, model, Split.ALL);
    assertEquals(30, all.dataset().size());
    assertTrue(all.notes().contains("the model was trained on 24 of these 30 images"), all.notes()::toString);
    String none = assertThrows(DatasetException.class, () -> open(data, model, Split.TEST)).getMessage();
    assertTrue(none.contains("has no test part"), none);
    // The split by another seed has pictures that were trained on, and this is said.
    EvaluationData other = EvaluationData.open(data, model, new EvaluationData.Options(Split.AUTO, null, 6L));
    assertTrue(other.notes().get(0).contains("by seed 6, which is not how training did it"),
        other.notes()::toString);
  }

  @Test
  void whereTheDataHaveGrownTrainedPicturesAreLeftOut() throws IOException {
    List<String> expected = new ArrayList<>(names(splits().validation()));
    LoadedModel model = LoadedModel.open(train().resolve("best.safetensors"), backend);
    picture("data/a/91.pgm", 91);
    expected.add("a/91.pgm");
    EvaluationData measured = open(folder.resolve("data"), model, Split.AUTO);
    assertEquals(expected.stream().sorted().toList(), names(measured.dataset()).stream().sorted().toList());
    assertTrue(
        measured.notes().get(0)
            .startsWith("7 images; 24 more are left out, because the model was trained on them"),
        measured.notes()::toString);
  }

  @Test
  void aTestFolderOfOnesOwnIsMeasuredWhole() throws IOException {
    LoadedModel model = LoadedModel.open(train().resolve("best.safetensors"), backend);
    for (int i = 0; i < 4; i++) {
      picture("own/c/" + i + ".pgm", 1000 + i);
      picture("own/a/" + i + ".pgm", 2000 + i);
    }
    EvaluationData measured = open(folder.resolve("own"), model, Split.AUTO);
    assertEquals(8, measured.dataset().size());
    assertEquals(List.of("a", "b", "c"), measured.dataset().classNames());
    assertEquals(0, measured.dataset().label(0));
    assertEquals(2, measured.dataset().label(7));
    assertTrue(
        measured.notes().contains("all 8 images; the model was trained on none of them")
            && measured.notes().contains("2 of the model's 3 classes, by their names"),
        measured.notes()::toString);
    picture("own/wolf/1.pgm", 7);
    String message =
        assertThrows(IllegalArgumentException.class, () -> open(folder.resolve("own"), model, Split.AUTO))
            .getMessage();
    assertTrue(message.contains("of which wolf is not among them"), message);
  }

  @Test
  void onlyTrainedPicturesSayNothing() throws IOException {
    LoadedModel model = LoadedModel.open(train().resolve("best.safetensors"), backend);
    for (String name : names(splits().train())) {
      Files.createDirectories(folder.resolve("copy").resolve(name).getParent());
      Files.copy(folder.resolve("data").resolve(name), folder.resolve("copy").resolve(name));
    }
    String message =
        assertThrows(DatasetException.class, () -> open(folder.resolve("copy"), model, Split.AUTO))
            .getMessage();
    assertTrue(message.contains("was trained on all of its 24 images"), message);
    assertEquals(24, open(folder.resolve("copy"), model, Split.ALL).dataset().size());
  }

  @Test
  void aCheckpointOfBeforeSaysItsSeedAtLeast() throws IOException {
    Path best = train().resolve("best.safetensors");
    rewrite(best, dict -> dict, TrainedData.KEY);
    LoadedModel model = LoadedModel.open(best, backend);
    EvaluationData measured = open(folder.resolve("data"), model, Split.AUTO);
    assertEquals(names(splits().validation()), names(measured.dataset()));
    assertTrue(measured.notes().get(0).contains("if these are its data"), measured.notes()::toString);
  }

  @Test
  void aDamagedRecordIsSaid() throws IOException {
    Path best = train().resolve("best.safetensors");
    rewrite(best, dict -> dict.metadata(TrainedData.KEY, "{\"train\":7}"), TrainedData.KEY);
    String message =
        assertThrows(CheckpointException.class, () -> LoadedModel.open(best, backend)).getMessage();
    assertTrue(message.contains("what it says of its data cannot be read"), message);
  }
}
