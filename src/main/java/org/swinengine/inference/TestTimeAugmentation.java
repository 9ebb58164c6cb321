package org.swinengine.inference;

import java.util.List;
import java.util.stream.IntStream;
import org.swinengine.data.CropMode;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.RawImage;
import org.swinengine.data.Resize;
import org.swinengine.data.Turn;

/**
 * Asks a model about several views of a picture and takes the mean. No chance is in it, and a picture's
 * result does not depend on the others of its batch: each view is a batch of its own, and the means are
 * summed in float64 in the order of the views.
 *
 * <pre>{@code
 * TestTimeAugmentation augmentation = new TestTimeAugmentation(TestTimeViews.MIRROR, Mean.PROBABILITIES);
 * List<Prediction> predictions = augmentation.predict(model, pictures);
 * }</pre>
 *
 * @param views which views
 * @param mean of what
 */
public record TestTimeAugmentation(TestTimeViews views, Mean mean) {
  /** What the mean is taken of. */
  public enum Mean {
    /** Of what the model gives: a geometric mean of the probabilities, but for a factor. */
    LOGITS,
    /** Of the softmax; the result is its logarithm, whose softmax it is again. */
    PROBABILITIES
  }

  /** What a model gives for a batch: {@link LoadedModel#logits}. */
  public interface Forward {
    /**
     * Computes a batch.
     *
     * @param images {@code [n, channels, height, width]}
     * @param n number of images
     * @return {@code [n, classes]} or {@code [n, classes, height, width]}
     */
    float[] logits(float[] images, int n);
  }

  /**
   * A picture that is preprocessed, but for the views.
   *
   * @param values {@code [channels, height, width]}
   * @param height at least that of the model's input; equal to it where views need no margin
   * @param width the same
   */
  public record Source(float[] values, int height, int width) {}

  /**
   * Classifies pictures of any size in one batch a view. For crops a picture is resized as usual, and the
   * middle crop becomes one of five; the model's preprocessing must leave a margin (`cropRatio` below 1).
   * Probabilities are without a {@linkplain LoadedModel#calibration temperature}, which is of single views.
   *
   * @throws IllegalArgumentException if the views do not fit the model's input
   */
  public List<Prediction> predict(LoadedModel model, List<RawImage> images) {
    model.model().spec().requireClassification("predict");
    int classes = model.classNames().size();
    float[] logits = logits(model, images);
    return IntStream.range(0, images.size())
        .mapToObj(i -> Prediction.of(logits, i * classes, model.classNames(), 1)).toList();
  }

  /**
   * The mean over the views of what a model that classifies gives for pictures of any size.
   *
   * @return {@code [n, classes]}
   * @throws IllegalArgumentException if the views do not fit the model's input
   */
  float[] logits(LoadedModel model, List<RawImage> images) {
    Preprocessing preprocessing = model.preprocessing();
    List<Source> sources = images.stream().map(image -> source(preprocessing, image)).toList();
    return logits(
        sources, preprocessing.channels(), preprocessing.height(), preprocessing.width(),
        model.classNames().size(), model::logits);
  }

  private Source source(Preprocessing preprocessing, RawImage image) {
    if (!views.needsMargin()) {
      ImagePipeline usual = preprocessing.pipeline();
      float[] values = new float[usual.floatsPerImage()];
      usual.run(image, 0, 0, 0, values, 0);
      return new Source(values, usual.height(), usual.width());
    }
    if (preprocessing.cropRatio() >= 1) {
      throw new IllegalArgumentException(
          "crops at test time need a margin around the model's input, but the `cropRatio` is "
              + preprocessing.cropRatio() + "; set one below 1, such as 0.875");
    }
    int height = (int) Math.floor(preprocessing.height() / preprocessing.cropRatio());
    int width = (int) Math.floor(preprocessing.width() / preprocessing.cropRatio());
    boolean square = preprocessing.height() == preprocessing.width();
    Resize resize = square && preprocessing.cropMode() == CropMode.CENTER
        ? Resize.shorterSide(height, preprocessing.interpolation())
        : Resize.exactly(height, width, preprocessing.interpolation());
    RawImage resized = resize.apply(image.withChannels(preprocessing.channels()), null);
    ImagePipeline rest =
        ImagePipeline.of(
            preprocessing.channels(), resized.height(), resized.width(), List.of(),
            preprocessing.normalize());
    float[] values = new float[rest.floatsPerImage()];
    rest.run(resized, 0, 0, 0, values, 0);
    return new Source(values, resized.height(), resized.width());
  }

