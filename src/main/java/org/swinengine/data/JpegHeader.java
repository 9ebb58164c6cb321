package org.swinengine.data;

import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * What the decoder must know of a JPEG file before it decodes it.
 *
 * @param marker the frame's, 0xC0 for baseline
 * @param components number of colour components
 * @param identifiers of the components, in their order
 * @param jfif whether there is a JFIF segment
 * @param adobeTransform the transform byte of Adobe's APP14 segment, −1 without one
 * @param plain the file without what is no part of the picture: the application segments (thumbnails, colour
 *     profiles, places) and comments before its frame
 */
record JpegHeader(
    int marker, int components, int[] identifiers, boolean jfif, int adobeTransform, byte[] plain) {
  private static final int APP0 = 0xE0;
  private static final int APP14 = 0xEE;
  private static final int APP15 = 0xEF;
  private static final int COMMENT = 0xFE;
  private static final int START_OF_SCAN = 0xDA;

  /** Reads the markers up to the frame header; null when the bytes are no JPEG or end before it. */
  static @Nullable JpegHeader parse(byte[] file) {
    if (file.length < 4 || at(file, 0) != 0xFF || at(file, 1) != 0xD8) {
      return null;
    }
    boolean jfif = false;
    int adobeTransform = -1;
    ByteArrayOutputStream plain = new ByteArrayOutputStream(file.length);
    plain.write(file, 0, 2);
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
      if (marker == APP0 && length >= 7 && startsWith(file, body, "JFIF\0")) {
        jfif = true;
      }
      if (marker == APP14 && length >= 14 && body + 12 <= file.length && startsWith(file, body, "Adobe")) {
        adobeTransform = at(file, body + 11);
      }
      if (isFrame(marker)) {
        int components = body + 6 <= file.length ? at(file, body + 5) : 0;
        if (components == 0 || body + 6 + 3 * components > file.length) {
          return null;
        }
        int[] identifiers = new int[components];
        for (int i = 0; i < components; i++) {
          identifiers[i] = at(file, body + 6 + 3 * i);
        }
        plain.write(file, position, file.length - position);
        return new JpegHeader(marker, components, identifiers, jfif, adobeTransform, plain.toByteArray());
      }
      int next = Math.min(file.length, position + 2 + Math.max(2, length));
      if (marker != COMMENT && (marker < APP0 || marker > APP15)) {
        plain.write(file, position, next - position);
      }
      position = next;
    }
    return null;
  }

  /** Whether the picture is stored in the order of its rows; else all of it is kept until it is complete. */
  boolean progressive() {
    return marker == 0xC2;
  }

  /** Whether the JDK decodes it: neither lossless nor with arithmetic coding. */
  boolean usual() {
    return marker <= 0xC2;
  }

  /**
   * Whether the first three components are luma and chroma, as the Independent JPEG Group's library decides:
   * a JFIF segment tells it, else Adobe's, else the names of the components.
   */
  boolean hasChroma() {
    if (components == 4) {
      return adobeTransform > 0;
    }
    if (jfif) {
      return true;
    }
    if (adobeTransform >= 0) {
      return adobeTransform != 0;
    }
    return !(identifiers[0] == 'R' && identifiers[1] == 'G' && identifiers[2] == 'B');
  }

  private static boolean isFrame(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  }

  private static boolean startsWith(byte[] file, int position, String text) {
    for (int i = 0; i < text.length(); i++) {
      if (position + i >= file.length || file[position + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static int at(byte[] file, int index) {
    return file[index] & 255;
  }
}
