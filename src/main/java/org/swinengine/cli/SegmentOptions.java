package org.swinengine.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.swinengine.inference.Ensemble;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.SlidingWindow;
import org.swinengine.inference.segmentation.CleanUp;
import org.swinengine.inference.segmentation.PictureScale;
import org.swinengine.inference.segmentation.Segmenter;
import org.swinengine.models.ModelSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How a model that gives pixels their classes sees pictures. */
final class SegmentOptions {
  private static final double OVERLAP = 0.5;
  private static final String AUTO = "auto";
  private static final double LEAST_SCALE = 0.01;
  private static final double LARGEST_SCALE = 16;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--windows",
      description = "Of a model that segments: see pictures through windows of the model's size that overlap,"
          + " weighed by a Gaussian, at the resolution of --scale. Default: each picture as a whole, resized,"
          + " as in training.")
  private boolean windows;

  @Option(
      names = "--scale",
      paramLabel = "auto|F",
      defaultValue = "auto",
      description = "With --windows: by what pictures are resized first; 1: they stay as they are; auto: by"
          + " what training has resized them by, where the checkpoint says it, else 1. What is found has the"
          + " pictures' own size in any case. Default: ${DEFAULT-VALUE}.")
  private String scale;

  @Option(
      names = "--overlap",
      paramLabel = "F",
      description = "Share of a window that the next one covers too, from 0 to less than 1. Default: 0.5.")
  private Double overlap;

  @Option(
      names = "--mirror",
      description = "Of a model that segments: take the mean of the logits over the picture and its mirror"
          + " images; takes four times as long.")
  private boolean mirror;

  @Option(
      names = "--turns",
      description = "Of a model that segments: take the mean over quarter turns; takes four times as long,"
          + " and with --mirror over all eight positions eight times.")
  private boolean turns;

  @Option(
      names = "--clean-up",
      paramLabel = "auto|off|validation",
      defaultValue = "auto",
      description = "Of a model that segments: take away parts of predictions as its checkpoint says, where"
          + " train --clean-up validation has chosen that, of folds as folds.json says, of other ensembles"
          + " what all members would take away; off: never; validation, of eval: choose it now, on"
          + " the validation part. Default: ${DEFAULT-VALUE}.")
  private CleaningUp cleanUp;

  /** Which parts of predictions are taken away. */
  enum CleaningUp {
    AUTO, OFF, VALIDATION
  }

  @Option(
      names = "--class-table",
      paramLabel = "FILE",
      description = "Of a model that segments: names, colours and mask values of the classes, lines such as"
          + " 1,nucleus,#ff8000,255. Default: classes.csv of the data, or what the masks hold.")
  private Path classTable;

  @Option(
      names = "--ignore-label",
      paramLabel = "N",
      description = "Of a model that segments: number in masks of pixels that count nowhere. Default: none.")
  private Integer ignored;

  /** Whether a model segments; other models do not take these options. */
  boolean isMeant(LoadedModel model) {
    boolean segments = model.model().spec().task() == ModelSpec.Task.SEGMENTATION;
    boolean given =
        windows || overlap != null || !scale.equals(AUTO) || mirror || turns || classTable != null
            || ignored != null
            || cleanUp != CleaningUp.AUTO;
    if (!segments && given) {
      throw new ParameterException(
          command.commandLine(),
          "--windows, --overlap, --scale, --mirror, --turns, --clean-up, --class-table and --ignore-label are"
              + " for models that give each pixel a class, but "
              + model.model().spec().name() + " classifies whole images");
    }
    if (overlap != null && !windows) {
      throw new ParameterException(command.commandLine(), "--overlap goes with --windows");
    }
    if (!scale.equals(AUTO) && !windows) {
      throw new ParameterException(
          command.commandLine(),
          "--scale goes with --windows; without, each picture is resized to the model's size");
    }
    return segments;
  }

  /** The number in masks of what counts nowhere; null: none. */
  Integer ignored() {
    return ignored;
  }

  Path classTable() {
    return classTable;
  }

  CleaningUp cleaningUp() {
    return cleanUp;
  }

  /** What the checkpoints say is to be taken away, where it may. */
  CleanUp stored(Ensemble models) {
    return cleanUp == CleaningUp.AUTO ? CleanUp.of(models) : CleanUp.NONE;
  }

  /** Who has chosen {@link #stored}. */
  static String origin(Ensemble models) {
    return models.size() == 1 ? "chosen when the model was trained"
        : models.said(CleanUp.KEY).isPresent()
            ? "chosen on out-of-fold predictions when the folds were trained"
            : "what the choices of all " + models.size() + " models have in common";
  }

  Segmenter of(Ensemble models, int batch) {
    double share = overlap == null ? OVERLAP : overlap;
    if (!(share >= 0 && share < 1)) {
      throw new ParameterException(
          command.commandLine(), "--overlap must be from 0 to less than 1, not " + share);
    }
    Segmenter.View view = windows ? Segmenter.View.WINDOWS : Segmenter.View.WHOLE;
    return new Segmenter(
        models,
        new Segmenter.Options(
            view, share, SlidingWindow.Weighting.GAUSSIAN, Math.max(1, batch), mirror, turns, scale()));
  }

  /** What was asked for; null: what the checkpoint says. */
  private PictureScale scale() {
    if (scale.equals(AUTO)) {
      return null;
    }
    double factor;
    try {
      factor = Double.parseDouble(scale);
    } catch (NumberFormatException e) {
      factor = Double.NaN;
    }
    if (!(factor >= LEAST_SCALE && factor <= LARGEST_SCALE)) {
      throw new ParameterException(
          command.commandLine(),
          "--scale must be auto or a factor from " + LEAST_SCALE + " to " + LARGEST_SCALE + ", such as 0.5;"
              + " not " + scale);
    }
    return new PictureScale(factor, factor);
  }

  /** One line on how pictures are seen. */
  String text(Ensemble models) {
    return (windows
        ? "windows " + resized(models).map(how -> "over " + how).orElse("at the pictures' own resolution")
            + ", overlap " + (overlap == null ? OVERLAP : overlap)
        : "each picture as a whole, resized")
        + (mirror && turns ? ", mean over mirror images and quarter turns"
            : mirror ? ", mean over mirror images" : turns ? ", mean over quarter turns" : "");
  }

  /** The same with what to do about it, where nobody asked for it. */
  Optional<String> resizedUnasked(Ensemble models) {
    return resized(models)
        .map(text -> text + (scale() == null ? " (--scale 1 leaves them as they are)" : ""));
  }

  /** What windows see, where that is not the pictures' own resolution. */
  Optional<String> resized(Ensemble models) {
    PictureScale asked = scale();
    List<Optional<PictureScale>> scales =
        models.members().stream().map(one -> asked == null ? PictureScale.of(one) : Optional.of(asked))
            .distinct().toList();
    boolean own = scales.stream().allMatch(one -> one.orElse(PictureScale.ONE).equals(PictureScale.ONE));
    return !windows || own ? Optional.empty()
        : Optional.of(
            "pictures resized by " + scales.stream()
                .map(one -> one.orElse(PictureScale.ONE).text()).distinct()
                .collect(Collectors.joining(" or "))
                + (asked == null ? " as in training" : ""));
  }
}
