package org.swinengine.models;

import static org.swinengine.models.ModelSpec.require;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.swinengine.weights.NotRegularFileException;
import org.swinengine.weights.RegularFile;

/**
 * The sections of a configuration as the original repository puts them together: the files that {@code BASE}
 * lists come first, then the file itself, then what overrides it.
 */
final class ConfigTree {
  private static final String BASE = "BASE";
  private static final int DEEPEST = 16;
  private static final int MOST_FILES = 100;

  /** Sections within sections; the original's are three. A YAML alias may make them endless. */
  private static final int DEEPEST_SECTION = 10;

  private static final long LARGEST_FILE = 1 << 20;

  private final String source;
  private final Map<String, Object> root = new LinkedHashMap<>();
  private int files;

  private ConfigTree(String source) {
    this.source = source;
  }

  /** A file and those it is based on. */
  static ConfigTree read(Path file) {
    ConfigTree tree = new ConfigTree(file.toString());
    tree.mergeFile(file, List.of());
    return tree;
  }

  /** A text, which cannot be based on a file. */
  static ConfigTree parse(String yaml, String source) {
    ConfigTree tree = new ConfigTree(source);
    Map<?, ?> sections = load(yaml, source);
    require(
        bases(sections, source).isEmpty(),
        "%s has a BASE, which is a path beside a file, but this text comes from none", source);
    tree.merge(sections);
    return tree;
  }

  /** The top level. */
  ConfigSection sections() {
    return ConfigSection.root(root, source);
  }

  private void mergeFile(Path file, List<Path> chain) {
    Path here = file.toAbsolutePath().normalize();
    List<Path> longer = new ArrayList<>(chain);
    longer.add(here);
    require(!chain.contains(here), "%s is its own BASE: %s", file, arrows(longer));
    require(
        chain.size() < DEEPEST,
        "%s: more than %d files are each other's BASE: %s", file, DEEPEST, arrows(longer));
    require(++files <= MOST_FILES, "%s: its BASE lists bring together more than %d files", source,
        MOST_FILES);
    Map<?, ?> sections = load(text(file, chain), file.toString());
    // A configuration may be anybody's: of what it names, keys and values are shown only if it is one as
    // well.
    require(
        !chain.isEmpty() || sections.isEmpty() || sections.keySet().stream().anyMatch(ConfigTree::isKnown),
        "%s is no model configuration: none of its sections is one of those, such as DATA and MODEL", file);
    require(
        chain.isEmpty() || sections.keySet().stream().allMatch(ConfigTree::isKnown),
        "%s, the BASE of %s, is no model configuration: not all of its sections are those of one",
        file, chain.isEmpty() ? "" : chain.get(chain.size() - 1));
    for (String base : bases(sections, file.toString())) {
      mergeFile(file.resolveSibling(base), longer);
    }
    merge(sections);
  }

  private static boolean isKnown(Object section) {
    return KnownKeys.TOP.contains(section) || Set.of("DATA", "MODEL", BASE).contains(section);
  }

  private static String arrows(List<Path> chain) {
    return String.join(" → ", chain.stream().map(path -> path.getFileName().toString()).toList());
  }

  private static String text(Path file, List<Path> chain) {
    try {
      RegularFile.require(file);
      require(Files.size(file) <= LARGEST_FILE, "%s is too large for a configuration", file);
      return Files.readString(file);
    } catch (IOException e) {
      String reason =
          e instanceof NoSuchFileException
              ? "there is no such file"
              : e instanceof NotRegularFileException odd ? "it " + odd.clause() : e.toString();
      throw new ModelConfigException(
          "cannot read the model configuration " + file
              + (chain.isEmpty() ? "" : ", the BASE of " + chain.get(chain.size() - 1)) + ": " + reason);
    }
  }

  private static Map<?, ?> load(String yaml, String source) {
    Object loaded = Yaml.load(yaml, source);
    require(loaded instanceof Map, "%s holds no sections; expected DATA and MODEL", source);
    return (Map<?, ?>) loaded;
  }

  /** The original lists files, of which an empty name is none; a single name is understood too. */
  private static List<String> bases(Map<?, ?> sections, String source) {
    Object base = sections.get(BASE);
    if (base == null) {
      return List.of();
    }
    List<?> listed = base instanceof List<?> list ? list : List.of(base);
    List<String> names = new ArrayList<>();
    for (Object name : listed) {
      require(name instanceof String, "%s: BASE must be a list of files, not %s", source, base);
      if (!((String) name).isEmpty()) {
        names.add((String) name);
      }
    }
    return names;
  }

  private void merge(Map<?, ?> sections) {
    merge(root, sections, 0);
    root.remove(BASE);
  }

  @SuppressWarnings("unchecked")
  private void merge(Map<String, Object> into, Map<?, ?> from, int depth) {
    require(depth < DEEPEST_SECTION, "%s has sections within more than %d others", source, DEEPEST_SECTION);
    from.forEach(
        (key, value) -> {
          String name = String.valueOf(key);
          if (value instanceof Map<?, ?> section) {
            Object old = into.get(name);
            Map<String, Object> merged =
                old instanceof Map ? (Map<String, Object>) old : new LinkedHashMap<>();
            into.put(name, merged);
            merge(merged, section, depth + 1);
          } else {
            into.put(name, value);
          }
        });
  }

  /**
   * Overrides values.
   *
   * @param options key, value, key, value …: keys such as {@code MODEL.SWIN.WINDOW_SIZE}
   */
  void override(List<String> options) {
    require(
        options.size() % 2 == 0,
        "`options` takes keys with values, such as MODEL.NUM_CLASSES 10 DATA.IMG_SIZE 256, but there is no"
            + " value after %s",
        options.isEmpty() ? "" : options.get(options.size() - 1));
    for (int i = 0; i < options.size(); i += 2) {
      set(options.get(i), options.get(i + 1));
    }
  }

  private void set(String key, String text) {
    KnownKeys.requireModelKey(key);
    Object value = Yaml.load(literal(text), "`options` " + key + " " + text);
    List<String> names = List.of(key.split("\\."));
    Map<String, Object> nested = new LinkedHashMap<>();
    nested.put(names.get(names.size() - 1), value);
    for (int i = names.size() - 2; i >= 0; i--) {
      Map<String, Object> outer = new LinkedHashMap<>();
      outer.put(names.get(i), nested);
      nested = outer;
    }
    merge(root, nested, 0);
  }

  /** The original takes Python's literals: a tuple is a list here. */
  private static String literal(String text) {
    String value = text.strip();
    boolean tuple = value.startsWith("(") && value.endsWith(")");
    return tuple ? "[" + value.substring(1, value.length() - 1) + "]" : value;
  }
}
