package org.swinengine.weights;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Text that came from a file, made fit for a message on a terminal. */
final class Text {
  private static final int SHOWN = 120;

  private Text() {}

  /**
   * The name in double quotes, with control characters, direction marks and lone surrogates escaped and the
   * middle of a long name left out, so that a hostile name can neither flood nor rearrange a message.
   */
  static String quote(String name) {
    return isPlain(name) ? "\"" + name + "\"" : escaped(name);
  }

  /** Whether a name is short and of letters that need no thought, as nearly all are. */
  private static boolean isPlain(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c < ' ' || c > '~' || c == '"' || c == '\\') {
        return false;
      }
    }
    return name.length() <= SHOWN;
  }

  private static String escaped(String name) {
    StringBuilder out = new StringBuilder("\"");
    int half = SHOWN / 2;
    int i = 0;
    while (i < name.length()) {
      if (name.length() > SHOWN && i >= half && i < name.length() - half) {
        out.append("…(").append(name.length()).append(" characters)…");
        i = name.length() - half;
      }
      int codePoint = name.codePointAt(i);
      i += Character.charCount(codePoint);
      if (codePoint == '"' || codePoint == '\\') {
        out.append('\\').append((char) codePoint);
      } else if (isHarmless(codePoint)) {
        out.appendCodePoint(codePoint);
      } else {
        out.append(String.format("\\u%04x", codePoint));
      }
    }
    return out.append('"').toString();
  }

  private static boolean isHarmless(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.UNASSIGNED,
          Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.PRIVATE_USE -> false;
      default -> true;
    };
  }

  /** Whether every surrogate of the text has its partner, i.e. whether the text can be written as UTF-8. */
  static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c) && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  /** Strict UTF-8; null where the bytes are not. */
  static String strictUtf8(byte[] bytes, int from, int length) {
    try {
      CharBuffer chars = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, length));
      return chars.toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }
}
