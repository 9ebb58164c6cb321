package org.swinengine.inference;

import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.Batch;
import org.swinengine.data.BatchLoader;
import org.swinengine.data.LoaderOptions;

/**
 * What pictures look like from afar: of each channel of a prepared picture, the lowest frequencies of its
 * two-dimensional cosine transform (type II), those whose numbers add up to less than 12: 78 a channel. They
 * are features that no label and no other picture had a part in.
 */
public final class LowFrequencies {
  private static final int BOUND = 12;

  private final int channels;
  private final int height;
  private final int width;

  /** [frequency × pixel] of either axis. */
  private final double[][] ofRows;
  private final double[][] ofColumns;

  private LowFrequencies(int channels, int height, int width) {
    this.channels = channels;
    this.height = height;
    this.width = width;
    ofRows = cosines(height);
    ofColumns = cosines(width);
  }

  private static double[][] cosines(int pixels) {
    double[][] cosines = new double[Math.min(BOUND, pixels)][pixels];
    for (int k = 0; k < cosines.length; k++) {
      for (int x = 0; x < pixels; x++) {
        cosines[k][x] = StrictMath.cos(Math.PI * (x + 0.5) * k / pixels) / pixels;
      }
    }
    return cosines;
  }

  private int length() {
    int count = 0;
    for (int v = 0; v < ofRows.length; v++) {
      count += Math.min(ofColumns.length, BOUND - v);
    }
    return channels * count;
  }

  /**
   * Of all images of a data set.
   *
   * @param images without anything random
   * @param options batch size and workers
   * @param cancelled asked before each batch
   * @return [images × n]; null where one array cannot hold them
   * @throws CancellationException if {@code cancelled} says so
   */
  public static float @Nullable [] of(
      ModelInput.Images images, LoaderOptions options, BooleanSupplier cancelled) throws IOException {
    LowFrequencies transform =
        new LowFrequencies(
            images.pipeline().channels(), images.pipeline().height(), images.pipeline().width());
    int length = transform.length();
    long numbers = (long) images.dataset().size() * length;
    if (numbers > Integer.MAX_VALUE / 2) {
      return null;
    }
    float[] all = new float[(int) numbers];
    try (BatchLoader loader = images.loader(options)) {
      loader.startEpoch(0, 0);
      for (Batch batch = loader.next(); batch != null; batch = loader.next()) {
        if (cancelled.getAsBoolean()) {
          throw new CancellationException("the pictures' frequencies were not wanted any more");
        }
        for (int i = 0; i < batch.size(); i++) {
          transform.transform(batch.images(), i, all, (batch.firstPosition() + i) * length);
        }
        batch.release();
      }
    }
    return all;
  }

  private void transform(float[] images, int image, float[] out, int start) {
    int at = start;
    for (int c = 0; c < channels; c++) {
      int from = (image * channels + c) * height * width;
      double[][] rows = new double[height][ofColumns.length];
      for (int y = 0; y < height; y++) {
        for (int u = 0; u < ofColumns.length; u++) {
          for (int x = 0; x < width; x++) {
            rows[y][u] += images[from + y * width + x] * ofColumns[u][x];
          }
        }
      }
      for (int v = 0; v < ofRows.length; v++) {
        for (int u = 0; u < Math.min(ofColumns.length, BOUND - v); u++) {
          double sum = 0;
          for (int y = 0; y < height; y++) {
            sum += ofRows[v][y] * rows[y][u];
          }
          out[at++] = (float) sum;
        }
      }
    }
  }
}
