package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Against what Pillow 12.3 reads. */
class PnmFileTest {
  private static byte[] bytes(String latin) {
    return latin.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void assertPixels(String file, int height, int width, int... expected) throws Exception {
    RawImage image = ImageDecoder.decode(bytes(file));
    assertEquals(height, image.height());
    assertEquals(width, image.width());
    int[] pixels = new int[image.pixels().length];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = image.pixels()[i] & 255;
    }
    assertArrayEquals(expected, pixels);
  }

  @Test
  void readsWhatPillowReads() throws Exception {
    assertPixels("P2\n# c\n3 1\n15\n0 7 15\n", 1, 3, 0, 119, 255);
    assertPixels("P5 3 1 15\n\0\7\17", 1, 3, 0, 119, 255);
    assertPixels("P5 3 1 255\n\0\u0080\u00ff", 1, 3, 0, 128, 255);
    assertPixels("P3 1 2 255 1 2 3 4 5 255", 2, 1, 1, 2, 3, 4, 5, 255);
    assertPixels("P6 2 1 1023\n\0\0\1\u00ff\3\u00ff\2\0\0\1\0\2", 1, 2, 0, 127, 255, 128, 0, 0);
    assertPixels("P6 1 1 65535\n\0\u00ff\0\u0080\u00ff\u00ff", 1, 1, 1, 0, 255);
    assertPixels("P6 1 1 127\n\1\100\177", 1, 1, 2, 129, 255);
    assertPixels("P1 3 2\n101\n0 1 0\n", 2, 3, 0, 255, 0, 255, 0, 255);
    assertPixels("P4 10 1\n\u00aa@", 1, 10, 0, 255, 0, 255, 0, 255, 0, 255, 255, 0);
  }

  /**
   * Pillow's mode I has 4660, 65535 and 32776, 65535 here; the upper byte is kept, as of other 16-bit grey
   * files.
   */
  @Test
  void wideGreyKeepsItsUpperByte() throws Exception {
    assertPixels("P5 2 1 65535\n\u0012\u0034\u00ff\u00ff", 1, 2, 0x12, 0xff);
    assertPixels("P5 2 1 4095\n\10\0\17\u00ff", 1, 2, 32776 >> 8, 0xff);
  }

  @Test
  void damagedFilesAreSaid() {
    for (String file : new String[] {"P5 3 1 255\n\0\u0080", "P2 2 1 255 1", "P6 1 1 255\n\1\2", "P5 2 x",
      "P4 10 1\n\1"}) {
      String message =
          assertThrows(UnreadableImageException.class, () -> ImageDecoder.decode(bytes(file))).getMessage();
      assertTrue(message.contains("cut off"), file + ": " + message);
    }
    for (String file : new String[] {"P5 0 1 255\n", "P5 1 1 0\n", "P5 1 1 65536\n\0\0"}) {
      assertThrows(UnreadableImageException.class, () -> ImageDecoder.decode(bytes(file)), file);
    }
    String bomb = assertThrows(
        UnreadableImageException.class, () -> ImageDecoder.decode(bytes("P5 999999999 999999999 255\n")))
        .getMessage();
    assertTrue(bomb.contains("limit"), bomb);
  }
}
