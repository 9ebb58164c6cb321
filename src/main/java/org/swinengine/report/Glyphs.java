package org.swinengine.report;

import java.awt.image.BufferedImage;
import java.text.Normalizer;

/**
 * Letters of 5 by 8 pixels, for text in pictures on machines without fonts: those of ASCII, and of other
 * letters what is left without their accents.
 */
final class Glyphs {
  /** Width of a letter and the gap behind it. */
  static final int ADVANCE = 6;

  /** Height of a letter with what hangs below the line. */
  static final int HEIGHT = 8;

  /** Of each letter from the space on eight rows, five pixels each, the highest bit on the left. */
  private static final String ROWS =
      "0000000000000000 0404040404000400 0A0A000000000000 0A0A1F0A1F0A0A00 040F140E051E0400 "
          + "1819020408130300 0C12140815120D00 0404000000000000 0204080808040200 0804020202040800 "
          + "00150E1F0E150000 0004041F04040000 0000000000040800 0000001F00000000 0000000000000400 "
          + "0101020408101000 0E11131519110E00 040C040404040E00 0E11010608101F00 1E01010E01011E00 "
          + "02060A121F020200 1F101E0101110E00 0608101E11110E00 1F01020404080800 0E11110E11110E00 "
          + "0E11110F01020C00 0000040000040000 0000040000040800 0204081008040200 00001F001F000000 "
          + "0804020102040800 0E11010204000400 0E11171517100E00 0E11111F11111100 1E11111E11111E00 "
          + "0E11101010110E00 1C12111111121C00 1F10101E10101F00 1F10101E10101000 0E11101711110F00 "
          + "1111111F11111100 0E04040404040E00 0702020202120C00 1112141814121100 1010101010101F00 "
          + "111B151511111100 1119151311111100 0E11111111110E00 1E11111E10101000 0E11111115120D00 "
          + "1E11111E14121100 0F10100E01011E00 1F04040404040400 1111111111110E00 11111111110A0400 "
          + "11111115151B1100 11110A040A111100 11110A0404040400 1F01020408101F00 0E08080808080E00 "
          + "1010080402010100 0E02020202020E00 040A110000000000 0000000000001F00 0804000000000000 "
          + "00000E010F110F00 10101E1111111E00 00000F1010100F00 01010F1111110F00 00000E111F100E00 "
          + "06081E0808080800 00000F11110F010E 10101E1111111100 04000C0404040E00 020006020202120C "
          + "1010121418141200 0C04040404040E00 00001A1515151500 00001E1111111100 00000E1111110E00 "
          + "00001E11111E1010 00000F11110F0101 0000171810101000 00000F100E011E00 08081E0808080600 "
          + "0000111111130D00 00001111110A0400 0000111115150A00 0000110A040A1100 00001111110F010E "
          + "00001F0204081F00 0604040804040600 0404040404040400 0C04040204040C00 0000081502000000 ";

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
      int letter = (text.charAt(i) - ' ') * (2 * HEIGHT + 1);
      for (int y = 0; y < HEIGHT; y++) {
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
