package org.swinengine.inference;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.data.Batch;
import org.swinengine.data.BatchLoader;
import org.swinengine.data.Dataset;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.LoaderOptions;
import org.swinengine.data.RawImage;
import org.swinengine.metrics.Predictions;
import org.swinengine.models.Model;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** Measures a model on labelled images. */
public final class Evaluator {
  /**
   * @param batchSize images of a forward pass
   * @param workers threads that prepare images
   * @param samples predictions to keep, half of them the most confident mistakes
   * @param cancelled asked before each batch; true ends the evaluation with a {@link CancellationException}
   */
  public record Options(int batchSize, int workers, int samples, BooleanSupplier cancelled) {
    /** Without samples, to the end. */
    public static Options of(int batchSize, int workers) {
      return new Options(batchSize, workers, 0, () -> false);
    }

    /** These options, keeping sample predictions. */
    public Options withSamples(int number) {
      return new Options(batchSize, workers, number, cancelled);
    }

    /** These options with a way to end it early. */
    public Options cancelledBy(BooleanSupplier condition) {
      return new Options(batchSize, workers, samples, condition);
    }
  }

  private record Guess(int sample, int predicted, double probability) {}

  private final Dataset dataset;
  private final int classes;
  private final Options options;
  private final int[][] confusion;
  private final Predictions.Builder predictions;
  private final PriorityQueue<Guess> mistakes =
      new PriorityQueue<>(
          Comparator.comparingDouble(Guess::probability).thenComparing(Guess::sample,
              Comparator.reverseOrder()));
  private final List<Guess> spread = new ArrayList<>();
  private double lossSum;
  private int amongFirst;
  private int amongFive;

  private Evaluator(Dataset dataset, Options options) {
    this.dataset = dataset;
    this.options = options;
    classes = dataset.classNames().size();
    confusion = new int[classes][classes];
    predictions = new Predictions.Builder(dataset.size(), classes);
  }

  /** Measures a model on a data set, one batch after the other. */
  public static Evaluation evaluate(Model model, Dataset dataset, ImagePipeline pipeline, int batchSize)
      throws IOException {
    return evaluate(model, dataset, pipeline, Options.of(batchSize, 1));
  }

  /**
   * Measures a model on a data set.
   *
   * @throws IllegalArgumentException if the model has another number of classes than the data
   * @throws IOException when the data cannot be read
   */
  public static Evaluation evaluate(Model model, Dataset dataset, ImagePipeline pipeline, Options options)
      throws IOException {
    return evaluate(model, dataset, new ModelInput.Images(dataset, pipeline), options);
  }

  /**
   * Measures the mean over several views of each picture. Pictures are prepared in the calling thread.
   *
   * @param dataset with the model's classes
   * @throws IllegalArgumentException if the views do not fit the model's input
   * @throws IOException when the data cannot be read
   */
  public static Evaluation evaluate(
      LoadedModel model, Dataset dataset, TestTimeAugmentation views, Options options) throws IOException {
    requireFitting(model.model(), dataset);
    return evaluate(dataset, options, (images, samples) -> views.logits(model, images));
  }

  /** Gives the logits {@code [n, classes]} of pictures. */
  interface PictureScores {
    /** @param samples their indices in the data */
    float[] of(List<RawImage> images, long[] samples);
  }

  /** Measures whatever gives logits of pictures as they are decoded. */
  static Evaluation evaluate(Dataset dataset, Options options, PictureScores scores) throws IOException {
    Evaluator evaluator = new Evaluator(dataset, options);
    for (int first = 0; first < dataset.size(); first += options.batchSize()) {
      requireWanted(options);
      List<RawImage> images = images(dataset, first, options.batchSize());
      long[] samples = LongStream.range(first, first + images.size()).toArray();
      evaluator.count(scores.of(images, samples), samples);
    }
    return evaluator.result();
  }

  /** Gives the logits {@code [n, classes]} of a batch. */
  interface BatchScores {
    float[] of(Batch batch);
  }

  /** Measures whatever gives logits of prepared pictures. */
  static Evaluation evaluate(Dataset dataset, ImagePipeline pipeline, Options options, BatchScores scores)
      throws IOException {
    Evaluator evaluator = new Evaluator(dataset, options);
    LoaderOptions loading = LoaderOptions.evaluation(options.batchSize(), options.workers());
    try (BatchLoader loader = new ModelInput.Images(dataset, pipeline).loader(loading)) {
      loader.startEpoch(0, 0);
      for (Batch batch = loader.next(); batch != null; batch = loader.next()) {
        requireWanted(options);
        evaluator.count(scores.of(batch), Arrays.copyOf(batch.sampleIndices(), batch.size()));
        batch.release();
      }
    }
    return evaluator.result();
  }

  static List<RawImage> images(Dataset dataset, int first, int most) throws IOException {
    List<RawImage> images = new ArrayList<>();
    for (int i = first; i < Math.min(dataset.size(), first + most); i++) {
      images.add(dataset.load(i));
    }
    return images;
  }

  static void requireWanted(Options options) {
    if (options.cancelled().getAsBoolean()) {
      throw new CancellationException("the evaluation was cancelled");
    }
  }

