package org.swinengine.models.vit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Arrays that belong to one layer: {@code fc1.weight} and {@code fc1.bias}, {@code in_proj_weight} and {@code
 * in_proj_bias}; or one that stands alone.
 *
 * @param stem what their names have in common
 * @param separator between that and {@code weight}; empty if the array stands alone
 * @param weight its shape; without axes if there is none
 * @param bias its shape; null if there is none
 * @param names of the arrays
 */
record NamedLayer(String stem, String separator, long[] weight, long @Nullable [] bias, List<String> names) {
  private static final Pattern PART = Pattern.compile("(.*?)([._])(weight|bias)");

  /** A number between dots or at a part's end, as heads have it. */
  private static final Pattern HEAD = Pattern.compile("(?<![A-Za-z0-9])(\\d{1,3})(?=\\.|$)");

  /**
   * What may stand beside the letter in {@code q_proj}, {@code to_q}, {@code W_query}, {@code q_mappings.0}.
   */
  private static final Pattern ROLE =
      Pattern.compile(
          "(?:w|to|fc|lin|linear|proj)?(q|k|v|query|key|value|queries|keys|values)(?:proj|linear|lin|s)?");

  /** The layers of arrays, in their order. */
  static List<NamedLayer> of(Map<String, long[]> shapes) {
    Map<String, List<String>> names = new LinkedHashMap<>();
    for (String name : shapes.keySet()) {
      Matcher part = PART.matcher(name);
      names.computeIfAbsent(part.matches() ? part.group(1) + part.group(2) : name, stem -> new ArrayList<>())
          .add(name);
    }
    List<NamedLayer> layers = new ArrayList<>();
    for (Map.Entry<String, List<String>> layer : names.entrySet()) {
      Matcher part = PART.matcher(layer.getValue().get(0));
      boolean single = !part.matches();
      long[] weight = {};
      long @Nullable [] bias = null;
      for (String name : layer.getValue()) {
        if (name.endsWith("bias") && !single) {
          bias = shapes.get(name);
        } else {
          weight = shapes.getOrDefault(name, weight);
        }
      }
      layers.add(
          new NamedLayer(
              single ? layer.getKey() : part.group(1), single ? "" : part.group(2), weight, bias,
              List.copyOf(layer.getValue())));
    }
    return layers;
  }

  /** {@code weight}, {@code bias}, or nothing for an array that stands alone. */
  String kind(String name) {
    return separator.isEmpty() ? "" : name.endsWith("bias") ? "bias" : "weight";
  }

  boolean hasBias() {
    return bias != null;
  }

  /** Whether it is one array of this shape. */
  boolean isSingle(long... shape) {
    return separator.isEmpty() && Arrays.equals(weight, shape);
  }

  /** {@code [1, tokens, dim]}. */
  boolean isPositions(int dim) {
    return separator.isEmpty() && weight.length == 3 && weight[0] == 1 && weight[1] > 1 && weight[2] == dim;
  }

  /** Rows of such channels without a bias, alone or as an embedding's weight; a negative number for any. */
  boolean isTable(int rows, int dim) {
    return bias == null && weight.length == 2 && weight[1] == dim && (rows < 0 || weight[0] == rows);
  }

  /** {@code [dim, channels, patch, patch]} with a bias. */
  boolean isPatchConvolution(int dim) {
    return weight.length == 4 && weight[0] == dim && weight[2] == weight[3] && isBias(dim);
  }

  /** A LayerNorm of so many channels. */
  boolean isNorm(int dim) {
    return !separator.isEmpty() && weight.length == 1 && weight[0] == dim && isBias(dim);
  }

  /** A LayerNorm of any number of channels. */
  boolean isVectors() {
    return weight.length == 1 && isNorm((int) weight[0]);
  }

  /** A linear layer, whose bias fits if there is one; a negative number stands for any. */
  boolean isMatrix(int rows, int columns) {
    return !separator.isEmpty()
        && weight.length == 2
        && (rows < 0 || weight[0] == rows)
        && (columns < 0 || weight[1] == columns)
        && (bias == null || isBias(weight[0]));
  }

  private boolean isBias(long length) {
    return bias != null && bias.length == 1 && bias[0] == length;
  }

  /** The name of the module or list that it stands in; empty if it stands in none. */
  String parent() {
    int dot = stem.lastIndexOf('.');
    return dot < 0 ? "" : stem.substring(0, dot);
  }

  /** Its number in a list; −1 if its name ends in none. */
  int member() {
    String last = stem.substring(stem.lastIndexOf('.') + 1);
    return last.matches("\\d{1,3}") ? Integer.parseInt(last) : -1;
  }

  /**
   * Whether both are members of one numbered list, this one first: {@code mlp_head.0} and {@code mlp_head.1}.
   */
  boolean isBefore(NamedLayer other) {
    return !parent().isEmpty() && parent().equals(other.parent()) && member() >= 0
        && member() < other.member();
  }

  /** q, k or v, if the name says it; else a blank. */
  char role() {
    String[] words = stem.toLowerCase(Locale.ROOT).split("[._-]");
    for (int i = words.length - 1; i >= 0; i--) {
      Matcher role = ROLE.matcher(words[i]);
      if (role.matches()) {
        return role.group(1).charAt(0);
      }
    }
    return ' ';
  }

  /** Where the last number between dots begins and ends; −1 if there is none. */
  int[] headDigits() {
    Matcher head = HEAD.matcher(stem);
    int[] place = {-1, -1};
    while (head.find()) {
      place = new int[] {head.start(1), head.end(1)};
    }
    return place;
  }

  /** That number; −1 if there is none. */
  int headNumber() {
    int[] place = headDigits();
    return place[0] < 0 ? -1 : Integer.parseInt(stem.substring(place[0], place[1]));
  }

  /** The first number in the name; −1 if there is none. */
  int firstNumber() {
    Matcher number = Pattern.compile("\\d{1,6}").matcher(stem);
    return number.find() ? Integer.parseInt(number.group()) : -1;
  }
}
