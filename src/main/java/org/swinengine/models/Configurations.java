package org.swinengine.models;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The named configurations of all families, {@link ModelFamily#configurations}. A line {@code = …} is the
 * heading of those that follow it. A line {@code @size TYPE KEY=VALUE …} gives keys a name; a line {@code
 * name image classes drop_path @size KEY=VALUE …} is a model: the keys are those of the type's section in a
 * configuration file.
 */
final class Configurations {
  private static final int MODEL_CELLS = 5;

  /**
   * A named configuration. Its model is parsed when asked for: most commands want one, and all take a while.
   */
  static final class Entry {
    private final String family;
    private final String type;
    private final Supplier<ModelSpec> parse;
    private volatile @Nullable ModelSpec spec;

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

  /** Of which families the entries are. */
  private record Table(List<ModelFamily> families, Map<String, Entry> entries) {}

  /** Read when first asked for, and again when there are more families. */
  private static volatile @Nullable Table table;

  private Configurations() {}

  /** By name, family by family in the tables' order. */
  static Map<String, Entry> all() {
    Table known = table;
    List<ModelFamily> families = ModelFamilies.all();
    if (known == null || known.families != families) {
      Map<String, Entry> entries = new LinkedHashMap<>();
      families.forEach(family -> read(family, entries));
      known = new Table(families, Collections.unmodifiableMap(entries));
      table = known;
    }
    return known.entries;
  }

  private static void read(ModelFamily of, Map<String, Entry> entries) {
    String source = "the configurations of " + of.type();
    Map<String, List<String>> sizes = new LinkedHashMap<>();
    String heading = "";
    for (String line : lines(of)) {
      if (line.startsWith("= ")) {
        heading = line.substring(2);
        continue;
      }
      List<String> cells = List.of(line.split(" +"));
      if (line.startsWith("@")) {
        sizes.put(cells.get(0), cells.subList(1, cells.size()));
        continue;
      }
      List<String> size = cells.size() < MODEL_CELLS ? null : sizes.get(cells.get(MODEL_CELLS - 1));
      if (size == null) {
        throw new IllegalStateException(source + ": " + cells.get(0) + " has no size above it");
      }
      if (entries.put(cells.get(0),
          new Entry(heading, size.get(0), () -> model(cells, size, source))) != null) {
        throw new IllegalStateException(
            source + " have the name " + cells.get(0) + ", which is there already");
      }
    }
  }

  private static List<String> lines(ModelFamily family) {
    try (InputStream in = family.configurations()) {
      if (in == null) {
        return List.of();
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return text.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Name, image, classes, drop path, size and keys of its own, which come after the size's. */
  private static ModelSpec model(List<String> cells, List<String> size, String source) {
    List<String> settings = new ArrayList<>(size.subList(1, size.size()));
    settings.addAll(cells.subList(MODEL_CELLS, cells.size()));
    Map<String, String> keys = new LinkedHashMap<>();
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      keys.put(setting.substring(0, equals), setting.substring(equals + 1));
    }
    StringBuilder own = new StringBuilder();
    keys.forEach(
        (key, value) -> own.append(own.isEmpty() ? "" : ", ").append(key).append(": ").append(value));
    String type = size.get(0);
    String yaml =
        "DATA: {IMG_SIZE: " + cells.get(1) + "}\nMODEL: {TYPE: " + type + ", NAME: " + cells.get(0)
            + ", NUM_CLASSES: " + cells.get(2) + ", DROP_PATH_RATE: " + cells.get(3) + ", "
            + ModelFamilies.find(type).orElseThrow().section() + ": {" + own + "}}\n";
    return ModelConfigFile.parse(yaml, source + ": " + cells.get(0));
  }
}
