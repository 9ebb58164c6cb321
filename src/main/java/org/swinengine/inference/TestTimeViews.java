package org.swinengine.inference;

import java.util.List;
import java.util.Locale;
import org.swinengine.data.Turn;

/** Which views of a picture a model is asked about. */
public enum TestTimeViews {
  /** The picture alone. */
  NONE,
  /** The picture and its mirror image. */
  MIRROR,
  /** Mirrored along neither, one and both axes. */
  FLIPS,
  /** All eight symmetries of the square, for pictures without an up and down. */
  D4,
  /** Corners and middle of a larger picture; torchvision's {@code FiveCrop}. */
  FIVE_CROP,
  /** The same of the picture and of its mirror image; torchvision's {@code TenCrop}. */
  TEN_CROP;

  private static final int CROPS = 5;

  private List<Turn> turns() {
    return switch (this) {
      case NONE, FIVE_CROP -> List.of(Turn.NONE);
      case MIRROR, TEN_CROP -> List.of(Turn.NONE, Turn.MIRRORED);
      case FLIPS -> List.of(Turn.NONE, Turn.MIRRORED, Turn.FLIPPED, Turn.HALF);
      case D4 -> List.of(
          Turn.NONE, Turn.LEFT, Turn.HALF, Turn.RIGHT, Turn.MIRRORED, Turn.TRANSPOSED, Turn.FLIPPED,
          Turn.TRANSVERSED);
    };
  }

  /**
   * Reads a name, in any case, with hyphens or underscores.
   *
   * @throws IllegalArgumentException with a sentence that says what is allowed
   */
  public static TestTimeViews parse(String text) {
    String name = text.strip().toUpperCase(Locale.ROOT).replace('-', '_');
    for (TestTimeViews views : values()) {
      if (views.name().equals(name)) {
        return views;
      }
    }
    throw new IllegalArgumentException(
        "the views of test-time augmentation are " + text
            + ", but must be none, mirror, flips, d4, five-crop or ten-crop");
  }

  /** Whether the picture has to be larger than the model's input. */
  public boolean needsMargin() {
    return this == FIVE_CROP || this == TEN_CROP;
  }

  /** How many views there are. */
  public int count() {
    return turns().size() * (needsMargin() ? CROPS : 1);
  }

  /** What is done to the whole picture for a view. */
  Turn turn(int view) {
    return turns().get(needsMargin() ? view / CROPS : view);
  }

  /** The first row of a view. */
  int top(int view, int height, int viewHeight) {
    return needsMargin() ? place(height - viewHeight, view % CROPS >= 2, view % CROPS == CROPS - 1) : 0;
  }

  /** The first column of a view. */
  int left(int view, int width, int viewWidth) {
    return needsMargin() ? place(width - viewWidth, view % CROPS % 2 == 1, view % CROPS == CROPS - 1) : 0;
  }

  private static int place(int margin, boolean atEnd, boolean middle) {
    return middle ? (int) Math.rint(margin / 2.0) : atEnd ? margin : 0;
  }
}
