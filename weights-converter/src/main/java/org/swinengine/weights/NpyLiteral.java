package org.swinengine.weights;

import java.util.ArrayList;
import java.util.List;

/** Reads the Python dictionary literal in a {@code .npy} header; knows just the forms that NumPy writes. */
final class NpyLiteral {
  private final String text;
  private final String label;
  private int position;

  NpyLiteral(String text, String label) {
    this.text = text;
    this.label = label;
  }

  NpyHeader parse(long headerBytes) {
    String descr = null;
    Boolean fortranOrder = null;
    long[] shape = null;
    expect('{');
    while (!accept('}')) {
      String key = string();
      expect(':');
      switch (key) {
        case "descr" -> descr = descr == null ? descr() : repeated(key);
        case "fortran_order" -> fortranOrder = fortranOrder == null ? bool() : repeated(key);
        case "shape" -> shape = shape == null ? tuple() : repeated(key);
        default -> throw damaged("it has an unknown key " + Text.quote(key));
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (!text.substring(position).isBlank()) {
      throw damaged("something follows the dictionary");
    }
    if (descr == null || fortranOrder == null || shape == null) {
      throw damaged("'descr', 'fortran_order' and 'shape' must all be there");
    }
    ElementType type = descr.isEmpty() ? null : NpyHeader.typeOf(descr.substring(1));
    char order = descr.isEmpty() ? ' ' : descr.charAt(0);
    if (type == null || "<>|=".indexOf(order) < 0) {
      throw new WeightFileException(label + ": the element type " + Text.quote(descr) + " is not supported"
          + (descr.contains("O") ? " (Python objects; they need a pickle, which may run code)" : "")
          + "; save the array as a plain number type, such as float32.");
    }
    ArrayData.count(label, shape);
    return new NpyHeader(type, order == '>', fortranOrder, shape, headerBytes);
  }

  private <T> T repeated(String key) {
    throw damaged("the key '" + key + "' is there twice");
  }

  private String descr() {
    skipBlanks();
    if (position < text.length() && text.charAt(position) == '[') {
      throw new WeightFileException(
          label + ": this is a structured array (one with named fields); save each field as an array of its "
              + "own.");
    }
    if (position < text.length() && text.charAt(position) == '(') {
      throw new WeightFileException(label + ": each element is an array itself (a subarray type); save it"
          + " as an array of plain numbers.");
    }
    return string();
  }

  private String string() {
    skipBlanks();
    char quote = position < text.length() ? text.charAt(position) : ' ';
    if (quote != '\'' && quote != '"') {
      throw damaged("a string is missing at character " + position);
    }
    int end = text.indexOf(quote, position + 1);
    if (end < 0 || text.substring(position, end).indexOf('\\') >= 0) {
      throw damaged("the string at character " + position + " does not end");
    }
    String value = text.substring(position + 1, end);
    position = end + 1;
    return value;
  }

  private boolean bool() {
    skipBlanks();
    for (boolean value : new boolean[] {true, false}) {
      String name = value ? "True" : "False";
      if (text.startsWith(name, position)) {
        position += name.length();
        return value;
      }
    }
    throw damaged("True or False is missing at character " + position);
  }

  private long[] tuple() {
    expect('(');
    List<Long> items = new ArrayList<>();
    while (!accept(')')) {
      items.add(number());
      if (items.size() > ArrayData.MAX_RANK) {
        throw damaged("the shape has more than " + ArrayData.MAX_RANK + " axes");
      }
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return items.stream().mapToLong(Long::longValue).toArray();
  }

  private long number() {
    skipBlanks();
    int start = position;
    while (position < text.length() && text.charAt(position) >= '0' && text.charAt(position) <= '9') {
      position++;
    }
    try {
      long value = Long.parseLong(text.substring(start, position));
      if (position < text.length() && text.charAt(position) == 'L') {
        position++; // Python 2 wrote long integers as 3L
      }
      return value;
    } catch (NumberFormatException e) {
      throw damaged("a whole number from 0 to 2^63 - 1 is missing at character " + start);
    }
  }

  private boolean accept(char wanted) {
    skipBlanks();
    if (position < text.length() && text.charAt(position) == wanted) {
      position++;
      return true;
    }
    return false;
  }

  private void expect(char wanted) {
    if (!accept(wanted)) {
      throw damaged("'" + wanted + "' is missing at character " + position);
    }
  }

  private void skipBlanks() {
    while (position < text.length() && (text.charAt(position) == ' ' || text.charAt(position) == '\n')) {
      position++;
    }
  }

  private WeightFileException damaged(String reason) {
    return new WeightFileException(label + ": the .npy header cannot be understood: " + reason
        + ". Save the array again with numpy.save.");
  }
}
