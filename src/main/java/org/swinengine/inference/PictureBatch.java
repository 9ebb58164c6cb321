package org.swinengine.inference;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.PixelBatch;

/**
 * Pictures that were read, prepared as a model's input. It holds them until the next batch is asked for. Used
 * by one thread.
 */
public final class PictureBatch {
  private final List<Picture> pictures;
  private final @Nullable PixelBatch pixels;

  /** Null until they are asked for, where there are pixels. */
  private float @Nullable [] input;

  /**
   * @param pictures at least one, in the order in which they were named
   * @param input {@code [pictures, channels, height, width]}
   */
  public PictureBatch(List<Picture> pictures, float[] input) {
    this.pictures = List.copyOf(pictures);
    this.input = input;
    pixels = null;
  }

  /**
   * The same for a device that makes the floats itself.
   *
   * @param pixels of all pictures
   */
  public PictureBatch(List<Picture> pictures, PixelBatch pixels) {
    this.pictures = List.copyOf(pictures);
    this.pixels = pixels;
  }

  /** The pictures, in the order in which they were named. */
  public List<Picture> pictures() {
    return pictures;
  }

  /**
   * The model's input, {@code [pictures, channels, height, width]}. Who asks for it may change it: from then
   * on it counts in place of {@link #pixels}.
   */
  public float[] input() {
    if (input == null) {
      PixelBatch made = Objects.requireNonNull(pixels);
      input = new float[made.size()];
      made.toFloats(input, 0);
    }
    return input;
  }

  /** The same as pixels; null where there are only floats, or these have been asked for. */
  public @Nullable PixelBatch pixels() {
    return input == null ? pixels : null;
  }

  /** Number of pictures. */
  public int size() {
    return pictures.size();
  }
}
