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

  /** How the dialect's array has the engine's numbers, where that is not one below the other. */
  private enum Form {
    ROWS,
    /** A patch whose channels vary fastest, {@code (p1 p2 c)}; the engine's vary slowest. */
    CHANNELS_LAST,
    /** A patch in the order of a convolution's kernel, but on one axis. */
    FLAT_KERNEL,
    /** Without the leading axes of length 1 that the engine's three have. */
    THREE_AXES,
    /** Queries, keys and values of one head after those of another: {@code (h qkv d)}. */
    HEADS_FIRST,
    /** Query, key and value of one channel after those of another: {@code (h d qkv)}. */
    PARTS_LAST
  }

  private final Form form;

  /** Of attention, where rows go by them; else 0. */
  private final int heads;

  private final boolean outside;

  private NameRule(
      List<NameTemplate> engine, List<NameTemplate> dialect, Form form, int heads, boolean outside) {
    this.engine = engine;
    this.dialect = dialect;
    this.form = form;
    this.heads = heads;
    this.outside = outside;
  }

  /** The same array under two names. */
  public static NameRule same(String engine, String dialect) {
    return new NameRule(templates(engine), templates(dialect), Form.ROWS, 0, false);
  }

  /** Arrays whose names are the engine's. */
  public static List<NameRule> asTheyAre(String... names) {
    return Stream.of(names).map(name -> same(name, name)).toList();
  }

  /** The engine's array is the dialect's ones, one below the other. */
  public static NameRule joined(String engine, String... dialect) {
    return new NameRule(templates(engine), templates(dialect), Form.ROWS, 0, false);
  }

  /** The dialect's array is the engine's ones, one below the other; an empty name for zeros. */
  public static NameRule split(String dialect, String... engine) {
    return new NameRule(templates(engine), templates(dialect), Form.ROWS, 0, false);
  }

  /**
   * A patch embedding: in the dialect a linear layer {@code [out, patch·patch·channels]} of a patch whose
   * channels vary fastest ({@code (p1 p2 c)} in einops), the engine's a convolution's kernel {@code [out,
   * channels, patch, patch]}. A norm's {@code [patch·patch·channels]} stays one row, in the kernel's order.
   */
  public static NameRule linearPatch(String engine, String dialect) {
    return new NameRule(templates(engine), templates(dialect), Form.CHANNELS_LAST, 0, false);
  }

  /** The same where channels vary slowest ({@code (c p1 p2)}, the order of {@code nn.Unfold}). */
  public static NameRule unfoldedPatch(String engine, String dialect) {
    return new NameRule(templates(engine), templates(dialect), Form.FLAT_KERNEL, 0, false);
  }

  /**
   * A table or token that may lack the leading axes of the engine's {@code [1, rows, channels]}; it is
   * written with them.
   */
  public static NameRule threeAxes(String engine, String dialect) {
    return new NameRule(templates(engine), templates(dialect), Form.THREE_AXES, 0, false);
  }

  /**
   * Queries, keys and values in one array, whose rows go by heads first; the engine's are {@code (qkv h d)}.
   *
   * @param heads of attention
   * @param partsLast whether they are {@code (h d qkv)}; else {@code (h qkv d)}
   */
  public static NameRule byHeads(String engine, String dialect, int heads, boolean partsLast) {
    return new NameRule(
        templates(engine), templates(dialect), partsLast ? Form.PARTS_LAST : Form.HEADS_FIRST, heads, false);
  }

  /** The same for names that stand outside the prefix of their {@link NameTable}, as heads do. */
  public NameRule outsidePrefix() {
    return new NameRule(engine, dialect, form, heads, true);
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
    if (form != Form.ROWS) {
      ArrayData only = arrays.get(0);
      return List.of(switch (form) {
        case ROWS -> only;
        case THREE_AXES -> ArrayParts.withThreeAxes(only);
        case CHANNELS_LAST, FLAT_KERNEL -> ArrayParts.linearToKernel(only, form == Form.CHANNELS_LAST);
        case HEADS_FIRST, PARTS_LAST -> ArrayParts.rowsByParts(only, heads, form == Form.PARTS_LAST);
      });
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
    if (form != Form.ROWS) {
      ArrayData only = arrays.get(0);
      return List.of(switch (form) {
        case ROWS, THREE_AXES -> only;
        case CHANNELS_LAST, FLAT_KERNEL -> ArrayParts.kernelToLinear(only, form == Form.CHANNELS_LAST);
        case HEADS_FIRST, PARTS_LAST -> ArrayParts.rowsByHeads(only, heads, form == Form.PARTS_LAST);
      });
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
