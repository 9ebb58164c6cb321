package org.swinengine.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The JSON header of a safetensors file, read as strictly as the reference implementation does. */
final class SafetensorsHeader {
  static final int MAX_BYTES = 100_000_000;
  static final String METADATA = "__metadata__";
  private static final int MAX_NESTING = 16;
  private static final int MAX_NAME = 4096;

  /** Each costs as much memory as ten bytes of a header may take. */
  private static final int MAX_METADATA = 100_000;

  private static final JsonFactory JSON = JsonFactory.builder()
      // The symbol table would grow with the names of hostile files.
      .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
      .streamReadConstraints(StreamReadConstraints.builder()
          .maxNestingDepth(MAX_NESTING)
          .maxNumberLength(32)
          .maxNameLength(MAX_BYTES)
          .maxStringLength(MAX_BYTES)
          .build())
      .build();

  /** One tensor; {@code begin} and {@code end} count from the beginning of the data. */
  record Entry(String name, ElementType type, long[] shape, long begin, long end) {}

  private final Path file;
  private final List<Entry> entries = new ArrayList<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private boolean metadataSeen;

  private SafetensorsHeader(Path file) {
    this.file = file;
  }

  /**
   * Parses {@code json}, which is read to its end, and checks that the tensors tile {@code dataBytes} bytes
   * exactly. Whether a name is there twice is known when all of them are put into one map.
   */
  static SafetensorsHeader parse(Path file, InputStream json, long dataBytes) {
    SafetensorsHeader header = new SafetensorsHeader(file);
    // Through a strict decoder: the JSON parser alone would let some malformed UTF-8 pass.
    try (JsonParser parser = JSON.createParser(
        new InputStreamReader(json, StandardCharsets.UTF_8.newDecoder()))) {
      header.parse(parser);
    } catch (IOException e) {
      String reason = e.getMessage() == null ? e.getClass().getSimpleName() : firstLine(e.getMessage());
      throw WeightFileException.in(file, "the safetensors header cannot be understood (" + reason
          + "); get or write the file again.", e);
    }
    header.requireTiling(dataBytes);
    return header;
  }

  /** The tensors in the order of the header. */
  List<Entry> entries() {
    return entries;
  }

  Map<String, String> metadata() {
    return metadata;
  }

  private void parse(JsonParser parser) throws IOException {
    // At its very beginning, without a blank before it, as in the reference implementation.
    if (parser.nextToken() != JsonToken.START_OBJECT || parser.currentTokenLocation().getCharOffset() != 0) {
      throw damaged("the header is no JSON object");
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      requireText(name);
      parser.nextToken();
      if (name.equals(METADATA)) {
        parseMetadata(parser);
      } else {
        entries.add(parseEntry(name, parser));
      }
    }
    if (parser.nextToken() != null) {
      throw damaged("something follows the JSON object of the header");
    }
  }

