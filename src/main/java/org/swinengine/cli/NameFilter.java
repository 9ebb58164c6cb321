package org.swinengine.cli;

import java.util.List;
import java.util.Locale;

/** Words that a user looks for in names. */
final class NameFilter {
  private NameFilter() {}

  /**
   * Whether a text has all of the words, whatever case and punctuation: {@code swinunet} is in {@code
   * Swin-Unet}.
   */
  static boolean hasAll(String text, List<String> words) {
    String lower = text.toLowerCase(Locale.ROOT);
    return words.stream()
        .map(word -> word.toLowerCase(Locale.ROOT))
        .allMatch(word -> lower.contains(word) || isWithin(lettersAndDigits(word), lower));
  }

  private static boolean isWithin(String letters, String text) {
    return !letters.isEmpty() && lettersAndDigits(text).contains(letters);
  }

  private static String lettersAndDigits(String text) {
    return text.replaceAll("[^a-z0-9]", "");
  }
}
