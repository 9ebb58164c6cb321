package org.swinengine.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.swinengine.data.CropMode;
import org.swinengine.data.Interpolation;
import org.swinengine.data.Normalize;
import org.swinengine.data.SampleRange;
import org.swinengine.inference.ClassNames;
import org.swinengine.inference.Preprocessing;
import org.swinengine.models.ModelSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * How pictures become the model's input and what its classes are called, where that is not to be what the weights say
 * or their origin suggests.
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
      description = "Grey or colour; pictures are converted. Default: what the model takes.")
  private Integer channels;

  @Option(
      names = "--mean",
      split = ",",
      paramLabel = "M[,M,M]",
      description = "Mean of each channel, pixels from 0 to 1; one number stands for all.")
  private float[] mean;

  @Option(
      names = "--std",
      split = ",",
      paramLabel = "S[,S,S]",
      description = "Standard deviation of each channel.")
  private float[] std;

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
      description = "Pictures that are not square: resize the shorter side and cut off the rest, or resize both sides."
          + " Default: as the weights' publisher does.")
  private String cropMode;

  @Option(
      names = "--interpolation",
      paramLabel = "bicubic|bilinear",
      description = "Filter of the resizing.")
  private String interpolation;

  @Option(
      names = "--sample-range",
      paramLabel = "RANGE",
      description = "What becomes of samples wider than 8 bits (16-bit grey, float TIFF): full, bits:12 (significant"
          + " bits) or window:LOW:HIGH. Default: as the model was trained; else full.")
  private String sampleRange;

  @Option(
      names = "--class-names",
      paramLabel = "FILE",
      description = "Names of the classes in the order of the model's outputs: a line for each, or JSON (an array,"
          + " Keras's imagenet_class_index.json, Transformers' config.json). Default: what the weights or the"
          + " config.json beside them say; ImageNet's for 1,000 classes; else numbers.")
  private Path classNames;

  /** The names that were given, or null. */
  List<String> classNames() {
    return classNames == null ? null : ClassNames.read(classNames);
  }

  /** The model for images of the size and channels that were given. */
  ModelSpec apply(ModelSpec spec) {
    if (channels != null && channels != 1 && channels != 3) {
      throw wrong("--channels must be 1 or 3, not " + channels);
    }
    ModelSpec sized = ImageSize.apply(imageSize, spec);
    return channels == null ? sized : sized.withImage(sized.imageHeight(), sized.imageWidth(), channels);
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
      SampleRange range = SampleRange.parse(sampleRange);
      if (range.kind() == SampleRange.Kind.PERCENTILES) {
        throw wrong("--sample-range percentiles are those of a training set; give window:LOW:HIGH");
      }
      result = result.withSampleRange(range);
    }
    if (mean != null || std != null) {
      float[] means = mean == null ? usual.normalize().mean() : all("--mean", mean, usual.channels());
      float[] deviations = std == null ? usual.normalize().std() : all("--std", std, usual.channels());
      for (float deviation : deviations) {
        if (!(deviation > 0)) {
          throw wrong("--std must be above 0, not " + deviation);
        }
      }
      result = result.withNormalize(new Normalize(means, deviations));
    }
    return result;
  }

  private <E extends Enum<E>> E one(String option, E[] values, String given) {
    for (E value : values) {
      if (value.name().equalsIgnoreCase(given)) {
        return value;
      }
    }
    String allowed =
        Arrays.stream(values).map(value -> value.name().toLowerCase(Locale.ROOT)).collect(Collectors.joining(" or "));
    throw wrong(option + " is " + given + ", but must be " + allowed);
  }

  private float[] all(String option, float[] given, int count) {
    if (given.length == count) {
      return given;
    }
    if (given.length != 1) {
      throw wrong(option + " has " + given.length + " numbers, but the model takes " + count + " channels");
    }
    float[] values = new float[count];
    Arrays.fill(values, given[0]);
    return values;
  }

  private ParameterException wrong(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
