package org.swinengine.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Why a model has not learnt, from what a run leaves behind: sentences that say what is seen and its usual
 * causes. No sentence means that nothing of the kind is seen, not that the model is good.
 */
public final class Diagnosis {
  /** Fewer samples of a class than this are hardly ever learnt. */
  private static final int FEW_SAMPLES = 10;

  private static final int EPOCHS_TO_JUDGE = 3;
  private static final double FLAT = 0.02;
  private static final int MOST_NAMES = 5;

  private Diagnosis() {}

  /**
   * What epochs gave, one number an epoch.
   *
   * @param trainLoss mean training loss, cross-entropy in nats
   * @param validationLoss mean cross-entropy over the validation samples
   * @param gradientNorm mean global norm before clipping
   */
  public record History(double[] trainLoss, double[] validationLoss, double[] gradientNorm) {}

  /**
   * Looks for what is known.
   *
   * @param history of the epochs; may be empty
   * @param validation how often each class was there and predicted in the end; null: not measured
   * @param trainingSamples of each class; null: not known
   * @param names of the classes
   * @return a sentence for each finding, the most serious first; settings stand in backticks
   */
  public static List<String> of(
      History history, @Nullable Counts validation, long @Nullable [] trainingSamples, List<String> names) {
    List<String> findings = new ArrayList<>();
    boolean broken = notANumber(history, findings);
    if (!broken) {
      notMoving(history, names.size(), findings);
    }
    if (validation != null && validation.total() > 0) {
      predictions(validation, names, findings);
    }
    if (!broken) {
      memorising(history, findings);
    }
    if (trainingSamples != null) {
      fewSamples(trainingSamples, names, findings);
    }
    return List.copyOf(findings);
  }

  private static boolean notANumber(History history, List<String> findings) {
    for (int epoch = 0; epoch < history.trainLoss().length; epoch++) {
      boolean training = Double.isFinite(history.trainLoss()[epoch]);
      if (!training || !Double.isFinite(history.validationLoss()[epoch])) {
        findings.add(
            "The " + (training ? "validation" : "training") + " loss is no finite number from epoch "
                + (epoch + 1)
                + " on. Usual causes: too high a `learningRate`, too short a warm-up (`warmupEpochs`),"
                + " gradients that are not clipped (`clipNorm`), images that are not scaled to their mean and"
                + " deviation, or first weights that are damaged.");
        return true;
      }
    }
    return false;
  }

  private static void notMoving(History history, int classes, List<String> findings) {
    double[] loss = history.trainLoss();
    if (loss.length == 0) {
      return;
    }
    if (Arrays.stream(history.gradientNorm()).allMatch(norm -> norm == 0)) {
      findings.add(
          "All gradients are 0, so nothing learns. Usual causes: everything is frozen (`freeze`), or the"
              + " model's activations are saturated by first weights of another model.");
      return;
    }
    double least = Arrays.stream(loss).min().orElse(loss[0]);
    double chance = StrictMath.log(classes);
    if (loss.length >= EPOCHS_TO_JUDGE && loss[0] - least < FLAT * loss[0] && least > 0.8 * chance) {
      findings.add(
          String.format(
              Locale.ROOT,
              "The training loss hardly falls: from %.4f to %.4f in %d epochs, where guessing among %d"
                  + " classes gives %.4f. Usual causes: too low or much too high a `learningRate`, labels"
                  + " that do not belong to their images, almost everything frozen (`freeze`), or too"
                  + " strong an augmentation.",
              loss[0], least, loss.length, classes, chance));
    }
  }

  private static void predictions(Counts counts, List<String> names, List<String> findings) {
    int largest = 0;
    int predicted = 0;
    int there = 0;
    for (int c = 0; c < counts.classes(); c++) {
      largest = counts.actual(c) > counts.actual(largest) ? c : largest;
      predicted = counts.predicted(c) > counts.predicted(predicted) ? c : predicted;
      there += counts.actual(c) > 0 ? 1 : 0;
    }
    if (there < 2) {
      return;
    }
    if (counts.predicted(predicted) == counts.total()) {
      findings.add(
          "Every image is put into one class, " + names.get(predicted)
              + ". Usual causes: too high or much too low a `learningRate`, too few epochs, one class with"
              + " most of the images, or images that are prepared otherwise than in training.");
      return;
    }
    double share = (double) counts.actual(largest) / counts.total();
    double noise = StrictMath.sqrt(share * (1 - share) / counts.total());
    if (counts.accuracy() <= share + noise) {
      findings.add(
          String.format(
              Locale.ROOT,
              "The accuracy, %.1f %%, is no more than that of always saying %s, the largest class (%.1f %%)."
                  + " Usual causes: too few epochs, too low a `learningRate`, wrong labels, or classes of"
                  + " very unequal size; balanced accuracy and macro-F1 tell more here.",
              100 * counts.accuracy(), names.get(largest), 100 * share));
    }
    List<String> never = new ArrayList<>();
    for (int c = 0; c < counts.classes(); c++) {
      if (counts.actual(c) > 0 && counts.predicted(c) == 0) {
        never.add(names.get(c));
      }
    }
    if (!never.isEmpty()) {
      findings.add(
          "Never predicted " + (never.size() == 1 ? "is " : "are ") + some(never)
              + ". Usual causes: few training images of it, or another class that looks the same.");
    }
  }

  private static void memorising(History history, List<String> findings) {
    double[] loss = history.validationLoss();
    int last = loss.length - 1;
    if (last < EPOCHS_TO_JUDGE) {
      return;
    }
    int best = 0;
    for (int epoch = 1; epoch <= last; epoch++) {
      best = loss[epoch] < loss[best] ? epoch : best;
    }
    double[] training = history.trainLoss();
    if (best < last - 1 && loss[last] > 1.1 * loss[best] && training[last] < training[best]) {
      findings.add(
          String.format(
              Locale.ROOT,
              "The validation loss rises since epoch %d, from %.4f to %.4f, while the training loss falls:"
                  + " the model learns its images by heart. Usual remedies: more images or augmentation,"
                  + " pretrained weights (`pretrained`), a smaller model, or ending earlier (`patience`).",
              best + 1, loss[best], loss[last]));
    }
  }

  private static void fewSamples(long[] samples, List<String> names, List<String> findings) {
    List<String> few = new ArrayList<>();
    for (int c = 0; c < samples.length; c++) {
      if (samples[c] < FEW_SAMPLES) {
        few.add(names.get(c) + " (" + samples[c] + ")");
      }
    }
    if (!few.isEmpty()) {
      findings.add(
          "Fewer than " + FEW_SAMPLES + " training images " + (few.size() == 1 ? "has " : "have ") + some(few)
              + ". So few are hardly learnt, and figures for them mean little: collect more, or put classes"
              + " together.");
    }
  }

  private static String some(List<String> names) {
    int shown = Math.min(MOST_NAMES, names.size());
    int rest = names.size() - shown;
    return String.join(", ", names.subList(0, shown)) + (rest > 0 ? " and " + rest + " more" : "");
  }
}
