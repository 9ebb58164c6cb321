package org.swinengine.models;

import static org.swinengine.models.ModelSpec.require;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A section of a configuration file, whose readers name the key and the file when a value is not of its kind.
 */
public final class ConfigSection {
  private final String source;
  private final String path;
  private final Map<?, ?> values;
  private final Set<String> unused = new TreeSet<>();
  private final Set<String> asked = new TreeSet<>();

  private ConfigSection(String source, String path, Map<?, ?> values) {
    this.source = source;
    this.path = path;
    this.values = values;
    values.keySet().forEach(key -> unused.add(String.valueOf(key)));
  }

  static ConfigSection root(Map<String, Object> root, String source) {
    return new ConfigSection(source, "", root);
  }

  /** {@code file: MODEL.SWIN}. */
  public String path() {
    return source + ": " + path;
  }

  ConfigSection section(String key) {
    Object value = take(key);
    if (value == null) {
      return new ConfigSection(source, join(key), Map.of());
    }
    require(value instanceof Map, "%s must be a section, not %s", where(key), value);
    return new ConfigSection(source, join(key), (Map<?, ?>) value);
  }

  /** A text; {@code otherwise} where the key is not there, here and below. */
  public String text(String key, String otherwise) {
    Object value = take(key);
    return value == null ? otherwise : value.toString();
  }

  /** A whole number. */
  public int integer(String key, int otherwise) {
    Object value = take(key);
    return value == null ? otherwise : asInteger(key, value);
  }

  /** A number. */
  public double number(String key, double otherwise) {
    Double value = optionalNumber(key);
    return value == null ? otherwise : value;
  }

  /** A number; null if the key is not there. */
  public @Nullable Double optionalNumber(String key) {
    Object value = take(key);
    require(value == null || value instanceof Number, "%s must be a number, not %s", where(key), value);
    return value == null ? null : ((Number) value).doubleValue();
  }

  /** True or false. */
  public boolean flag(String key, boolean otherwise) {
    Object value = take(key);
    require(value == null || value instanceof Boolean, "%s must be true or false, not %s", where(key), value);
    return value == null ? otherwise : (Boolean) value;
  }

  /** A list of whole numbers. */
  public List<Integer> integers(String key, List<Integer> otherwise) {
    Object value = take(key);
    if (value == null) {
      return otherwise;
    }
    require(value instanceof List, "%s must be a list of whole numbers, not %s", where(key), value);
    return ((List<?>) value).stream().map(item -> asInteger(key, item)).toList();
  }

  /** A value, or the values of a list with commas between them. */
  public String joined(String key, String otherwise) {
    return take(key) instanceof List<?> list
        ? String.join(",", list.stream().map(String::valueOf).toList())
        : text(key, otherwise);
  }

  /** Whether the section has one of the keys; they do not count as read. */
  public boolean hasAny(String... keys) {
    return Arrays.stream(keys).anyMatch(values::containsKey);
  }

  /** One number for both axes, or a list {height, width}. */
  public int[] pair(String key, int otherwise) {
    Object value = take(key);
    if (value instanceof List<?> list) {
      require(list.size() == 2, "%s must be one number or [height, width], not %s", where(key), value);
      return new int[] {asInteger(key, list.get(0)), asInteger(key, list.get(1))};
    }
    int side = value == null ? otherwise : asInteger(key, value);
    return new int[] {side, side};
  }

  /** One of an enum's constants, in any case; null if the key is not there. */
  public <E extends Enum<E>> @Nullable E choice(String key, Class<E> type) {
    Object found = take(key);
    if (found == null) {
      return null;
    }
    String value = found.toString();
    E[] constants = type.getEnumConstants();
    for (E constant : constants) {
      if (constant.name().equalsIgnoreCase(value)) {
        return constant;
      }
    }
    throw new ModelConfigException(
        "model configuration: " + where(key) + " is " + value + "; it must be one of "
            + Arrays.toString(constants).toLowerCase(Locale.ROOT));
  }

  /**
   * Throws if the section has keys that nobody asked for.
   *
   * @param passedOver keys that may be there all the same
   */
  void requireAllUsed(Set<String> passedOver) {
    unused.removeAll(passedOver);
    if (unused.isEmpty()) {
      return;
    }
    Set<String> known = new TreeSet<>(asked);
    known.addAll(passedOver);
    List<String> nearest = NearestNames.of(unused.iterator().next(), known, 1);
    throw new ModelConfigException(
        "model configuration: " + (path.isEmpty() ? source : path()) + " has unknown keys " + unused
            + (nearest.isEmpty() ? "; known are " + known : "; did you mean " + nearest.get(0) + "?"));
  }

  /** The original's files write Python's None for nothing. */
  private @Nullable Object take(String key) {
    unused.remove(key);
    asked.add(key);
    Object value = values.get(key);
    return "None".equals(value) ? null : value;
  }

  private int asInteger(String key, Object value) {
    require(value instanceof Integer, "%s must be a whole number, not %s", where(key), value);
    return (Integer) value;
  }

  private String join(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private String where(String key) {
    return source + ": " + join(key);
  }
}
