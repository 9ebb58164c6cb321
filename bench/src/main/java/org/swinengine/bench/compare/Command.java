package org.swinengine.bench.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Words of a command line and the variables that are set for it. */
record Command(List<String> words, Map<String, String> environment) {
  static Command of(String... words) {
    return new Command(List.of(words), Map.of());
  }

  Command and(String... more) {
    return and(List.of(more));
  }

  Command and(List<String> more) {
    List<String> all = new ArrayList<>(words);
    all.addAll(more);
    return new Command(all, environment);
  }

  Command with(Map<String, String> variables) {
    Map<String, String> all = new TreeMap<>(environment);
    all.putAll(variables);
    return new Command(words, all);
  }

  /** As for a shell; words are short and plain. */
  String text() {
    StringBuilder text = new StringBuilder();
    environment.forEach((name, value) -> text.append(name).append('=').append(value).append(' '));
    return text + String.join(" ", words);
  }
}
