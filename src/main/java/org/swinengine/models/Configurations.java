package org.swinengine.models;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The table of named configurations, {@code configurations.txt} beside this class. */
final class Configurations {
  private static final String RESOURCE = "configurations.txt";
  private static final int MODEL_CELLS = 5;

  /**
   * A named configuration. Its model is parsed when asked for: most commands want one, and all take a while.
   */
  static final class Entry {
    private final String family;
    private final String type;
    private final Supplier<ModelSpec> parse;
    private volatile ModelSpec spec;

    private Entry(String family, String type, Supplier<ModelSpec> parse) {
      this.family = family;
      this.type = type;
      this.parse = parse;
    }

    /** The heading under which it stands. */
    String family() {
      return family;
    }

    /** {@code MODEL.TYPE} of a configuration file. */
    String type() {
      return type;
    }

    ModelSpec spec() {
      ModelSpec known = spec;
      if (known == null) {
        known = parse.get();
        spec = known;
      }
      return known;
    }
  }

  /** Read when first asked for. */
  private static final class Table {
    static final Map<String, Entry> ENTRIES = read();
  }

  private Configurations() {}

  /** By name, in the table's order. */
  static Map<String, Entry> all() {
    return Table.ENTRIES;
  }

  private static Map<String, Entry> read() {
    Map<String, Entry> entries = new LinkedHashMap<>();
    Map<String, List<String>> sizes = new LinkedHashMap<>();
    String family = "";
    for (String line : lines()) {
      if (line.startsWith("= ")) {
        family = line.substring(2);
        continue;
      }
      List<String> cells = List.of(line.split(" +"));
      if (line.startsWith("@")) {
        sizes.put(cells.get(0), cells.subList(1, cells.size()));
        continue;
      }
      List<String> size = sizes.get(cells.get(MODEL_CELLS - 1));
      if (size == null) {
        throw new IllegalStateException(RESOURCE + ": " + cells.get(0) + " has no size above it");
      }
      if (entries.put(cells.get(0), new Entry(family, size.get(0), () -> model(cells, size))) != null) {
        throw new IllegalStateException(RESOURCE + " has " + cells.get(0) + " twice");
      }
    }
    return entries;
  }

  private static List<String> lines() {
    try (InputStream in = Configurations.class.getResourceAsStream(RESOURCE);
        BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      return reader.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Name, image, classes, drop path, size and keys of its own, which come after the size's. */
  private static ModelSpec model(List<String> cells, List<String> size) {
    List<String> settings = new ArrayList<>(size.subList(1, size.size()));
    settings.addAll(cells.subList(MODEL_CELLS, cells.size()));
    Map<String, String> keys = new LinkedHashMap<>();
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      keys.put(setting.substring(0, equals), setting.substring(equals + 1));
    }
    StringBuilder own = new StringBuilder();
    keys.forEach((key, value) -> own.append(own.isEmpty() ? "" : ", ").append(key).append(": ").append(value));
    String type = size.get(0);
    String yaml =
        "DATA: {IMG_SIZE: " + cells.get(1) + "}\nMODEL: {TYPE: " + type + ", NAME: " + cells.get(0)
            + ", NUM_CLASSES: " + cells.get(2) + ", DROP_PATH_RATE: " + cells.get(3) + ", "
            + ModelConfigFile.section(type) + ": {" + own + "}}\n";
    return ModelConfigFile.parse(yaml, RESOURCE + ": " + cells.get(0));
  }
}
