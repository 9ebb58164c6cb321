package org.swinengine.models;

import org.swinengine.autograd.Variable;
import org.swinengine.nn.ForwardMode;
import org.swinengine.nn.Layer;
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
    return logits(images, mode);
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

  /** Whether the model takes images of so many channels. */
  public boolean takesChannels(int channels) {
    return channels == spec.channels();
  }

  /** {@link #forward} on images whose shape has been checked. */
  protected abstract Variable logits(Variable images, ForwardMode mode);
}
