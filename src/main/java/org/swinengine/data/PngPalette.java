package org.swinengine.data;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The palette of a PNG file as it is stored. The JDK's reader fills a palette that is shorter than its bit
 * depth allows with its last colour; indices beyond it are black in Pillow.
 */
final class PngPalette {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10};

  private PngPalette() {}

  /** Its colours, 0xRRGGBB; null if the file is no PNG, or has none before its pixels. */
  static int @Nullable [] of(byte[] file) {
    if (file.length < 8 || !Arrays.equals(file, 0, 8, SIGNATURE, 0, 8)) {
      return null;
    }
    for (long at = 8; at + 8 <= file.length;) {
      int start = (int) at;
      long length = Bytes.big32(file, start);
      String type = new String(file, start + 4, 4, StandardCharsets.ISO_8859_1);
      if (type.equals("IDAT")) {
        return null;
      }
      if (type.equals("PLTE")) {
        int count = (int) Math.min(256, Math.min(length, file.length - start - 8) / 3);
        int[] colours = new int[count];
        for (int i = 0; i < count; i++) {
          colours[i] = Bytes.rgb(file, start + 8 + 3 * i);
        }
        return colours;
      }
      at += length + 12;
    }
    return null;
  }
}
