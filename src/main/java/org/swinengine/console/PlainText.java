package org.swinengine.console;

import java.nio.file.Path;
import java.util.Collection;

/**
 * Text from outside, made fit for a terminal or a log: names of tensors, classes and files, metadata,
 * messages of other software. What would move the cursor, set the clipboard, turn the direction of writing or
 * begin a line of its own is written as Java and JSON write it, {@code \}{@code u001b}; everything else
 * stays, the letters of all scripts included.
 */
public final class PlainText {
  private PlainText() {}

  /** As one line: no tab, no line end of any kind. Escaping what is escaped changes nothing. */
  public static String line(String text) {
    return escaped(text, false);
  }

  /** The same, where lines and tabs are the writer's own and stay. */
  static String lines(String text) {
    return escaped(text, true);
  }

  /** An argument of a format: texts and what is shown as one are escaped, numbers are not touched. */
  static Object argument(Object value) {
    return value instanceof CharSequence || value instanceof Path || value instanceof Collection<?>
        ? line(value.toString())
        : value;
  }

  private static String escaped(String text, boolean keepLines) {
    if (text == null) {
      return "null";
    }
    StringBuilder out = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean pair =
          Character.isHighSurrogate(c) && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1));
      int codePoint = pair ? text.codePointAt(i) : c;
      boolean kept = isHarmless(codePoint) || keepLines && (c == '\n' || c == '\t' || isLineEnd(text, i));
      if (!kept && out == null) {
        out = new StringBuilder(text.length() + 32).append(text, 0, i);
      }
      if (out != null) {
        for (int k = i; k <= (pair ? i + 1 : i); k++) {
          out.append(kept ? String.valueOf(text.charAt(k)) : escape(text.charAt(k)));
        }
      }
      i += pair ? 1 : 0;
    }
    return out == null ? text : out.toString();
  }

  /** A carriage return only as the first half of Windows' line end. */
  private static boolean isLineEnd(String text, int i) {
    return text.charAt(i) == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n';
  }

  private static String escape(char c) {
    return switch (c) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> String.format("\\u%04x", (int) c);
    };
  }

  private static boolean isHarmless(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL, Character.SURROGATE, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.FORMAT -> !isInvisible(codePoint);
      default -> true;
    };
  }

  /** Marks of direction, and what shows nothing and has no place in a word; joiners of letters have. */
  private static boolean isInvisible(int codePoint) {
    return codePoint == 0x61c
        || codePoint == 0x200b
        || codePoint == 0x200e
        || codePoint == 0x200f
        || codePoint >= 0x202a && codePoint <= 0x202e
        || codePoint >= 0x2060 && codePoint <= 0x206f
        || codePoint == 0xfeff
        || codePoint >= 0xfff9 && codePoint <= 0xfffb
        || codePoint >= 0xe0000;
  }
}
