package org.swinengine.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.data.Dataset;
import org.swinengine.data.Normalize;
import org.swinengine.data.RawImage;
import org.swinengine.metrics.MultiLabel;

/**
 * Models of the same classes that are asked together: what they say is the mean of their probabilities, with
 * equal weight, in float64 and in their order. One model alone says what it says.
 *
 * <pre>{@code
 * Ensemble folds = Ensemble.open(Path.of("runs/flowers"), backend);
 * String name = folds.predict(ImageDecoder.decode(Path.of("photo.jpg"))).first().name();
 * }</pre>
 *
 * <p>Pictures are prepared once, so preprocessing must be the same for all; mean and deviation of the pixels
 * may differ, as they do where each fold has measured those of its own training images.
 */
public final class Ensemble {
  private final List<LoadedModel> members;

  /** Of models that say yes or no to each class; null of others. */
  private final double @Nullable [] thresholds;

  /** Whose models they are; null: they were not trained as folds. */
  private final @Nullable FoldsFolder folds;

  private Ensemble(
      List<LoadedModel> members, double @Nullable [] thresholds, @Nullable FoldsFolder folds) {
    this.members = List.copyOf(members);
    this.thresholds = thresholds;
    this.folds = folds;
  }

  /**
   * Models that are loaded.
   *
   * @param members at least one
   * <p>Of models that say yes or no to each class, each class's threshold is the mean of theirs.
   *
   * @throws CheckpointException if they are not of the same classes, in the same order, take pictures that
   *     are prepared in another way, or some of them alone say yes or no to each class
   */
  public static Ensemble of(List<LoadedModel> members) {
    if (members.isEmpty()) {
      throw new IllegalArgumentException("an ensemble needs at least one model");
    }
    LoadedModel first = members.get(0);
    for (int i = 1; i < members.size(); i++) {
      LoadedModel other = members.get(i);
      if (other.thresholds().isPresent() != first.thresholds().isPresent()) {
        throw new CheckpointException(
            "the models cannot be asked together: of the first and of number " + (i + 1)
                + " one says yes or no to each class and the other which one class a picture has; give"
                + " models of one kind");
      }
      if (!other.classNames().equals(first.classNames())) {
        throw new CheckpointException(
            "the models cannot be asked together: the first tells " + classes(first) + " apart, but number "
                + (i + 1) + " " + classes(other) + "; give models of the same classes in the same order");
      }
      Preprocessing prepared = first.preprocessing();
      Preprocessing others = other.preprocessing();
      // Of a picture that was normalised by itself its levels cannot be told any more.
      boolean oneOfEach = prepared.normalize().isOfEach() != others.normalize().isOfEach();
      if (oneOfEach || !others.withNormalize(prepared.normalize()).equals(prepared)) {
        throw new CheckpointException(
            "the models cannot be asked together: pictures are prepared for the first by "
                + prepared.toJson() + ", but for number " + (i + 1) + " by " + others.toJson()
                + "; give models that take the same pictures");
      }
    }
    // A temperature is of one model; the mean of several is sure in another way.
    return new Ensemble(
        members.size() == 1 ? members : members.stream().map(one -> one.withCalibration(null)).toList(),
        first.thresholds().isPresent() ? meanThresholds(members) : null, null);
  }

  private static double[] meanThresholds(List<LoadedModel> members) {
    double[] means = new double[members.get(0).classNames().size()];
    for (LoadedModel member : members) {
      double[] own = member.thresholds().orElseThrow();
      for (int c = 0; c < means.length; c++) {
        means[c] += own[c] / members.size();
      }
    }
    return means;
  }

  /** The same models with what was chosen on all out-of-fold predictions, if the folds have something. */
  public Ensemble asFolds(FoldsFolder of) {
    double[] chosen = of.thresholds();
    return new Ensemble(members, chosen == null ? thresholds : withThresholds(chosen).thresholds, of);
  }

  /**
   * What is known of all of them together under a name: of one model what its file says, of folds what their
   * {@code folds.json} does.
   *
   * @return empty where nothing is
   */
  public Optional<String> said(String key) {
    return size() == 1 ? first().said(key)
        : Optional.ofNullable(folds).flatMap(folder -> folder.said(key));
  }

  /**
   * The same models with other thresholds.
   *
   * @param chosen of each class
   * @throws CheckpointException if the models say no yes or no, or have another number of classes
   */
  public Ensemble withThresholds(double[] chosen) {
    if (thresholds == null || chosen.length != thresholds.length) {
      throw new CheckpointException(
          "there are thresholds of " + chosen.length + " classes, but the models say "
              + (thresholds == null ? "which one class a picture has" : "yes or no to " + thresholds.length)
              + "; give the thresholds of these models");
    }
    return new Ensemble(members, chosen.clone(), folds);
  }

