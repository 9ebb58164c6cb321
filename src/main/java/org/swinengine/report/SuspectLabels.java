package org.swinengine.report;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.Csv;
import org.swinengine.data.Dataset;
import org.swinengine.data.Folds;
import org.swinengine.metrics.LabelIssues;
import org.swinengine.metrics.Predictions;
import org.swinengine.metrics.probe.FoldedProbe;

/**
 * Labels that are probably wrong, the likeliest first: {@link LabelIssues#ranked} of probabilities that come
 * from samples other than the one that is judged.
 *
 * @param images number of images
 * @param judged images that could be judged
 * @param estimated number of labels that confident learning doubts, {@link LabelIssues#estimated}
 * @param method how it was found out, and what of the labels had a part in it
 * @param suspects the labels
 */
public record SuspectLabels(
    int images, int judged, int estimated, String method, List<Suspect> suspects) {
  /** Folds that the images are divided into. */
  private static final int FOLDS = 5;

  /** Images × classes of which probabilities fit into memory. */
  private static final long MOST_PROBABILITIES = 1L << 26;

  /** Pictures of a page. */
  private static final int MOST_PICTURES = 60;

  private static final String PROBES =
      "Each image is judged by the others: logistic regression and the nearest neighbours over 5 folds, on ";

  /**
   * One of them.
   *
   * @param name of the image in its data set
   * @param given its label
   * @param suggested the likeliest class
   * @param score 1 − the probability of the label, 0 to 1: the higher, the likelier it is wrong
   * @param picture the image; null: not shown
   */
  public record Suspect(
      String name, String given, String suggested, double score, @Nullable Thumbnail picture) {}

  /**
   * Of a backbone that learnt none of these labels.
   *
   * @param dataset one label an image
   * @param features [images × n], of each image as it is
   * @param seed that divides the folds
   * @param most labels to list
   * @throws IOException if a picture cannot be read
   */
  public static SuspectLabels ofFrozen(Dataset dataset, float[] features, long seed, int most)
      throws IOException {
    return of(
        dataset, List.of(view(dataset, features, true)), seed, most,
        PROBES + "the features of the backbone, which was frozen and so has learnt none of these labels in"
            + " this run.");
  }

  /**
   * Of a backbone that was trained on these labels. What it learnt by heart lies among what it is labelled
   * as, so that its features serve the regression alone, and the pictures' frequencies speak as well.
   *
   * @param dataset one label an image
   * @param features [images × n], of each image as it is
   * @param frequencies [images × m], which know no label: {@link
   *     org.swinengine.inference.LowFrequencies}
   * @param seed that divides the folds
   * @param most labels to list
   * @throws IOException if a picture cannot be read
   */
  public static SuspectLabels ofTrained(
      Dataset dataset, float[] features, float[] frequencies, long seed, int most) throws IOException {
    return of(
        dataset, List.of(view(dataset, features, false), view(dataset, frequencies, true)), seed, most,
        PROBES + "the lowest frequencies of the pictures, which know no label, and regression alone on the"
            + " model's features. These were trained on the same labels, wrong ones included: a mistake that"
            + " the model has learnt by heart stands further down, or is missing.");
  }

  private static FoldedProbe.View view(Dataset dataset, float[] features, boolean neighbours) {
    return new FoldedProbe.View(features, features.length / dataset.size(), true, neighbours);
  }

  /** There is no list. */
  public static SuspectLabels none(Dataset dataset, String reason) {
    return new SuspectLabels(dataset.size(), 0, 0, reason, List.of());
  }

  /** Whether a data set has too many images and classes for probabilities of all. */
  public static boolean isTooLarge(Dataset dataset) {
    return (long) dataset.size() * dataset.classNames().size() > MOST_PROBABILITIES;
  }

  private static SuspectLabels of(
      Dataset dataset, List<FoldedProbe.View> views, long seed, int most, String method) throws IOException {
    int[] labels = IntStream.range(0, dataset.size()).map(dataset::label).toArray();
    FoldedProbe probe =
        FoldedProbe.of(views, labels, dataset.classNames().size(), Folds.numbers(dataset, FOLDS, seed));
    LabelIssues issues = LabelIssues.ranked(probe.predictions(), probe.agreement(), most);
    List<Suspect> suspects = new ArrayList<>();
    for (LabelIssues.Issue issue : issues.issues()) {
      int sample = probe.samples()[issue.sample()];
      Thumbnail picture =
          suspects.size() < MOST_PICTURES ? Thumbnail.of(dataset.load(sample)) : null;
      suspects.add(suspect(issue, dataset.name(sample), dataset.classNames(), picture));
    }
    return new SuspectLabels(
        dataset.size(), probe.samples().length, issues.estimated(), method, List.copyOf(suspects));
  }

  /**
   * Of predictions that are at hand, such as those of cross-validation.
   *
   * @param predictions with all probabilities, of models that were not trained on the images they judge
   * @param names of the images, by their number
   * @param classes names of the classes
   * @param most labels to list
   */
  public static SuspectLabels ofPredictions(
      Predictions predictions, IntFunction<String> names, List<String> classes, int most) {
    LabelIssues issues = LabelIssues.ranked(predictions, null, most);
    return new SuspectLabels(
        predictions.size(), predictions.size(), issues.estimated(),
        "By the probabilities of the predictions given. They must be of models that were not trained on the"
            + " images they judge, as those of cross-validation are.",
        issues.issues().stream()
            .map(issue -> suspect(issue, names.apply(issue.sample()), classes, null))
            .toList());
  }

  private static Suspect suspect(
      LabelIssues.Issue issue, String name, List<String> classes, @Nullable Thumbnail picture) {
    return new Suspect(
        name, classes.get(issue.given()), classes.get(issue.suggested()), 1 - issue.selfConfidence(),
        picture);
  }

  /** What a page shows: those that have a picture, or the first, if none has. */
  public SuspectLabels ofPage() {
    return new SuspectLabels(
        images, judged, estimated, method, suspects.subList(0, Math.min(MOST_PICTURES, suspects.size())));
  }

  /**
   * The list as a table to review: the image, its label, the suggested one, the score, and an empty column
   * for the decision, as {@link org.swinengine.data.list.Relabelled} takes it.
   */
  public String csv() {
    StringBuilder text = new StringBuilder("path,label,suggested,score,new_label\n");
    for (Suspect suspect : suspects) {
      text.append(
          Csv.row(
              List.of(
                  suspect.name(), suspect.given(), suspect.suggested(),
                  String.format(Locale.ROOT, "%.4f", suspect.score()), "")));
      text.append('\n');
    }
    return text.toString();
  }
}
