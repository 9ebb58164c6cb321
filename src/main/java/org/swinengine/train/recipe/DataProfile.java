package org.swinengine.train.recipe;

import java.io.IOException;
import java.util.Arrays;
import java.util.LongSummaryStatistics;
import java.util.stream.IntStream;
import org.swinengine.data.ClassWeights;
import org.swinengine.data.Dataset;
import org.swinengine.data.RawImage;

/**
 * What of a training part decides how it is best learnt from.
 *
 * @param images number of training images
 * @param classes number of classes
 * @param isColour whether any of the images that were looked at has colours, not only three equal channels
 * @param side the median of the images' shorter sides, in pixels
 * @param imbalance images of the largest class for each of the smallest that has any; 1 if all are alike, or
 *     images have several
 */
public record DataProfile(int images, int classes, boolean isColour, int side, double imbalance) {
  /** So many images, at equal distances, are looked at. */
  private static final int LOOKED_AT = 48;

  /**
   * Looks at a training part.
   *
   * @throws IOException when an image cannot be read
   */
  public static DataProfile of(Dataset train) throws IOException {
    int count = Math.min(LOOKED_AT, train.size());
    int[] sides = new int[count];
    boolean colour = false;
    for (int i = 0; i < count; i++) {
      RawImage image = train.load((int) ((long) i * train.size() / count));
      sides[i] = Math.min(image.height(), image.width());
      colour |= isColour(image);
    }
    Arrays.sort(sides);
    return new DataProfile(
        train.size(), train.classNames().size(), colour, sides[count / 2], imbalance(train));
  }

  private static double imbalance(Dataset train) {
    if (train.isMultiLabel()) {
      return 1;
    }
    int[] labels = IntStream.range(0, train.size()).map(train::label).toArray();
    LongSummaryStatistics counts =
        Arrays.stream(ClassWeights.count(labels, train.classNames().size()))
            .filter(count -> count > 0)
            .summaryStatistics();
    return (double) counts.getMax() / counts.getMin();
  }

  /** JPEG gives a grey picture that was saved as RGB equal channels. */
  private static boolean isColour(RawImage image) {
    byte[] pixels = image.pixels();
    for (int i = 0; image.channels() == 3 && i < pixels.length; i += 3) {
      if (pixels[i] != pixels[i + 1] || pixels[i] != pixels[i + 2]) {
        return true;
      }
    }
    return false;
  }
}
