package org.swinengine.inference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.swinengine.weights.ArrayData;

/** What checkpoints of PyTorch hold beside a state dict that says something of the model. */
final class CheckpointExtras {
  /** Lists of names, or names and numbers, in either direction. */
  private static final List<String> CLASS_KEYS =
      List.of("classes", "class_names", "class_to_idx", "idx_to_class", "id2label", "label2id", "labels");

  private static final int MAX_CLASSES = 1 << 20;

  private CheckpointExtras() {}

  /** Names of the classes by their numbers, if one of the usual keys has a name for each number from 0 on. */
  static Optional<List<String>> classNames(Map<Object, Object> extras) {
    return CLASS_KEYS.stream().flatMap(key -> names(extras.get(key)).stream()).findFirst();
  }

  private static Optional<List<String>> names(@Nullable Object value) {
    if (value instanceof List<?> list) {
      return list.isEmpty() || !list.stream().allMatch(String.class::isInstance)
          ? Optional.empty()
          : Optional.of(list.stream().map(String.class::cast).toList());
    }
    if (!(value instanceof Map<?, ?> map) || map.isEmpty() || map.size() > MAX_CLASSES) {
      return Optional.empty();
    }
    String[] names = new String[map.size()];
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      boolean nameFirst = entry.getValue() instanceof Long;
      Object name = nameFirst ? entry.getKey() : entry.getValue();
      Object number = nameFirst ? entry.getValue() : entry.getKey();
      long index = number instanceof Long n ? n : -1;
      if (!(name instanceof String text) || index < 0 || index >= names.length
          || names[(int) index] != null) {
        return Optional.empty();
      }
      names[(int) index] = text;
    }
    return Optional.of(List.copyOf(Arrays.asList(names)));
  }

  /**
   * That a checkpoint has other weights than those that were read; empty if it has none.
   *
   * @param size number of arrays that were read
   */
  static Optional<String> otherWeights(Map<Object, Object> extras, int size) {
    List<String> keys = new ArrayList<>();
    boolean average = false;
    for (Map.Entry<Object, Object> entry : extras.entrySet()) {
      if (entry.getKey() instanceof String key && entry.getValue() instanceof Map<?, ?> map) {
        long arrays = map.values().stream().filter(ArrayData.class::isInstance).count();
        if (arrays > 0 && 2 * arrays >= size) {
          keys.add(key);
          average |= key.toLowerCase(Locale.ROOT).contains("ema");
        }
      }
    }
    if (keys.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        "the file holds other weights as well, under " + String.join(", ", keys)
            + (average ? " (EMA, their moving average, is often what a publisher's figures are of)" : "")
            + "; `key` NAME takes them instead");
  }
}
