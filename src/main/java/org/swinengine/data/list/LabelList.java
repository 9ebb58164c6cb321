package org.swinengine.data.list;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A list of images with labels, and perhaps with parts and groups.
 *
 * <p>Labels stand in one column, several of them with {@code ;} or {@code |} between, or in a column for each
 * class, of zeros and ones. Where every image has exactly one label the list is a single-label one.
 *
 * @param file the list
 * @param images in the order of the list
 * @param classes in the order of their columns; empty where labels stand in one column
 * @param isMultiLabel whether an image may have several labels, or none
 * @param notes what was taken for what, for the user
 */
public record LabelList(
    Path file, List<Image> images, List<String> classes, boolean isMultiLabel, List<String> notes) {
  /**
   * An image in a list.
   *
   * @param line where it stands, from 1
   * @param path as it is written
   * @param labels as they are written, in their order; none: it has no label
   * @param split the part that it is to be in; empty where the list does not say
   * @param group what it belongs to, such as a patient; empty where the list does not say
   */
  public record Image(long line, String path, List<String> labels, String split, String group) {}

  /** Where in a table what stands; -1: nowhere. */
  record Places(int path, int[] labels, int split, int group) {
    boolean isOneHot() {
      return labels.length > 1;
    }
  }

  /**
   * Reads a list: values between commas, semicolons or tabs with a header or, where there are two columns,
   * without, or JSON objects, one a line.
   *
   * @throws ListException with a sentence for the user if it is no such list
   * @throws IOException when reading fails
   */
  public static LabelList read(Path file, ListColumns columns) throws IOException {
    ListTable table = ListTable.read(file, columns);
    Places places = places(table, columns);
    boolean several = !places.isOneHot() && hasSeparators(table, places.labels()[0]);
    List<Image> images = new ArrayList<>();
    boolean alwaysOne = true;
    for (ListTable.Row row : table.rows()) {
      List<String> fields = row.fields();
      List<String> labels =
          places.isOneHot()
              ? ones(table, row, places.labels())
              : labels(fields.get(places.labels()[0]), several, table.delimiter());
      alwaysOne &= labels.size() == 1;
      String path = fields.get(places.path());
      if (path.isEmpty()) {
        throw new ListException(file + ", line " + row.line() + " names no image.");
      }
      images.add(
          new Image(row.line(), path, labels, at(fields, places.split()), at(fields, places.group())));
    }
    boolean multiLabel = (places.isOneHot() || several) && !alwaysOne;
    List<String> classes =
        Arrays.stream(places.isOneHot() ? places.labels() : new int[0]).mapToObj(table.header()::get)
            .toList();
    return new LabelList(file, List.copyOf(images), classes, multiLabel, notes(table, places, multiLabel));
  }

  private static String at(List<String> fields, int place) {
    return place < 0 ? "" : fields.get(place);
  }

  /** Finds the columns. */
  static Places places(ListTable table, ListColumns columns) throws ListException {
    int path = place(table, columns.path(), "pathColumn", ColumnNames.PATH);
    List<String> header = table.header();
    if (path < 0 && !table.hasHeader()) {
      path = IntStream.range(0, header.size())
          .filter(column -> ColumnNames.isFile(table.rows().get(0).fields().get(column))).findFirst()
          .orElse(-1);
    }
    if (path < 0) {
      throw new ListException(
          table.file() + " has no column of image files; it has " + shown(header)
              + ". Name the column with `pathColumn`.");
    }
    int split = place(table, columns.split(), "splitColumn", ColumnNames.SPLIT);
    int group = place(table, columns.group(), "groupColumn", ColumnNames.GROUP);
    int[] labels = labelPlaces(table, columns, path, split, group);
    return new Places(path, labels, split, group);
  }

  private static int[] labelPlaces(ListTable table, ListColumns columns, int path, int split, int group)
      throws ListException {
    String named = columns.label();
    List<String> header = table.header();
    if (named != null && column(header, named) < 0 && named.contains(",")) {
      int[] places = new int[named.split(",").length];
      for (int i = 0; i < places.length; i++) {
        places[i] = place(table, named.split(",")[i].strip(), "labelColumn", List.of());
      }
      return places;
    }
    int label = place(table, named, "labelColumn", ColumnNames.LABEL);
    if (label >= 0 && label != path) {
      return new int[] {label};
    }
    if (!table.hasHeader() && header.size() == 2) {
      return new int[] {1 - path};
    }
    int[] flags =
        IntStream.range(0, header.size())
            .filter(column -> column != path && column != split && column != group)
            .filter(column -> table.rows().stream().allMatch(row -> flag(row.fields().get(column)) >= 0))
            .toArray();
    if (flags.length < 2 || table.rows().isEmpty()) {
      throw new ListException(
          table.file() + " has no column of labels, and no columns of zeros and ones for the classes; it has "
              + shown(header) + ". Name the column with `labelColumn`.");
    }
    return flags;
  }

  /** 0, 1 or -1 for what is neither. */
  private static int flag(String value) {
    return switch (value) {
      case "0", "0.0", "false", "False", "FALSE" -> 0;
      case "1", "1.0", "true", "True", "TRUE" -> 1;
      default -> -1;
    };
  }

  private static int place(ListTable table, @Nullable String named, String setting, List<String> usual)
      throws ListException {
    if (named == null) {
      return table.hasHeader() ? ColumnNames.find(table.header(), usual) : -1;
    }
    int place = column(table.header(), named);
    if (place < 0) {
      throw new ListException(
          table.file() + " has no column " + named + " (`" + setting + "`); it has " + shown(table.header())
              + ".");
    }
    return place;
  }

  /** The column of that very name, or else of a name that differs in case, blanks and hyphens alone. */
  private static int column(List<String> header, String named) {
    int exact = header.indexOf(named);
    return exact >= 0 ? exact : ColumnNames.find(header, List.of(ColumnNames.plain(named)));
  }

  private static String shown(List<String> header) {
    int most = Math.min(12, header.size());
    return "the columns " + String.join(", ", header.subList(0, most)) + (most < header.size() ? ", …" : "");
  }

  private static boolean hasSeparators(ListTable table, int place) {
    String separators = separators(table.delimiter());
    return table.rows().stream()
        .anyMatch(row -> row.fields().get(place).chars().anyMatch(c -> separators.indexOf(c) >= 0));
  }

  private static String separators(char delimiter) {
    return delimiter == ';' ? "|" : ";|";
  }

  private static List<String> labels(String text, boolean several, char delimiter) {
    if (!several) {
      return text.isEmpty() ? List.of() : List.of(text);
    }
    return Arrays.stream(text.split("[" + separators(delimiter) + "]")).map(String::strip)
        .filter(label -> !label.isEmpty()).distinct().toList();
  }

  private static List<String> ones(ListTable table, ListTable.Row row, int[] places) throws ListException {
    List<String> labels = new ArrayList<>();
    for (int place : places) {
      int flag = flag(row.fields().get(place));
      if (flag < 0) {
        throw new ListException(
            table.file() + ", line " + row.line() + " has \"" + row.fields().get(place) + "\" for the class "
                + table.header().get(place) + ", but 0 or 1 was expected.");
      }
      if (flag == 1) {
        labels.add(table.header().get(place));
      }
    }
    return labels;
  }

  private static List<String> notes(ListTable table, Places places, boolean multiLabel) {
    List<String> said = new ArrayList<>();
    said.add("images in column " + table.header().get(places.path()));
    String labels =
        Arrays.stream(places.labels()).limit(4).mapToObj(table.header()::get)
            .collect(Collectors.joining(", "));
    said.add(
        "labels in " + (places.isOneHot() ? places.labels().length + " columns " : "column ") + labels
            + (places.labels().length > 4 ? ", …" : "")
            + (multiLabel ? ", any number of them an image" : ""));
    if (places.split() >= 0) {
      said.add("parts in column " + table.header().get(places.split()));
    }
    if (places.group() >= 0) {
      said.add("groups, which are not divided, in column " + table.header().get(places.group()));
    }
    return List.of(table.file().getFileName() + ": " + String.join("; ", said));
  }
}
