package org.swinengine.train.settings;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What {@link Setting} says of a component. */
public final class SettingSpec {
  private final String name;
  private final Setting declared;
  private final SettingKind kind;
  private final RecordComponent component;

  SettingSpec(RecordComponent component, Setting declared) {
    this.component = component;
    this.declared = declared;
    name = component.getName();
    kind = SettingKind.of(component.getType(), component.getGenericType());
  }

  /** Its name in the library, such as {@code labelSmoothing}. */
  public String name() {
    return name;
  }

  /** Its key in {@code config.yaml}, such as {@code LABEL_SMOOTHING}. */
  public String key() {
    return declared.key().isEmpty()
        ? name.replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT)
        : declared.key();
  }

  /** {@link Setting#changesResult}. */
  public boolean changesResult() {
    return declared.changesResult();
  }

  /** {@link Setting#option}. */
  public boolean hasOption() {
    return declared.option();
  }

  /** Whether it is on or off, and its name alone says that it is on. */
  public boolean isSwitch() {
    return kind.type() == boolean.class;
  }

  /** What stands for its value in help texts. */
  public String label() {
    return declared.label().isEmpty() ? kind.label() : declared.label();
  }

  /** What it is for and what holds by default, for help texts. */
  public String help() {
    String usual = declared.byDefault().isEmpty() ? declared.usual() : declared.byDefault();
    boolean said = isSwitch() && usual.equals("false") || usual.isEmpty();
    return said ? declared.help() : declared.help() + " Default: " + usual + ".";
  }

  /** The value where nothing is said; null: it is derived. */
  @Nullable
  Object usual() {
    boolean derived =
        declared.usual().isEmpty() && kind.type() != List.class && kind.type() != String.class;
    return derived ? null : parse(declared.usual());
  }

  /**
   * A value from a user's words.
   *
   * @throws IllegalArgumentException naming the setting
   */
  public Object parse(String text) {
    Object value = kind.ofText(text);
    if (value == null) {
      throw new IllegalArgumentException("`" + name + "` is " + text + ", but must be " + kind.expected());
    }
    return value;
  }

  /**
   * A value from YAML.
   *
   * @param where the file and section, for errors
   */
  public Object read(@Nullable Object yaml, String where) {
    Object value = kind.ofYaml(yaml);
    if (value == null) {
      throw new IllegalArgumentException(
          where + "." + key() + " must be " + kind.expected() + ", not " + yaml);
    }
    return value;
  }

  /** As a user writes a value. */
  public String text(Object value) {
    return kind.text(value);
  }

  /** As the file writes it. */
  public String yaml(Object value) {
    return kind.yaml(value);
  }

  /** Its value in a record. */
  public Object of(Record settings) {
    try {
      return component.getAccessor().invoke(settings);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Checks a value's type and range.
   *
   * @throws IllegalArgumentException naming the setting
   */
  void check(Object value) {
    if (value instanceof Integer || value instanceof Long) {
      long whole = ((Number) value).longValue();
      if (declared.most() == Double.MAX_VALUE && whole < declared.least()) {
        Range.requireAtLeast("`" + name + "`", whole, (long) declared.least());
      }
      Range.require("`" + name + "`", whole, declared.least(), declared.most());
    } else if (value instanceof Double number) {
      Range.require("`" + name + "`", number, declared.least(), declared.most());
    }
  }

  /** A value of the component's own type; a whole number may stand for a number. */
  Object typed(Object value) {
    if (kind.type() == double.class && value instanceof Integer whole) {
      return whole.doubleValue();
    }
    if (kind.type() == long.class && value instanceof Integer whole) {
      return whole.longValue();
    }
    boolean fits =
        kind.type().isPrimitive()
            ? kind.type() == primitive(value)
            : kind.type().isInstance(value);
    if (!fits) {
      throw new IllegalArgumentException("`" + name + "` is " + value + ", but must be " + kind.expected());
    }
    return value;
  }

  private static @Nullable Class<?> primitive(Object value) {
    return value instanceof Double ? double.class
        : value instanceof Integer ? int.class
            : value instanceof Long ? long.class
                : value instanceof Boolean ? boolean.class
                    : null;
  }
}
