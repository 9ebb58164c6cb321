package org.swinengine.inference.segmentation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.swinengine.data.Interpolation;
import org.swinengine.data.RawImage;
import org.swinengine.data.Resize;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.inference.CheckpointException;
import org.swinengine.inference.LoadedModel;

/**
 * How many pixels a model sees for each pixel of a picture: 0.5 where pictures of 256×256 were learnt from at
 * 128×128. What a model has learnt at one scale it finds best at the same.
 *
 * @param rows of heights, above 0
 * @param columns of widths, above 0
 */
public record PictureScale(double rows, double columns) {
  /** Pictures as they are. */
  public static final PictureScale ONE = new PictureScale(1, 1);

  /** Under which name it is in a checkpoint's metadata. */
  public static final String KEY = "training_scale";

  /** Pictures that are looked at, so that data of any size are soon done. */
  private static final int MOST = 63;

  /** Of a picture that is enlarged. */
  private static final int MOST_PIXELS = 1 << 28;

  /** Of an array. */
  private static final int MOST_NUMBERS = Integer.MAX_VALUE - 8;

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Checks the factors. */
  public PictureScale {
    if (!(rows > 0 && columns > 0 && Double.isFinite(rows) && Double.isFinite(columns))) {
      throw new IllegalArgumentException(
          "a scale of " + rows + " by " + columns + " is none; both factors must be above 0");
    }
  }

  /**
   * By what pictures are resized that a model learns from as a whole: the median, of at most 63 pictures from
   * all over the data, of each axis.
   *
   * @param height of the model's input
   * @param width of the model's input
   * @return empty where no picture can be read
   */
  public static Optional<PictureScale> of(SegmentationDataset pictures, int height, int width) {
    int count = Math.min(MOST, pictures.size());
    double[] rows = new double[count];
    double[] columns = new double[count];
    int read = 0;
    for (int i = 0; i < count; i++) {
      try {
        int[] extent = pictures.extent((int) ((long) i * pictures.size() / count));
        rows[read] = height / (double) extent[0];
        columns[read] = width / (double) extent[1];
        read++;
      } catch (IOException e) {
        // Who learns from the picture says what is wrong with it.
      }
    }
    return read == 0 ? Optional.empty()
        : Optional.of(new PictureScale(median(rows, read), median(columns, read)));
  }

  private static double median(double[] values, int count) {
    double[] sorted = Arrays.copyOf(values, count);
    Arrays.sort(sorted);
    return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
  }

  /**
   * A picture at this scale, at least one pixel of each axis.
   *
   * @param planes numbers that are to be kept for each pixel
   * @throws IllegalArgumentException if it would be larger than an array can hold
   */
  RawImage apply(RawImage image, Interpolation interpolation, int planes) {
    long height = (long) Math.max(1, Math.rint(image.height() * rows));
    long width = (long) Math.max(1, Math.rint(image.width() * columns));
    if (height == image.height() && width == image.width()) {
      return image;
    }
    long most = Math.min(MOST_PIXELS, MOST_NUMBERS / Math.max(planes, image.channels()));
    if (Math.max(height, width) > most || height * width > most) {
      throw new IllegalArgumentException(
          "a picture of " + image.width() + "x" + image.height() + " at the scale " + text()
              + " would have " + width + "x" + height + " pixels, which is too many; give a lower one");
    }
    return Resize.exactly((int) height, (int) width, interpolation).apply(image, null);
  }

  /** At which a model has learnt, where its checkpoint says it. */
  public static Optional<PictureScale> of(LoadedModel model) {
    return model.said(KEY).map(PictureScale::of);
  }

  /** As a checkpoint keeps it. */
  public String toJson() {
    return JSON.createObjectNode().put("rows", rows).put("columns", columns).toString();
  }

  /** Reads {@link #toJson} back. */
  private static PictureScale of(String json) {
    try {
      JsonNode node = JSON.readTree(json);
      return new PictureScale(node.required("rows").asDouble(), node.required("columns").asDouble());
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new CheckpointException(
          "what the checkpoint says of the training's scale cannot be read ("
              + String.valueOf(e.getMessage()).lines().findFirst().orElse("") + "); the file is damaged");
    }
  }

  /** For a person. */
  public String text() {
    String each = number(rows);
    return rows == columns ? each : each + " of rows and " + number(columns) + " of columns";
  }

  private static String number(double factor) {
    String text = String.format(Locale.ROOT, "%.3f", factor);
    return text.contains(".") ? text.replaceFirst("\\.?0+$", "") : text;
  }
}
