package org.swinengine.models;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The keys that a configuration may have beside those that describe a model: those of the original
 * repositories, which this engine passes over because the commands' own options say the same.
 */
final class KnownKeys {
  /** Sections and keys at the top; {@code RUN} is this engine's. */
  static final Set<String> TOP =
      Set.of(
          "TRAIN", "AUG", "TEST", "RUN", "AMP", "AMP_ENABLE", "AMP_OPT_LEVEL", "ENABLE_AMP", "OUTPUT", "TAG",
          "SAVE_FREQ", "PRINT_FREQ", "SEED", "EVAL_MODE", "THROUGHPUT_MODE", "LOCAL_RANK",
          "FUSED_WINDOW_PROCESS", "FUSED_LAYERNORM");

  static final Set<String> DATA =
      Set.of(
          "BATCH_SIZE", "DATA_PATH", "INTERPOLATION", "ZIP_MODE", "CACHE_MODE", "PIN_MEMORY", "NUM_WORKERS",
          "MASK_PATCH_SIZE", "MASK_RATIO");

  /** Beside the sections of all families. */
  private static final Set<String> MODEL =
      Set.of("PRETRAINED", "PRETRAIN_CKPT", "RESUME", "LABEL_SMOOTHING", "SWIN_MOE", "SWIN_MLP", "SIMMIM");

  private KnownKeys() {}

  /** The keys of {@code MODEL} that are passed over, sections of other families among them. */
  static Set<String> model() {
    Set<String> all = new HashSet<>(MODEL);
    ModelFamilies.all().forEach(family -> all.add(family.section()));
    return all;
  }

  /** What overriding options may set, by section: the keys that describe a model. */
  private static Map<String, Set<String>> settable() {
    Map<String, Set<String>> all = new HashMap<>();
    all.put("DATA", Set.of("IMG_SIZE"));
    all.put("MODEL", Set.of("TYPE", "NAME", "NUM_CLASSES", "DROP_RATE", "DROP_PATH_RATE"));
    for (ModelFamily family : ModelFamilies.all()) {
      Set<String> own = all.computeIfAbsent("MODEL." + family.section(), section -> new TreeSet<>());
      own.add("IN_CHANS");
      own.addAll(family.keys());
    }
    return all;
  }

  /**
   * Checks a key of overriding options.
   *
   * @throws ModelConfigException if it is none that describes a model
   */
  static void requireModelKey(String key) {
    int dot = key.lastIndexOf('.');
    String section = dot < 0 ? "" : key.substring(0, dot);
    String last = key.substring(dot + 1);
    Map<String, Set<String>> settable = settable();
    if (settable.getOrDefault(section, Set.of()).contains(last)) {
      return;
    }
    String top = dot < 0 ? key : key.substring(0, key.indexOf('.'));
    boolean originals =
        TOP.contains(top) || section.equals("DATA") && (DATA.contains(last) || last.equals("DATASET"))
            || section.equals("MODEL") && model().contains(last);
    if (originals) {
      throw new ModelConfigException(
          "`options` " + key + ": this engine takes only what describes the model from a configuration;"
              + " the rest has settings of its own");
    }
    List<String> all = new ArrayList<>();
    settable.forEach((path, keys) -> keys.forEach(name -> all.add(path + "." + name)));
    all.sort(null);
    List<String> nearest = NearestNames.of(key, all, 1);
    throw new ModelConfigException(
        "`options` " + key + ": there is no such key"
            + (nearest.isEmpty() ? "" : "; did you mean " + nearest.get(0) + "?"));
  }
}
