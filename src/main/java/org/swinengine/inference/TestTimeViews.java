package org.swinengine.inference;

import java.util.List;
import java.util.Locale;
import org.swinengine.data.Turn;

/** Which views of a picture a model is asked about. */
public enum TestTimeViews {
  /** The picture alone. */
  NONE(false, Turn.NONE),
  /** The picture and its mirror image. */
  MIRROR(false, Turn.NONE, Turn.MIRRORED),
  /** Mirrored along neither, one and both axes. */
  FLIPS(false, Turn.NONE, Turn.MIRRORED, Turn.FLIPPED, Turn.HALF),
  /** All eight symmetries of the square, for pictures without an up and down. */
  D4(
      false, Turn.NONE, Turn.LEFT, Turn.HALF, Turn.RIGHT, Turn.MIRRORED, Turn.TRANSPOSED, Turn.FLIPPED,
      Turn.TRANSVERSED),
  /** Corners and middle of a larger picture; torchvision's {@code FiveCrop}. */
  FIVE_CROP(true, Turn.NONE),
  /** The same of the picture and of its mirror image; torchvision's {@code TenCrop}. */
  TEN_CROP(true, Turn.NONE, Turn.MIRRORED);

  private static final int CROPS = 5;

  private final boolean crops;
  private final List<Turn> turns;

  TestTimeViews(boolean crops, Turn... turns) {
    this.crops = crops;
    this.turns = List.of(turns);
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
    return crops;
  }

  /** How many views there are. */
  public int count() {
    return turns.size() * (crops ? CROPS : 1);
  }

  /** What is done to the whole picture for a view. */
  Turn turn(int view) {
    return turns.get(crops ? view / CROPS : view);
  }

  /** The first row of a view. */
  int top(int view, int height, int viewHeight) {
    return crops ? place(height - viewHeight, view % CROPS >= 2, view % CROPS == CROPS - 1) : 0;
  }

  /** The first column of a view. */
  int left(int view, int width, int viewWidth) {
    return crops ? place(width - viewWidth, view % CROPS % 2 == 1, view % CROPS == CROPS - 1) : 0;
  }

  private static int place(int margin, boolean atEnd, boolean middle) {
    return middle ? (int) Math.rint(margin / 2.0) : atEnd ? margin : 0;
  }
}
