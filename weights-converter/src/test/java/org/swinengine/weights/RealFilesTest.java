package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Many real files, compared with what PyTorch reads: {@code -Dswin.realdata=DIR}, a folder whose subfolders
 * hold files and an {@code EXPECTED.json} of every tensor's path, shape, type, sum and first values.
 */
class RealFilesTest {
  private static final String FOLDER = System.getProperty("swin.realdata", "");

  @Test
  void everyFileIsReadAsPyTorchReadsIt() throws IOException {
    assumeTrue(!FOLDER.isEmpty(), "needs -Dswin.realdata=DIR with real files");
    List<String> problems = new ArrayList<>();
    int files = 0;
    try (Stream<Path> folders = Files.list(Path.of(FOLDER))) {
      for (Path folder : folders.filter(f -> Files.exists(f.resolve("EXPECTED.json"))).sorted().toList()) {
        for (Map.Entry<String, Object> entry : map(json(folder.resolve("EXPECTED.json"))).entrySet()) {
          files++;
          try {
            check(folder.resolve(entry.getKey()), map(entry.getValue()));
          } catch (RuntimeException | AssertionError e) {
            problems.add(entry.getKey() + ": " + e.getMessage());
          }
        }
      }
    }
    assertTrue(files > 0, "no EXPECTED.json below " + FOLDER);
    assertEquals(List.of(), problems, files + " files");
  }

  private static void check(Path file, Map<String, Object> expected) {
    Map<String, Object> tensors = map(expected.get("tensors"));
    if (expected.get("read_by").toString().startsWith("FAIL")) {
      TestFiles.assertRefused(file.toString(), () -> WeightFiles.read(file));
      return;
    }
    StateDict dict = WeightFiles.read(file);
    Map<String, ArrayData> found = new LinkedHashMap<>();
    dict.extras().forEach((key, value) -> collect(key.toString(), value, found));
    dict.arrays().forEach(found::put);
    for (Map.Entry<String, Object> tensor : tensors.entrySet()) {
      checkTensor(tensor.getKey(), map(tensor.getValue()), arrayOf(tensor.getKey(), found));
    }
  }

  /**
   * The array of a path. A state dict stands under a key in PyTorch's result and not in ours, and attributes
   * of a module have the module's names.
   */
  private static ArrayData arrayOf(String path, Map<String, ArrayData> found) {
    for (String name = path;; name = name.substring(name.indexOf('.') + 1)) {
      for (String candidate : List.of(name, "module." + name, path + "." + name)) {
        if (found.containsKey(candidate)) {
          return found.get(candidate);
        }
      }
      if (name.indexOf('.') < 0) {
        throw new AssertionError(
            "no tensor " + path + "; there are " + found.keySet().stream().limit(20).toList());
      }
    }
  }

  private static void collect(String path, Object value, Map<String, ArrayData> found) {
    if (value instanceof ArrayData array) {
      found.put(path, array);
    } else if (value instanceof Map<?, ?> entries) {
      entries.forEach((key, inner) -> collect(path + "." + key, inner, found));
    } else if (value instanceof List<?> items) {
      for (int i = 0; i < items.size(); i++) {
        collect(path + "[" + i + "]", items.get(i), found);
      }
    } else if (value instanceof InertObject object) {
      collect(path, object.state(), found);
      collect(path, object.entries(), found);
      collect(path, object.items(), found);
      collect(path, object.arguments(), found);
    }
  }

  private static void checkTensor(String name, Map<String, Object> expected, ArrayData array) {
    assertArrayEquals(list(expected.get("shape")).stream().mapToLong(n -> (Long) n).toArray(), array.shape(),
        name);
    double scale = expected.containsKey("scale") ? ((Number) expected.get("scale")).doubleValue() : 1;
    String type = expected.get("dtype").toString();
    if (!type.startsWith("q")) {
      assertEquals(type, type(array.type()), name);
    }
    double[] values = array.toDoubles();
    double sum = 0;
    double magnitude = 0;
    for (double value : values) {
      sum += Double.isFinite(value) ? value : 0;
      magnitude += Double.isFinite(value) ? Math.abs(value) : 0;
    }
    if (expected.containsKey("sum")) {
      assertEquals(((Number) expected.get("sum")).doubleValue(), sum, 1e-9 * Math.max(1, magnitude), name);
      assertEquals(((Number) expected.get("abssum")).doubleValue(), magnitude, 1e-9 * Math.max(1, magnitude),
          name);
    } else if (expected.containsKey("int_sum") && expected.containsKey("scale")) {
      assertEquals(((Number) expected.get("int_sum")).doubleValue() * scale, sum, 1e-5 * magnitude, name);
    }
    List<Object> first = list(expected.get("first"));
    for (int i = 0; i < first.size(); i++) {
      // The expected first values went through float32.
      double value = array.type() == ElementType.F64 ? (float) values[i] : values[i];
      assertSame(first.get(i), value, scale, name + "[" + i + "]");
    }
  }

  private static void assertSame(Object expected, double actual, double scale, String name) {
    if (expected instanceof Number number) {
      double wanted = number.doubleValue() * scale;
      assertEquals(wanted, actual, 1e-6 * Math.abs(wanted) * (scale == 1 ? 0 : 1), name);
    } else if (expected instanceof Boolean flag) {
      assertEquals(flag ? 1 : 0, actual, name);
    } else if (expected.equals("nan")) {
      assertTrue(Double.isNaN(actual), name);
    } else {
      assertFalse(Double.isFinite(actual), name);
      assertEquals(expected.equals("inf"), actual > 0, name);
    }
  }

  private static String type(ElementType type) {
    return switch (type) {
      case F64 -> "float64";
      case F32 -> "float32";
      case F16 -> "float16";
      case BF16 -> "bfloat16";
      case I64 -> "int64";
      case I32 -> "int32";
      case I16 -> "int16";
      case I8 -> "int8";
      case U8 -> "uint8";
      case BOOL -> "bool";
      default -> type.toString();
    };
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  @SuppressWarnings("unchecked")
  private static List<Object> list(Object value) {
    return (List<Object>) value;
  }

  private static Object json(Path file) throws IOException {
    try (JsonParser parser = new JsonFactory().createParser(file.toFile())) {
      parser.nextToken();
      return value(parser);
    }
  }

  private static Object value(JsonParser parser) throws IOException {
    switch (parser.currentToken()) {
      case START_OBJECT -> {
        Map<String, Object> entries = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String name = parser.currentName();
          parser.nextToken();
          entries.put(name, value(parser));
        }
        return entries;
      }
      case START_ARRAY -> {
        List<Object> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          items.add(value(parser));
        }
        return items;
      }
      case VALUE_NUMBER_INT -> {
        return parser.getLongValue();
      }
      case VALUE_NUMBER_FLOAT -> {
        return parser.getDoubleValue();
      }
      case VALUE_TRUE, VALUE_FALSE -> {
        return parser.getBooleanValue();
      }
      default -> {
        return parser.getText();
      }
    }
  }
}
