package org.swinengine.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.stream.Collectors;
import org.swinengine.models.Yaml;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.settings.SettingSpec;
import org.swinengine.weights.RegularFile;

/**
 * What a configuration of the original Swin repository says about training: {@code TRAIN.*}, and of {@code
 * AUG.*}, {@code MODEL.*} and {@code DATA.*} what is mixing, smoothing and the batch.
 *
 * @param settings values by the names of settings
 * @param rates the same of learning rates, for steps of {@link #IMAGES}
 * @param keys that were taken
 */
record OriginalTraining(Map<String, Object> settings, Map<String, Double> rates, List<String> keys) {
  /** Images of a step that the original's rates are meant for. */
  static final int IMAGES = 512;

  private static final Map<String, String> SETTINGS = new LinkedHashMap<>();

  private static final Map<String, String> RATES =
      Map.of("TRAIN.BASE_LR", "learningRate", "TRAIN.WARMUP_LR", "warmupRate", "TRAIN.MIN_LR", "minimumRate");

  /** The original counts no accumulation as none or one pass. */
  private static final Set<String> NONE_IS_ONE = Set.of("accumulationSteps");

  static {
    SETTINGS.put("DATA.BATCH_SIZE", "batchSize");
    SETTINGS.put("TRAIN.EPOCHS", "epochs");
    SETTINGS.put("TRAIN.WARMUP_EPOCHS", "warmupEpochs");
    SETTINGS.put("TRAIN.WEIGHT_DECAY", "weightDecay");
    SETTINGS.put("TRAIN.CLIP_GRAD", "clipNorm");
    SETTINGS.put("TRAIN.ACCUMULATION_STEPS", "accumulationSteps");
    SETTINGS.put("TRAIN.USE_CHECKPOINT", "checkpointing");
    SETTINGS.put("TRAIN.LR_SCHEDULER.NAME", "schedule");
    SETTINGS.put("TRAIN.LR_SCHEDULER.DECAY_EPOCHS", "decayEpochs");
    SETTINGS.put("TRAIN.LR_SCHEDULER.DECAY_RATE", "decayRate");
    SETTINGS.put("TRAIN.OPTIMIZER.NAME", "optimizer");
    SETTINGS.put("TRAIN.OPTIMIZER.MOMENTUM", "momentum");
    SETTINGS.put("AUG.MIXUP", "mixup");
    SETTINGS.put("AUG.CUTMIX", "cutmix");
    SETTINGS.put("AUG.MIXUP_PROB", "mixupProb");
    SETTINGS.put("AUG.MIXUP_SWITCH_PROB", "mixupSwitchProb");
    SETTINGS.put("AUG.MIXUP_MODE", "mixupMode");
    SETTINGS.put("MODEL.LABEL_SMOOTHING", "labelSmoothing");
  }

  /**
   * What a file and words after {@code --opts} say; the words win.
   *
   * @param file null: none; the {@code config.yaml} of a run says nothing, since its rates are scaled already
   * @param options key, value, key, value …
   * @throws IllegalArgumentException naming the key whose value is of another kind
   * @throws IOException if the file cannot be read
   */
  static OriginalTraining of(Path file, List<String> options) throws IOException {
    Map<String, Object> found = new LinkedHashMap<>();
    if (file != null) {
      Object root = Yaml.load(Files.readString(RegularFile.require(file)), file.toString());
      if (root instanceof Map<?, ?> tree && !tree.containsKey("RUN")) {
        flatten("", tree, found);
      }
    }
    for (int i = 0; i + 1 < options.size(); i += 2) {
      found.put(options.get(i), Yaml.load(options.get(i + 1), options.get(i)));
    }
    Map<String, SettingSpec> known =
        TrainConfig.settings().stream().collect(Collectors.toMap(SettingSpec::name, setting -> setting));
    Map<String, Object> settings = new LinkedHashMap<>();
    Map<String, Double> rates = new LinkedHashMap<>();
    List<String> keys = new ArrayList<>();
    found.forEach(
        (key, value) -> {
          String name = RATES.getOrDefault(key, SETTINGS.get(key));
          if (name == null) {
            return;
          }
          Object said = value instanceof String text ? text.toLowerCase(Locale.ROOT) : value;
          said = NONE_IS_ONE.contains(name) && Integer.valueOf(0).equals(said) ? Integer.valueOf(1) : said;
          Object read = read(known.get(name), said, key);
          if (RATES.containsKey(key)) {
            rates.put(name, (Double) read);
          } else {
            settings.put(name, read);
          }
          keys.add(key + " " + value);
        });
    return new OriginalTraining(settings, rates, List.copyOf(keys));
  }

  /** Of key, value, key, value …: those that are not taken. */
  static List<String> others(List<String> options) {
    List<String> others = new ArrayList<>();
    for (int i = 0; i < options.size(); i++) {
      String key = options.get(i - i % 2);
      if (!SETTINGS.containsKey(key) && !RATES.containsKey(key)) {
        others.add(options.get(i));
      }
    }
    return others;
  }

  private static Object read(SettingSpec setting, Object value, String key) {
    try {
      return setting.read(value, "");
    } catch (IllegalArgumentException e) {
      // The setting's key in a run's own configuration may be another one.
      throw new IllegalArgumentException(
          e.getMessage().replaceFirst("^\\S+ must be", Matcher.quoteReplacement(key) + " must be"), e);
    }
  }

  private static void flatten(String prefix, Map<?, ?> tree, Map<String, Object> into) {
    tree.forEach(
        (key, value) -> {
          if (value instanceof Map<?, ?> inner) {
            flatten(prefix + key + ".", inner, into);
          } else {
            into.put(prefix + key, value);
          }
        });
  }

  /** A sentence for the user; null: nothing was taken. */
  String line() {
    if (keys.isEmpty()) {
      return null;
    }
    return "from the configuration: " + String.join(", ", keys)
        + (rates.isEmpty() ? "" : " (rates for " + IMAGES + " images a step, in proportion)")
        + "; options that are given win";
  }
}
