package org.swinengine.models;

import org.jspecify.annotations.Nullable;

/**
 * The images that a model is to take, as far as somebody says it; what is null stays as the model has it.
 *
 * @param height rows; given together with {@code width}
 * @param width columns
 * @param channels 3 for RGB, 1 for grey
 */
public record ImageShape(@Nullable Integer height, @Nullable Integer width, @Nullable Integer channels) {
  /** The model's own. */
  public static final ImageShape USUAL = new ImageShape(null, null, null);

  /** Images of a size, with the model's channels. */
  public static ImageShape of(int height, int width) {
    return new ImageShape(height, width, null);
  }

  /** The same with other channels. */
  public ImageShape withChannels(int number) {
    return new ImageShape(height, width, number);
  }

  /** A model for such images. */
  public ModelSpec applyTo(ModelSpec spec) {
    if (equals(USUAL)) {
      return spec;
    }
    return spec.withImage(
        height == null ? spec.imageHeight() : height,
        width == null ? spec.imageWidth() : width,
        channels == null ? spec.channels() : channels);
  }
}
