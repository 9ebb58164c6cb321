package org.swinengine.bench.compare;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The machines of a page, a line each, with the versions of what was measured there: {@code - AMD EPYC. JDK
 * 17.0.15 and 25.0.3, PyTorch 2.13.0.}
 */
final class MachineLines {
  private static final Pattern LINE = Pattern.compile("- (.*)\\. (.*)\\.");
  private static final Pattern VERSIONS =
      Pattern.compile("(revision|JDK|PyTorch|timm|ONNX Runtime|DJL) (.*)");

  /** Versions by title, by machine. */
  private final Map<String, Map<String, Set<String>>> machines = new LinkedHashMap<>();

  private MachineLines() {}

  /**
   * Lines of two measurements together: what the tables that stay were measured with, and the others.
   *
   * @param before lines of the page; one that is written in another way stays as it is
   */
  static String together(String before, String added) {
    MachineLines all = new MachineLines();
    String strange = all.read(before) + all.read(added);
    return strange + all;
  }

  /** @return the lines that are none of ours */
  private String read(String text) {
    StringBuilder others = new StringBuilder();
    for (String line : text.strip().split("\n")) {
      Matcher parts = LINE.matcher(line);
      if (!parts.matches() || !take(parts.group(1), parts.group(2).split(", "))) {
        others.append(line.isBlank() ? "" : line + "\n");
      }
    }
    return others.toString();
  }

  private boolean take(String machine, String[] words) {
    Map<String, Set<String>> found = new LinkedHashMap<>();
    for (String word : words) {
      Matcher parts = VERSIONS.matcher(word);
      if (!parts.matches()) {
        return false;
      }
      found.put(parts.group(1), new LinkedHashSet<>(Arrays.asList(parts.group(2).split(" and "))));
    }
    Map<String, Set<String>> known = machines.computeIfAbsent(machine, name -> new LinkedHashMap<>());
    found.forEach((title, versions) -> known.computeIfAbsent(title, any -> new LinkedHashSet<>())
        .addAll(versions));
    return true;
  }

  @Override
  public String toString() {
    return machines.entrySet().stream()
        .map(
            machine -> "- " + machine.getKey() + ". "
                + machine.getValue().entrySet().stream()
                    .map(one -> one.getKey() + " " + String.join(" and ", one.getValue()))
                    .collect(Collectors.joining(", "))
                + ".\n")
        .collect(Collectors.joining());
  }
}
