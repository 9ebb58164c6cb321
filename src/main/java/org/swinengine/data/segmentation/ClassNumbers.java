package org.swinengine.data.segmentation;

/** Numbers in messages about labels. */
final class ClassNumbers {
  private ClassNumbers() {}

  /** Without a fraction where there is none. */
  static String text(float value) {
    return value == (long) value ? Long.toString((long) value) : Float.toString(value);
  }
}
