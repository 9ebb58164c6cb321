package org.swinengine.train.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.Batch;
import org.swinengine.data.BatchLoader;
import org.swinengine.data.ClassWeights;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.LoaderOptions;
import org.swinengine.data.RawImage;
import org.swinengine.inference.ModelInput;
import org.swinengine.inference.Preprocessing;
import org.swinengine.nn.Initializers;
import org.swinengine.optim.Gradients;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;
import org.swinengine.train.Tiny;
import org.swinengine.train.settings.LossSettings;
import org.swinengine.train.settings.Mixing;
import org.swinengine.train.settings.SettingTable;
import org.swinengine.train.settings.TaskKind;

/** {@code bce.py} makes the reference with PyTorch. */
@Tag("numerics")
final class MultiLabelLossTest {
  /** Grey pictures of 8×8 with the sets of classes of the reference; the shade is the number of each. */
  private record Sets(int[][] sets, int classes) implements Dataset {
    @Override
    public int size() {
      return sets.length;
    }

    @Override
    public List<String> classNames() {
      return List.of("a", "b", "c", "d").subList(0, classes);
    }

    @Override
    public boolean isMultiLabel() {
      return true;
    }

    @Override
    public int label(int index) {
      throw new IllegalArgumentException("there is not one class");
    }

    @Override
    public int[] labels(int index) {
      return sets[index];
    }

    @Override
    public RawImage load(int index) {
      byte[] pixels = new byte[64];
      Arrays.fill(pixels, (byte) (10 * index));
      return new RawImage(8, 8, 1, pixels);
    }

    @Override
    public String name(int index) {
      return "#" + index;
    }

    @Override
    public String description() {
      return "sets";
    }
  }

  private final JsonNode reference;
  private final Dataset data;
  private final Preprocessing preprocessing = Preprocessing.of(Tiny.model(), 1);

  MultiLabelLossTest() throws IOException {
    Path file = Path.of("src/test/resources/org/swinengine/train/task/bce.json");
    ObjectMapper json = new ObjectMapper();
    reference = json.readTree(file.toFile());
    data = new Sets(json.treeToValue(reference.get("sets"), int[][].class), reference.get("classes").asInt());
  }

  private static LossSettings settings(Map<String, Object> values) {
    return SettingTable.of(LossSettings.class).from(values);
  }

  private MultiLabelTask task(Map<String, Object> settings, Map<String, Object> mixing) {
    DataSplits splits = new DataSplits(data, data, Optional.empty(), "sets");
    return new MultiLabelTask(
        settings(settings), SettingTable.of(Mixing.class).from(mixing), 5, splits);
  }

  private interface Use {
    void batch(TaskLoss loss, ModelInput input, Batch batch);
  }

  private void withBatch(MultiLabelTask task, Backend backend, int size, Use use) throws IOException {
    ModelInput input = task.input(data, preprocessing.pipeline());
    try (BatchLoader loader = input.loader(LoaderOptions.evaluation(size, 0))) {
      loader.startEpoch(0, 0);
      Batch batch = loader.next();
      use.batch(task.loss(backend, preprocessing, null), input, batch);
      batch.release();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"reference", "cpu"})
  void lossAndGradientAreThoseOfPyTorch(String name) throws IOException {
    double rounding = name.equals("reference") ? 1e-6 : 2e-6;
    try (Backend backend = Backends.open(name, 1)) {
      for (JsonNode one : reference.get("cases")) {
        MultiLabelTask task =
            task(
                Map.of(
                    "labelSmoothing", one.get("smoothing").asDouble(), "loss", LossSettings.Kind.BCE,
                    "classWeights", LossSettings.ClassWeighting.valueOf(
                        one.get("weights").asText().toUpperCase(Locale.ROOT))),
                Map.of());
        double[] logits = new double[20];
        for (int i = 0; i < logits.length; i++) {
          logits[i] = one.get("logits").get(i).asDouble();
        }
        withBatch(task, backend, 5,
            (loss, input, batch) -> check(loss, input, batch, backend, logits, one, rounding));
      }
    }
  }

