package org.swinengine.models;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What somebody may have meant who wrote a name that does not exist. */
public final class NearestNames {
  private NearestNames() {}

  /**
   * The names that can be got from the given one with the fewest changes, or begin with what can be got so,
   * nearest first; none that differs in more than half of its letters.
   *
   * @param limit most names to return
   */
  public static List<String> of(String name, Collection<String> names, int limit) {
    Map<String, Integer> distances = new HashMap<>();
    for (String candidate : names) {
      String beginning = candidate.substring(0, Math.min(name.length(), candidate.length()));
      distances.put(candidate, Math.min(distance(name, candidate), 1 + distance(name, beginning)));
    }
    return names.stream()
        .filter(candidate -> distances.getOrDefault(candidate, Integer.MAX_VALUE) <= name.length() / 2)
        .sorted(Comparator.comparing(distances::get))
        .limit(limit)
        .toList();
  }

  /** Levenshtein's edit distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