  /** The thresholds of models that say yes or no to each class; empty of others. */
  public Optional<double[]> thresholds() {
    return Optional.ofNullable(thresholds).map(double[]::clone);
  }

  private static String classes(LoadedModel model) {
    List<String> names = model.classNames();
    int shown = Math.min(5, names.size());
    return names.size() + " classes (" + String.join(", ", names.subList(0, shown))
        + (shown < names.size() ? ", …" : "") + ")";
  }

  /**
   * The folds of a cross-validation, or the model of a file.
   *
   * @param weights a folder with {@code folds.json}, or what {@link LoadedModel#open(Path, Backend)} takes
   * @throws CheckpointException if the folds are not complete, or do not agree
   * @throws org.swinengine.weights.WeightFileException if a file cannot be read
   */
  public static Ensemble open(Path weights, Backend backend) {
    Ensemble all = of(files(weights).stream().map(file -> LoadedModel.open(file, backend)).toList());
    return FoldsFolder.isOne(weights) ? all.asFolds(FoldsFolder.read(weights)) : all;
  }

  /** The files of weights that a path stands for: those of all folds, or itself. */
  public static List<Path> files(Path weights) {
    return FoldsFolder.isOne(weights) ? FoldsFolder.read(weights).weights() : List.of(weights);
  }

  /** The models. */
  public List<LoadedModel> members() {
    return members;
  }

  /** Number of models. */
  public int size() {
    return members.size();
  }

  /** The first model, whose preprocessing pictures are read for. */
  public LoadedModel first() {
    return members.get(0);
  }

  /** Names of the classes; the index is the class number. */
  public List<String> classNames() {
    return first().classNames();
  }

  /** Classifies a picture of any size. */
  public Prediction predict(RawImage image) {
    return predict(List.of(image)).get(0);
  }

  /** Classifies pictures of any size in one batch for each model. */
  public List<Prediction> predict(List<RawImage> images) {
    return mean(members.stream().map(member -> member.predict(images)).toList());
  }

  /** Classifies pictures of any size by several views of each. */
  public List<Prediction> predict(List<RawImage> images, TestTimeAugmentation views) {
    return mean(members.stream().map(member -> views.predict(member, images)).toList());
  }

  /** Classifies pictures that were prepared ahead for the {@link #first} model. */
  public List<Prediction> predict(PictureBatch batch) {
    List<List<Prediction>> all = new ArrayList<>();
    for (LoadedModel member : members) {
      boolean same = member.preprocessing().normalize().equals(first().preprocessing().normalize());
      all.add(
          member.predict(
              same ? batch : new PictureBatch(batch.pictures(), prepared(batch.input(), member))));
    }
    return mean(all);
  }

  /** The same pictures as another model takes them. */
  private float[] prepared(float[] input, LoadedModel member) {
    Normalize own = member.preprocessing().normalize();
    Normalize first = first().preprocessing().normalize();
    int plane = first().preprocessing().height() * first().preprocessing().width();
    return own.equals(first) ? input : own.instead(first, input, plane);
  }

  /** @param all what each model says of each picture */
  private List<Prediction> mean(List<List<Prediction>> all) {
    return IntStream.range(0, all.get(0).size())
        .mapToObj(i -> Prediction.mean(all.stream().map(one -> one.get(i)).toList(), thresholds))
        .toList();
  }

  /**
   * Measures the mean of all models.
   *
   * @param dataset with the models' classes
   * @param views of each picture; null: the picture alone
   * @throws IOException when the data cannot be read
   */
  public Evaluation evaluate(
      Dataset dataset, @Nullable TestTimeAugmentation views, Evaluator.Options options) throws IOException {
    return evaluate(dataset, null, views, options);
  }

