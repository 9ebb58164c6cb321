package org.swinengine.data;

/** Numbers in a file's bytes, without sign. */
final class Bytes {
  private Bytes() {}

  static int at(byte[] file, int index) {
    return file[index] & 255;
  }

  static int little16(byte[] file, int index) {
    return at(file, index) | at(file, index + 1) << 8;
  }

  static int little24(byte[] file, int index) {
    return little16(file, index) | at(file, index + 2) << 16;
  }

  static long little32(byte[] file, int index) {
    return little16(file, index) | (long) little16(file, index + 2) << 16;
  }

  static int big16(byte[] file, int index) {
    return at(file, index) << 8 | at(file, index + 1);
  }

  static long big32(byte[] file, int index) {
    return (long) big16(file, index) << 16 | big16(file, index + 2);
  }

  /** Three bytes as 0xRRGGBB. */
  static int rgb(byte[] file, int index) {
    return at(file, index) << 16 | big16(file, index + 1);
  }
}
