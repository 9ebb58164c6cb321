package org.swinengine.inference;

import java.util.List;

/**
 * Pictures that were read, prepared as a model's input.
 *
 * @param pictures at least one, in the order in which they were named
 * @param input {@code [pictures, channels, height, width]}; it holds them until the next batch is asked for
 */
public record PictureBatch(List<Picture> pictures, float[] input) {
  /** Number of pictures. */
  public int size() {
    return pictures.size();
  }
}
