package org.swinengine.data.webp;

/** Levels of pixels. */
final class Pixels {
  private Pixels() {}

  /** The nearest of 0 to 255. */
  static byte level(int value) {
    return (byte) (value < 0 ? 0 : Math.min(value, 255));
  }
}
