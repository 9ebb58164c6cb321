package org.swinengine.weights;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A parameter name with holes: {@code layers.{i}.blocks.{j}.norm1.{rest}}. {@code {i}} and {@code {j}} are
 * numbers, also as {@code {i+1}} or {@code {2i+1}}; {@code {rest}} is anything. It reads names and writes
 * them.
 */
final class NameTemplate {
  private static final Pattern HOLE = Pattern.compile("\\{(rest|(\\d*)([ij])(?:\\+(\\d+))?)\\}");

  /** A number's hole: {@code factor·value + offset}. */
  private record Hole(String name, int factor, int offset) {}

  private final String text;
  /** What every such name begins with; a quick look before the expression. */
  private final String start;
  private final Pattern pattern;
  private final List<Hole> holes = new ArrayList<>();

  NameTemplate(String text) {
    this.text = text;
    start = text.substring(0, text.indexOf('{') < 0 ? text.length() : text.indexOf('{'));
    StringBuilder regex = new StringBuilder();
    Matcher matcher = HOLE.matcher(text);
    int from = 0;
    while (matcher.find()) {
      regex.append(Pattern.quote(text.substring(from, matcher.start())));
      if (matcher.group(1).equals("rest")) {
        regex.append("(.+)");
        holes.add(new Hole("rest", 0, 0));
      } else {
        regex.append("(\\d{1,6})");
        String factor = matcher.group(2);
        String offset = matcher.group(4);
        holes.add(
            new Hole(
                matcher.group(3),
                factor.isEmpty() ? 1 : Integer.parseInt(factor),
                offset == null ? 0 : Integer.parseInt(offset)));
      }
      from = matcher.end();
    }
    regex.append(Pattern.quote(text.substring(from)));
    pattern = Pattern.compile(regex.toString());
  }

  /** What stands in the holes of a name, by their letters; null if the name is another one. */
  Map<String, String> read(String name) {
    if (!name.startsWith(start)) {
      return null;
    }
    Matcher matcher = pattern.matcher(name);
    if (!matcher.matches()) {
      return null;
    }
    Map<String, String> values = new TreeMap<>();
    for (int i = 0; i < holes.size(); i++) {
      Hole hole = holes.get(i);
      String found = matcher.group(i + 1);
      if (hole.factor > 0) {
        int number = Integer.parseInt(found) - hole.offset;
        if (number < 0 || number % hole.factor != 0) {
          return null;
        }
        found = Integer.toString(number / hole.factor);
      }
      values.put(hole.name, found);
    }
    return values;
  }

  /** The name with these values in its holes. */
  String write(Map<String, String> values) {
    StringBuilder name = new StringBuilder();
    Matcher matcher = HOLE.matcher(text);
    int from = 0;
    for (Hole hole : holes) {
      matcher.find();
      name.append(text, from, matcher.start());
      String value = values.get(hole.name);
      name.append(
          hole.factor > 0
              ? Integer.toString(Integer.parseInt(value) * hole.factor + hole.offset)
              : value);
      from = matcher.end();
    }
    return name.append(text, from, text.length()).toString();
  }

  @Override
  public String toString() {
    return text;
  }
}
