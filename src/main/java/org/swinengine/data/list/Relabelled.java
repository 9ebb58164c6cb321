package org.swinengine.data.list;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A list of images with what a reviewer decided about some of them. Lines about which nothing was decided
 * stay as they are, to the letter; pictures are never touched.
 *
 * @param text the new list
 * @param changed images with another label
 * @param dropped images that are not in the list any more
 * @param confirmed images that were reviewed and keep their label
 * @param newClasses labels that the list did not have before
 */
public record Relabelled(String text, int changed, int dropped, int confirmed, List<String> newClasses) {
  /** In place of a label: the image is to leave the list. */
  public static final String DROP = "drop";

  private static final List<String> NEW_LABEL =
      List.of(
          "newlabel", "newlabels", "correctedlabel", "correctlabel", "reviewedlabel", "newclass",
          "correction");

  private static final List<String> ACTION = List.of("action", "decision", "verdict");
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** What was decided about an image. */
  private record Decision(long line, String path, List<String> labels, boolean drop) {
    boolean isSameAs(Decision other) {
      return drop == other.drop && Set.copyOf(labels).equals(Set.copyOf(other.labels));
    }
  }

  /**
   * Applies reviewed labels to a list.
   *
   * @param list a list as {@link LabelList#read} takes it
   * @param reviewed a table of paths, as the list has them, and a column of new labels; an empty cell leaves
   *     an image as it is, {@value #DROP} takes it out. A column {@code action} may say {@code drop} or
   *     {@code keep} instead
   * @param columns of the list
   * @throws ListException with a sentence for the user: a reviewed image that is not in the list, two
   *     decisions about one, a label that the list has no column for
   * @throws IOException when reading fails
   */
  public static Relabelled of(Path list, Path reviewed, ListColumns columns) throws IOException {
    ListTable table = ListTable.read(list, columns);
    LabelList labels = LabelList.read(list, columns);
    LabelList.Places places = LabelList.places(table, columns);
    Map<Integer, Decision> decisions = decisions(ListTable.read(reviewed, ListColumns.USUAL), table, places);
    Set<String> known = new TreeSet<>(labels.classes());
    labels.images().forEach(image -> known.addAll(image.labels()));
    if (known.contains(DROP) && decisions.values().stream().anyMatch(Decision::drop)) {
      throw new ListException(
          reviewed + " has the word " + DROP + ", which is a class of " + list
              + "; name the class otherwise, so that it is certain what is meant.");
    }
    return new Applied(table, places, labels, decisions, known).result();
  }

  private static Map<Integer, Decision> decisions(
      ListTable reviewed, ListTable table, LabelList.Places places) throws ListException {
    List<String> header = reviewed.header();
    int path = ColumnNames.find(header, ColumnNames.PATH);
    int label = ColumnNames.find(header, NEW_LABEL);
    label = label < 0 ? ColumnNames.find(header, ColumnNames.LABEL) : label;
    int action = ColumnNames.find(header, ACTION);
    if (!reviewed.hasHeader() && header.size() == 2) {
      path = 0;
      label = 1;
    }
    if (path < 0 || label < 0 && action < 0) {
      throw new ListException(
          reviewed.file() + " needs a column of paths and one of labels (path, label); it has "
              + String.join(", ", header) + ".");
    }
    Map<String, List<Integer>> rows = new HashMap<>();
    for (int row = 0; row < table.rows().size(); row++) {
      String name = plain(table.rows().get(row).fields().get(places.path()));
      rows.computeIfAbsent(name, key -> new ArrayList<>()).add(row);
    }
    Map<Integer, Decision> decisions = new HashMap<>();
    for (ListTable.Row row : reviewed.rows()) {
      Decision decision = decision(reviewed, row, path, label, action);
      List<Integer> found = rows.get(plain(decision.path()));
      if (found == null) {
        found = byEnd(rows, plain(decision.path()));
      }
      if (found == null) {
        throw new ListException(
            reviewed.file() + ", line " + row.line() + " is about " + decision.path() + ", which "
                + table.file()
                + " does not list (or lists in several folders). Write paths as the list does.");
      }
      for (int index : found) {
        Decision before = decisions.putIfAbsent(index, decision);
        if (before != null && !before.isSameAs(decision)) {
          throw new ListException(
              reviewed.file() + ", line " + row.line() + " decides otherwise about " + decision.path()
                  + " than line " + before.line() + ". Keep one of them.");
        }
      }
    }
    return decisions;
  }

  private static Decision decision(ListTable reviewed, ListTable.Row row, int path, int label, int action)
      throws ListException {
    List<String> fields = row.fields();
    String verdict = action < 0 ? "" : fields.get(action).toLowerCase(Locale.ROOT);
    String text = label < 0 || verdict.equals("keep") ? "" : fields.get(label);
    boolean drop = verdict.equals(DROP) || text.equalsIgnoreCase(DROP);
    if (label < 0 && !drop && !verdict.isEmpty() && !verdict.equals("keep")) {
      throw new ListException(
          reviewed.file() + ", line " + row.line() + " decides " + fields.get(action)
              + ", but drop or keep were expected.");
    }
    List<String> labels =
        drop ? List.of()
            : Arrays.stream(text.split(reviewed.delimiter() == ';' ? "[|]" : "[;|]")).map(String::strip)
                .filter(part -> !part.isEmpty()).toList();
    return new Decision(row.line(), fields.get(path), labels, drop);
  }

