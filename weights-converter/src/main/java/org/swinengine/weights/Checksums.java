package org.swinengine.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * CRC-32C of each array's bytes in a safetensors file, and of what its header says: a metadata entry, JSON of
 * eight hexadecimal digits each. Any flipped bit changes them.
 *
 * @param header of names, types, shapes and the other metadata
 * @param arrays by name
 */
record Checksums(String header, Map<String, String> arrays) {
  /** The key of the metadata entry. */
  static final String KEY = "checksums";

  private static final String NOT_YET = "00000000";
  private static final JsonFactory JSON = JsonFactory.builder()
      // The symbol table would grow with the names of hostile files.
      .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
      .build();

  /** Of the same length as the real ones, which are known when the data have been written. */
  static Checksums placeholder(Iterable<String> names) {
    Map<String, String> sums = new TreeMap<>();
    names.forEach(name -> sums.put(name, NOT_YET));
    return new Checksums(NOT_YET, sums);
  }

  static String hex(CRC32C sum) {
    return String.format("%08x", sum.getValue());
  }

  /**
   * Of all that a header says but where data lie.
   *
   * @param arrays type and shape by name
   */
  static String header(Map<String, String> metadata, Map<String, String> arrays) {
    CRC32C sum = new CRC32C();
    for (Map<String, String> part : List.of(metadata, arrays)) {
      new TreeMap<>(part)
          .forEach(
              (key, value) -> {
                if (part != metadata || !key.equals(KEY)) {
                  update(sum, key);
                  update(sum, value);
                }
              });
    }
    return hex(sum);
  }

  private static void update(CRC32C sum, String text) {
    sum.update(text.getBytes(StandardCharsets.UTF_8));
    sum.update(0);
  }

  static String describe(ElementType type, long[] shape) {
    return type + Arrays.toString(shape);
  }

  String toJson() {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      json.writeStringField("header", header);
      json.writeObjectFieldStart("arrays");
      for (Map.Entry<String, String> array : new TreeMap<>(arrays).entrySet()) {
        json.writeStringField(array.getKey(), array.getValue());
      }
      json.writeEndObject();
      json.writeEndObject();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return text.toString();
  }

  /** @throws WeightFileException if the text is not one that {@link #toJson} wrote */
  static Checksums parse(Path file, String text) {
    Map<String, String> arrays = new HashMap<>();
    String header = null;
    try (JsonParser json = JSON.createParser(text)) {
      boolean inside = false;
      while (json.nextToken() != null) {
        if (json.currentToken() == JsonToken.START_OBJECT) {
          inside = "arrays".equals(json.currentName());
        } else if (json.currentToken() == JsonToken.END_OBJECT) {
          inside = false;
        } else if (json.currentToken() == JsonToken.VALUE_STRING) {
          if (inside) {
            arrays.put(json.currentName(), json.getText());
          } else if ("header".equals(json.currentName())) {
            header = json.getText();
          }
        }
      }
    } catch (IOException e) {
      header = null;
    }
    if (header == null) {
      throw WeightFileException.in(file, "its checksums cannot be read; the file is damaged, get it again.");
    }
    return new Checksums(header, arrays);
  }

  /** An array's bytes, which are held to its checksum when all of them have been read. */
  record Checked(ByteSource bytes, Object label, String expected) implements ByteSource {
    @Override
    public long size() {
      return bytes.size();
    }

    @Override
    public InputStream openAt(long position) throws IOException {
      InputStream in = bytes.openAt(position);
      return position == 0 ? new CheckedStream(in) : in;
    }

    private final class CheckedStream extends FilterInputStream {
      private final CRC32C sum = new CRC32C();
      private long left = size();

      private CheckedStream(InputStream in) {
        super(in);
      }

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        int n = super.read(target, offset, (int) Math.min(length, Math.max(left, 1)));
        if (n > 0 && left > 0) {
          sum.update(target, offset, n);
          left -= n;
          if (left == 0 && !hex(sum).equals(expected)) {
            throw new WeightFileException(
                label + ": its bytes are not those that were written (checksum " + hex(sum) + " instead of "
                    + Text.quote(expected) + "); the file is damaged, get it again or take an earlier one.");
          }
        }
        return n;
      }

      /** By reading, so that nothing is passed over. */
      @Override
      public long skip(long n) throws IOException {
        return Math.max(0, read(new byte[(int) Math.min(n, 1 << 13)]));
      }

      @Override
      public boolean markSupported() {
        return false;
      }
    }
  }
}
