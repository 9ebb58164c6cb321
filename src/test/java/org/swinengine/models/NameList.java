package org.swinengine.models;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.ElementType;
import org.swinengine.weights.StateDict;

/**
 * The names, types and shapes of a small model's {@code state_dict()} in one implementation, in its order:
 * lines such as {@code norm.weight F32 48} under {@code /dialects}, written by PyTorch.
 */
final class NameList {
  private NameList() {}

  /** A state dict with those names and shapes and random bits, the same ones for a seed. */
  static StateDict random(String list, long seed) {
    Random random = new Random(seed);
    StateDict.Builder dict = StateDict.builder();
    for (String line : lines(list)) {
      String[] words = line.split(" ", -1);
      long[] shape = Arrays.stream(words[2].split("x", 0)).mapToLong(Long::parseLong).toArray();
      ElementType type = ElementType.valueOf(words[1]);
      byte[] bytes = new byte[Math.toIntExact(Arrays.stream(shape).reduce(type.byteSize(), (a, b) -> a * b))];
      random.nextBytes(bytes);
      dict.put(words[0], ArrayData.ofRawLittleEndian(type, shape, bytes));
    }
    return dict.build();
  }

  private static String[] lines(String list) {
    try (InputStream in = NameList.class.getResourceAsStream("/dialects/" + list + ".txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n", 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static StateDict renamed(StateDict dict, UnaryOperator<String> names) {
    StateDict.Builder builder = StateDict.builder();
    dict.arrays().forEach((name, array) -> builder.put(names.apply(name), array));
    return builder.build();
  }

  static StateDict withoutBuffers(StateDict dict) {
    StateDict.Builder builder = StateDict.builder();
    dict.arrays()
        .forEach(
            (name, array) -> {
              if (!ParameterNames.tables().isBuffer(name)) {
                builder.put(name, array);
              }
            });
    return builder.build();
  }

  /** Names and shapes, for comparison. */
  static Map<String, String> shapes(StateDict dict) {
    Map<String, String> shapes = new LinkedHashMap<>();
    dict.arrays().forEach((name, array) -> shapes.put(name, array.toString()));
    return shapes;
  }
}