  /**
   * Measures the mean of those models that have not learnt from a picture; a picture that all of them have
   * learnt from is given the mean of all.
   *
   * @param dataset with the models' classes
   * @param learnt who has learnt from what of the data; null: nobody from any
   * @param views of each picture; null: the picture alone
   * @throws IOException when the data cannot be read
   */
  public Evaluation evaluate(
      Dataset dataset, @Nullable OutOfFold learnt, @Nullable TestTimeAugmentation views,
      Evaluator.Options options) throws IOException {
    LoadedModel one = first();
    Evaluator.requireFitting(one.model(), dataset);
    if (size() == 1) {
      return views == null
          ? Evaluator.evaluate(one.model(), dataset, one.preprocessing().pipeline(), options)
          : Evaluator.evaluate(one, dataset, views, options);
    }
    if (views != null) {
      return Evaluator.evaluate(
          dataset, options,
          (images, samples) -> logits(
              samples, learnt, (member, rows) -> views.logits(member, chosen(images, rows))));
    }
    int floats = one.preprocessing().pipeline().floatsPerImage();
    return Evaluator.evaluate(
        dataset, one.preprocessing().pipeline(), options,
        batch -> logits(
            Arrays.copyOf(batch.sampleIndices(), batch.size()), learnt,
            (member, rows) -> member.logits(
                prepared(chosen(batch.images(), floats, rows), member), rows.length)));
  }

  /**
   * Measures the mean of those models that have not learnt from a picture, where they say yes or no to each
   * class.
   *
   * @param dataset with the models' classes
   * @param learnt who has learnt from what of the data; null: nobody from any
   * @param views of each picture; null: the picture alone
   * @throws IOException when the data cannot be read
   */
  public MultiLabelEvaluation evaluateAnswers(
      Dataset dataset, @Nullable OutOfFold learnt, @Nullable TestTimeAugmentation views,
      Evaluator.Options options) throws IOException {
    LoadedModel one = first();
    Evaluator.requireFitting(one.model(), dataset);
    if (size() == 1) {
      ModelInput input = new ModelInput.Images(dataset, one.preprocessing().pipeline());
      return views == null
          ? MultiLabelEvaluation.measure(one.model(), dataset, input, options)
          : MultiLabelEvaluation.measure(one, dataset, views, options);
    }
    if (views != null) {
      return MultiLabelEvaluation.measure(
          dataset, options,
          (images, samples) -> logits(
              samples, learnt, (member, rows) -> views.logits(member, chosen(images, rows))));
    }
    int floats = one.preprocessing().pipeline().floatsPerImage();
    return MultiLabelEvaluation.measure(
        dataset, new ModelInput.Images(dataset, one.preprocessing().pipeline()), options,
        batch -> logits(
            Arrays.copyOf(batch.sampleIndices(), batch.size()), learnt,
            (member, rows) -> member.logits(
                prepared(chosen(batch.images(), floats, rows), member), rows.length)));
  }

  private static List<RawImage> chosen(List<RawImage> images, int[] rows) {
    return Arrays.stream(rows).mapToObj(images::get).toList();
  }

  private static float[] chosen(float[] images, int floats, int[] rows) {
    float[] some = new float[rows.length * floats];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(images, rows[i] * floats, some, i * floats, floats);
    }
    return some;
  }

  /** Gives a model's logits of some rows of a batch. */
  private interface Rows {
    float[] logits(LoadedModel member, int[] rows);
  }

  /** What has the mean probabilities, as logarithms or logits; of what one model alone says, its logits. */
  private float[] logits(long[] samples, @Nullable OutOfFold learnt, Rows of) {
    int n = samples.length;
    int classes = classNames().size();
    double[] sums = new double[n * classes];
    double[] opposites = new double[n * classes];
    float[] last = new float[n * classes];
    int[] asked = new int[n];
    for (int m = 0; m < size(); m++) {
      int member = m;
      int[] rows =
          IntStream.range(0, n)
              .filter(i -> learnt == null || learnt.isAsked(member, (int) samples[i])).toArray();
      if (rows.length == 0) {
        continue;
      }
      float[] logits = of.logits(members.get(m), rows);
      for (int r = 0; r < rows.length; r++) {
        System.arraycopy(logits, r * classes, last, rows[r] * classes, classes);
        asked[rows[r]]++;
        if (thresholds != null) {
          for (int c = 0; c < classes; c++) {
            sums[rows[r] * classes + c] += MultiLabel.sigmoid(logits[r * classes + c]);
            opposites[rows[r] * classes + c] += MultiLabel.sigmoid(-logits[r * classes + c]);
          }
          continue;
        }
        Prediction said = Prediction.of(logits, r * classes, classNames(), 1);
        for (Prediction.ClassProbability c : said.classes()) {
          sums[rows[r] * classes + c.index()] += c.probability();
        }
      }
    }
    for (int i = 0; i < n; i++) {
      for (int c = 0; asked[i] > 1 && c < classes; c++) {
        int at = i * classes + c;
        last[at] = (float) StrictMath.log(sums[at] / (thresholds == null ? asked[i] : opposites[at]));
      }
    }
    return last;
  }
}
