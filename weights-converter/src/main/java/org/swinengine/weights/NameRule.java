package org.swinengine.weights;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * How arrays of a dialect and of the engine correspond: as they are, or one of them as the rows of several of the other
 * side, first to last.
 *
 * @param engine the engine's names; {@link #ZEROS} stands for rows of zeros
 * @param dialect the dialect's names
 * @param linearPatch whether the dialect's array is the linear layer {@code [out, patch·patch·channels]} of a patch whose
 *     channels vary fastest, and the engine's a convolution's kernel {@code [out, channels, patch, patch]}
 */
record NameRule(List<NameTemplate> engine, List<NameTemplate> dialect, boolean linearPatch) {
  /** In place of an engine's name: rows that the engine has no parameter for, because they must be zero. */
  static final NameTemplate ZEROS = new NameTemplate("");

  /** The same array under two names. */
  static NameRule same(String engine, String dialect) {
    return new NameRule(templates(engine), templates(dialect), false);
  }

  /** The engine's array is the dialect's ones, one below the other. */
  static NameRule joined(String engine, String... dialect) {
    return new NameRule(templates(engine), templates(dialect), false);
  }

  /** The dialect's array is the engine's ones, one below the other; an empty name for zeros. */
  static NameRule split(String dialect, String... engine) {
    return new NameRule(templates(engine), templates(dialect), false);
  }

  /** A patch embedding as a linear layer. */
  static NameRule linearPatch(String engine, String dialect) {
    return new NameRule(templates(engine), templates(dialect), true);
  }

  private static List<NameTemplate> templates(String... texts) {
    return Stream.of(texts).map(text -> text.isEmpty() ? ZEROS : new NameTemplate(text)).toList();
  }

  /** The dialect's arrays as the engine's; null where those are zeros. */
  List<ArrayData> toEngine(List<ArrayData> arrays) {
    if (linearPatch) {
      return List.of(ArrayParts.linearToKernel(arrays.get(0)));
    }
    if (engine.size() == arrays.size()) {
      return arrays;
    }
    return engine.size() == 1
        ? List.of(ArrayParts.joinRows(arrays))
        : ArrayParts.splitRows(arrays.get(0), engine.size());
  }

  /** The engine's arrays, in which null stands for zeros, as the dialect's. */
  List<ArrayData> toDialect(List<ArrayData> arrays) {
    if (linearPatch) {
      return List.of(ArrayParts.kernelToLinear(arrays.get(0)));
    }
    if (dialect.size() == arrays.size()) {
      return arrays;
    }
    if (dialect.size() > 1) {
      return ArrayParts.splitRows(arrays.get(0), dialect.size());
    }
    ArrayData known = arrays.stream().filter(array -> array != null).findFirst().orElseThrow();
    ArrayData[] rows = arrays.toArray(ArrayData[]::new);
    for (int i = 0; i < rows.length; i++) {
      rows[i] = rows[i] == null ? ArrayParts.zerosLike(known) : rows[i];
    }
    return List.of(ArrayParts.joinRows(Arrays.asList(rows)));
  }
}
