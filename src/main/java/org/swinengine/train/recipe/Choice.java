package org.swinengine.train.recipe;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.swinengine.train.settings.LossSettings;
import org.swinengine.train.tuning.BestMetric;

/**
 * What to train, and how, where a user says neither: model, image size, recipe and length, from the data.
 *
 * @param model name of the model
 * @param pretrained whether it starts from its published weights
 * @param side image height and width in pixels
 * @param channels 1 or 3
 * @param recipe name of the recipe
 * @param settings values besides the recipe's
 * @param reasons sentences for the user; the first is about the model
 */
public record Choice(
    String model,
    boolean pretrained,
    int side,
    int channels,
    String recipe,
    Map<String, Object> settings,
    List<String> reasons) {
  /** The model that is fine-tuned: small enough for a processor, and the commonest. */
  public static final String PRETRAINED = "swin_tiny_patch4_window7_224";

  /** Images of {@link #PRETRAINED} that a core trains a second, or gives features of. */
  private static final double TRAINED = 4;
  private static final double PASSED = 12;

  /** Longest fine-tuning of all weights, in seconds. */
  private static final double LONGEST = 600;

  private static final int TUNING_EPOCHS = 15;

  /** Images of a step of the small models. */
  private static final int BATCH = 32;

  /** Steps after which a small model from scratch has learnt the most of what it will. */
  private static final int STEPS = 1500;

  /** The same where pictures are varied so much that none comes twice. */
  private static final int STEPS_OF_VARIED = 3000;

  /** Fewer epochs than these have no time for pictures that are varied much. */
  private static final int VARIED_EPOCHS = 10;

  /** Normal noise is a share of all levels, in which dim pictures drown. */
  private static final String NOISE = "noise";

  /**
   * How grey pictures are learnt from: radiographs, scans and microscopes differ in exposure and contrast
   * more than in what they show, and those that a model will see are often of another device. An average of
   * the weights, and the loss as the measure of the best epoch, since the accuracy on pictures of the same
   * device says little.
   */
  private static final Map<String, Object> GREY =
      Map.of(
          "colorJitter", 0.2, "gamma", 0.4, NOISE, 0.03, "modelEmaDecay", 0.99, "bestMetric",
          BestMetric.LOSS);

  /** From this share of lost pictures on each is normalised by itself. */
  private static final double LOST = 0.2;

  /** Who gives one of these has said how pictures are normalised: a teacher takes them as the run does. */
  private static final List<String> NORMALIZATION = List.of("normalizeEach", "mean", "std", "teacher");

  /** So many times more images of one class than of another, and those of rare classes count for more. */
  private static final double IMBALANCE = 2;

  /** Images of 28 × 28 that a core trains a second; larger ones in proportion to their patches. */
  private static final double SMALL_TRAINED = 300;

  /** Longest training of a small model, in seconds. */
  private static final double SMALL_LONGEST = 220;

  /**
   * Chooses.
   *
   * @param data the training part
   * @param atHand whether the published weights of {@link #PRETRAINED} are on this machine
   * @param cores processors that compute; 0 for a GPU, on which nothing takes long
   * @param given settings that a user names; they take the place of those that are chosen
   */
  public static Choice of(DataProfile data, boolean atHand, int cores, Map<String, Object> given) {
    return atHand ? tuned(data, cores) : small(data, Math.max(1, cores), given);
  }

  private static Choice tuned(DataProfile data, int cores) {
    List<String> reasons = new ArrayList<>();
    reasons.add(
        PRETRAINED + " starts from its ImageNet weights, which are on this machine; other pictures need"
            + " fewer examples then");
    double seconds = cores == 0 ? 0 : data.images() * TUNING_EPOCHS / (TRAINED * cores);
    if (seconds <= LONGEST) {
      return new Choice(PRETRAINED, true, 224, 3, "finetune", Map.of(), List.copyOf(reasons));
    }
    reasons.add(
        String.format(
            Locale.ROOT,
            "its head alone learns, on features that are computed once (about %.0f minutes): all weights"
                + " would take about %.0f minutes on this processor (`recipe` finetune does it)",
            Math.max(1, data.images() / (PASSED * cores) / 60), seconds / 60));
    return new Choice(PRETRAINED, true, 224, 3, "linear-probe", Map.of(), List.copyOf(reasons));
  }

  private static Choice small(DataProfile data, int cores, Map<String, Object> given) {
    int side = data.side() <= 40 ? 28 : data.side() <= 96 ? 56 : 112;
    int channels = data.isColour() ? 3 : 1;
    String model = side == 28 ? "swin_nano_patch2_window7_28" : "swin_micro_patch4_window7_112";
    List<String> reasons = new ArrayList<>();
    reasons.add(
        String.format(
            Locale.ROOT,
            "a small model at %d×%d pixels in %s, because the images are %s, their shorter side %d pixels in"
                + " the middle, and ImageNet weights are not on this machine (`pretrained` %s downloads"
                + " them, 114 MB, and is more accurate on photographs)",
            side, side, channels == 3 ? "colour" : "grey", channels == 3 ? "coloured" : "grey", data.side(),
            PRETRAINED));
    int steps = Math.max(1, data.images() / BATCH);
    double patches = side == 28 ? 1 : side / 28.0 * side / 28.0 / 4;
    double epochSeconds = data.images() * patches / (SMALL_TRAINED * cores);
    int affordable = (int) Math.floor(SMALL_LONGEST / epochSeconds);
    boolean varied = channels == 1 && affordable >= VARIED_EPOCHS;
    int wanted = (int) Math.ceil((double) (varied ? STEPS_OF_VARIED : STEPS) / steps);
    int epochs = Math.max(2, Math.min(Math.min(wanted, affordable), 100));
    reasons.add(
        String.format(
            Locale.ROOT, "%d epochs, which make %,d steps of %d images", epochs, (long) epochs * steps,
            Math.min(BATCH, data.images())));
    Map<String, Object> settings = new LinkedHashMap<>();
    boolean each = data.lost() >= LOST && NORMALIZATION.stream().noneMatch(given::containsKey);
    if (varied) {
      settings.putAll(GREY);
      if (each) {
        settings.remove(NOISE);
      }
      reasons.add(
          "brightness, contrast" + (each ? " and gamma" : ", gamma and noise")
              + " vary, since grey pictures of another device differ in them;"
              + " the weights are averaged, and the least loss is the best");
    }
    if (each) {
      settings.put("normalizeEach", true);
      reasons.add(
          String.format(
              Locale.ROOT,
              "`normalizeEach`, since of %.0f %% of the pictures, which are dim or flat beside the others, a"
                  + " mean and deviation of all would leave less than an eighth",
              100 * data.lost()));
    }
    boolean balances = given.containsKey("classWeights") || given.containsKey("sampling");
    if (data.imbalance() >= IMBALANCE && !balances) {
      boolean weighs = knowsWeights(given);
      settings.put(
          weighs ? "classWeights" : "sampling",
          weighs ? LossSettings.ClassWeighting.EFFECTIVE : LossSettings.Sampling.BALANCED);
      reasons.add(
          String.format(
              Locale.ROOT, "%s, since one class has %.3g times as many pictures as another",
              weighs ? "`classWeights` effective" : "`sampling` balanced", data.imbalance()));
    }
    settings.put("epochs", epochs);
    settings.put("batchSize", Math.min(BATCH, Math.max(1, data.images())));
    return new Choice(model, false, side, channels, "small-data", settings, List.copyOf(reasons));
  }

  /** Whether an image has one class and the loss weighs it, see {@link LossSettings#requireFitting}. */
  private static boolean knowsWeights(Map<String, Object> given) {
    boolean mixes =
        Stream.of("mixup", "cutmix").anyMatch(name -> given.get(name) instanceof Double a && a > 0);
    return !mixes && given.get("loss") != LossSettings.Kind.BCE;
  }
}
