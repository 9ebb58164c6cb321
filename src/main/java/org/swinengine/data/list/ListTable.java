package org.swinengine.data.list;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.swinengine.weights.RegularFile;

/**
 * A table of texts from a file: values between commas, semicolons or tabs, or a JSON object on each line.
 *
 * @param file where it is from
 * @param delimiter between values; {@link #JSON} for JSON lines
 * @param header names of the columns; their numbers from 1 where the file has no header
 * @param rows below the header
 * @param text the whole file, for what is to stay as it is
 * @param hasHeader whether the first line of the file names the columns
 */
record ListTable(
    Path file, char delimiter, List<String> header, List<Row> rows, String text, boolean hasHeader) {
  /** In place of a delimiter. */
  static final char JSON = '{';

  /** Between several labels of one image, where the file itself does not use it between columns. */
  static final String JOINED = "|";

  private static final long LARGEST = 1L << 29;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /**
   * A row.
   *
   * @param line where it begins in the file, from 1
   * @param fields as many as there are columns
   */
  record Row(long line, List<String> fields) {}

  /**
   * Reads a file.
   *
   * @param columns a first line that has the name of one of them is a header
   * @throws ListException if it is no table
   * @throws IOException when reading fails
   */
  static ListTable read(Path file, ListColumns columns) throws IOException {
    RegularFile.require(file);
    if (Files.size(file) > LARGEST) {
      throw new ListException(
          file + " has " + Files.size(file) + " bytes, more than the " + LARGEST + " that a list may have.");
    }
    String text = decode(file, Files.readAllBytes(file));
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) {
      return jsonLines(file, text);
    }
    char delimiter = name.endsWith(".tsv") || name.endsWith(".txt") ? '\t' : delimiter(text);
    return delimited(file, text, delimiter, columns);
  }

  private static String decode(Path file, byte[] bytes) throws ListException {
    boolean wide = bytes.length > 1 && (bytes[0] & 255) >= 0xFE && (bytes[1] & 255) >= 0xFE;
    try {
      if (!wide) {
        String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
      }
    } catch (CharacterCodingException e) {
      // Said below.
    }
    throw new ListException(file + " is not UTF-8 text. Save it as UTF-8.");
  }

  /** The delimiter that is most frequent in the first line, outside quotes. */
  private static char delimiter(String text) {
    int[] counts = new int[128];
    boolean quoted = false;
    for (int i = 0; i < text.length() && (quoted || text.charAt(i) != '\n' && text.charAt(i) != '\r'); i++) {
      char c = text.charAt(i);
      quoted ^= c == '"';
      if (!quoted && c < counts.length) {
        counts[c]++;
      }
    }
    char most = ',';
    for (char candidate : new char[] {'\t', ';'}) {
      most = counts[candidate] > counts[most] ? candidate : most;
    }
    return most;
  }

  private static ListTable delimited(Path file, String text, char delimiter, ListColumns named)
      throws ListException {
    List<Row> rows = new ArrayList<>();
    try (CsvReader<CsvRecord> reader =
        CsvReader.builder().fieldSeparator(delimiter).allowMissingFields(true).allowExtraFields(true)
            .trimWhitespacesAroundQuotes(true).ofCsvRecord(text)) {
      for (Iterator<CsvRecord> records = reader.iterator(); records.hasNext();) {
        CsvRecord record = records.next();
        rows.add(
            new Row(record.getStartingLineNumber(), record.getFields().stream().map(String::strip).toList()));
      }
    } catch (CsvParseException | IOException e) {
      throw new ListException(file + " is no table of values (" + innermost(e) + ").", e);
    }
    if (rows.isEmpty()) {
      throw new ListException(file + " is empty.");
    }
    List<String> first = rows.get(0).fields();
    boolean hasHeader = ColumnNames.isHeader(first) || named.areIn(first);
    int columns = first.size();
    List<String> header =
        hasHeader ? first : IntStream.rangeClosed(1, columns).mapToObj(Integer::toString).toList();
    List<Row> below = hasHeader ? rows.subList(1, rows.size()) : rows;
    for (Row row : below) {
      if (row.fields().size() != columns) {
        throw new ListException(
            file + ", line " + row.line() + " has " + row.fields().size() + " values, but the first line has "
                + columns + " (between them stands " + shown(delimiter) + ").");
      }
    }
    return new ListTable(file, delimiter, header, List.copyOf(below), text, hasHeader);
  }

  private static String innermost(Throwable e) {
    Throwable inner = e;
    while (inner.getCause() != null) {
      inner = inner.getCause();
    }
    return String.valueOf(inner.getMessage());
  }

  private static String shown(char delimiter) {
    return delimiter == '\t' ? "a tab" : "\"" + delimiter + "\"";
  }

  private static ListTable jsonLines(Path file, String text) throws ListException {
    Map<String, Integer> columns = new LinkedHashMap<>();
    List<Map<String, String>> objects = new ArrayList<>();
    List<Long> lines = new ArrayList<>();
    long number = 0;
    for (String line : text.split("\\R", -1)) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      JsonNode node;
      try {
        node = MAPPER.readTree(line);
      } catch (JsonProcessingException e) {
        throw new ListException(
            file + ", line " + number + " is no JSON (" + e.getOriginalMessage() + ").", e);
      }
      if (!node.isObject()) {
        throw new ListException(file + ", line " + number + " is no JSON object.");
      }
      Map<String, String> object = new LinkedHashMap<>();
      node.properties().forEach(field -> object.put(field.getKey(), text(field.getValue())));
      object.keySet().forEach(name -> columns.putIfAbsent(name, columns.size()));
      objects.add(object);
      lines.add(number);
    }
    if (objects.isEmpty()) {
      throw new ListException(file + " is empty.");
    }
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < objects.size(); i++) {
      Map<String, String> object = objects.get(i);
      rows.add(
          new Row(lines.get(i), columns.keySet().stream().map(name -> object.getOrDefault(name, ""))
              .toList()));
    }
    return new ListTable(file, JSON, List.copyOf(columns.keySet()), rows, text, true);
  }

  /** Arrays of texts and numbers are several labels; what is nested deeper is no text. */
  private static String text(JsonNode value) {
    if (value.isArray()) {
      return String.join(
          JOINED, StreamSupport.stream(value.spliterator(), false).map(JsonNode::asText).toList());
    }
    return value.isNull() ? "" : value.asText();
  }
}
