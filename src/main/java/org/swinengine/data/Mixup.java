package org.swinengine.data;

import java.util.Locale;
import org.swinengine.backend.PixelBatch;

/**
 * Mixes the pictures of a batch with those at its other end (timm's {@code Mixup}): mixup blends two
 * pictures (Zhang et al. 2018), cutmix puts a box of one into the other (Yun et al. 2019); the targets are
 * mixed as the pictures are. What is drawn is a function of seed, epoch and the batch's number, whatever
 * the number of threads.
 *
 * @param mixupAlpha both parameters of the beta distribution of mixup's λ; 0: no mixup
 * @param cutmixAlpha the same of cutmix
 * @param prob probability with which a batch (or picture) is mixed
 * @param switchProb probability of cutmix where both are on
 * @param mode what is mixed alike
 * @param labelSmoothing ε: the target has 1 − ε + ε/classes at a label and ε/classes elsewhere
 * @param classes number of classes
 */
public record Mixup(
    double mixupAlpha,
    double cutmixAlpha,
    double prob,
    double switchProb,
    Mode mode,
    double labelSmoothing,
    int classes) {
  /** What is mixed alike. */
  public enum Mode {
    /** All pictures of a batch. */
    BATCH,
    /** Two that are mixed with each other. */
    PAIR,
    /** Each picture is mixed in a way of its own. */
    ELEM;

    /** The name as timm has it: {@code batch}. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Checks the ranges. */
  public Mixup {
    if (!(mixupAlpha >= 0) || !(cutmixAlpha >= 0) || mixupAlpha + cutmixAlpha == 0) {
      throw new IllegalArgumentException(
          "mixup's alpha is " + mixupAlpha + " and cutmix's " + cutmixAlpha
              + ", but must be at least 0, and one of them above it");
    }
    requireShare("the probability of mixing", prob);
    requireShare("the probability of cutmix", switchProb);
    requireShare("`labelSmoothing`", labelSmoothing);
  }

  private static void requireShare(String what, double number) {
    if (!(number >= 0 && number <= 1)) {
      throw new IllegalArgumentException(what + " is " + number + ", but must be from 0 to 1");
    }
  }

  /** Swin's: mixup 0.8, cutmix 1.0, always one of them, each as often, the whole batch alike. */
  public static Mixup swin(double labelSmoothing, int classes) {
    return new Mixup(0.8, 1, 1, 0.5, Mode.BATCH, labelSmoothing, classes);
  }

  /**
   * The random numbers of one decision.
   *
   * @param mixes uniform, below {@link Mixup#prob} where there is mixing
   * @param cuts uniform, below {@link Mixup#switchProb} where that is cutmix
   * @param mixupLambda of mixup's beta distribution
   * @param cutmixLambda of cutmix's
   * @param y uniform in [0, 1), the box's centre
   * @param x uniform in [0, 1), the box's centre
   */
  public record Draw(double mixes, double cuts, double mixupLambda, double cutmixLambda, double y,
      double x) {}

  /**
   * How one picture is mixed with its partner: {@code λ·picture + (1 − λ)·partner}, or the partner's rows
   * top to before bottom and columns left to before right.
   *
   * @param lambda share of the picture in its target; of cutmix the share of its pixels
   * @param cut whether a box is put in; its bounds are 0 otherwise
   * @param top first row of the box
   * @param bottom after its last row
   * @param left first column of the box
   * @param right after its last column
   */
  public record Mix(double lambda, boolean cut, int top, int bottom, int left, int right) {
    static final Mix NONE = new Mix(1, false, 0, 0, 0, 0);
  }

  /** How many decisions a batch takes. */
  public int decisions(int size) {
    return switch (mode) {
      case BATCH -> 1;
      case PAIR -> size / 2;
      case ELEM -> size;
    };
  }

  /** The numbers that a batch's decision number {@code i} is made with. */
  public Draw draw(long seed, int epoch, int batch, int i) {
    SampleRandom random = new SampleRandom(seed, epoch, batch, SampleRandom.MIX_STREAM - i);
    return new Draw(
        random.uniform53(),
        random.uniform53(),
        mixupAlpha > 0 ? random.beta(mixupAlpha) : 1,
        cutmixAlpha > 0 ? random.beta(cutmixAlpha) : 1,
        random.uniform53(),
        random.uniform53());
  }

  /** The decision that numbers lead to, for pictures of a size. */
  public Mix decide(Draw draw, int height, int width) {
    boolean cut = cutmixAlpha > 0 && (mixupAlpha == 0 || draw.cuts() < switchProb);
    double lambda = rounded(cut ? draw.cutmixLambda() : draw.mixupLambda());
    if (draw.mixes() >= prob || lambda == 1) {
      return Mix.NONE;
    }
    if (!cut) {
      return new Mix(lambda, false, 0, 0, 0, 0);
    }
    double ratio = rounded(Math.sqrt(1 - lambda));
    int cutHeight = (int) rounded(height * ratio);
    int cutWidth = (int) rounded(width * ratio);
    int y = (int) (draw.y() * height);
    int x = (int) (draw.x() * width);
    int top = Math.max(0, y - cutHeight / 2);
    int bottom = Math.min(height, y + (cutHeight + 1) / 2);
    int left = Math.max(0, x - cutWidth / 2);
    int right = Math.min(width, x + (cutWidth + 1) / 2);
    double area = (double) (bottom - top) * (right - left);
    double kept = rounded(1 - area / ((double) height * width));
    return new Mix(kept, true, top, bottom, left, right);
  }

  /** The numbers of single pictures are float32 in timm, those of a batch float64. */
  private double rounded(double number) {
    return mode == Mode.BATCH ? number : (float) number;
  }

  /**
   * Mixes a batch in place.
   *
   * @param images {@code [size, channels, height, width]} at the front
   * @param labels the first {@code size} count
   * @return the targets, {@code [size, classes]}
   */
  public float[] apply(
      float[] images, int[] labels, int size, int channels, int height, int width, long seed, int epoch,
      int batch) {
    float[] targets = SoftTargets.of(labels, size, classes, labelSmoothing);
    return apply(images, targets, size, channels, height, width, seed, epoch, batch);
  }

  /**
   * The same with targets of any kind, such as several classes a picture; they are not smoothed any more.
   *
   * @param targets {@code [size, classes]}
   * @return the mixed ones, in an array of their own
   */
  public float[] apply(
      float[] images, float[] targets, int size, int channels, int height, int width, long seed, int epoch,
      int batch) {
    Mix[] mixes = decide(size, height, width, seed, epoch, batch);
    mix(mixes, images, size, channels, height, width);
    return mixed(mixes, targets, size);
  }

  private Mix[] decide(int size, int height, int width, long seed, int epoch, int batch) {
    Mix[] mixes = new Mix[decisions(size)];
    for (int i = 0; i < mixes.length; i++) {
      mixes[i] = decide(draw(seed, epoch, batch, i), height, width);
    }
    return mixes;
  }

  /**
   * Mixes a batch: its pixels on their way to the device, or its floats in place; the bits are the same.
   *
   * @param targets {@code [size, classes]}
   * @param channels of its images
   * @param height of its images
   * @param width of its images
   * @return the mixed targets, in an array of their own
   */
  public float[] apply(Batch batch, float[] targets, int channels, int height, int width, long seed) {
    int size = batch.size();
    if (batch.pixels() == null) {
      return apply(
          batch.images(), targets, size, channels, height, width, seed, batch.epoch(), batch.number());
    }
    Mix[] mixes = decide(size, height, width, seed, batch.epoch(), batch.number());
    int[] how = new int[size * PixelBatch.MIX];
    float[] shares = new float[2 * size];
    for (int i = 0; i < size; i++) {
      Mix mix = of(mixes, i, size);
      int kind = mix.cut() ? PixelBatch.CUT : mix.lambda() == 1 ? PixelBatch.KEEP : PixelBatch.BLEND;
      int[] numbers = {kind, mix.top(), mix.bottom(), mix.left(), mix.right()};
      System.arraycopy(numbers, 0, how, i * PixelBatch.MIX, PixelBatch.MIX);
      shares[2 * i] = (float) mix.lambda();
      shares[2 * i + 1] = (float) (1 - mix.lambda());
    }
    batch.mix(how, shares);
    return mixed(mixes, targets, size);
  }

  /**
   * How a picture of a batch is mixed. Without a partner of its own the middle one of an odd batch is not.
   */
  private Mix of(Mix[] mixes, int i, int size) {
    return switch (mode) {
      case BATCH -> mixes[0];
      case PAIR -> 2 * i + 1 == size ? Mix.NONE : mixes[Math.min(i, size - 1 - i)];
      case ELEM -> mixes[i];
    };
  }

  /** Mixes pictures in place, each with that at the other end of the batch. */
  void mix(Mix[] mixes, float[] images, int size, int channels, int height, int width) {
    int rows = channels * height;
    for (int i = 0; i < (size + 1) / 2; i++) {
      int j = size - 1 - i;
      Mix first = of(mixes, i, size);
      Mix second = of(mixes, j, size);
      for (int row = 0; row < rows; row++) {
        int own = (i * rows + row) * width;
        int other = (j * rows + row) * width;
        for (int column = 0; column < width; column++) {
          float a = images[own + column];
          float b = images[other + column];
          images[own + column] = mixed(first, a, b, row % height, column);
          if (i != j) {
            images[other + column] = mixed(second, b, a, row % height, column);
          }
        }
      }
    }
  }

  private static float mixed(Mix mix, float own, float other, int row, int column) {
    if (mix.cut()) {
      boolean inside =
          row >= mix.top() && row < mix.bottom() && column >= mix.left() && column < mix.right();
      return inside ? other : own;
    }
    return mix.lambda() == 1 ? own : own * (float) mix.lambda() + other * (float) (1 - mix.lambda());
  }

  /** The targets of mixed pictures: their own with λ and the partner's with 1 − λ. */
  float[] mixed(Mix[] mixes, float[] targets, int size) {
    float[] mixed = new float[size * classes];
    for (int i = 0; i < size; i++) {
      float share = (float) of(mixes, i, size).lambda();
      float rest = (float) (1 - of(mixes, i, size).lambda());
      int partner = size - 1 - i;
      for (int c = 0; c < classes; c++) {
        mixed[i * classes + c] = targets[i * classes + c] * share + targets[partner * classes + c] * rest;
      }
    }
    return mixed;
  }
}