  private void parseMetadata(JsonParser parser) throws IOException {
    if (metadataSeen) {
      throw duplicate("the metadata", METADATA);
    }
    metadataSeen = true;
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw damaged("\"" + METADATA + "\" is no JSON object");
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      if (parser.nextToken() != JsonToken.VALUE_STRING) {
        throw damaged("\"" + METADATA + "\" has a value that is no string, at key " + Text.quote(key));
      }
      String value = parser.getText();
      requireText(key);
      requireText(value);
      if (metadata.put(key, value) != null) {
        throw duplicate("the metadata", key);
      }
      if (metadata.size() > MAX_METADATA) {
        throw damaged("\"" + METADATA + "\" has more than " + MAX_METADATA + " entries");
      }
    }
  }

  private Entry parseEntry(String name, JsonParser parser) throws IOException {
    if (name.length() > MAX_NAME) {
      throw damaged(name, "its name is longer than " + MAX_NAME + " characters");
    }
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw damaged(name, "its header entry is no JSON object");
    }
    ElementType type = null;
    long[] shape = null;
    long[] offsets = null;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      parser.nextToken();
      switch (field) {
        case "dtype" -> type = once(name, field, type, parseType(name, parser));
        case "shape" -> shape = once(name, field, shape, parseNumbers(name, field, parser));
        case "data_offsets" -> offsets = once(name, field, offsets, parseNumbers(name, field, parser));
        default -> parser.skipChildren();
      }
    }
    if (type == null || shape == null || offsets == null || offsets.length != 2) {
      throw damaged(name, "its header entry needs \"dtype\", \"shape\" and \"data_offsets\" with two "
          + "numbers");
    }
    return new Entry(name, type, shape, offsets[0], offsets[1]);
  }

  /** @param before null where the field has not been met before */
  private <T> T once(String name, String field, T before, T now) {
    if (before != null) {
      throw duplicate("tensor " + Text.quote(name), field);
    }
    return now;
  }

  private ElementType parseType(String name, JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw damaged(name, "\"dtype\" is no string");
    }
    String dtype = parser.getText();
    return ElementType.ofSafetensorsName(dtype).orElseThrow(() -> WeightFileException.in(file,
        "tensor " + Text.quote(name) + " has the element type " + Text.quote(dtype)
            + ", which is not supported; convert it to F32, F16 or BF16 before saving."));
  }

  private long[] parseNumbers(String name, String field, JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw damaged(name, "\"" + field + "\" is no list");
    }
    long[] numbers = new long[4];
    int n = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      // A number of more bits than a long has is a BIG_INTEGER.
      if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT
          || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER || parser.getLongValue() < 0) {
        throw damaged(name, "\"" + field + "\" has an item that is no whole number from 0 to 2^63 - 1");
      }
      if (n == ArrayData.MAX_RANK) {
        throw damaged(name, "\"" + field + "\" has more than " + ArrayData.MAX_RANK + " items");
      }
      if (n == numbers.length) {
        numbers = Arrays.copyOf(numbers, n * 2);
      }
      numbers[n++] = parser.getLongValue();
    }
    return Arrays.copyOf(numbers, n);
  }

  private void requireTiling(long dataBytes) {
    long expected = 0;
    for (Entry entry : inOrderOfData()) {
      if (entry.begin != expected || entry.end < entry.begin) {
        throw damaged(entry.name, "its bytes [" + entry.begin + ", " + entry.end + ") should begin at "
            + expected
            + "; tensors may neither overlap nor leave gaps");
      }
      long bytes;
      try {
        bytes = Math.multiplyExact(ArrayData.count(label(entry.name), entry.shape), entry.type.byteSize());
      } catch (ArithmeticException e) {
        throw damaged(entry.name, "shape " + Arrays.toString(entry.shape)
            + " is too large to count its bytes");
      }
      if (entry.end - entry.begin != bytes) {
        throw damaged(entry.name, "shape " + Arrays.toString(entry.shape) + " of " + entry.type + " takes "
            + bytes
            + " bytes, but " + (entry.end - entry.begin) + " are stored");
      }
      expected = entry.end;
    }
    if (expected != dataBytes) {
      throw damaged("the tensors take " + expected + " bytes, but the file holds " + dataBytes
          + (expected > dataBytes ? " (an incomplete download or copy)" : ""));
    }
  }

  /** As nearly all files have them already; a sort would need room for a copy, and more than one look. */
  private List<Entry> inOrderOfData() {
    Comparator<Entry> order = Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end);
    for (int i = 1; i < entries.size(); i++) {
      if (order.compare(entries.get(i - 1), entries.get(i)) > 0) {
        List<Entry> sorted = new ArrayList<>(entries);
        sorted.sort(order);
        return sorted;
      }
    }
    return entries;
  }

  private void requireText(String text) {
    if (!Text.isWellFormed(text)) {
      throw damaged("the name or text " + Text.quote(text) + " is no valid Unicode");
    }
  }

  /** What messages call a tensor; its text is made when there is one. */
  Label label(String name) {
    return new Label(file, name);
  }

  /** Of a tensor in a file. */
  record Label(Path file, String name) {
    @Override
    public String toString() {
      return file + ", tensor " + Text.quote(name);
    }
  }

  WeightFileException duplicate(String where, String name) {
    return damaged("duplicate entry " + Text.quote(name) + " in " + where);
  }

  private WeightFileException damaged(String reason) {
    return WeightFileException.in(file, "this is no valid safetensors file: " + reason
        + ". Get or write the file again.");
  }

  private WeightFileException damaged(String tensor, String reason) {
    return damaged("tensor " + Text.quote(tensor) + ": " + reason);
  }

  private static String firstLine(String message) {
    String line = message.lines().findFirst().orElse("");
    return line.length() <= 200 ? line : line.substring(0, 200) + "…";
  }
}
