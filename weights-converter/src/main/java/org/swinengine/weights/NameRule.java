package org.swinengine.weights;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * How arrays of a dialect and of the engine correspond: as they are, or one of them as the rows of several
 * of the other side, first to last. Names have holes: {@code layers.{i}.blocks.{j}.norm1.{rest}}, where
 * {@code {i}} and {@code {j}} are numbers, also as {@code {i+1}} or {@code {2i+1}}, and {@code {rest}} is
 * anything.
 */
public final class NameRule {
  /** In place of an engine's name: rows that the engine has no parameter for, because they must be zero. */
  static final NameTemplate ZEROS = new NameTemplate("");

  /** {@link #ZEROS} stands for rows of zeros. */
  private final List<NameTemplate> engine;

  private final List<NameTemplate> dialect;

  /**
   * Whether the dialect's array is the linear layer {@code [out, patch·patch·channels]} of a patch whose
   * channels vary fastest, and the engine's a convolution's kernel {@code [out, channels, patch, patch]}.
   */
  private final boolean linearPatch;

  private final boolean outside;

  private NameRule(List<NameTemplate> engine, List<NameTemplate> dialect, boolean linearPatch,
      boolean outside) {
    this.engine = engine;
    this.dialect = dialect;
    this.linearPatch = linearPatch;
    this.outside = outside;
  }

  /** The same array under two names. */
  public static NameRule same(String engine, String dialect) {
    return new NameRule(templates(engine), templates(dialect), false, false);
  }

  /** Arrays whose names are the engine's. */
  public static List<NameRule> asTheyAre(String... names) {
    return Stream.of(names).map(name -> same(name, name)).toList();
  }

  /** The engine's array is the dialect's ones, one below the other. */
  public static NameRule joined(String engine, String... dialect) {
    return new NameRule(templates(engine), templates(dialect), false, false);
  }

  /** The dialect's array is the engine's ones, one below the other; an empty name for zeros. */
  public static NameRule split(String dialect, String... engine) {
    return new NameRule(templates(engine), templates(dialect), false, false);
  }

  /**
   * A patch embedding: in the dialect a linear layer {@code [out, patch·patch·channels]} of a patch whose
   * channels vary fastest, the engine's a convolution's kernel {@code [out, channels, patch, patch]}.
   */
  public static NameRule linearPatch(String engine, String dialect) {
    return new NameRule(templates(engine), templates(dialect), true, false);
  }

  /** The same for names that stand outside the prefix of their {@link NameTable}, as heads do. */
  public NameRule outsidePrefix() {
    return new NameRule(engine, dialect, linearPatch, true);
  }

  /** Rules, and more after them. */
  public static List<NameRule> list(List<NameRule> first, NameRule... more) {
    return Stream.concat(first.stream(), Stream.of(more)).toList();
  }

  private static List<NameTemplate> templates(String... texts) {
    return Stream.of(texts).map(text -> text.isEmpty() ? ZEROS : new NameTemplate(text)).toList();
  }

  /** The engine's name, the first if there are several. */
  public String engineName() {
    return engine.get(0).toString();
  }

  List<NameTemplate> engine() {
    return engine;
  }

  List<NameTemplate> dialect() {
    return dialect;
  }

  boolean isOutsidePrefix() {
    return outside;
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
