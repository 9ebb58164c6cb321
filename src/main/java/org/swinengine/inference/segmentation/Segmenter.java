package org.swinengine.inference.segmentation;

import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.RawImage;
import org.swinengine.data.Resize;
import org.swinengine.data.Turn;
import org.swinengine.data.segmentation.ClassSets;
import org.swinengine.inference.Ensemble;
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
    /** Through windows of the model's size that overlap, at the resolution that a scale says. */
    WINDOWS
  }

  /**
   * How pictures are seen.
   *
   * @param view as a whole, or through windows
   * @param overlap share of a window that the next one covers too, in [0, 1)
   * @param weighting how much a window's pixels count where several lie on one another
   * @param batch windows that the model gets at once
   * @param flips whether the logits, or of overlapping labels the probabilities, are the mean over the
   *     picture and its mirror images
   * @param turns whether they are the mean over quarter turns; with {@code flips} over all eight positions
   * @param scale by what pictures are resized before windows go over them, whose logits are resized back;
   *     null: as each model has learnt, where its checkpoint says it, else not at all
   */
  public record Options(
      View view, double overlap, SlidingWindow.Weighting weighting, int batch, boolean flips, boolean turns,
      @Nullable PictureScale scale) {
    /** As a whole. */
    public static final Options WHOLE =
        new Options(View.WHOLE, 0.5, SlidingWindow.Weighting.GAUSSIAN, 4, false);

    /** Without quarter turns, at the scale that a model has learnt at. */
    public Options(
        View view, double overlap, SlidingWindow.Weighting weighting, int batch, boolean flips) {
      this(view, overlap, weighting, batch, flips, false, null);
    }

    /** At the scale that a model has learnt at. */
    public Options(
        View view, double overlap, SlidingWindow.Weighting weighting, int batch, boolean flips,
        boolean turns) {
      this(view, overlap, weighting, batch, flips, turns, null);
    }

    /** At which windows of a model see pictures. */
    public PictureScale scaleFor(LoadedModel model) {
      return scale != null ? scale : PictureScale.of(model).orElse(PictureScale.ONE);
    }

    /** The positions in which a picture is seen. */
    List<Turn> positions() {
      if (turns) {
        return flips ? List.of(Turn.values()) : QUARTERS;
      }
      return flips ? FLIPS : List.of(Turn.NONE);
    }
  }

  private static final float LARGEST = 1e30f;
  private static final List<Turn> FLIPS = List.of(Turn.NONE, Turn.MIRRORED, Turn.FLIPPED, Turn.HALF);
  private static final List<Turn> QUARTERS = List.of(Turn.NONE, Turn.LEFT, Turn.HALF, Turn.RIGHT);

  private final Ensemble models;
  private final Options options;
  private final PixelClasses classes;

  /**
   * @throws IllegalArgumentException if the model does not segment
   */
  public Segmenter(LoadedModel model, Options options) {
    this(Ensemble.of(List.of(model)), options);
  }

  /**
   * Several models, of whose probabilities the mean is taken.
   *
   * @throws IllegalArgumentException if one does not segment
   */
  public Segmenter(Ensemble models, Options options) {
    for (LoadedModel model : models.members()) {
      ModelSpec spec = model.model().spec();
      if (spec.task() != ModelSpec.Task.SEGMENTATION) {
        throw new IllegalArgumentException(
            spec.name() + " classifies whole images; it gives no class to a pixel");
      }
    }
    this.models = models;
    this.options = options;
    classes = PixelClasses.of(models.first());
    for (LoadedModel model : models.members()) {
      if (PixelClasses.of(model).kind() != classes.kind()) {
        throw new IllegalArgumentException(
            "one of the models gives pixels one class and another any number of classes, of which there is no"
                + " mean; give models of one kind");
      }
    }
  }

  /** What is said of pixels. */
  public PixelClasses classes() {
    return classes;
  }

  /** The model, or the first of several. */
  public LoadedModel model() {
    return models.first();
  }

  /** Number of models. */
  public int size() {
    return models.size();
  }

  /**
   * The class of each pixel of a picture, row by row; of a model of overlapping labels all of its classes, as
   * {@link org.swinengine.data.segmentation.ClassSets}.
   */
  public byte[] segment(RawImage image) {
    return segment(image, member -> true);
  }

  /**
   * Labels from what {@link #segment} gives: class numbers, or sets with a bit for each class, the lowest
   * that of class 1.
   */
  public int[] labels(byte[] segmented, int pixels) {
    int[] labels = new int[pixels];
    LabelMaps.unpack(classes.kind(), segmented, pixels, labels, 0);
    return labels;
  }

  /** The way back. */
  public byte[] packed(int[] labels) {
    int bytes = classes.overlapping() ? ClassSets.bytes(classes.names().size() - 1) : 1;
    byte[] packed = new byte[Math.multiplyExact(labels.length, bytes)];
    LabelMaps.pack(classes.kind(), labels, 0, labels.length, packed);
    return packed;
  }

  /**
   * The same by some of the models.
   *
   * @param asked which, by their number; at least one
   */
  byte[] segment(RawImage image, IntPredicate asked) {
    int count = model().model().spec().classes();
    return LabelMaps
        .of(classes.kind(), logits(image, asked), 0, count, image.height() * image.width());
  }

  /**
   * Logits of a picture, {@code [classes, height, width]} at its own size; of several models the logarithms
   * of their mean probabilities, or of overlapping labels the logits of these.
   */
  public float[] logits(RawImage image) {
    return logits(image, member -> true);
  }

  private float[] logits(RawImage image, IntPredicate asked) {
    List<LoadedModel> members =
        IntStream.range(0, models.size()).filter(asked).mapToObj(models.members()::get).toList();
    if (members.size() == 1) {
      return logits(members.get(0), image);
    }
    int count = model().model().spec().classes();
    int pixels = image.height() * image.width();
    double[] sums = new double[count * pixels];
    for (LoadedModel member : members) {
      LabelMaps.addProbabilities(classes.kind(), logits(member, image), count, pixels, sums);
    }
    return LabelMaps.logits(classes.kind(), sums, members.size());
  }

  private float[] logits(LoadedModel member, RawImage image) {
    if (options.view() == View.WHOLE) {
      return ofPositions(member, image);
    }
    Preprocessing how = member.preprocessing();
    int planes = Math.max(how.channels(), member.model().spec().classes());
    RawImage scaled = options.scaleFor(member).apply(image, how.interpolation(), planes);
    float[] seen = ofPositions(member, scaled);
    for (int i = 0; i < seen.length; i++) {
      // Of a probability of 1 the logit may be infinite, and that times a weight of 0 is no number.
      seen[i] = Math.max(-LARGEST, Math.min(LARGEST, seen[i]));
    }
    return LabelMaps.resize(
        seen, member.model().spec().classes(), scaled.height(), scaled.width(), image.height(),
        image.width());
  }

  private float[] ofPositions(LoadedModel member, RawImage image) {
    List<Turn> positions = options.positions();
    if (positions.size() == 1) {
      return ofView(member, image);
    }
    float[] sum = new float[0];
    double[] probabilities = new double[0];
    int count = member.model().spec().classes();
    for (Turn turn : positions) {
      RawImage turnedImage = turn.image(image);
      float[] turned = ofView(member, turnedImage);
      float[] back = new float[turned.length];
      turn.inverse().planes(turned, 0, count, turnedImage.height(), turnedImage.width(), back, 0);
      if (classes.overlapping()) {
        probabilities = probabilities.length == 0 ? new double[back.length] : probabilities;
        LabelMaps.addProbabilities(classes.kind(), back, count, back.length / count, probabilities);
        continue;
      }
      sum = sum.length == 0 ? new float[back.length] : sum;
      for (int i = 0; i < back.length; i++) {
        sum[i] += back[i] / positions.size();
      }
    }
    return classes.overlapping()
        ? LabelMaps.logits(classes.kind(), probabilities, positions.size())
        : sum;
  }

  private float[] ofView(LoadedModel model, RawImage image) {
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
