package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.RawImage;
import org.swinengine.inference.CheckpointException;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.PixelStatistics;
import org.swinengine.train.settings.Augmentation;
import org.swinengine.train.settings.LossSettings;
import org.swinengine.weights.Safetensors;

/** Runs that learn from another model's answers. */
@Tag("numerics")
final class DistilledRunTest {
  @TempDir
  Path output;

  private Path teacher;

  /** Stands for a killed process. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** Pictures whose labels are what a model takes them for. */
  private record Answered(Dataset pictures, int[] labels) implements Dataset {
    @Override
    public int size() {
      return pictures.size();
    }

    @Override
    public List<String> classNames() {
      return pictures.classNames();
    }

    @Override
    public int label(int index) {
      return labels[index];
    }

    @Override
    public RawImage load(int index) throws IOException {
      return pictures.load(index);
    }

    @Override
    public String name(int index) {
      return pictures.name(index);
    }

    @Override
    public String description() {
      return pictures.description();
    }
  }

  @BeforeEach
  void train() throws IOException {
    TrainConfig config =
        Tiny.config(output).toBuilder().model(Tiny.steadyModel()).tag("teacher").epochs(6).build();
    teacher = run(config, Tiny.data(), TrainListener.SILENT).folder().resolve("best.safetensors");
  }

  private static TrainResult run(TrainConfig config, DataSplits data, TrainListener listener)
      throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      return new Trainer(config, data, backend, listener).run();
    }
  }

  private TrainConfig.Builder student(String tag) {
    return Tiny.config(output).toBuilder().tag(tag).seed(9).labelSmoothing(0)
        .augmentation(Augmentation.of(Map.of()));
  }

  private TrainConfig.Builder taught(String tag, LossSettings.Distillation type, double alpha) {
    return student(tag).set("teacher", teacher.toString()).set("distillationType", type)
        .set("distillationAlpha", alpha);
  }

  private static float[] head(TrainResult result) {
    return Safetensors.read(result.folder().resolve("last.safetensors")).get("head.weight").toFloats();
  }

  /** Hard distillation alone is training on the teacher's answers as labels. */
  @Test
  void aHardTeachersAnswersAreLabels() throws IOException {
    Dataset pictures = Tiny.data().train();
    int[] answers = new int[pictures.size()];
    try (Backend backend = Backends.open("cpu", 2)) {
      LoadedModel model = LoadedModel.open(teacher, backend);
      for (int i = 0; i < answers.length; i++) {
        answers[i] = Tiny.CLASSES.indexOf(model.predict(pictures.load(i)).first().name());
      }
    }
    assertTrue(Arrays.stream(answers).distinct().count() > 1, "the teacher has learnt something");
    DataSplits answered =
        new DataSplits(new Answered(pictures, answers), Tiny.data().validation(), Optional.empty(),
            "answers");
    assertArrayEquals(
        head(run(student("labels").build(), answered, TrainListener.SILENT)),
        head(run(taught("hard", LossSettings.Distillation.HARD, 1).build(), Tiny.data(),
            TrainListener.SILENT)));
  }

  @Test
  void everyChoiceMatters() throws IOException {
    float[] plain = head(run(student("plain").build(), Tiny.data(), TrainListener.SILENT));
    float[] none = head(
        run(taught("none", LossSettings.Distillation.SOFT, 0).build(), Tiny.data(), TrainListener.SILENT));
    assertArrayEquals(plain, none, "a teacher without a share changes nothing");
    float[] soft = head(
        run(taught("soft", LossSettings.Distillation.SOFT, 0.5).build(), Tiny.data(), TrainListener.SILENT));
    float[] warm = head(
        run(
            taught("warm", LossSettings.Distillation.SOFT, 0.5).set("distillationTau", 3.0).build(),
            Tiny.data(),
            TrainListener.SILENT));
    assertFalse(Arrays.equals(plain, soft));
    assertFalse(Arrays.equals(warm, soft));
  }

  /** Also with images that are varied and mixed, which the teacher sees as the student does. */
  @ParameterizedTest
  @EnumSource(value = LossSettings.Distillation.class, names = {"SOFT", "HARD"})
  void aKilledRunEndsAsIfItHadNotBeenKilled(LossSettings.Distillation type) throws IOException {
    TrainConfig.Builder builder =
        taught("whole", type, 0.7).augmentation(Augmentation.of(Map.of("cropPadding", 1))).set("mixup", 0.8);
    Path expected = run(builder.build(), Tiny.data(), TrainListener.SILENT).folder();
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
    TrainConfig saving = builder.tag("killed").saveEverySteps(2).build();
    assertThrows(Killed.class, () -> run(saving, Tiny.data(), killer));
    // The teacher's file may lie elsewhere meanwhile.
    Path moved = Files.move(teacher, output.resolve("moved.safetensors"));
    TrainConfig resumed =
        TrainConfigFile.ofRun(output, "killed").toBuilder().set("teacher", moved.toString()).build();
    TrainerTest.assertSameRuns(expected, run(resumed, Tiny.data(), TrainListener.SILENT).folder());
  }

  @Test
  void anotherTeacherIsNoticed() throws IOException {
    run(taught("run", LossSettings.Distillation.HARD, 0.5).epochs(1).build(), Tiny.data(),
        TrainListener.SILENT);
    Files.copy(
        output.resolve("run").resolve("best.safetensors"), teacher, StandardCopyOption.REPLACE_EXISTING);
    TrainConfig more = TrainConfigFile.ofRun(output, "run").toBuilder().epochs(2).build();
    String message =
        assertThrows(CheckpointException.class, () -> run(more, Tiny.data(), TrainListener.SILENT))
            .getMessage();
    assertTrue(message.contains("`teacher`'s weights are not those"), message);
  }

  @Test
  void aTeacherOfOtherImagesOrClassesIsNone() throws IOException {
    TrainConfig.Builder other = taught("x", LossSettings.Distillation.SOFT, 0.5);
    assertSays(
        "the run's have mean [0.25]",
        other.statistics(
            new PixelStatistics(List.of(0.25f), List.of(0.5f))).build(),
        Tiny.data());
    Dataset pictures = Tiny.data().train();
    Dataset renamed = new Dataset() {
      @Override
      public int size() {
        return pictures.size();
      }

      @Override
      public List<String> classNames() {
        return List.of("a", "b", "c");
      }

      @Override
      public int label(int index) {
        return pictures.label(index);
      }

      @Override
      public RawImage load(int index) throws IOException {
        return pictures.load(index);
      }

      @Override
      public String name(int index) {
        return pictures.name(index);
      }

      @Override
      public String description() {
        return pictures.description();
      }
    };
    assertSays(
        "but the data have [a, b, c]", taught("y", LossSettings.Distillation.SOFT, 0.5).build(),
        new DataSplits(renamed, renamed, Optional.empty(), "renamed"));
    assertThrows(
        IllegalArgumentException.class, () -> student("z").set("teacher", teacher.toString()).build());
    assertThrows(
        IllegalArgumentException.class,
        () -> student("z").set("distillationType", LossSettings.Distillation.HARD).build());
  }

  private static void assertSays(String part, TrainConfig config, DataSplits data) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> run(config, data, TrainListener.SILENT))
            .getMessage();
    assertTrue(message.contains(part), message);
  }
}
