package org.swinengine.cli;

import java.nio.file.Path;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.SlidingWindow;
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
    boolean given = windows || overlap != null || mirror || classTable != null || ignored != null;
    if (!segments && given) {
      throw new ParameterException(
          command.commandLine(),
          "--windows, --overlap, --mirror, --class-table and --ignore-label are for models that give each"
              + " pixel a class, but "
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

  Segmenter of(LoadedModel model, int batch) {
    double share = overlap == null ? OVERLAP : overlap;
    if (!(share >= 0 && share < 1)) {
      throw new ParameterException(
          command.commandLine(), "--overlap must be from 0 to less than 1, not " + share);
    }
    Segmenter.View view = windows ? Segmenter.View.WINDOWS : Segmenter.View.WHOLE;
    return new Segmenter(
        model,
        new Segmenter.Options(view, share, SlidingWindow.Weighting.GAUSSIAN, Math.max(1, batch), mirror));
  }

  /** One line on how pictures are seen. */
  String text() {
    return (windows
        ? "windows at the pictures' own resolution, overlap " + (overlap == null ? OVERLAP : overlap)
        : "each picture as a whole, resized") + (mirror ? ", mean over mirror images" : "");
  }
}
