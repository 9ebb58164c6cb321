package org.swinengine.inference;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.data.Batch;
import org.swinengine.data.BatchLoader;
import org.swinengine.data.Dataset;
import org.swinengine.data.LoaderOptions;
import org.swinengine.data.RawImage;
import org.swinengine.metrics.MultiLabel;
import org.swinengine.models.Model;

/**
 * How well a model tells the classes of images that have any number of them.
 *
 * @param loss mean over all answers of the binary cross-entropy, without smoothing and weights
 * @param answers what is true and how probable it was held
 * @param classNames names of the classes
 * @param groups what belongs together, a number for each image; null: each stands alone
 */
public record MultiLabelEvaluation(
    double loss, MultiLabel answers, List<String> classNames, int @Nullable [] groups) {
  /** Number of images. */
  public int images() {
    return answers.size();
  }

  /**
   * Measures a model on a data set.
   *
   * @param input of the data set
   * @throws IllegalArgumentException if the model has another number of classes than the data
   * @throws IOException when the data cannot be read
   */
  public static MultiLabelEvaluation measure(
      Model model, Dataset dataset, ModelInput input, Evaluator.Options options) throws IOException {
    Evaluator.requireFitting(model, dataset);
    Backend backend = model.parameters().get(0).value().backend();
    LoaderOptions loading =
        LoaderOptions.evaluation(options.batchSize(), options.workers()).withPixels(backend.prefersPixels());
    try (GraphedForward forward = new GraphedForward(model, backend)) {
      return measure(
          dataset, input, options, loading,
          batch -> input.evaluate(forward, batch, logits -> logits.value().toFloats()));
    }
  }

  /** Measures what gives logits of batches. */
  static MultiLabelEvaluation measure(
      Dataset dataset, ModelInput input, Evaluator.Options options, Evaluator.BatchScores scores)
      throws IOException {
    LoaderOptions loading = LoaderOptions.evaluation(options.batchSize(), options.workers());
    return measure(dataset, input, options, loading, scores);
  }

  private static MultiLabelEvaluation measure(
      Dataset dataset, ModelInput input, Evaluator.Options options, LoaderOptions loading,
      Evaluator.BatchScores scores) throws IOException {
    int classes = dataset.classNames().size();
    float[] logits = new float[Math.multiplyExact(dataset.size(), classes)];
    try (BatchLoader loader = input.loader(loading)) {
      loader.startEpoch(0, 0);
      for (Batch batch = loader.next(); batch != null; batch = loader.next()) {
        Evaluator.requireWanted(options);
        float[] rows = scores.of(batch);
        for (int i = 0; i < batch.size(); i++) {
          int sample = (int) batch.sampleIndices()[i];
          System.arraycopy(rows, i * classes, logits, sample * classes, classes);
        }
        batch.release();
      }
    }
    return of(dataset, logits);
  }

  /**
   * Measures the mean over several views of each picture. Pictures are prepared in the calling thread.
   *
   * @param dataset with the model's classes
   * @throws IllegalArgumentException if the views do not fit the model's input
   * @throws IOException when the data cannot be read
   * @throws CancellationException where the options say so
   */
  public static MultiLabelEvaluation measure(
      LoadedModel model, Dataset dataset, TestTimeAugmentation views, Evaluator.Options options)
      throws IOException {
    Evaluator.requireFitting(model.model(), dataset);
    return measure(dataset, options, (images, samples) -> views.logits(model, images));
  }

  /** Measures what gives logits of pictures as they are. */
  static MultiLabelEvaluation measure(
      Dataset dataset, Evaluator.Options options, Evaluator.PictureScores scores) throws IOException {
    int classes = dataset.classNames().size();
    float[] logits = new float[Math.multiplyExact(dataset.size(), classes)];
    for (int first = 0; first < dataset.size(); first += options.batchSize()) {
      Evaluator.requireWanted(options);
      List<RawImage> images = Evaluator.images(dataset, first, options.batchSize());
      long[] samples = LongStream.range(first, first + images.size()).toArray();
      System.arraycopy(
          scores.of(images, samples), 0, logits, first * classes, images.size() * classes);
    }
    return of(dataset, logits);
  }

  /**
   * What several measurements of parts say of the whole.
   *
   * @param whole data with the parts' classes
   * @param parts of it
   * @param members of each, the numbers of its images in the whole
   */
  public static MultiLabelEvaluation joined(
      Dataset whole, List<MultiLabelEvaluation> parts, List<int[]> members) {
    int classes = whole.classNames().size();
    boolean[] truth = new boolean[Math.multiplyExact(whole.size(), classes)];
    double[] probabilities = new double[truth.length];
    double loss = 0;
    for (int p = 0; p < parts.size(); p++) {
      MultiLabelEvaluation part = parts.get(p);
      loss += part.loss() * part.images() / whole.size();
      for (int i = 0; i < part.images(); i++) {
        int to = members.get(p)[i] * classes;
        System.arraycopy(part.answers().truth(), i * classes, truth, to, classes);
        System.arraycopy(part.answers().probabilities(), i * classes, probabilities, to, classes);
      }
    }
    return new MultiLabelEvaluation(
        loss, new MultiLabel(classes, truth, probabilities), whole.classNames(), Evaluator.groups(whole));
  }

  private static MultiLabelEvaluation of(Dataset dataset, float[] logits) {
    int classes = dataset.classNames().size();
    boolean[] truth = new boolean[logits.length];
    for (int i = 0; i < dataset.size(); i++) {
      int row = i * classes;
      Arrays.stream(dataset.labels(i)).forEach(label -> truth[row + label] = true);
    }
    return new MultiLabelEvaluation(
        MultiLabel.logLoss(truth, logits), MultiLabel.ofLogits(classes, truth, logits), dataset.classNames(),
        Evaluator.groups(dataset));
  }
}
