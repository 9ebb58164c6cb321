package org.swinengine.inference.segmentation;

import java.util.List;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.RawImage;
import org.swinengine.data.Resize;
import org.swinengine.data.Turn;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.Preprocessing;
import org.swinengine.inference.SlidingWindow;
import org.swinengine.models.ModelSpec;

/** A model that gives the pixels of pictures of any size their classes. */
public final class Segmenter {
  /** How a picture of another size than the model's is seen. */
  public enum View {
    /** As a whole, resized to the model's input; the logits are resized back. */
    WHOLE,
    /** Through windows of the model's size that overlap, at the picture's own resolution. */
    WINDOWS
  }

  /**
   * How pictures are seen.
   *
   * @param view as a whole, or through windows
   * @param overlap share of a window that the next one covers too, in [0, 1)
   * @param weighting how much a window's pixels count where several lie on one another
   * @param batch windows that the model gets at once
   * @param flips whether the logits are the mean over the picture and its mirror images
   */
  public record Options(
      View view, double overlap, SlidingWindow.Weighting weighting, int batch, boolean flips) {
    /** As a whole. */
    public static final Options WHOLE =
        new Options(View.WHOLE, 0.5, SlidingWindow.Weighting.GAUSSIAN, 4, false);
  }

  private static final List<Turn> FLIPS = List.of(Turn.NONE, Turn.MIRRORED, Turn.FLIPPED, Turn.HALF);

  private final LoadedModel model;
  private final Options options;

  /**
   * @throws IllegalArgumentException if the model does not segment
   */
  public Segmenter(LoadedModel model, Options options) {
    ModelSpec spec = model.model().spec();
    if (spec.task() != ModelSpec.Task.SEGMENTATION) {
      throw new IllegalArgumentException(
          spec.name() + " classifies whole images; it gives no class to a pixel");
    }
    this.model = model;
    this.options = options;
  }

  /** The model. */
  public LoadedModel model() {
    return model;
  }

  /** The class of each pixel of a picture, row by row. */
  public byte[] segment(RawImage image) {
    int classes = model.model().spec().classes();
    return LabelMaps.first(logits(image), 0, classes, image.height() * image.width());
  }

  /** Logits of a picture, {@code [classes, height, width]} at its own size. */
  public float[] logits(RawImage image) {
    if (!options.flips()) {
      return ofView(image);
    }
    float[] sum = new float[0];
    int classes = model.model().spec().classes();
    for (Turn turn : FLIPS) {
      float[] turned = ofView(turn.image(image));
      float[] back = new float[turned.length];
      turn.inverse().planes(turned, 0, classes, image.height(), image.width(), back, 0);
      sum = sum.length == 0 ? new float[back.length] : sum;
      for (int i = 0; i < back.length; i++) {
        sum[i] += back[i] / FLIPS.size();
      }
    }
    return sum;
  }

  private float[] ofView(RawImage image) {
    Preprocessing how = model.preprocessing();
    ModelSpec spec = model.model().spec();
    if (options.view() == View.WHOLE) {
      ImagePipeline whole =
          ImagePipeline.of(
              how.channels(), how.height(), how.width(),
              List.of(Resize.exactly(how.height(), how.width(), how.interpolation())), how.normalize());
      float[] logits = model.logits(run(whole, image), 1);
      return LabelMaps.resize(
          logits, spec.classes(), spec.imageHeight(), spec.imageWidth(), image.height(), image.width());
    }
    ImagePipeline unscaled =
        ImagePipeline.of(how.channels(), image.height(), image.width(), List.of(), how.normalize());
    SlidingWindow windows =
        new SlidingWindow(
            spec.imageHeight(), spec.imageWidth(), options.overlap(), options.weighting(), options.batch());
    return windows.apply(
        run(unscaled, image), how.channels(), image.height(), image.width(), spec.classes(), model::logits);
  }

  private static float[] run(ImagePipeline pipeline, RawImage image) {
    float[] input = new float[pipeline.floatsPerImage()];
    pipeline.run(image, 0, 0, 0, input, 0);
    return input;
  }
}
