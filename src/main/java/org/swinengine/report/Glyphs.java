package org.swinengine.report;

import java.awt.image.BufferedImage;
import java.text.Normalizer;

/**
 * Letters of 5 by 7 pixels, for text in pictures on machines without fonts: those of ASCII, and of other
 * letters what is left without their accents.
 */
final class Glyphs {
  /** Width of a letter and the gap behind it. */
  static final int ADVANCE = 6;

  /** Height of a letter and the gap below it. */
  static final int HEIGHT = 8;

  /** Of each letter from the space on seven rows, five pixels each, the highest bit on the left. */
  private static final String ROWS =
      "00000000000000 04040404040004 0A0A0000000000 0A0A1F0A1F0A0A 040F140E051E04 "
          + "18190204081303 0C12140815120D 04040000000000 02040808080402 08040202020408 "
          + "00150E1F0E1500 0004041F040400 00000000000408 0000001F000000 00000000000004 "
          + "01010204081010 0E11131519110E 040C040404040E 0E11010608101F 1E01010E01011E "
          + "02060A121F0202 1F101E0101110E 0608101E11110E 1F010204040808 0E11110E11110E "
          + "0E11110F01020C 00000400000400 00000400000408 02040810080402 00001F001F0000 "
          + "08040201020408 0E110102040004 0E11171517100E 0E11111F111111 1E11111E11111E "
          + "0E11101010110E 1C12111111121C 1F10101E10101F 1F10101E101010 0E11101711110F "
          + "1111111F111111 0E04040404040E 0702020202120C 11121418141211 1010101010101F "
          + "111B1515111111 11191513111111 0E11111111110E 1E11111E101010 0E11111115120D "
          + "1E11111E141211 0F10100E01011E 1F040404040404 1111111111110E 11111111110A04 "
          + "11111115151B11 11110A040A1111 11110A04040404 1F01020408101F 0E08080808080E "
          + "10100804020101 0E02020202020E 040A1100000000 0000000000001F 08040000000000 "
          + "00000E010F110F 10101E1111111E 00000F1010100F 01010F1111110F 00000E111F100E "
          + "06081E08080808 000F11110F010E 10101E11111111 04000C0404040E 0200060202120C "
          + "10101214181412 0C04040404040E 00001A15151515 00001E11111111 00000E1111110E "
          + "001E11111E1010 000F11110F0101 00001718101010 00000F100E011E 08081E08080806 "
          + "0000111111130D 00001111110A04 0000111115150A 0000110A040A11 001111110F010E "
          + "00001F0204081F 06040408040406 04040404040404 0C04040204040C 00000815020000 ";

  private static final int ROWS_OF_LETTER = 7;
  private static final int COLUMNS = 5;

  private Glyphs() {}

  /** As many letters as fit, the last two being dots where some do not. */
  static String fitting(String text, int width, int scale) {
    String plain =
        Normalizer.normalize(text, Normalizer.Form.NFD).replaceAll("\\p{M}+", "").replaceAll("\\s+", " ")
            .replaceAll("[^ -~]", "?");
    int most = Math.max(1, width / (ADVANCE * scale));
    return plain.length() <= most ? plain
        : most <= 3 ? plain.substring(0, most) : plain.substring(0, most - 2) + "..";
  }

  /** Draws what {@link #fitting} gave, at its upper left corner. */
  static void draw(BufferedImage picture, String text, int left, int top, int scale, int rgb) {
    for (int i = 0; i < text.length(); i++) {
      int letter = (text.charAt(i) - ' ') * (2 * ROWS_OF_LETTER + 1);
      for (int y = 0; y < ROWS_OF_LETTER; y++) {
        int row = Integer.parseInt(ROWS.substring(letter + 2 * y, letter + 2 * y + 2), 16);
        for (int x = 0; x < COLUMNS; x++) {
          if ((row >> COLUMNS - 1 - x & 1) == 1) {
            fill(picture, left + (i * ADVANCE + x) * scale, top + y * scale, scale, rgb);
          }
        }
      }
    }
  }

  private static void fill(BufferedImage picture, int left, int top, int scale, int rgb) {
    for (int i = 0; i < scale * scale; i++) {
      picture.setRGB(left + i % scale, top + i / scale, rgb);
    }
  }
}
