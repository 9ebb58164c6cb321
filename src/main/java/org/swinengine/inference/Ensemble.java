package org.swinengine.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.data.Dataset;
import org.swinengine.data.Normalize;
import org.swinengine.data.RawImage;

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

  private Ensemble(List<LoadedModel> members) {
    this.members = List.copyOf(members);
  }

  /**
   * Models that are loaded.
   *
   * @param members at least one
   * @throws CheckpointException if they are not of the same classes, in the same order, take pictures that
   *     are prepared in another way, or are several that say yes or no to each class
   */
  public static Ensemble of(List<LoadedModel> members) {
    if (members.isEmpty()) {
      throw new IllegalArgumentException("an ensemble needs at least one model");
    }
    LoadedModel first = members.get(0);
    if (members.size() > 1 && members.stream().anyMatch(one -> one.thresholds().isPresent())) {
      throw new CheckpointException(
          "models that say yes or no to each class have thresholds of their own and cannot be asked together;"
              + " give one of them");
    }
    for (int i = 1; i < members.size(); i++) {
      LoadedModel other = members.get(i);
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
        members.size() == 1 ? members : members.stream().map(one -> one.withCalibration(null)).toList());
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
    return of(files(weights).stream().map(file -> LoadedModel.open(file, backend)).toList());
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
      all.add(member.predict(new PictureBatch(batch.pictures(), prepared(batch.input(), member))));
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
  private static List<Prediction> mean(List<List<Prediction>> all) {
    return IntStream.range(0, all.get(0).size())
        .mapToObj(i -> Prediction.mean(all.stream().map(one -> one.get(i)).toList()))
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

  /** Logarithms of mean probabilities; of what one model alone says, its logits. */
  private float[] logits(long[] samples, @Nullable OutOfFold learnt, Rows of) {
    int n = samples.length;
    int classes = classNames().size();
    double[] sums = new double[n * classes];
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
        Prediction said = Prediction.of(logits, r * classes, classNames(), 1);
        for (Prediction.ClassProbability c : said.classes()) {
          sums[rows[r] * classes + c.index()] += c.probability();
        }
      }
    }
    for (int i = 0; i < n; i++) {
      for (int c = 0; asked[i] > 1 && c < classes; c++) {
        last[i * classes + c] = (float) StrictMath.log(sums[i * classes + c] / asked[i]);
      }
    }
    return last;
  }
}
