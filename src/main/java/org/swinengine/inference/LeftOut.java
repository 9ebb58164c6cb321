package org.swinengine.inference;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.InertObject;
import org.swinengine.weights.NamedWeights;
import org.swinengine.weights.StateDict;

/** What a file has that is no weight of its model, and so does not get into a conversion. */
final class LeftOut {
  private static final int SHOWN = 6;

  private LeftOut() {}

  /**
   * In words, part by part.
   *
   * @param all what the file holds
   * @param named its weights
   */
  static List<String> of(StateDict all, NamedWeights named) {
    List<String> parts = new ArrayList<>();
    if (named.family().isPresent() && !named.buffers().isEmpty()) {
      parts.add(arrays(named.buffers().size()) + " that such a model computes for itself ("
          + first(named.buffers()) + ")");
    }
    long optimizer = all.names().stream().filter(name -> name.startsWith(EngineCheckpoint.OPTIMIZER)).count();
    if (optimizer > 0) {
      parts.add(arrays(optimizer) + " of the optimizer");
    }
    Map<String, Long> extras = new LinkedHashMap<>();
    all.extras().forEach((key, value) -> extras.merge(String.valueOf(key), count(value), Long::sum));
    extras.forEach(
        (key, count) -> {
          if (count > 0) {
            parts.add(arrays(count) + " under \"" + key + "\"");
          }
        });
    return parts;
  }

  private static String arrays(long count) {
    return count == 1 ? "1 array" : count + " arrays";
  }

  private static String first(List<String> names) {
    return String.join(", ", names.subList(0, Math.min(SHOWN, names.size())))
        + (names.size() > SHOWN ? ", …" : "");
  }

  private static long count(Object value) {
    if (value instanceof ArrayData) {
      return 1;
    }
    if (value instanceof List<?> list) {
      return list.stream().mapToLong(LeftOut::count).sum();
    }
    if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream().mapToLong(entry -> count(entry.getKey()) + count(entry.getValue()))
          .sum();
    }
    return value instanceof InertObject object
        ? count(object.arguments()) + count(object.items()) + count(object.entries()) + count(object.state())
        : 0;
  }
}
