package org.swinengine.data;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Turns 8-bit pixels into floats: (x / 255 − mean) / std for each channel, in single precision and in the
 * order of torchvision's {@code ToTensor} and {@code Normalize}, so the floats are the same to the last bit.
 */
public final class Normalize {
  /** ImageNet's statistics, for Swin, DeiT and most other models. */
  public static final Normalize IMAGENET =
      new Normalize(new float[] {0.485f, 0.456f, 0.406f}, new float[] {0.229f, 0.224f, 0.225f});

  /** To [−1, 1], for Google's ViT models. */
  public static final Normalize HALF = new Normalize(new float[] {0.5f, 0.5f, 0.5f}, new float[] {0.5f, 0.5f,
    0.5f});

  private static final int MOST_CHANNELS = 33;

  private final float[] mean;
  private final float[] std;
  private final float[][] table;

  /** Whether mean and deviation are those of each picture. */
  private final boolean each;

  /**
   * Creates it.
   *
   * @param mean for each channel, on the scale of 0 to 1
   * @param std standard deviation for each channel, on the same scale, above 0
   */
  public Normalize(float[] mean, float[] std) {
    this(mean, std, false);
  }

  private Normalize(float[] mean, float[] std, boolean each) {
    this.each = each;
    if (mean.length != std.length || mean.length == 0) {
      throw new IllegalArgumentException(
          "normalisation has " + mean.length + " means and " + std.length
              + " deviations; needs one of each for every channel");
    }
    this.mean = mean.clone();
    this.std = std.clone();
    // Pictures with neighbouring slices have no more channels; models of other data may.
    boolean pictures = mean.length <= MOST_CHANNELS;
    this.table = new float[pictures ? mean.length : 0][256];
    for (int c = 0; c < mean.length; c++) {
      if (!(std[c] > 0)) {
        throw new IllegalArgumentException("standard deviation of channel " + c + " is " + std[c]
            + ", not above 0");
      }
      for (int value = 0; pictures && value < 256; value++) {
        table[c][value] = (value / 255f - mean[c]) / std[c];
      }
    }
  }

  /**
   * Brings each picture by itself to mean 0 and deviation 1 over all of its pixels and channels: for pictures
   * whose exposures or stains differ. A picture of one level becomes 0.
   */
  public static Normalize ofEach(int channels) {
    float[] ones = new float[channels];
    Arrays.fill(ones, 1);
    return new Normalize(new float[channels], ones, true);
  }

  /** Whether mean and deviation are those of each picture, {@link #ofEach}. */
  public boolean isOfEach() {
    return each;
  }

  /**
   * Measures mean and standard deviation of each channel over the first images of a data set. The sums are
   * integers, so the result is exact and the same everywhere.
   *
   * @param channels 1 or 3; images are converted
   * @param limit how many images to look at, at least 1
   */
  public static Normalize measure(Dataset dataset, int channels, int limit) throws IOException {
    long[] sum = new long[channels];
    long[] squares = new long[channels];
    long count = 0;
    for (int i = 0; i < Math.min(limit, dataset.size()); i++) {
      RawImage image = dataset.load(i).withChannels(channels);
      byte[] pixels = image.pixels();
      for (int at = 0; at < pixels.length; at++) {
        int value = pixels[at] & 255;
        sum[at % channels] += value;
        squares[at % channels] += (long) value * value;
      }
      count += pixels.length / channels;
    }
    float[] mean = new float[channels];
    float[] std = new float[channels];
    for (int c = 0; c < channels; c++) {
      double average = (double) sum[c] / count;
      mean[c] = (float) (average / 255);
      // Constant images have no deviation; one grey level keeps the division harmless.
      std[c] = (float) (Math.max(Math.sqrt(Math.max(0, (double) squares[c] / count - average * average)),
          1) / 255);
    }
    return new Normalize(mean, std);
  }

  /** Number of channels. */
  public int channels() {
    return mean.length;
  }

  /** Mean of each channel, a copy. */
  public float[] mean() {
    return mean.clone();
  }

  /** Standard deviation of each channel, a copy. */
  public float[] std() {
    return std.clone();
  }

  /**
   * What each level of each channel becomes, {@code [channels, 256]}; null where that is another with each
   * picture, or where there are too many channels for a table.
   */
  float @Nullable [] levels() {
    if (each || table.length == 0) {
      return null;
    }
    float[] levels = new float[table.length * 256];
    for (int c = 0; c < table.length; c++) {
      System.arraycopy(table[c], 0, levels, c * 256, 256);
    }
    return levels;
  }

  /** Writes the image channel by channel (CHW), beginning at {@code offset}. */
  void apply(RawImage image, float[] out, int offset) {
    byte[] pixels = image.pixels();
    int channels = image.channels();
    int plane = image.height() * image.width();
    float[] own = each ? ofThis(pixels) : null;
    for (int c = 0; c < channels; c++) {
      float[] values = own != null ? own : table[c];
      int at = offset + c * plane;
      for (int i = 0, from = c; i < plane; i++, from += channels) {
        out[at + i] = values[pixels[from] & 255];
      }
    }
  }

  /** What the levels of a picture become by its own mean and deviation; the sums are exact. */
  private static float[] ofThis(byte[] pixels) {
    long sum = 0;
    long squares = 0;
    for (byte pixel : pixels) {
      int value = pixel & 255;
      sum += value;
      squares += (long) value * value;
    }
    double mean = (double) sum / pixels.length;
    double variance = (double) squares / pixels.length - mean * mean;
    double deviation = Math.max(Math.sqrt(Math.max(0, variance)), 1);
    float[] table = new float[256];
    for (int value = 0; value < 256; value++) {
      table[value] = (float) ((value - mean) / deviation);
    }
    return table;
  }

  /**
   * The numbers that this would have made of pictures that another one has prepared: exactly these, since
   * pixels are bytes.
   *
   * @param prepared pictures one after the other, channel by channel, of at most three channels
   * @param before what prepared them
   * @param plane height × width
   */
  public float[] instead(Normalize before, float[] prepared, int plane) {
    float[] values = new float[prepared.length];
    for (int at = 0; at < prepared.length; at++) {
      int channel = at / plane % table.length;
      int pixel = Math.round((prepared[at] * before.std[channel] + before.mean[channel]) * 255);
      values[at] = table[channel][Math.max(0, Math.min(255, pixel))];
    }
    return values;
  }

  @Override
  public String toString() {
    return each
        ? "Normalize[each picture, " + mean.length + " channels]"
        : "Normalize[mean=" + Arrays.toString(mean) + ", std=" + Arrays.toString(std) + "]";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Normalize that && each == that.each && Arrays.equals(mean, that.mean)
        && Arrays.equals(std, that.std);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(mean) + Arrays.hashCode(std);
  }
}
