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
 * @param lost share of the images that were looked at whose own deviation is less than an eighth of the one
 *     that all are divided by: so dim, or so flat beside others, that little of them is left
 */
public record DataProfile(
    int images, int classes, boolean isColour, int side, double imbalance, double lost) {
  /** So many images, at equal distances, are looked at. */
  private static final int LOOKED_AT = 48;

  /** Of this part of the deviation of all, and below, an image's own is lost. */
  private static final double LEFT = 1 / 8.0;

  /** What pictures in colour are divided by, the mean of ImageNet's three deviations, in levels of 255. */
  private static final double IMAGENET_DEVIATION = 255 * 0.226;

  /**
   * Looks at a training part.
   *
   * @throws IOException when an image cannot be read
   */
  public static DataProfile of(Dataset train) throws IOException {
    int count = Math.min(LOOKED_AT, train.size());
    int[] sides = new int[count];
    boolean colour = false;
    Spread all = new Spread();
    double[] own = new double[count];
    for (int i = 0; i < count; i++) {
      RawImage image = train.load((int) ((long) i * train.size() / count));
      sides[i] = Math.min(image.height(), image.width());
      colour |= isColour(image);
      Spread spread = new Spread();
      spread.add(image.pixels());
      own[i] = spread.deviation();
      all.add(spread);
    }
    Arrays.sort(sides);
    double divisor = Math.max(all.deviation(), colour ? IMAGENET_DEVIATION : 0);
    double lost = (double) Arrays.stream(own).filter(one -> one < LEFT * divisor).count() / count;
    return new DataProfile(
        train.size(), train.classNames().size(), colour, sides[count / 2], imbalance(train), lost);
  }

  /** How far levels of 255 are apart. Of pictures together each counts the same, whatever its size. */
  private static final class Spread {
    private double mean;
    private double squares;
    private int count;

    void add(byte[] pixels) {
      long sum = 0;
      long sumOfSquares = 0;
      for (byte pixel : pixels) {
        int level = pixel & 255;
        sum += level;
        sumOfSquares += (long) level * level;
      }
      mean += (double) sum / pixels.length;
      squares += (double) sumOfSquares / pixels.length;
      count++;
    }

    void add(Spread other) {
      mean += other.mean;
      squares += other.squares;
      count += other.count;
    }

    double deviation() {
      double average = mean / count;
      return Math.sqrt(Math.max(0, squares / count - average * average));
    }
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
