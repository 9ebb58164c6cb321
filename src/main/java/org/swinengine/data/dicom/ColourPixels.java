package org.swinengine.data.dicom;

import org.jspecify.annotations.Nullable;

/** Colours as red, green and blue bytes (PS3.3, C.7.6.3.1.2 and C.7.6.3.1.5). */
final class ColourPixels {
  private static final int RED_TABLE = 0x00281101;
  private static final int RED_VALUES = 0x00281201;
  private static final int RED_SEGMENTS = 0x00281221;

  private ColourPixels() {}

  /** @param convert whether luminance and colour differences are still to be made colours */
  static byte[] of(PixelForm form, int[] raw, boolean convert) throws DicomException {
    byte[] colours = new byte[raw.length];
    for (int i = 0; i < raw.length; i++) {
      int value = form.value(raw[i]);
      int bits = form.bitsStored();
      colours[i] = (byte) (bits >= 8 ? value >>> bits - 8 : value * 255 / ((1 << bits) - 1));
    }
    switch (form.photometric()) {
      case "RGB" -> {}
      case "YBR_FULL", "YBR_FULL_422" -> {
        if (convert) {
          toRgb(colours);
        }
      }
      default -> {
        if (convert) {
          throw new DicomException(
              "has pixels of the kind " + form.photometric()
                  + ", which is not read; read are MONOCHROME1 and 2, PALETTE COLOR, RGB and YBR_FULL");
        }
      }
    }
    return colours;
  }

  private static void toRgb(byte[] colours) {
    for (int i = 0; i < colours.length; i += 3) {
      double y = colours[i] & 255;
      double blue = (colours[i + 1] & 255) - 128;
      double red = (colours[i + 2] & 255) - 128;
      colours[i] = level(y + 1.402 * red);
      colours[i + 1] = level(y - 0.114 * 1.772 / 0.587 * blue - 0.299 * 1.402 / 0.587 * red);
      colours[i + 2] = level(y + 1.772 * blue);
    }
  }

  private static byte level(double value) {
    return (byte) Math.max(0, Math.min(255, Math.floor(value + 0.5)));
  }

  static byte[] ofPalette(DicomSet set, PixelForm form, int[] raw) throws DicomException {
    byte[] colours = new byte[3 * raw.length];
    for (int colour = 0; colour < 3; colour++) {
      if (set.has(RED_SEGMENTS + colour)) {
        throw new DicomException("has a palette in segments, which is not read");
      }
      @Nullable LookupTable table =
          LookupTable.of(set, RED_TABLE + colour, RED_VALUES + colour, form.signed());
      if (table == null) {
        throw new DicomException("has palette colours without a palette");
      }
      for (int i = 0; i < raw.length; i++) {
        int value = table.at(form.value(raw[i]));
        // The upper byte, as of other pictures of more than 8 bits.
        colours[3 * i + colour] = (byte) (table.bits() > 8 ? value >>> table.bits() - 8 : value);
      }
    }
    return colours;
  }
}
