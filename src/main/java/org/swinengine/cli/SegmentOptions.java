package org.swinengine.cli;

import java.nio.file.Path;
import org.swinengine.inference.Ensemble;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.SlidingWindow;
import org.swinengine.inference.segmentation.CleanUp;
import org.swinengine.inference.segmentation.Segmenter;
import org.swinengine.models.ModelSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How a model that gives pixels their classes sees pictures. */
final class SegmentOptions {
  private static final double OVERLAP = 0.5;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--windows",
      description = "Of a model that segments: see pictures at their own resolution, through windows of the"
          + " model's size that overlap, weighed by a Gaussian. Default: each picture as a whole, resized, as"
          + " in training.")
  private boolean windows;

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
          + " train --clean-up validation has chosen that; off: never; validation, of eval: choose it now, on"
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
        windows || overlap != null || mirror || turns || classTable != null || ignored != null
            || cleanUp != CleaningUp.AUTO;
    if (!segments && given) {
      throw new ParameterException(
          command.commandLine(),
          "--windows, --overlap, --mirror, --turns, --clean-up, --class-table and --ignore-label are for"
              + " models that give each pixel a class, but "
              + model.model().spec().name() + " classifies whole images");
    }
    if (overlap != null && !windows) {
      throw new ParameterException(command.commandLine(), "--overlap goes with --windows");
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

  /** What the checkpoint says is to be taken away, where it may; of several models nothing. */
  CleanUp stored(Ensemble models) {
    boolean one = models.size() == 1 && cleanUp == CleaningUp.AUTO;
    return one ? CleanUp.of(models.first()) : CleanUp.NONE;
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
            view, share, SlidingWindow.Weighting.GAUSSIAN, Math.max(1, batch), mirror, turns));
  }

  /** One line on how pictures are seen. */
  String text() {
    return (windows
        ? "windows at the pictures' own resolution, overlap " + (overlap == null ? OVERLAP : overlap)
        : "each picture as a whole, resized")
        + (mirror && turns ? ", mean over mirror images and quarter turns"
            : mirror ? ", mean over mirror images" : turns ? ", mean over quarter turns" : "");
  }
}
