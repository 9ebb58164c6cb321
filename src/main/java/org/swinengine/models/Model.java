package org.swinengine.models;

import java.util.Arrays;
import java.util.List;
import org.swinengine.autograd.Variable;
import org.swinengine.nn.ForwardMode;
import org.swinengine.nn.Layer;
import org.swinengine.ops.MeanTokensOp;
import org.swinengine.tensor.ShapeException;

/** A network from images to logits. */
public abstract class Model extends Layer {
  private final ModelSpec spec;

  protected Model(ModelSpec spec) {
    this.spec = spec;
  }

  public final ModelSpec spec() {
    return spec;
  }

  /**
   * The logits of a batch of images.
   *
   * @param images {@code [batch, channels, height, width]}, normalised
   * @return {@code [batch, classes]}, or for a model that segments ({@link ModelSpec#task}) a logit of each
   *     class at each pixel, {@code [batch, classes, height, width]}
   * @throws ShapeException if the images are not what the model takes
   */
  @Override
  public final Variable forward(Variable images, ForwardMode mode) {
    requireImages(images);
    return logits(images, drawing(mode, images));
  }

  final void requireImages(Variable images) {
    ShapeException.check(
        images.shape().rank() == 4
            && takesChannels(images.dim(1))
            && images.dim(2) == spec.imageHeight()
            && images.dim(3) == spec.imageWidth(),
        spec.name(),
        "the input is %s, but the model takes [batch, %d, %d, %d]",
        images.shape(),
        spec.channels(),
        spec.imageHeight(),
        spec.imageWidth());
  }

  /** The mode of this model's pass over the images. */
  final ForwardMode drawing(ForwardMode mode, Variable images) {
    return mode.drawing(this, images.backend(), images.dim(0));
  }

  /** Whether the model takes images of so many channels. */
  public boolean takesChannels(int channels) {
    return channels == spec.channels();
  }

  /**
   * The places whose output {@link #stageMaps} gives, from the image on; none for a model that has not said
   * any.
   */
  public List<FeatureStage> stages() {
    return List.of();
  }

  /**
   * The outputs of stages, for a head, a detector or a segmentation of one's own: what timm gives with
   * {@code features_only=True} and {@code forward_intermediates}. Nothing normalises them, tokens before the
   * patches (ViT's class token) are left out, and what comes after the last of them is not computed.
   * Channels come last; {@link org.swinengine.ops.ChannelsFirstOp} gives PyTorch's layout.
   *
   * @param images as for {@link #forward}
   * @param wanted numbers of {@link #stages}; none: all
   * @return of each stage {@code [batch, height, width, channels]}, in the order of the stages
   * @throws IllegalArgumentException if the model has no such stage
   */
  public final List<Variable> stageMaps(Variable images, ForwardMode mode, int... wanted) {
    requireImages(images);
    int stages = stages().size();
    int last = wanted.length == 0 ? stages - 1 : Arrays.stream(wanted).max().getAsInt();
    for (int stage : wanted) {
      if (stage < 0 || stage >= stages) {
        throw new IllegalArgumentException(
            "stage " + stage + " of " + spec.name() + " is asked for, but it has "
                + (stages == 0 ? "none whose output can be read" : "the stages 0 to " + (stages - 1)));
      }
    }
    boolean[] chosen = new boolean[last + 1];
    Arrays.fill(chosen, wanted.length == 0);
    for (int stage : wanted) {
      chosen[stage] = true;
    }
    return maps(images, drawing(mode, images), chosen);
  }

  /**
   * What the model has to say of a whole image, for search by similarity: its features, pooled over tokens
   * as the head reads them (timm's {@code forward_head(…, pre_logits=True)}). With Swin-Unet it is the mean
   * of the normalised bottleneck.
   *
   * @param images as for {@link #forward}
   * @return {@code [batch, n]}
   */
  public final Variable embedding(Variable images, ForwardMode mode) {
    requireImages(images);
    return pooledFeatures(images, drawing(mode, images));
  }

  /**
   * {@link #stageMaps} of images whose shape has been checked.
   *
   * @param chosen which of {@link #stages}, up to the last one that is
   */
  protected List<Variable> maps(Variable images, ForwardMode mode, boolean[] chosen) {
    return List.of();
  }

  /**
   * {@link #embedding} of images whose shape has been checked; unless overridden the mean of the last stage.
   */
  protected Variable pooledFeatures(Variable images, ForwardMode mode) {
    boolean[] last = new boolean[stages().size()];
    if (last.length == 0) {
      throw new IllegalArgumentException(
          spec.name() + " says of none of its layers that their output can be read, so it has no embedding");
    }
    last[last.length - 1] = true;
    return MeanTokensOp.apply(maps(images, mode, last).get(0));
  }

  /** {@link #forward} on images whose shape has been checked. */
  protected abstract Variable logits(Variable images, ForwardMode mode);
}
