package org.swinengine.data.augment;

import org.swinengine.data.DrawnTransform;
import org.swinengine.data.GeometricTransform;
import org.swinengine.data.SampleRandom;
import org.swinengine.data.Turn;

/**
 * Turns a picture by 0, 90, 180 or 270 degrees, each as often, for pictures without an up and down:
 * micrographs, aerial pictures. Pictures that are not square change their shape.
 *
 * @param mirror whether half of them are mirrored as well, so that all eight symmetries of the square occur
 */
public record RandomTurn(boolean mirror) implements GeometricTransform {
  private static final Turn[] TURNS =
      {Turn.NONE, Turn.LEFT, Turn.HALF, Turn.RIGHT, Turn.MIRRORED, Turn.TRANSPOSED, Turn.FLIPPED,
        Turn.TRANSVERSED};

  @Override
  public DrawnTransform draw(int height, int width, SampleRandom random) {
    return TURNS[random.uniformInt(mirror ? 8 : 4)];
  }
}
