package org.swinengine.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.swinengine.data.CropMode;
import org.swinengine.data.Interpolation;
import org.swinengine.data.SampleRange;
import org.swinengine.inference.ClassNames;
import org.swinengine.inference.Preprocessing;
import org.swinengine.models.ImageShape;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * How pictures become the model's input and what its classes are called, where that is not to be what the
 * weights say or their origin suggests.
 */
final class PreprocessingOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--image-size",
      paramLabel = "H[xW]",
      converter = ImageSize.Converter.class,
      description = "Another image size than the model's; position embeddings are resized to it.")
  private ImageSize imageSize;

  @Option(
      names = "--channels",
      paramLabel = "1|3",
      converter = ImageSize.Channels.class,
      description = "Grey or colour; pictures are converted. Default: what the model takes.")
  private Integer channels;

  @Mixin
  private StatisticsOptions given;

  @Option(
      names = "--crop-ratio",
      paramLabel = "R",
      description = "The share of the resized picture's side that the middle crop keeps; 1: no margin.")
  private Double cropRatio;

  /** timm's name of it, which this engine used as well. */
  @Option(names = "--crop-pct", hidden = true)
  private void cropPercentage(double ratio) {
    cropRatio = ratio;
  }

  @Option(
      names = "--crop-mode",
      paramLabel = "center|squash",
      description = "Pictures that are not square: resize the shorter side and cut off the rest, or resize"
          + " both sides. Default: as the weights' publisher does.")
  private String cropMode;

  @Option(
      names = "--interpolation",
      paramLabel = "bicubic|bilinear|nearest",
      description = "Filter of the resizing.")
  private String interpolation;

  @Option(
      names = "--sample-range",
      paramLabel = "RANGE",
      description = "What becomes of samples wider than 8 bits (16-bit grey, float TIFF): full, bits:12"
          + " (significant bits) or window:LOW:HIGH. Default: as the model was trained; else full.")
  private String sampleRange;

  @Option(
      names = "--class-names",
      paramLabel = "FILE",
      description = "Names of the classes in the order of the model's outputs: a line for each, or JSON (an"
          + " array, Keras's imagenet_class_index.json, Transformers' config.json). Default: what the weights"
          + " or the config.json beside them say; ImageNet's for 1,000 classes; else numbers.")
  private Path classNames;

  /** The names that were given, or null. */
  List<String> classNames() {
    return classNames == null ? null : ClassNames.read(classNames);
  }

  /** The images that the model is to take. */
  ImageShape images() {
    return ImageSize.shape(imageSize, channels);
  }

  /** What was given, and else the usual. */
  Preprocessing apply(Preprocessing usual) {
    Preprocessing result = usual;
    if (cropRatio != null) {
      if (!(cropRatio > 0 && cropRatio <= 1)) {
        throw wrong("--crop-ratio must be above 0 and at most 1, not " + cropRatio);
      }
      result = result.withCropRatio(cropRatio);
    }
    if (cropMode != null) {
      result = result.withCropMode(one("--crop-mode", CropMode.values(), cropMode));
    }
    if (interpolation != null) {
      result = result.withInterpolation(one("--interpolation", Interpolation.values(), interpolation));
    }
    if (sampleRange != null) {
      SampleRange range = SampleRange.of(sampleRange);
      if (range.kind() == SampleRange.Kind.PERCENTILES) {
        throw wrong("--sample-range percentiles are those of a training set; give window:LOW:HIGH");
      }
      result = result.withSampleRange(range);
    }
    result = result.withNormalize(given.statistics().applyTo(usual.normalize()));
    return result;
  }

  private <E extends Enum<E>> E one(String option, E[] values, String given) {
    for (E value : values) {
      if (value.name().equalsIgnoreCase(given)) {
        return value;
      }
    }
    String allowed =
        Arrays.stream(values).map(value -> value.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(" or "));
    throw wrong(option + " is " + given + ", but must be " + allowed);
  }

  private ParameterException wrong(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