  /** Counts rows of logits whose loss is not known yet. */
  private void count(float[] logits, long[] samples) {
    for (int i = 0; i < samples.length; i++) {
      int sample = (int) samples[i];
      lossSum += loss(logits, i * classes, dataset.label(sample));
      count(logits, i * classes, dataset.label(sample), sample);
    }
  }

  static void requireFitting(Model model, Dataset dataset) {
    model.spec().requireClassification("eval");
    if (model.spec().classes() != dataset.classNames().size()) {
      throw new IllegalArgumentException(
          "the model " + model.spec().name() + " tells " + model.spec().classes() + " classes apart, but "
              + dataset.description() + " has " + dataset.classNames().size()
              + "; give the data that it was trained for");
    }
  }

  /** The cross-entropy of a row of logits. */
  private double loss(float[] logits, int row, int label) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < classes; c++) {
      largest = Math.max(largest, logits[row + c]);
    }
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      sum += StrictMath.exp(logits[row + c] - largest);
    }
    return StrictMath.log(sum) + largest - logits[row + label];
  }

  /** The same from another input than images. */
  public static Evaluation evaluate(Model model, Dataset dataset, ModelInput input, Options options)
      throws IOException {
    requireFitting(model, dataset);
    Evaluator evaluator = new Evaluator(dataset, options);
    Backend backend = model.parameters().get(0).value().backend();
    LoaderOptions loading =
        LoaderOptions.evaluation(options.batchSize(), options.workers()).withPixels(backend.prefersPixels());
    try (BatchLoader loader = input.loader(loading);
        GraphedForward forward = new GraphedForward(model, backend)) {
      loader.startEpoch(0, 0);
      for (Batch batch = loader.next(); batch != null; batch = loader.next()) {
        requireWanted(options);
        evaluator.add(forward, input, batch);
        batch.release();
      }
    }
    return evaluator.result();
  }

  private void add(GraphedForward forward, ModelInput input, Batch batch) {
    Backend backend = forward.backend();
    int n = batch.size();
    float[] logits = input.evaluate(forward, batch, result -> {
      Tensor labels = Tensor.empty(backend, DType.INT32, Shape.of(n));
      backend.memory().upload(batch.labels(), 0, labels, n);
      lossSum += CrossEntropyOp.apply(result, labels, 0).value().item() * n;
      return result.value().toFloats();
    });
    for (int i = 0; i < n; i++) {
      count(logits, i * classes, batch.labels()[i], (int) batch.sampleIndices()[i]);
    }
  }

  private void count(float[] logits, int row, int label, int sample) {
    int predicted = 0;
    int before = 0;
    for (int c = 0; c < classes; c++) {
      float logit = logits[row + c];
      if (logit > logits[row + predicted]) {
        predicted = c;
      }
      // Negated, so that a logit that is not a number never counts as a hit.
      if (c < label ? !(logit < logits[row + label]) : c > label && !(logit <= logits[row + label])) {
        before++;
      }
    }
    confusion[label][predicted]++;
    amongFirst += before == 0 ? 1 : 0;
    amongFive += before < 5 ? 1 : 0;
    predictions.set(sample, label, logits, row);
    keep(new Guess(sample, predicted, probability(logits, row, predicted)), label);
  }

  private double probability(float[] logits, int row, int predicted) {
    if (options.samples() == 0) {
      return 0;
    }
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      sum += Math.exp(logits[row + c] - logits[row + predicted]);
    }
    return 1 / sum;
  }

  private void keep(Guess guess, int label) {
    int half = options.samples() / 2;
    if (half == 0) {
      return;
    }
    if (guess.predicted() != label) {
      mistakes.add(guess);
      if (mistakes.size() > half) {
        mistakes.poll();
      }
    }
    int stride = Math.max(1, dataset.size() / half);
    if (guess.sample() % stride == 0 && spread.size() < half) {
      spread.add(guess);
    }
  }

  private Evaluation result() {
    int images = dataset.size();
    List<Guess> kept = new ArrayList<>();
    while (!mistakes.isEmpty()) {
      kept.add(0, mistakes.poll());
    }
    spread.stream().filter(guess -> !kept.contains(guess)).toList().forEach(kept::add);
    List<Evaluation.Sample> samples = new ArrayList<>();
    for (Guess guess : kept) {
      int i = guess.sample();
      samples.add(
          new Evaluation.Sample(
              dataset.name(i), dataset.label(i), guess.predicted(), guess.probability(),
              () -> dataset.load(i)));
    }
    return new Evaluation(
        images,
        lossSum / images,
        100.0 * amongFirst / images,
        100.0 * amongFive / images,
        confusion,
        Evaluation.perClass(confusion, dataset.classNames()),
        List.copyOf(samples),
        predictions.build().inGroups(groups(dataset)));
  }

  /**
   * Numbers of what belongs together, as {@link Predictions#inGroups} takes them.
   *
   * @return of each sample; null where the data say it of none
   */
  public static int @Nullable [] groups(Dataset dataset) {
    Map<String, Integer> numbers = new HashMap<>();
    int[] groups = new int[dataset.size()];
    for (int i = 0; i < groups.length; i++) {
      String group = dataset.group(i).orElse(null);
      // A sample of no group stands alone; its number is below those of groups.
      groups[i] = group == null ? -1 - i : numbers.computeIfAbsent(group, name -> numbers.size());
    }
    return numbers.isEmpty() ? null : groups;
  }
}
