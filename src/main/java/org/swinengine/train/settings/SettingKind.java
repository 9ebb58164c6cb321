package org.swinengine.train.settings;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How the values of a type are written by users, in options and in YAML.
 *
 * @param type of the values
 * @param expected what a value has to be, as a part of a sentence
 * @param label what stands for a value in help texts
 */
record SettingKind(Class<?> type, String expected, String label) {
  static SettingKind of(Class<?> type, Type generic) {
    if (type == double.class) {
      return new SettingKind(type, "a number", "X");
    }
    if (type == int.class || type == long.class) {
      return new SettingKind(type, "a whole number", "N");
    }
    if (type == boolean.class) {
      return new SettingKind(type, "true or false", "");
    }
    if (type == List.class) {
      if (!generic.getTypeName().equals("java.util.List<java.lang.Double>")) {
        throw new IllegalArgumentException("a list of settings holds Double, not " + generic.getTypeName());
      }
      return new SettingKind(type, "a list of numbers", "X[,X...]");
    }
    if (type.isEnum()) {
      List<String> names = Arrays.stream(type.getEnumConstants()).map(SettingKind::name).toList();
      return new SettingKind(
          type, "one of " + String.join(", ", names), String.join("|", names));
    }
    return new SettingKind(type, "a text", "TEXT");
  }

  private static String name(Object constant) {
    return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * A value from a user's words.
   *
   * @return null if the words are of another kind
   * @throws IllegalArgumentException with a sentence of the type's own
   */
  @Nullable
  Object ofText(String text) {
    try {
      if (type == double.class) {
        return Double.valueOf(text);
      }
      if (type == int.class) {
        return Integer.valueOf(text);
      }
      if (type == long.class) {
        return Long.valueOf(text);
      }
      if (type == List.class) {
        List<Double> numbers = new ArrayList<>();
        for (String number : text.isBlank() ? new String[0] : text.split(",")) {
          numbers.add(Double.valueOf(number.strip()));
        }
        return List.copyOf(numbers);
      }
    } catch (NumberFormatException e) {
      return null;
    }
    if (type == boolean.class) {
      return text.equals("true") || text.equals("false") ? text.equals("true") : null;
    }
    if (type.isEnum() && !hasOf()) {
      return Arrays.stream(type.getEnumConstants())
          .filter(constant -> name(constant).equals(text.toLowerCase(Locale.ROOT).replace('_', '-')))
          .findFirst()
          .orElse(null);
    }
    return type == String.class ? text : parsed(text);
  }

  private boolean hasOf() {
    return Arrays.stream(type.getMethods())
        .anyMatch(
            method -> method.getName().equals("of")
                && Arrays.equals(method.getParameterTypes(), new Class<?>[] {String.class}));
  }

  private Object parsed(String text) {
    try {
      return type.getMethod("of", String.class).invoke(null, text);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException wrong) {
        throw wrong;
      }
      throw new IllegalStateException(e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type + " needs a static method of(String)", e);
    }
  }

  /** A value from YAML; null if it is of another kind. */
  @Nullable
  Object ofYaml(@Nullable Object yaml) {
    if (type == List.class) {
      return yaml instanceof List<?> list
          ? ofText(list.stream().map(String::valueOf).collect(Collectors.joining(",")))
          : null;
    }
    if (type == boolean.class) {
      return yaml instanceof Boolean ? yaml : null;
    }
    if (type == double.class) {
      return yaml instanceof Number number ? (Object) number.doubleValue() : null;
    }
    return yaml == null || yaml instanceof List<?> ? null : ofText(yaml.toString());
  }

  /** As a user writes a value. */
  String text(Object value) {
    if (value instanceof Double number) {
      return shortest(number);
    }
    if (value instanceof List<?> list) {
      return list.stream().map(number -> shortest((Double) number)).collect(Collectors.joining(","));
    }
    if (value instanceof Enum<?>) {
      return name(value);
    }
    try {
      Method text = value.getClass().getMethod("text");
      return String.valueOf(text.invoke(value));
    } catch (NoSuchMethodException e) {
      return value.toString();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String shortest(double value) {
    boolean plain = Math.abs(value) >= 1e-3 && Math.abs(value) < 1e7;
    if (value == 0 || !Double.isFinite(value)) {
      return value == 0 ? "0" : Double.toString(value);
    }
    return plain
        ? new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString()
        : Double.toString(value).replace(".0E", "e").replace("E", "e");
  }

  /** As the file writes a value. */
  String yaml(Object value) {
    if (type.isPrimitive()) {
      return value.toString();
    }
    if (value instanceof List<?>) {
      return value.toString();
    }
    return '"' + text(value).replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
