package org.swinengine.inference;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.swinengine.data.CropMode;
import org.swinengine.data.Decoding;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.Interpolation;
import org.swinengine.data.Normalize;
import org.swinengine.data.Resize;
import org.swinengine.data.SampleRange;
import org.swinengine.models.InputConvention;
import org.swinengine.models.ModelSpec;
import org.swinengine.pretrained.PublishedCheckpoint;

/**
 * How a picture becomes the input of a trained model; part of its checkpoint.
 *
 * @param channels of the model's input; pictures have 1 or 3
 * @param height of the model's input
 * @param width of the model's input
 * @param cropRatio the middle of the resized picture that is used: 0.875 for Swin on ImageNet, 1 for all of
 *     it
 * @param cropMode whether the shorter side is resized before that, or both; images that are not square are
 *     always resized to the model's input directly
 * @param interpolation the filter of the resizing
 * @param normalize mean and deviation of each channel
 * @param sampleRange what becomes of samples wider than 8 bits when a file is decoded for this model
 * @param exifOrientation whether a file's picture is turned as its EXIF data say
 * @param neighbourSlices of a volume's slices, how many below and above are seen with each, as channels; 0:
 *     none
 */
public record Preprocessing(
    int channels,
    int height,
    int width,
    double cropRatio,
    CropMode cropMode,
    Interpolation interpolation,
    Normalize normalize,
    SampleRange sampleRange,
    boolean exifOrientation,
    int neighbourSlices) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Whether each picture is brought to mean 0 and deviation 1 by itself. */
  private static final String EACH = "normalize_each";

  /** For pictures of 8 bits. */
  public Preprocessing(
      int channels,
      int height,
      int width,
      double cropRatio,
      CropMode cropMode,
      Interpolation interpolation,
      Normalize normalize) {
    this(channels, height, width, cropRatio, cropMode, interpolation, normalize, SampleRange.FULL, false, 0);
  }

  /** For a model, with ImageNet's statistics (their mean over the channels for a grey model). */
  public static Preprocessing of(ModelSpec spec, double cropRatio) {
    Normalize normalize =
        spec.channels() == 1
            ? new Normalize(new float[] {0.449f}, new float[] {0.226f})
            : new Normalize(
                forChannels(Normalize.IMAGENET.mean(), spec.channels()),
                forChannels(Normalize.IMAGENET.std(), spec.channels()));
    return new Preprocessing(
        spec.channels(),
        spec.imageHeight(),
        spec.imageWidth(),
        cropRatio,
        CropMode.usual(cropRatio),
        Interpolation.BICUBIC,
        normalize);
  }

  /** As an implementation prepares images for its published models. */
  public static Preprocessing of(ModelSpec spec, InputConvention convention) {
    int channels = spec.channels();
    float[] mean = forChannels(convention.mean(), channels);
    float[] deviation = forChannels(convention.deviation(), channels);
    return new Preprocessing(
        channels,
        spec.imageHeight(),
        spec.imageWidth(),
        convention.cropRatio(),
        convention.squash() ? CropMode.SQUASH : CropMode.CENTER,
        Interpolation.valueOf(convention.interpolation().toUpperCase(Locale.ROOT)),
        new Normalize(mean, deviation));
  }

  /** Statistics as they are, or their mean for each of another number of channels. */
  private static float[] forChannels(float[] values, int channels) {
    if (values.length == channels) {
      return values;
    }
    float[] same = new float[channels];
    Arrays.fill(same, average(values));
    return same;
  }

  private static float average(float[] values) {
    float sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /** The same for a model's image size and channels. */
  Preprocessing withImage(ModelSpec spec) {
    Normalize statistics =
        normalize.isOfEach()
            ? Normalize.ofEach(spec.channels())
            : new Normalize(
                forChannels(normalize.mean(), spec.channels()),
                forChannels(normalize.std(), spec.channels()));
    return new Preprocessing(
        spec.channels(), spec.imageHeight(), spec.imageWidth(), cropRatio, cropMode, interpolation,
        statistics,
        sampleRange, exifOrientation, neighbourSlices);
  }

  /** As a publisher evaluates its weights, which the names in the file alone do not tell. */
  Preprocessing asPublished(PublishedCheckpoint checkpoint) {
    Preprocessing own =
        withCropRatio(checkpoint.cropRatio())
            .withInterpolation(Interpolation.valueOf(checkpoint.interpolation().toUpperCase(Locale.ROOT)));
    // A model for grey pictures has had its statistics averaged already.
    return channels == 3 ? own.withNormalize(new Normalize(checkpoint.mean(), checkpoint.deviation())) : own;
  }

  /** The same with another crop. What was squashed because all of it was used is not, where less of it is. */
  public Preprocessing withCropRatio(double ratio) {
    CropMode mode = cropRatio == 1 && ratio < 1 ? CropMode.CENTER : cropMode;
    return new Preprocessing(channels, height, width, ratio, mode, interpolation, normalize, sampleRange,
        exifOrientation, neighbourSlices);
  }

  /** The same for pictures of another shape than the model's input. */
  public Preprocessing withCropMode(CropMode mode) {
    return new Preprocessing(channels, height, width, cropRatio, mode, interpolation, normalize, sampleRange,
        exifOrientation, neighbourSlices);
  }

  /** The same with another filter. */
  public Preprocessing withInterpolation(Interpolation filter) {
    return new Preprocessing(channels, height, width, cropRatio, cropMode, filter, normalize, sampleRange,
        exifOrientation, neighbourSlices);
  }

  /** The same with another normalisation. */
  public Preprocessing withNormalize(Normalize statistics) {
    return new Preprocessing(channels, height, width, cropRatio, cropMode, interpolation, statistics,
        sampleRange, exifOrientation, neighbourSlices);
  }

  /** The same for another range of samples wider than 8 bits. */
  public Preprocessing withSampleRange(SampleRange range) {
    return new Preprocessing(channels, height, width, cropRatio, cropMode, interpolation, normalize, range,
        exifOrientation, neighbourSlices);
  }

  /** The same with or without turning pictures as their EXIF data say. */
  public Preprocessing withExifOrientation(boolean heeded) {
    return new Preprocessing(channels, height, width, cropRatio, cropMode, interpolation, normalize,
        sampleRange, heeded, neighbourSlices);
  }

  /** The same for slices that are seen with so many of their neighbours. */
  public Preprocessing withNeighbourSlices(int slices) {
    return new Preprocessing(channels, height, width, cropRatio, cropMode, interpolation, normalize,
        sampleRange, exifOrientation, slices);
  }

  /** How a file is decoded for this model. */
  public Decoding decoding() {
    return Decoding.DEFAULT.withRange(sampleRange).withExifOrientation(exifOrientation);
  }

  /** The evaluation pipeline: resize, middle crop, normalise. */
  public ImagePipeline pipeline() {
    if (height == width) {
      return ImagePipeline.evaluation(channels, height, cropRatio, cropMode, interpolation, normalize);
    }
    return ImagePipeline.of(
        channels, height, width, List.of(Resize.exactly(height, width, interpolation)), normalize);
  }

  /**
   * The part of a picture that becomes the model's input.
   *
   * @param pictureHeight of the picture, in pixels
   * @param pictureWidth of the picture
   */
  public PicturePart seenOf(int pictureHeight, int pictureWidth) {
    if (height != width) {
      return new PicturePart(0, 0, pictureHeight, pictureWidth);
    }
    long resized = (long) Math.floor(height / cropRatio);
    long shorter = Math.min(pictureHeight, pictureWidth);
    boolean squashed = cropMode == CropMode.SQUASH;
    double down = (double) pictureHeight / (squashed ? resized : resized * pictureHeight / shorter);
    double across = (double) pictureWidth / (squashed ? resized : resized * pictureWidth / shorter);
    double top = Math.rint((pictureHeight / down - height) / 2) * down;
    double left = Math.rint((pictureWidth / across - width) / 2) * across;
    return new PicturePart(top, left, height * down, width * across);
  }

  /** As JSON on one line, for a checkpoint's metadata. */
  public String toJson() {
    ObjectNode node = JSON.createObjectNode();
    node.put("channels", channels);
    node.put("height", height);
    node.put("width", width);
    node.put("crop_ratio", cropRatio);
    node.put("crop_mode", cropMode.name().toLowerCase(Locale.ROOT));
    node.put("interpolation", interpolation.name().toLowerCase(Locale.ROOT));
    if (sampleRange.kind() != SampleRange.Kind.FULL) {
      node.put("sample_range", sampleRange.toString());
    }
    if (exifOrientation) {
      node.put("exif_orientation", true);
    }
    if (neighbourSlices > 0) {
      node.put("neighbour_slices", neighbourSlices);
    }
    put(node.putArray("mean"), normalize.mean());
    put(node.putArray("std"), normalize.std());
    if (normalize.isOfEach()) {
      node.put(EACH, true);
    }
    return node.toString();
  }

  private static void put(ArrayNode array, float[] values) {
    for (float value : values) {
      array.add(value);
    }
  }

  /**
   * Reads {@link #toJson} back.
   *
   * @param source the file's name, for errors
   */
  static Preprocessing fromJson(String json, String source) {
    try {
      JsonNode node = JSON.readTree(json);
      double ratio = node.required("crop_ratio").asDouble();
      String mode = node.path("crop_mode").asText(CropMode.usual(ratio).name());
      return new Preprocessing(
          node.required("channels").asInt(),
          node.required("height").asInt(),
          node.required("width").asInt(),
          ratio,
          CropMode.valueOf(mode.toUpperCase(Locale.ROOT)),
          Interpolation.valueOf(node.path("interpolation").asText("bicubic").toUpperCase(Locale.ROOT)),
          node.path(EACH).asBoolean(false)
              ? Normalize.ofEach(node.required("channels").asInt())
              : new Normalize(floats(node.required("mean")), floats(node.required("std"))),
          SampleRange.of(node.path("sample_range").asText("full")),
          node.path("exif_orientation").asBoolean(false),
          node.path("neighbour_slices").asInt(0));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new CheckpointException(
          source + ": its preprocessing cannot be read (" + e.getMessage()
              + "); the file is damaged or was not written by this engine");
    }
  }

  private static float[] floats(JsonNode array) {
    float[] values = new float[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).floatValue();
    }
    return values;
  }
}
