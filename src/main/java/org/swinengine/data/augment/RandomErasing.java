package org.swinengine.data.augment;

import java.util.Arrays;
import java.util.Locale;
import org.swinengine.data.BoxTransform;
import org.swinengine.data.ErasedBoxes;
import org.swinengine.data.SampleRandom;

/**
 * Overwrites random rectangles of the normalised image: timm's {@code RandomErasing} (Zhong et al., "Random
 * erasing data augmentation", 2017). Works on floats, so it is the last step of a pipeline.
 *
 * @param probability that a sample is touched at all, 0 to 1
 * @param minArea smallest share of the area of all rectangles together, e.g. 0.02
 * @param maxArea largest share, e.g. 1/3
 * @param minAspect smallest aspect ratio (height / width), e.g. 0.3
 * @param maxAspect largest aspect ratio, e.g. 1/0.3; ratios are log-uniform
 * @param mode what is written
 * @param minCount fewest rectangles
 * @param maxCount most rectangles; each number between is as likely
 */
public record RandomErasing(
    double probability, double minArea, double maxArea, double minAspect, double maxAspect, Mode mode,
    int minCount, int maxCount) implements BoxTransform {
  /** What a rectangle is filled with; timm's names. */
  public enum Mode {
    /** 0, the mean after normalisation. */
    CONST,
    /** One normal number for each channel of a rectangle. */
    RAND,
    /** Normal noise, another number for each value, with which Swin was trained. */
    PIXEL;

    /**
     * Reads timm's name.
     *
     * @throws IllegalArgumentException with a sentence that says what is allowed
     */
    public static Mode parse(String name) {
      for (Mode mode : values()) {
        if (mode.name().equals(name.strip().toUpperCase(Locale.ROOT))) {
          return mode;
        }
      }
      throw new IllegalArgumentException(
          "the mode of random erasing is " + name + ", but must be const, rand or pixel");
    }
  }

  private static final int ATTEMPTS = 10;

  /** Checks the ranges. */
  public RandomErasing {
    boolean ranges = minArea > 0 && maxArea >= minArea && maxArea <= 1;
    boolean aspects = minAspect > 0 && maxAspect >= minAspect && maxAspect < Double.POSITIVE_INFINITY;
    boolean counts = minCount >= 1 && maxCount >= minCount;
    if (!(probability >= 0 && probability <= 1) || !ranges || !aspects || !counts) {
      throw new IllegalArgumentException(
          "RandomErasing with probability " + probability + ", area " + minArea + " to " + maxArea
              + ", aspect " + minAspect + " to " + maxAspect + ", " + minCount + " to " + maxCount
              + " rectangles: shares must lie in 0 to 1, the others be positive, and each range ascend");
    }
  }

  /** timm's ranges and Swin's mode: one rectangle of 0.02 to 1/3, an aspect ratio of 0.3 to 1/0.3, noise. */
  public static RandomErasing standard(double probability) {
    return new RandomErasing(probability, 0.02, 1.0 / 3, 0.3, 1 / 0.3, Mode.PIXEL, 1, 1);
  }

  /** The same with another mode. */
  public RandomErasing withMode(Mode other) {
    return new RandomErasing(
        probability, minArea, maxArea, minAspect, maxAspect, other, minCount, maxCount);
  }

  /** The same with other numbers of rectangles, which share the area. */
  public RandomErasing withCount(int fewest, int most) {
    return new RandomErasing(
        probability, minArea, maxArea, minAspect, maxAspect, mode, fewest, most);
  }

  /** The same with other shares of the area. */
  public RandomErasing withArea(double least, double most) {
    return new RandomErasing(probability, least, most, minAspect, maxAspect, mode, minCount, maxCount);
  }

  @Override
  public void draw(int channels, int height, int width, SampleRandom random, ErasedBoxes to) {
    if (!random.bernoulli(probability)) {
      return;
    }
    int count = minCount == maxCount ? minCount : minCount + random.uniformInt(maxCount - minCount + 1);
    for (int i = 0; i < count; i++) {
      eraseOne(channels, height, width, count, random, to);
    }
  }

  private void eraseOne(
      int channels, int height, int width, int count, SampleRandom random, ErasedBoxes to) {
    double logMin = StrictMath.log(minAspect);
    double logMax = StrictMath.log(maxAspect);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      double target = random.uniform(minArea, maxArea) * height * width / count;
      double aspect = StrictMath.exp(random.uniform(logMin, logMax));
      int h = (int) Math.rint(Math.sqrt(target * aspect));
      int w = (int) Math.rint(Math.sqrt(target / aspect));
      if (h < height && w < width) {
        int top = random.uniformInt(height - h + 1);
        int left = random.uniformInt(width - w + 1);
        float[] filling = new float[channels * h * w];
        for (int c = 0; c < channels; c++) {
          int first = c * h * w;
          if (mode != Mode.PIXEL) {
            Arrays.fill(filling, first, first + h * w, mode == Mode.RAND ? random.normal() : 0);
            continue;
          }
          for (int i = first; i < first + h * w; i++) {
            filling[i] = random.normal();
          }
        }
        to.add(top, left, h, w, filling);
        return;
      }
    }
  }
}
