package org.swinengine.data.dicom;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Elements by their tags: a data set, or an item of a sequence. */
final class DicomSet {
  /**
   * An element.
   *
   * @param vr its two letters; "" where the file does not say
   * @param bytes the file
   * @param start where its value begins
   * @param length of its value in bytes
   * @param bigEndian order of its numbers
   * @param items of a sequence
   * @param fragments begin and length of each fragment of compressed pixels; else null
   */
  record Element(
      String vr, byte[] bytes, int start, int length, boolean bigEndian, List<DicomSet> items,
      @Nullable List<int[]> fragments) {
    int unsigned16(int index) {
      int at = start + 2 * index;
      int first = bytes[at] & 255;
      int second = bytes[at + 1] & 255;
      return bigEndian ? first << 8 | second : second << 8 | first;
    }

    String text() {
      return new String(bytes, start, length, StandardCharsets.ISO_8859_1).replace('\0', ' ').strip();
    }
  }

  private final Map<Integer, Element> elements = new TreeMap<>();

  void put(int tag, Element element) {
    elements.putIfAbsent(tag, element);
  }

  @Nullable
  Element get(int tag) {
    return elements.get(tag);
  }

  boolean has(int tag) {
    Element element = elements.get(tag);
    return element != null && (element.length() > 0 || !element.items().isEmpty());
  }

  /** The first item of a sequence; null if there is none. */
  @Nullable
  DicomSet item(int tag, int index) {
    Element element = elements.get(tag);
    return element == null || element.items().size() <= index ? null : element.items().get(index);
  }

  String text(int tag, String otherwise) {
    Element element = elements.get(tag);
    return element == null || element.length() == 0 ? otherwise : element.text();
  }

  /** A whole number without sign, US. */
  int unsigned16(int tag, int otherwise) throws DicomException {
    Element element = elements.get(tag);
    if (element == null || element.length() == 0) {
      return otherwise;
    }
    if (element.length() < 2) {
      throw new DicomException("is damaged: its element " + DicomException.tag(tag) + " is no number");
    }
    return element.unsigned16(0);
  }

  /** The first of some decimal numbers, DS or IS. */
  double decimal(int tag, double otherwise) throws DicomException {
    String text = text(tag, "");
    if (text.isEmpty()) {
      return otherwise;
    }
    try {
      double value = Double.parseDouble(text.split("\\\\", 2)[0].strip());
      if (Double.isFinite(value)) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new DicomException("is damaged: its element " + DicomException.tag(tag) + " is no number");
  }

  /**
   * Decimal numbers, DS.
   *
   * @param count how many there must be
   * @return null if there is no such element
   */
  double @Nullable [] decimals(int tag, int count) throws DicomException {
    String text = text(tag, "");
    if (text.isEmpty()) {
      return null;
    }
    String[] parts = text.split("\\\\", -1);
    double[] numbers = new double[count];
    for (int i = 0; i < count; i++) {
      try {
        numbers[i] = parts.length == count ? Double.parseDouble(parts[i].strip()) : Double.NaN;
      } catch (NumberFormatException e) {
        numbers[i] = Double.NaN;
      }
      if (!Double.isFinite(numbers[i])) {
        throw new DicomException(
            "has " + (text.length() > 80 ? text.substring(0, 80) + "…" : text) + " in its element "
                + DicomException.tag(tag) + " where " + count + " numbers must be");
      }
    }
    return numbers;
  }

  /** Words without sign, US or OW; null if there is no such element. */
  int @Nullable [] words(int tag) {
    Element element = elements.get(tag);
    if (element == null) {
      return null;
    }
    int[] words = new int[element.length() / 2];
    for (int i = 0; i < words.length; i++) {
      words[i] = element.unsigned16(i);
    }
    return words;
  }
}
