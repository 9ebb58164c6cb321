package org.swinengine.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.Dataset;
import org.swinengine.data.RawImage;
import org.swinengine.metrics.ClassificationFigures;
import org.swinengine.metrics.Predictions;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.ModelWeights;
import org.swinengine.train.settings.Augmentation;
import org.swinengine.train.Tiny;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.TrainListener;
import org.swinengine.train.TrainResult;
import org.swinengine.train.Trainer;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

final class EvaluatorTest {
  @TempDir
  Path output;

  /**
   * Three classes: of 4 a's 3 are found, of 2 b's 1, of 2 c's none. Predicted are 4 a's (3 right), 4 b's (1
   * right), no c.
   */
  @Test
  void metricsOfAWorkedExample() {
    int[][] confusion = {{3, 1, 0}, {1, 1, 0}, {0, 2, 0}};
    List<Evaluation.ClassMetrics> metrics = Evaluation.perClass(confusion, List.of("a", "b", "c"));
    assertEquals(new Evaluation.ClassMetrics("a", 4, 0.75, 0.75, 0.75), metrics.get(0));
    assertEquals(new Evaluation.ClassMetrics("b", 2, 0.25, 0.5, 1.0 / 3), metrics.get(1));
    assertEquals(new Evaluation.ClassMetrics("c", 2, 0, 0, 0), metrics.get(2));
  }

  private LoadedModel trained(Backend backend) throws IOException {
    TrainConfig config =
        Tiny.config(output).toBuilder()
            .epochs(2)
            .model(Tiny.steadyModel())
            .learningRate(1e-2)
            .augmentation(Augmentation.NONE)
            .build();
    TrainResult result = new Trainer(config, Tiny.data(), backend, TrainListener.SILENT).run();
    return LoadedModel.open(result.folder().resolve("best.safetensors"), backend);
  }

