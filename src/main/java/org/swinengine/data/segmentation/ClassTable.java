package org.swinengine.data.segmentation;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DatasetException;
import org.swinengine.weights.NotRegularFileException;
import org.swinengine.weights.RegularFile;

/**
 * Names and colours of classes, and which number stands for each in masks.
 *
 * <p>As a file: a line for each class, {@code number,name,colour,value}, for instance {@code
 * 1,nucleus,#ff8000,255}. Numbers are 0, 1, 2, … in this order; colour and value may be left out or empty.
 * Without a value, the number itself stands for the class; several values, {@code 1;2;4}, all stand for it.
 * Where a value stands for several classes, such as nested regions, pixels have all of them. Empty lines do
 * not count.
 */
public final class ClassTable {
  private static final long LARGEST_FILE = 1 << 20;

  private final List<String> names;
  private final int[] colours;
  private final Map<Integer, Integer> byValue = new HashMap<>();
  private final Map<Integer, Integer> byColour = new HashMap<>();

  /** The classes of each value, a bit for each but the background. */
  private final Map<Integer, Integer> sets = new HashMap<>();

  /** The second class of values that stand for several. */
  private final SortedMap<Integer, Integer> seconds = new TreeMap<>();

  private ClassTable(List<String> names, List<@Nullable Integer> colours, List<List<Integer>> values) {
    this.names = List.copyOf(names);
    this.colours = new int[names.size()];
    for (int i = 0; i < names.size(); i++) {
      Integer colour = colours.get(i);
      this.colours[i] = colour == null ? standardColour(i) : colour;
      if (colour != null) {
        byColour.put(colour, i);
      }
      for (int value : values.get(i)) {
        if (byValue.putIfAbsent(value, i) != null) {
          seconds.putIfAbsent(value, i);
        }
        // Classes beyond the most that a set can have are refused where sets are asked for.
        sets.merge(value, i <= ClassSets.MOST ? 1 << i >>> 1 : 0, (a, b) -> a | b);
      }
    }
  }

  /** Classes whose masks hold their numbers; the colours are those of Pascal VOC. */
  public static ClassTable numbered(List<String> names) {
    return of(names, IntStream.range(0, names.size()).boxed().toList());
  }

  /**
   * Classes for which other numbers stand in masks; the colours are those of Pascal VOC.
   *
   * @param values one for each class, all different
   */
  static ClassTable of(List<String> names, List<Integer> values) {
    return new ClassTable(names, new ArrayList<>(Collections.nCopies(names.size(), null)),
        values.stream().map(List::of).toList());
  }

