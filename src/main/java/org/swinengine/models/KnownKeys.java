package org.swinengine.models;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

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

  static final Set<String> MODEL =
      Set.of(
          "PRETRAINED", "PRETRAIN_CKPT", "RESUME", "LABEL_SMOOTHING", "SWIN", "SWINV2", "SWIN_MOE", "SWIN_MLP",
          "VIT", "SIMMIM");

  private static final List<String> SWIN =
      List.of(
          "PATCH_SIZE", "IN_CHANS", "EMBED_DIM", "DEPTHS", "NUM_HEADS", "WINDOW_SIZE", "WINDOW_SIZES",
          "MLP_RATIO", "QKV_BIAS", "APE", "PATCH_NORM", "NORM_EPS", "WINDOW_POLICY");

  /** What {@code --opts} may set: the keys that describe a model. */
  private static final Map<String, List<String>> SETTABLE =
      Map.of(
          "DATA", List.of("IMG_SIZE"),
          "MODEL", List.of("TYPE", "NAME", "NUM_CLASSES", "DROP_RATE", "DROP_PATH_RATE"),
          "MODEL.SWIN", with(SWIN, "QK_SCALE", "DECODER_DEPTHS", "FINAL_UPSAMPLE", "SKIPS"),
          "MODEL.SWINV2", with(SWIN, "PRETRAINED_WINDOW_SIZES"),
          "MODEL.VIT",
              List.of(
                  "PATCH_SIZE", "IN_CHANS", "EMBED_DIM", "DEPTH", "NUM_HEADS", "MLP_RATIO", "QKV_BIAS", "POOL",
                  "NORM_EPS", "CLASS_TOKEN", "DISTILLED", "REG_TOKENS", "NO_EMBED_CLASS", "INIT_VALUES",
                  "REPRESENTATION_SIZE"));

  private KnownKeys() {}

  private static List<String> with(List<String> keys, String... more) {
    List<String> all = new ArrayList<>(keys);
    all.addAll(List.of(more));
    return List.copyOf(all);
  }

  /**
   * Checks a key of {@code --opts}.
   *
   * @throws ModelConfigException if it is none that describes a model
   */
  static void requireModelKey(String key) {
    int dot = key.lastIndexOf('.');
    String section = dot < 0 ? "" : key.substring(0, dot);
    String last = key.substring(dot + 1);
    if (SETTABLE.getOrDefault(section, List.of()).contains(last)) {
      return;
    }
    String top = dot < 0 ? key : key.substring(0, key.indexOf('.'));
    boolean originals =
        TOP.contains(top) || section.equals("DATA") && (DATA.contains(last) || last.equals("DATASET"))
            || section.equals("MODEL") && MODEL.contains(last);
    if (originals) {
      throw new ModelConfigException(
          "--opts " + key + ": this engine takes only what describes the model from a configuration; for the"
              + " rest the command has options of its own (--help)");
    }
    List<String> all = new ArrayList<>();
    SETTABLE.forEach((path, keys) -> keys.forEach(name -> all.add(path + "." + name)));
    all.sort(null);
    List<String> nearest = NearestNames.of(key, all, 1);
    throw new ModelConfigException(
        "--opts " + key + ": there is no such key"
            + (nearest.isEmpty() ? "" : "; did you mean " + nearest.get(0) + "?"));
  }
}
