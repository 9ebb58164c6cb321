package org.swinengine.nn;

import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;
import org.swinengine.tensor.ShapeException;

/**
 * How implementations fit windows to an image: which windows shrink, when the shift is dropped, how edges are
 * padded.
 */
public enum WindowPolicy {
  /** The original: both axes together shrink to the shorter side; no padding, sizes must divide. */
  MICROSOFT,
  /** timm: each axis for itself; the image is shifted, then padded. */
  TIMM,
  /** torchvision: the window never shrinks; the image is padded, then shifted. */
  TORCHVISION,
  /** Hugging Face: shrinks like the original; the image is padded, then shifted. */
  HUGGING_FACE;

  /**
   * The windows of an image.
   *
   * @param window the configured window, {height, width}
   * @param shifted whether the block shifts, by half the configured window
   * @throws ShapeException where this policy cannot cut the image
   */
  public WindowGeometry geometry(int batch, int height, int width, int[] window, boolean shifted) {
    return geometry(batch, height, width, new int[] {height, width}, window, shifted);
  }

  /**
   * The windows of an image in a model that was built for another resolution than the image has: windows and
   * shifts are those of the former, padding is the latter's.
   *
   * @param image the resolution that decides, {height, width}
   * @param window the configured window, {height, width}
   * @param shifted whether the block shifts, by half the configured window
   * @throws ShapeException where this policy cannot cut the image
   */
  public WindowGeometry geometry(
      int batch, int height, int width, int[] image, int[] window, boolean shifted) {
    int[] size = window.clone();
    int[] shift = shifted ? new int[] {window[0] / 2, window[1] / 2} : new int[2];
    switch (this) {
      case MICROSOFT, HUGGING_FACE -> {
        int shorter = Math.min(image[0], image[1]);
        if (shorter <= Math.min(window[0], window[1])) {
          size = new int[] {shorter, shorter};
          shift = new int[2];
        }
      }
      case TIMM -> {
        for (int axis = 0; axis < 2; axis++) {
          if (image[axis] <= window[axis]) {
            size[axis] = image[axis];
            shift[axis] = 0;
          }
        }
      }
      case TORCHVISION -> {
        for (int axis = 0; axis < 2; axis++) {
          int padded = (image[axis] + window[axis] - 1) / window[axis] * window[axis];
          if (window[axis] >= padded) {
            shift[axis] = 0;
          }
        }
      }
    }
    if (this == MICROSOFT) {
      ShapeException.check(
          height % size[0] == 0 && width % size[1] == 0,
          "window attention",
          "an image of %d×%d tokens cannot be cut into windows of %d×%d; choose an image size whose stages"
              + " are multiples of the window, or a model that pads",
          height,
          width,
          size[0],
          size[1]);
    }
    PaddingOrder order = this == TIMM ? PaddingOrder.SHIFT_THEN_PAD : PaddingOrder.PAD_THEN_SHIFT;
    return new WindowGeometry(batch, height, width, size[0], size[1], shift[0], shift[1], order);
  }

  /** The window whose bias table a block of a stage with this resolution has: {@code {height, width}}. */
  public int[] tableWindow(int height, int width, int[] window) {
    return switch (this) {
      case TORCHVISION -> window.clone();
      case TIMM -> new int[] {Math.min(height, window[0]), Math.min(width, window[1])};
      case MICROSOFT, HUGGING_FACE -> {
        int shorter = Math.min(height, width);
        yield shorter <= Math.min(window[0], window[1]) ? new int[] {shorter, shorter} : window.clone();
      }
    };
  }
}