  /**
   * Reads a file.
   *
   * @throws DatasetException with a sentence that names file and line, if it is not as described above
   */
  public static ClassTable read(Path file) throws IOException {
    List<String> lines;
    try {
      FileBounds.requireNoFolder("The table of classes " + file, RegularFile.require(file));
      if (Files.size(file) > LARGEST_FILE) {
        throw new DatasetException(
            "The table of classes " + file + " is larger than 1 MB; name a text file.");
      }
      lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (NotRegularFileException e) {
      throw new DatasetException("The table of classes " + file + " " + e.clause() + ".", e);
    } catch (NoSuchFileException e) {
      throw new DatasetException("The table of classes " + file + " does not exist. Check the path.", e);
    } catch (CharacterCodingException e) {
      throw new DatasetException("The table of classes " + file + " is no text in UTF-8.", e);
    }
    List<String> names = new ArrayList<>();
    List<@Nullable Integer> colours = new ArrayList<>();
    List<List<Integer>> values = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).isBlank()) {
        continue;
      }
      String where = file + ", line " + (i + 1);
      String[] fields = lines.get(i).split(",", -1);
      if (fields.length < 2 || fields.length > 4 || fields[1].isBlank()) {
        throw new DatasetException(where + " must be number,name or number,name,colour,value.");
      }
      if (number(fields[0], where) != names.size()) {
        throw new DatasetException(
            where + " has the number " + fields[0].strip() + ", but expected " + names.size()
                + ": classes are numbered from 0 in the order of the lines.");
      }
      String colour = fields.length > 2 ? fields[2].strip() : "";
      String value = fields.length > 3 ? fields[3].strip() : "";
      Integer rgb = colour.isEmpty() ? null : colour(colour, where);
      List<Integer> stands = value.isEmpty() ? List.of(names.size()) : numbers(value, where);
      if (values.contains(stands) || rgb != null && colours.contains(rgb)) {
        throw new DatasetException(
            where
                + " has a value or colour that another class has already; masks could not tell them apart.");
      }
      if (!values.isEmpty() && stands.stream().anyMatch(values.get(0)::contains)) {
        throw new DatasetException(
            where + " has a value that stands for " + names.get(0) + " already: a pixel cannot have it and "
                + fields[1].strip() + ".");
      }
      names.add(fields[1].strip());
      colours.add(rgb);
      values.add(stands);
    }
    if (names.size() < 2) {
      throw new DatasetException(
          "The table of classes " + file + " has " + names.size() + " classes; expected two at least.");
    }
    return new ClassTable(names, colours, values);
  }

  /** All different, ascending. */
  private static List<Integer> numbers(String text, String where) throws DatasetException {
    Set<Integer> numbers = new TreeSet<>();
    for (String one : text.split("\\s*[;\\s]\\s*")) {
      numbers.add(number(one, where));
    }
    return List.copyOf(numbers);
  }

  private static int number(String text, String where) throws DatasetException {
    try {
      int number = Integer.parseInt(text.strip());
      if (number >= 0 && number < 65_536) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new DatasetException(
        where + " has \"" + text.strip() + "\" where a number from 0 to 65535 must be.");
  }

  private static int colour(String text, String where) throws DatasetException {
    if (!text.matches("#[0-9a-fA-F]{6}")) {
      throw new DatasetException(
          where + " has the colour \"" + text + "\"; expected one like #ff8000 (red, green, blue).");
    }
    return Integer.parseInt(text.substring(1), 16);
  }

  /** Pascal VOC's colours: the bits of a number, three at a time, from the upper end. */
  static int standardColour(int number) {
    int red = 0;
    int green = 0;
    int blue = 0;
    int rest = number;
    for (int bit = 7; bit >= 0 && rest > 0; bit--) {
      red |= (rest & 1) << bit;
      green |= (rest >> 1 & 1) << bit;
      blue |= (rest >> 2 & 1) << bit;
      rest >>= 3;
    }
    return red << 16 | green << 8 | blue;
  }

  /** How many classes there are. */
  public int size() {
    return names.size();
  }

  /** Their names, in the order of their numbers. */
  public List<String> names() {
    return names;
  }

  /** A class's colour, 0xRRGGBB. */
  public int colour(int number) {
    return colours[number];
  }

  /** The class for which a number stands in masks; −1 if there is none. */
  int ofValue(int value) {
    return byValue.getOrDefault(value, -1);
  }

  /** All classes for which a number stands, a bit for each, the lowest that of class 1; 0: the background. */
  int setOfValue(int value) {
    return sets.getOrDefault(value, 0);
  }

  /** A value that stands for several classes, and two of these, in words; null: there is none. */
  @Nullable
  String shared() {
    if (seconds.isEmpty()) {
      return null;
    }
    int value = seconds.firstKey();
    return "the value " + value + " of masks stands for " + names.get(ofValue(value)) + " and for "
        + names.get(seconds.getOrDefault(value, 0));
  }

  /** The class of a colour that the file gives; −1 if there is none. */
  int ofColour(int rgb) {
    return byColour.getOrDefault(rgb, -1);
  }

  /** Whether masks may be coloured: at least one colour was given. */
  boolean hasColours() {
    return !byColour.isEmpty();
  }

  String valuesText() {
    return byValue.keySet().stream().sorted().limit(12).toList().toString();
  }
}
