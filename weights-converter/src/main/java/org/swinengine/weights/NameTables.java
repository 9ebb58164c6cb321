package org.swinengine.weights;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The names that are known: tables of families and dialects. This module has the mechanism; whoever has
 * models brings their tables, as the engine does with those of its families.
 */
public final class NameTables {
  /** No tables: every file has the engine's names. */
  public static final NameTables NONE = new NameTables(List.of());

  private static final int SHOWN = 4;

  private final List<NameTable> tables;
  private final List<String> prefixes;
  private final Set<String> buffers = new HashSet<>();

  /** @param tables where names fit several equally well, the first one counts */
  public NameTables(List<NameTable> tables) {
    this.tables = List.copyOf(tables);
    Set<String> before = new LinkedHashSet<>();
    for (NameTable table : tables) {
      before.add(table.wrapper());
      before.add(table.prefix());
      buffers.addAll(table.buffers());
    }
    before.remove("");
    prefixes = List.copyOf(before);
  }

  List<NameTable> all() {
    return tables;
  }

  /** What may stand before all names of a model in these tables. */
  List<String> prefixes() {
    return prefixes;
  }

  /** Whether a key names a buffer that models compute for themselves; files may hold them. */
  public boolean isBuffer(String key) {
    return buffers.contains(key.substring(key.lastIndexOf('.') + 1));
  }

  /** All dialects; the engine's is the first. */
  public List<Dialect> dialects() {
    Set<Dialect> all = new LinkedHashSet<>();
    all.add(Dialect.ENGINE);
    tables.forEach(table -> all.add(table.dialect()));
    return List.copyOf(all);
  }

  /**
   * The dialect that a user names.
   *
   * @throws IllegalArgumentException listing the names
   */
  public Dialect dialect(String id) {
    return dialects().stream()
        .filter(dialect -> dialect.id().equals(id.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException(
                "there is no dialect " + id + "; there are "
                    + String.join(", ", dialects().stream().map(Dialect::id).toList())));
  }

  /**
   * The table of a dialect that has a place for all arrays under the engine's names.
   *
   * @throws IllegalArgumentException if none has, naming those without a place
   */
  public NameTable writing(StateDict engine, Dialect dialect) {
    NameTable best = null;
    List<String> fewest = List.of();
    for (NameTable table : tables) {
      if (table.dialect().equals(dialect)) {
        List<String> unknown = new ArrayList<>();
        for (String name : engine.names()) {
          if (table.readEngine(name) == null) {
            unknown.add(name);
          }
        }
        if (best == null || unknown.size() < fewest.size()) {
          best = table;
          fewest = unknown;
        }
      }
    }
    if (best == null) {
      throw new IllegalArgumentException("no table has names of the dialect " + dialect);
    }
    if (!fewest.isEmpty()) {
      throw new IllegalArgumentException(
          "the dialect " + dialect + " has no place for " + fewest.size() + " of the " + engine.size()
              + " arrays: " + String.join(", ", fewest.subList(0, Math.min(SHOWN, fewest.size())))
              + (fewest.size() > SHOWN ? ", …" : ""));
    }
    return best;
  }
}
