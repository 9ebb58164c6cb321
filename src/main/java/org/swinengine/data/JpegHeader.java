package org.swinengine.data;

import org.jspecify.annotations.Nullable;

/**
 * What the decoder must know of a JPEG file before it decodes it.
 *
 * @param components number of colour components
 * @param adobeTransform the transform byte of Adobe's APP14 segment, −1 without one
 */
record JpegHeader(int components, int adobeTransform) {
  /** The value of {@link #adobeTransform} for luma, chroma and black. */
  static final int YCCK = 2;

  private static final int APP14 = 0xEE;
  private static final int START_OF_SCAN = 0xDA;

  /** Reads the markers up to the frame header; null when the bytes are no JPEG or end before it. */
  static @Nullable JpegHeader parse(byte[] file) {
    if (file.length < 4 || at(file, 0) != 0xFF || at(file, 1) != 0xD8) {
      return null;
    }
    int adobeTransform = -1;
    int position = 2;
    while (position + 4 <= file.length) {
      int marker = at(file, position + 1);
      if (at(file, position) != 0xFF || marker == 0xFF) {
        position++;
        continue;
      }
      if (marker == START_OF_SCAN) {
        return null;
      }
      if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8) || marker == 0) {
        position += 2;
        continue;
      }
      int length = at(file, position + 2) << 8 | at(file, position + 3);
      int body = position + 4;
      if (marker == APP14 && length >= 14 && body + 12 <= file.length && isAdobe(file, body)) {
        adobeTransform = at(file, body + 11);
      }
      if (isFrame(marker)) {
        return body + 6 <= file.length ? new JpegHeader(at(file, body + 5), adobeTransform) : null;
      }
      position += 2 + length;
    }
    return null;
  }

  private static boolean isFrame(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  }

  private static boolean isAdobe(byte[] file, int body) {
    return at(file, body) == 'A' && at(file, body + 1) == 'd' && at(file, body + 2) == 'o'
        && at(file, body + 3) == 'b' && at(file, body + 4) == 'e';
  }

  private static int at(byte[] file, int index) {
    return file[index] & 255;
  }
}