  private static String plain(String path) {
    return path.replace('\\', '/').replaceFirst("^(\\./)+", "");
  }

  /** The rows of a path that ends as the given one, or the other way round; null if it is not certain. */
  private static @Nullable List<Integer> byEnd(
      Map<String, List<Integer>> rows, String path) {
    List<String> found =
        rows.keySet().stream().filter(name -> path.endsWith("/" + name) || name.endsWith("/" + path))
            .limit(2).toList();
    return found.size() == 1 ? rows.get(found.get(0)) : null;
  }

  /** The work on one list. */
  private static final class Applied {
    private final ListTable table;
    private final LabelList.Places places;
    private final LabelList labels;
    private final Map<Integer, Decision> decisions;
    private final Set<String> known;
    private final Set<String> newClasses = new TreeSet<>();
    private final List<Integer> starts;
    private int changed;
    private int dropped;
    private int confirmed;

    Applied(
        ListTable table, LabelList.Places places, LabelList labels, Map<Integer, Decision> decisions,
        Set<String> known) {
      this.table = table;
      this.places = places;
      this.labels = labels;
      this.decisions = decisions;
      this.known = known;
      starts = lineStarts(table.text());
    }

    Relabelled result() throws IOException {
      int first = table.rows().isEmpty() ? table.text().length() : start(0);
      StringBuilder out = new StringBuilder(table.text().substring(0, first));
      for (int row = 0; row < table.rows().size(); row++) {
        int from = start(row);
        int to = row + 1 < table.rows().size() ? start(row + 1) : table.text().length();
        String lines = table.text().substring(from, to);
        Decision decision = decisions.get(row);
        List<String> before = labels.images().get(row).labels();
        if (decision == null) {
          out.append(lines);
        } else if (decision.drop()) {
          dropped++;
        } else if (decision.labels().isEmpty() || Set.copyOf(decision.labels()).equals(Set.copyOf(before))) {
          confirmed++;
          out.append(lines);
        } else {
          changed++;
          out.append(changed(row, decision)).append(lines.substring(lines.stripTrailing().length()));
        }
      }
      return new Relabelled(out.toString(), changed, dropped, confirmed, List.copyOf(newClasses));
    }

    private int start(int row) {
      return starts.get((int) table.rows().get(row).line() - 1);
    }

    private String changed(int row, Decision decision) throws IOException {
      for (String label : decision.labels()) {
        if (places.isOneHot() && !labels.classes().contains(label)) {
          throw new ListException(
              "line " + decision.line() + " of the reviewed labels has the class " + label + ", for which "
                  + table.file() + " has no column; it has " + String.join(", ", labels.classes()) + ".");
        }
        if (!known.contains(label)) {
          newClasses.add(label);
        }
      }
      return table.delimiter() == ListTable.JSON ? json(row, decision) : delimited(row, decision);
    }

    private String delimited(int row, Decision decision) throws IOException {
      List<String> fields = new ArrayList<>(table.rows().get(row).fields());
      if (places.isOneHot()) {
        boolean decimal = Arrays.stream(places.labels()).mapToObj(fields::get).anyMatch(f -> f.contains("."));
        for (int place : places.labels()) {
          String flag = decision.labels().contains(table.header().get(place)) ? "1" : "0";
          fields.set(place, decimal ? flag + ".0" : flag);
        }
      } else {
        fields.set(places.labels()[0], String.join(ListTable.JOINED, decision.labels()));
      }
      StringWriter text = new StringWriter();
      try (CsvWriter writer =
          CsvWriter.builder().fieldSeparator(table.delimiter()).lineDelimiter(LineDelimiter.LF).build(text)) {
        writer.writeRecord(fields);
      }
      return text.toString().stripTrailing();
    }

    private String json(int row, Decision decision) throws ListException {
      int from = start(row);
      int end = table.text().indexOf('\n', from);
      try {
        ObjectNode object =
            (ObjectNode) MAPPER.readTree(table.text().substring(from, end < 0 ? table.text().length() : end));
        for (int place : places.labels()) {
          String name = table.header().get(place);
          JsonNode before = object.path(name);
          if (places.isOneHot()) {
            object.put(name, decision.labels().contains(name) ? 1 : 0);
          } else if (before.isArray() || decision.labels().size() > 1) {
            ArrayNode array = object.putArray(name);
            decision.labels().forEach(array::add);
          } else {
            String label = decision.labels().get(0);
            boolean number = before.isIntegralNumber() && label.matches("-?\\d{1,18}");
            if (number) {
              object.put(name, Long.parseLong(label));
            } else {
              object.put(name, label);
            }
          }
        }
        return MAPPER.writeValueAsString(object);
      } catch (JsonProcessingException e) {
        throw new ListException(table.file() + " cannot be written again (" + e.getOriginalMessage() + ").",
            e);
      }
    }
  }

  /** Where lines begin; they end with CR, LF or both. */
  private static List<Integer> lineStarts(String text) {
    List<Integer> starts = new ArrayList<>();
    starts.add(0);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean both = c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n';
      if (c == '\n' || c == '\r' && !both) {
        starts.add(i + 1);
      }
    }
    return starts;
  }
}
