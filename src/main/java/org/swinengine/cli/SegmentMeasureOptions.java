package org.swinengine.cli;

import java.util.Arrays;
import java.util.Locale;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.data.segmentation.Spacing;
import org.swinengine.inference.segmentation.CleanUp;
import org.swinengine.inference.segmentation.Measuring;
import org.swinengine.metrics.segmentation.EmptyMasks;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How {@code eval} measures the classes of pixels. */
final class SegmentMeasureOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--empty-masks",
      paramLabel = "defined|swin-unet",
      defaultValue = "defined",
      description = "Of a model that segments: what Dice and distances are where a class is not in the"
          + " picture or not found; swin-unet counts as the original's tables. Default: ${DEFAULT-VALUE}.")
  private String emptyMasks;

  @Option(
      names = "--spacing",
      paramLabel = "[Z,]Y,X",
      description = "Of a model that segments: distances of slices, rows and columns in millimetres; one"
          + " number for all. Default: what the files say.")
  private String spacing;

  /** Whether one of them was given. */
  boolean isGiven() {
    return spacing != null || !emptyMasks.equals("defined");
  }

  Measuring measuring(CleanUp cleanUp) {
    return new Measuring(emptyMasks(), spacing == null ? null : spacing(spacing), cleanUp);
  }

  /** Throws where two numbers leave open how far the slices of a volume are apart. */
  void requireFitting(SegmentationDataset dataset) {
    boolean two = spacing != null && spacing.split(",").length == 2;
    for (int i = 0; two && i < dataset.size(); i++) {
      if (dataset.volume(i).isPresent()) {
        throw new ParameterException(
            command.commandLine(),
            "--spacing " + spacing + " is of pictures, but the data are volumes; give Z,Y,X");
      }
    }
  }

  EmptyMasks emptyMasks() {
    for (EmptyMasks one : EmptyMasks.values()) {
      if (text(one).equalsIgnoreCase(emptyMasks)) {
        return one;
      }
    }
    throw new ParameterException(
        command.commandLine(), "--empty-masks must be defined or swin-unet, not " + emptyMasks);
  }

  /** As the option has it. */
  static String text(EmptyMasks convention) {
    return convention.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private Spacing spacing(String text) {
    try {
      double[] numbers = Arrays.stream(text.split(",")).mapToDouble(Double::parseDouble).toArray();
      int n = numbers.length;
      if (n >= 1 && n <= 3) {
        return new Spacing(n == 2 ? 1 : numbers[0], numbers[Math.max(0, n - 2)], numbers[n - 1]);
      }
    } catch (NumberFormatException e) {
      // The same sentence as for too many.
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), "--spacing " + text + ": " + e.getMessage(), e);
    }
    throw new ParameterException(
        command.commandLine(),
        "--spacing must be millimetres, one number, Y,X of pictures or Z,Y,X of volumes, such as 5,0.7,0.7;"
            + " not " + text);
  }
}
