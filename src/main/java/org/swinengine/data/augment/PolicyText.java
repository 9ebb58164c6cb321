package org.swinengine.data.augment;

import java.util.LinkedHashMap;
import java.util.Map;

/** The text of a policy: a name and settings, {@code rand-m9-mstd0.5}, in timm's syntax. */
final class PolicyText {
  private final String text;
  private final Map<String, String> settings = new LinkedHashMap<>();

  PolicyText(String text, String name) {
    this.text = text;
    String rest = text.substring(name.length());
    if (rest.isEmpty()) {
      return;
    }
    for (String part : rest.substring(1).split("-", -1)) {
      // A set has a name where the others have a number.
      int digits = part.startsWith("t") ? 1 : firstDigit(part);
      if (digits == 0 || digits == part.length()) {
        throw new IllegalArgumentException(
            "the policy " + text + " has the setting \"" + part
                + "\", which is not a name and a value such as m9");
      }
      if (settings.put(part.substring(0, digits), part.substring(digits)) != null) {
        throw new IllegalArgumentException(
            "the policy " + text + " has the setting " + part.substring(0, digits) + " twice");
      }
    }
  }

  private static int firstDigit(String part) {
    int at = 0;
    while (at < part.length() && (part.charAt(at) < '0' || part.charAt(at) > '9')) {
      at++;
    }
    return at;
  }

  int whole(String name, int usual, int least, int most) {
    double value = number(name, usual, least, most);
    if (value != Math.rint(value)) {
      throw new IllegalArgumentException(
          "the policy " + text + " has " + name + value + ", but " + name + " must be a whole number");
    }
    return (int) value;
  }

  double number(String name, double usual, double least, double most) {
    String value = settings.remove(name);
    if (value == null) {
      return usual;
    }
    double number;
    try {
      number = Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "the policy " + text + " has " + name + value + ", but \"" + value + "\" is not a number", e);
    }
    if (!(number >= least && number <= most)) {
      throw new IllegalArgumentException(
          "the policy " + text + " has " + name + value + ", but " + name + " must be "
              + (most == Double.MAX_VALUE ? "at least " + (long) least
                  : (long) least + " to " + (long) most));
    }
    return number;
  }

  OperationSet operationSet(boolean increasing) {
    String name = settings.remove("t");
    if (name == null) {
      return OperationSet.usual(increasing);
    }
    OperationSet set = OperationSet.named(name);
    if (set == null) {
      throw new IllegalArgumentException(
          "the policy " + text + " names the set of operations \"" + name + "\", but there are only "
              + OperationSet.NAMES);
    }
    return set;
  }

  /** Fails where a setting is left that nobody asked for. */
  void requireAllKnown(String known) {
    if (!settings.isEmpty()) {
      throw new IllegalArgumentException(
          "the policy " + text + " has the setting " + settings.keySet().iterator().next()
              + ", but its settings are " + known);
    }
  }
}