  /** Against the mean over the views of one image at a time; the last batch is incomplete. */
  @Test
  void viewsAreEvaluatedAsTheyArePredicted() throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      LoadedModel model = trained(backend);
      Dataset data = new Tiny.Pictures(30, 2, 5);
      TestTimeAugmentation views =
          new TestTimeAugmentation(TestTimeViews.D4, TestTimeAugmentation.Mean.PROBABILITIES);
      Evaluation evaluation = Evaluator.evaluate(model, data, views, Evaluator.Options.of(7, 1));
      int right = 0;
      double loss = 0;
      for (int i = 0; i < data.size(); i++) {
        Prediction prediction = views.predict(model, List.of(data.load(i))).get(0);
        int label = data.label(i);
        right += prediction.first().index() == label ? 1 : 0;
        loss -= Math.log(
            prediction.classes().stream().filter(c -> c.index() == label).findFirst().get().probability());
      }
      assertEquals(100.0 * right / data.size(), evaluation.top1(), 1e-9);
      assertEquals(loss / data.size(), evaluation.loss(), 1e-5);
      Evaluation alone =
          Evaluator.evaluate(model.model(), data, model.preprocessing().pipeline(),
              Evaluator.Options.of(7, 1));
      assertTrue(alone.loss() != evaluation.loss());
    }
  }

  /** Against one image at a time and counting by hand; the last batch is incomplete. */
  @Test
  void anEvaluationCountsWhatThePredictionsSay() throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      LoadedModel model = trained(backend);
      assertEquals(Tiny.CLASSES, model.classNames());
      Dataset data = new Tiny.Pictures(30, 2, 5);
      Evaluation evaluation =
          Evaluator.evaluate(
              model.model(), data, model.preprocessing().pipeline(),
              Evaluator.Options.of(7, 1).withSamples(6));
      int right = 0;
      double loss = 0;
      int[][] confusion = new int[3][3];
      for (int i = 0; i < data.size(); i++) {
        Prediction prediction = model.predict(data.load(i));
        int label = data.label(i);
        confusion[label][prediction.first().index()]++;
        right += prediction.first().index() == label ? 1 : 0;
        loss -= prediction.classes().stream().filter(c -> c.index() == label)
            .mapToDouble(c -> Math.log(c.probability())).sum();
      }
      assertEquals(30, evaluation.images());
      assertArrayEquals(confusion, evaluation.confusion());
      assertEquals(100.0 * right / 30, evaluation.top1());
      assertTrue(right > 0 && right < 30, right + " right: the test needs hits and misses");
      assertEquals(100, evaluation.top5(), "three classes are all among the first five");
      assertEquals(loss / 30, evaluation.loss(), 1e-5);
      assertFalse(evaluation.samples().get(0).isRight(), "mistakes come first");
      assertTrue(evaluation.samples().size() >= 4, "samples " + evaluation.samples().size());
    }
  }

  /** Some pictures by two people. */
  private record Grouped(Dataset whole) implements Dataset {
    @Override
    public int size() {
      return whole.size();
    }

    @Override
    public List<String> classNames() {
      return whole.classNames();
    }

    @Override
    public int label(int index) {
      return whole.label(index);
    }

    @Override
    public Optional<String> group(int index) {
      return index < 20 ? Optional.of(index % 2 == 0 ? "ann" : "bob") : Optional.empty();
    }

    @Override
    public RawImage load(int index) throws IOException {
      return whole.load(index);
    }

    @Override
    public String name(int index) {
      return whole.name(index);
    }

    @Override
    public String description() {
      return whole.description();
    }
  }

  @Test
  void predictionsStandInTheOrderOfTheDataAndInItsGroups() throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      LoadedModel model = trained(backend);
      Dataset data = new Grouped(new Tiny.Pictures(30, 2, 5));
      Evaluation evaluation =
          Evaluator.evaluate(model.model(), data, model.preprocessing().pipeline(), 7);
      Predictions said = evaluation.predictions();
      for (int i = 0; i < data.size(); i++) {
        assertEquals(data.label(i), said.label(i));
        Prediction alone = model.predict(data.load(i));
        assertEquals(alone.first().index(), said.predicted(i));
        assertEquals(alone.first().probability(), said.confidence(i), 1e-12);
      }
      assertEquals(evaluation.loss(), ClassificationFigures.of(said, 0, 0).figure("log_loss").get().value(),
          1e-6);
      int groups = ClassificationFigures.of(said, 10, 0).groups();
      assertEquals(12, groups, "two people, and ten pictures of nobody");
      assertEquals(evaluation.balancedAccuracy(), said.counts().balancedAccuracy());
      assertTrue(evaluation.auc(90) > 0.5 && Double.isNaN(evaluation.auc(89)), "as far as it is cheap");
    }
  }

  @Test
  void anotherNumberOfClassesIsRefusedAndAnEvaluationCanBeCancelled() throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      LoadedModel model = trained(backend);
      Dataset data = Tiny.data().validation();
      Dataset fashion = org.swinengine.data.BuiltInData.test();
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> Evaluator.evaluate(model.model(), fashion, model.preprocessing().pipeline(), 8));
      assertTrue(e.getMessage().contains("tells 3 classes apart"), e.getMessage());
      assertThrows(
          CancellationException.class,
          () -> Evaluator.evaluate(
              model.model(),
              data,
              model.preprocessing().pipeline(),
              Evaluator.Options.of(8, 1).cancelledBy(() -> true)));
    }
  }

  @Test
  void aLoadedModelServesManyThreads() throws Exception {
    try (Backend backend = Backends.open("cpu", 2)) {
      LoadedModel model = trained(backend);
      Dataset data = Tiny.data().validation();
      List<RawImage> images = new ArrayList<>();
      for (int i = 0; i < data.size(); i++) {
        images.add(data.load(i));
      }
      List<Prediction> expected = images.stream().map(model::predict).toList();
      // A second copy, whose weights are prepared by whichever thread comes first.
      LoadedModel fresh = LoadedModel.open(output.resolve("run/last.safetensors"), backend);
      List<Prediction> expectedLast =
          LoadedModel.open(output.resolve("run/last.safetensors"), backend).predict(images);
      ExecutorService threads = Executors.newFixedThreadPool(8);
      try {
        List<Callable<List<Prediction>>> tasks = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          tasks.add(() -> images.stream().map(model::predict).toList());
          tasks.add(() -> fresh.predict(images));
        }
        List<Future<List<Prediction>>> results = threads.invokeAll(tasks);
        for (int i = 0; i < results.size(); i++) {
          assertEquals(i % 2 == 0 ? expected : expectedLast, results.get(i).get());
        }
      } finally {
        threads.shutdownNow();
      }
    }
  }

  @Test
  void weightsWithoutAModelAreRecognisedOrNeedOne() throws IOException {
    try (Backend backend = Backends.open("cpu", 1)) {
      Path weights = output.resolve("weights.safetensors");
      StateDict dict = ModelWeights.save(trained(backend).model());
      Safetensors.write(weights, dict);
      LoadedModel recognised = LoadedModel.open(weights, backend);
      assertEquals(Tiny.model().channels(), recognised.model().spec().channels());
      assertTrue(recognised.report().isComplete());
      LoadedModel named = LoadedModel.open(weights, Tiny.model(), backend);
      assertEquals(List.of("0", "1", "2"), named.classNames());
      assertTrue(named.report().isComplete());
      StateDict.Builder strange = StateDict.builder();
      dict.arrays().forEach((name, array) -> strange.put("x" + name.replace('.', '_'), array));
      Safetensors.write(weights, strange.build());
      ModelConfigException e =
          assertThrows(ModelConfigException.class, () -> LoadedModel.open(weights, backend));
      assertTrue(e.getMessage().contains("`model` or `config`"), e.getMessage());
    }
  }
}