  /**
   * The mean over the views of what a model that classifies gives.
   *
   * @param sources the pictures
   * @param channels of the pictures
   * @param height of the model's input
   * @param width of the model's input
   * @param classes that the model tells apart
   * @return {@code [n, classes]}
   */
  public float[] logits(
      List<Source> sources, int channels, int height, int width, int classes, Forward forward) {
    return mean(sources, channels, height, width, classes, 1, 1, forward);
  }

  /**
   * The mean over the views of what a model that segments gives; each view's result is turned back.
   *
   * @return {@code [n, classes, height, width]}
   * @throws IllegalArgumentException for views that show only a part of the picture
   */
  public float[] pixelLogits(
      List<Source> sources, int channels, int height, int width, int classes, Forward forward) {
    if (views.needsMargin()) {
      throw new IllegalArgumentException(
          "crops at test time cannot be put together to a segmentation; choose mirror, flips or d4");
    }
    return mean(sources, channels, height, width, classes, height, width, forward);
  }

  /** Of results of so many rows and columns, one for a class. */
  private float[] mean(
      List<Source> sources, int channels, int height, int width, int classes, int rows, int columns,
      Forward forward) {
    int n = sources.size();
    int floats = channels * height * width;
    int results = classes * rows * columns;
    double[] sums = new double[Math.multiplyExact(n, results)];
    for (int view = 0; view < views.count(); view++) {
      Turn turn = views.turn(view);
      if (turn.swapsSides() && height != width) {
        throw new IllegalArgumentException(
            "the views d4 need a model with a square input, but this one's is " + height + "x" + width);
      }
      float[] batch = new float[Math.multiplyExact(n, floats)];
      for (int i = 0; i < n; i++) {
        cut(sources.get(i), view, turn, channels, height, width, batch, i * floats);
      }
      float[] given = forward.logits(batch, n);
      if (given.length != sums.length) {
        throw new IllegalArgumentException(
            "the model gave " + given.length + " numbers for a batch of " + n + ", not " + sums.length);
      }
      float[] upright = new float[results];
      for (int i = 0; i < n; i++) {
        if (rows > 1 || columns > 1) {
          turn.inverse().planes(given, i * results, classes, rows, columns, upright, 0);
        } else {
          System.arraycopy(given, i * results, upright, 0, results);
        }
        add(upright, classes, sums, i * results);
      }
    }
    float[] means = new float[sums.length];
    for (int i = 0; i < means.length; i++) {
      double average = sums[i] / views.count();
      means[i] = (float) (mean == Mean.LOGITS ? average : StrictMath.log(average));
    }
    return means;
  }

  private void cut(
      Source source, int view, Turn turn, int channels, int height, int width, float[] batch, int offset) {
    int sourceHeight = source.height();
    int sourceWidth = source.width();
    boolean fits = views.needsMargin() ? sourceHeight >= height && sourceWidth >= width
        : sourceHeight == height && sourceWidth == width;
    if (!fits || source.values().length != channels * sourceHeight * sourceWidth) {
      throw new IllegalArgumentException(
          "a picture of " + sourceHeight + "x" + sourceWidth + " and " + source.values().length
              + " values does not fit a model that takes " + channels + "x" + height + "x" + width);
    }
    float[] turned = new float[source.values().length];
    turn.planes(source.values(), 0, channels, sourceHeight, sourceWidth, turned, 0);
    // Turns that swap sides are of squares, so that the sizes stay.
    int top = views.top(view, sourceHeight, height);
    int left = views.left(view, sourceWidth, width);
    for (int c = 0; c < channels; c++) {
      for (int y = 0; y < height; y++) {
        System.arraycopy(
            turned, (c * sourceHeight + top + y) * sourceWidth + left, batch,
            offset + (c * height + y) * width, width);
      }
    }
  }

  /** Adds logits, or their softmax over the classes. */
  private void add(float[] logits, int classes, double[] sums, int offset) {
    int places = logits.length / classes;
    if (mean == Mean.LOGITS) {
      for (int i = 0; i < logits.length; i++) {
        sums[offset + i] += logits[i];
      }
      return;
    }
    double[] exponentials = new double[classes];
    for (int place = 0; place < places; place++) {
      double largest = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < classes; c++) {
        largest = Math.max(largest, logits[c * places + place]);
      }
      for (int c = 0; c < classes; c++) {
        exponentials[c] = StrictMath.exp(logits[c * places + place] - largest);
      }
      double sum = 0;
      for (double exponential : exponentials) {
        sum += exponential;
      }
      for (int c = 0; c < classes; c++) {
        sums[offset + c * places + place] += exponentials[c] / sum;
      }
    }
  }
}
