package org.swinengine.launch;

import java.util.ArrayList;
import java.util.List;

/** Splits text into words, and quotes words, by the rules of a POSIX shell (without expansions). */
final class ShellWords {
  private ShellWords() {}

  /**
   * Splits at white space; {@code '...'} keeps everything, {@code "..."} keeps everything but a backslash
   * before {@code "} or {@code \}, and outside quotes a backslash keeps the next character.
   *
   * @param name what holds the text, for the error
   * @throws UsageException if a quote is not closed or the text ends with a backslash
   */
  static List<String> split(String name, String text) throws UsageException {
    List<String> words = new ArrayList<>();
    StringBuilder word = null; // null between words: '' is a word too
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (Character.isWhitespace(c)) {
        if (word != null) {
          words.add(word.toString());
        }
        word = null;
        at++;
        continue;
      }
      if (word == null) {
        word = new StringBuilder();
      }
      if (c == '\'' || c == '"') {
        at = quoted(name, text, at, word);
      } else if (c == '\\') {
        if (at + 1 == text.length()) {
          throw new UsageException(name + " ends with a backslash that has nothing to escape: " + text);
        }
        word.append(text.charAt(at + 1));
        at += 2;
      } else {
        word.append(c);
        at++;
      }
    }
    if (word != null) {
      words.add(word.toString());
    }
    return words;
  }

  /** Appends what the quote at {@code start} encloses; returns the position after the closing quote. */
  private static int quoted(String name, String text, int start, StringBuilder word) throws UsageException {
    char quote = text.charAt(start);
    int at = start + 1;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == quote) {
        return at + 1;
      }
      boolean escapes = quote == '"' && c == '\\' && at + 1 < text.length()
          && (text.charAt(at + 1) == '"' || text.charAt(at + 1) == '\\');
      if (escapes) {
        at++;
      }
      word.append(text.charAt(at));
      at++;
    }
    throw new UsageException(name + " has a quote (" + quote + ") at character " + (start + 1)
        + " that is never closed: " + text);
  }

  /** The words as one line that a shell reads as the same words. */
  static String join(List<String> words) {
    StringBuilder line = new StringBuilder();
    for (String word : words) {
      if (line.length() > 0) {
        line.append(' ');
      }
      line.append(quote(word));
    }
    return line.toString();
  }

  private static String quote(String word) {
    boolean plain = word.matches("[A-Za-z0-9_@%+=:,./-]+");
    return plain ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