  private static void check(
      TaskLoss loss, ModelInput input, Batch batch, Backend backend, double[] logits, JsonNode expected,
      double rounding) {
    Parameter given = new Parameter(Shape.of(5, 4), Initializers.zeros(), true);
    given.setPath("logits");
    ParameterArena arena = new ParameterArena(backend, List.of(given), 0);
    float[] values = new float[logits.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) logits[i];
    }
    backend.memory().upload(values, 0, given.value(), values.length);
    double[] value = new double[1];
    TaskLoss.Targets targets = loss.targets(input, batch);
    assertEquals(0, targets.weight());
    Gradients.add(() -> {
      var result = targets.loss(given);
      value[0] = result.value().item();
      return result;
    });
    arena.completeGradients();
    assertEquals(expected.get("loss").asDouble(), value[0], rounding * Math.max(1, value[0]));
    double[] gradient = given.gradient().toDoubles();
    for (int i = 0; i < gradient.length; i++) {
      assertEquals(expected.get("gradient").get(i).asDouble(), gradient[i], rounding);
    }
  }

  /** Mixed with the picture at the other end, targets as the pixels are. */
  @Test
  void mixupMixesSetsOfClassesAsItMixesPictures() throws IOException {
    MultiLabelTask task = task(Map.of("loss", LossSettings.Kind.BCE), Map.of("mixup", 0.8));
    try (Backend backend = Backends.open("reference", 1)) {
      withBatch(task, backend, 4, (loss, input, batch) -> {
        float first = batch.images()[0];
        float last = batch.images()[3 * 64];
        TaskLoss.Targets targets = loss.targets(input, batch);
        double share = (batch.images()[0] - last) / (first - last);
        assertTrue(share > 0 && share < 1, "share " + share);
        // Sets {0, 2} and {0, 1, 3}, of logits 0: each answer's loss is log 2 less t·x.
        var zero = Variable.constant(
            Tensor.of(backend, Shape.of(4, 4), new float[16]));
        assertEquals(Math.log(2), targets.loss(zero).value().item(), 1e-9);
        float[] large = new float[16];
        large[2] = 40;
        double expected = (15 * Math.log(2) + 40 * (1 - share)) / 16;
        var one = Variable.constant(
            Tensor.of(backend, Shape.of(4, 4), large));
        assertEquals(expected, targets.loss(one).value().item(), 1e-5);
      });
    }
  }

  @Test
  void whatIsForImagesOfOneClassIsRefused() {
    assertRefused(Map.of("sampling", LossSettings.Sampling.BALANCED), "`sampling` balanced");
    assertRefused(
        Map.of(
            "teacher", "x.safetensors", "distillationType", LossSettings.Distillation.SOFT),
        "`distillationType`");
    assertRefused(
        Map.of(
            "loss", LossSettings.Kind.FOCAL, "classWeights", LossSettings.ClassWeighting.BALANCED),
        "`loss` focal and `classWeights`");
    Mixing mixing = SettingTable.of(Mixing.class).from(Map.of("mixup", 0.8));
    Map<String, Object> weighs = Map.of("classWeights", LossSettings.ClassWeighting.BALANCED);
    String sentence =
        assertThrows(IllegalArgumentException.class, () -> settings(weighs).requireFitting(mixing))
            .getMessage();
    assertTrue(sentence.contains("set `task` multi-label"), sentence);
    settings(
        Map.of(
            "classWeights", LossSettings.ClassWeighting.BALANCED, "task", TaskKind.MULTI_LABEL))
        .requireFitting(mixing);
  }

  private void assertRefused(Map<String, Object> settings, String begins) {
    String sentence =
        assertThrows(IllegalArgumentException.class, () -> task(settings, Map.of())).getMessage();
    assertTrue(sentence.startsWith(begins), sentence);
  }

  @Test
  void aYesWeighsAsMuchMoreAsThereAreNos() {
    long[] counts = {4, 2, 0, 8};
    assertArrayEquals(
        new double[] {1, 3, 1, 1}, ClassWeights.ofYes(counts, 8));
    assertArrayEquals(
        new double[] {1, (1 - Math.pow(0.5, 6)) / (1 - Math.pow(0.5, 2)), 1, 1},
        ClassWeights.ofYesEffective(counts, 8, 0.5), 1e-15);
  }
}
