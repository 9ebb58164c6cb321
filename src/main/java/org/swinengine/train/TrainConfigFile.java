package org.swinengine.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.swinengine.inference.PixelStatistics;
import org.swinengine.data.SampleRange;
import org.swinengine.inference.WeightSource;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.Yaml;
import org.swinengine.train.tuning.BestMetric;
import org.swinengine.train.tuning.CacheFeatures;
import org.swinengine.train.tuning.FineTuning;
import org.swinengine.train.tuning.Freeze;
import org.swinengine.weights.RegularFile;

/**
 * {@code config.yaml} of a run folder: the model as the original repository writes it ({@code DATA},
 * {@code MODEL}), then {@code TRAIN}, what the result depends on, and {@code RUN}, what it does not. The file
 * also serves as a model configuration.
 */
public final class TrainConfigFile {
  private TrainConfigFile() {}

  /** The whole file. */
  public static String write(TrainConfig config) {
    return ModelConfigFile.write(config.model()) + trainSection(config) + runSection(config);
  }

  /** The part that changes no result. */
  static String runSection(TrainConfig config) {
    Map<String, Object> run = new LinkedHashMap<>();
    run.put("DATA", config.data() == null ? "built-in" : quoted(config.data().toString()));
    WeightSource first = config.fineTuning().weights();
    if (first != null) {
      run.put("PRETRAINED", quoted(first.file().toString()));
    }
    run.put("CACHE_FEATURES", quoted(config.fineTuning().cacheFeatures().text()));
    run.put("WORKERS", config.workers());
    run.put("SAVE_EVERY_STEPS", config.keeping().saveEverySteps());
    run.put("SAVE_EVERY_MINUTES", config.keeping().saveEveryMinutes());
    return section("RUN", run);
  }

  /** The part that determines the result, but for the data and the model. */
  static String trainSection(TrainConfig config) {
    return section("TRAIN", train(config));
  }

  private static Map<String, Object> train(TrainConfig config) {
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("EPOCHS", config.epochs());
    keys.put("BATCH_SIZE", config.batchSize());
    keys.put("ACCUMULATION_STEPS", config.accumulationSteps());
    keys.put("BASE_LR", config.learningRate());
    keys.put("MIN_LR", config.minimumRate());
    keys.put("WARMUP_LR", config.warmupRate());
    keys.put("WARMUP_STEPS", config.optimization().warmupSteps());
    keys.put("WARMUP_EPOCHS", config.optimization().warmupEpochs());
    keys.put("WEIGHT_DECAY", config.optimization().weightDecay());
    keys.put("CLIP_GRAD", config.optimization().clipNorm());
    keys.put("LABEL_SMOOTHING", config.labelSmoothing());
    keys.put("FLIP", config.augmentation().flip());
    keys.put("CROP_SCALE", config.augmentation().cropScale());
    keys.put("CROP_PADDING", config.augmentation().cropPadding());
    keys.put("COLOR_JITTER", config.augmentation().colorJitter());
    keys.put("ERASING", config.augmentation().erasing());
    keys.put("CROP_RATIO", config.cropRatio());
    // Not where they are usual: so wrote versions of before they could be chosen.
    if (!config.statistics().mean().isEmpty()) {
      keys.put("MEAN", config.statistics().mean());
    }
    if (!config.statistics().std().isEmpty()) {
      keys.put("STD", config.statistics().std());
    }
    keys.put("SEED", config.seed());
    keys.put("VALIDATION_FRACTION", config.validationFraction());
    keys.put("SAMPLE_RANGE", quoted(config.sampleRange().toString()));
    keys.put("USE_CHECKPOINT", config.checkpointing());
    keys.put("FREEZE", quoted(config.fineTuning().freeze().text()));
    keys.put("PATIENCE", config.fineTuning().patience());
    keys.put("BEST_METRIC", quoted(config.fineTuning().bestMetric().text()));
    keys.put("MIN_DELTA", config.fineTuning().minDelta());
    keys.put("LAYER_DECAY", config.fineTuning().layerDecay());
    keys.put("HEAD_LR", config.fineTuning().headRate());
    return keys;
  }

  private static String section(String name, Map<String, Object> keys) {
    StringBuilder text = new StringBuilder(name).append(":\n");
    keys.forEach((key, value) -> text.append("  ").append(key).append(": ").append(value).append('\n'));
    return text.toString();
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  /** The keys of {@code TRAIN} and the model whose values differ, as sentences' parts; empty if none does. */
  static String differences(TrainConfig started, TrainConfig now) {
    StringBuilder text = new StringBuilder();
    if (!started.model().equals(now.model())) {
      text.append("the model");
    }
    Map<String, Object> before = train(started);
    Map<String, Object> after = train(now);
    Set<String> keys = new LinkedHashSet<>(after.keySet());
    keys.addAll(before.keySet());
    for (String key : keys) {
      if (!Objects.equals(after.get(key), before.get(key))) {
        text.append(text.length() == 0 ? "" : ", ");
        text.append(key + " (was " + shown(before.get(key)) + ", now " + shown(after.get(key)) + ")");
      }
    }
    return text.toString();
  }

  private static Object shown(@Nullable Object value) {
    return value == null ? "not given" : value;
  }

  /**
   * The configuration of an existing run, ready to resume it.
   *
   * @param output folder of run folders
   * @param tag the run's
   * @throws RunFolderException if there is no such run
   */
  public static TrainConfig ofRun(Path output, String tag) throws RunFolderException {
    Path file = output.resolve(tag).resolve("config.yaml");
    if (!Files.exists(file)) {
      throw new RunFolderException(
          "there is no run to resume: " + file + " does not exist; check `output` and `tag`, or start anew"
              + " without `resume`");
    }
    try {
      return parse(Files.readString(RegularFile.require(file)), file.toString())
          .toBuilder()
          .output(output)
          .tag(tag)
          .resume(true)
          .build();
    } catch (IOException e) {
      throw new RunFolderException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads {@link #write} back.
   *
   * @param source the text's name in errors
   * @throws IllegalArgumentException saying which key is wrong
   */
  public static TrainConfig parse(String yaml, String source) {
    Object root = Yaml.load(yaml, source);
    Map<?, ?> sections = root instanceof Map<?, ?> map ? map : Map.of();
    Keys train = new Keys(source, "TRAIN", sections.get("TRAIN"));
    Keys run = new Keys(source, "RUN", sections.get("RUN"));
    String data = run.text("DATA");
    TrainConfig config =
        new TrainConfig.Builder(ModelConfigFile.parse(yaml, source))
            .data(data.equals("built-in") ? null : Path.of(data))
            .workers(run.integer("WORKERS"))
            .saveEverySteps(run.integer("SAVE_EVERY_STEPS"))
            .saveEveryMinutes(run.number("SAVE_EVERY_MINUTES"))
            .epochs(train.integer("EPOCHS"))
            .batchSize(train.integer("BATCH_SIZE"))
            .accumulationSteps(train.integer("ACCUMULATION_STEPS"))
            .learningRate(train.number("BASE_LR"))
            .minimumRate(train.number("MIN_LR"))
            .warmupRate(train.number("WARMUP_LR"))
            .warmupSteps(train.integer("WARMUP_STEPS"))
            .warmupEpochs(train.number("WARMUP_EPOCHS"))
            .weightDecay(train.number("WEIGHT_DECAY"))
            .clipNorm(train.number("CLIP_GRAD"))
            .labelSmoothing(train.number("LABEL_SMOOTHING"))
            .augmentation(
                new Augmentation(
                    train.number("FLIP"),
                    train.number("CROP_SCALE"),
                    train.integer("CROP_PADDING"),
                    train.number("COLOR_JITTER"),
                    train.number("ERASING")))
            .cropRatio(train.number("CROP_RATIO"))
            .statistics(new PixelStatistics(train.numbers("MEAN"), train.numbers("STD")))
            .seed(train.whole("SEED"))
            .validationFraction(train.number("VALIDATION_FRACTION"))
            // Older runs do not have the key.
            .sampleRange(
                train.has("SAMPLE_RANGE") ? SampleRange.parse(train.text("SAMPLE_RANGE")) : SampleRange.FULL)
            .checkpointing(train.flag("USE_CHECKPOINT"))
            .fineTuning(
                new FineTuning(
                    // A run that goes on has its own weights, and never opens these.
                    run.has("PRETRAINED") ? WeightSource.of(Path.of(run.text("PRETRAINED"))) : null,
                    // Runs of before there was fine-tuning do not have the key.
                    train.has("FREEZE") ? new Freeze(train.text("FREEZE")) : Freeze.NONE,
                    train.has("PATIENCE") ? train.integer("PATIENCE") : 0,
                    run.has("CACHE_FEATURES")
                        ? CacheFeatures.of(run.text("CACHE_FEATURES"))
                        : CacheFeatures.AUTO,
                    train.has("BEST_METRIC")
                        ? BestMetric.of(train.text("BEST_METRIC"))
                        : BestMetric.ACCURACY,
                    train.has("MIN_DELTA") ? train.number("MIN_DELTA") : 0,
                    train.has("LAYER_DECAY") ? train.number("LAYER_DECAY") : 1,
                    train.has("HEAD_LR") ? train.number("HEAD_LR") : 1))
            .build();
    train.requireAllUsed();
    run.requireAllUsed();
    return config;
  }

  /** A section whose readers name the key when its value is missing or of another kind. */
  private static final class Keys {
    private final String where;
    private final Map<?, ?> values;
    private final Set<String> unused = new TreeSet<>();

    Keys(String source, String section, @Nullable Object values) {
      where = source + ": " + section;
      if (!(values instanceof Map<?, ?> map)) {
        throw new IllegalArgumentException(
            where + " is missing; is this the config.yaml of a run folder?");
      }
      this.values = map;
      map.keySet().forEach(key -> unused.add(String.valueOf(key)));
    }

    private <T> T take(String key, Class<T> kind, String expected) {
      unused.remove(key);
      Object value = values.get(key);
      if (!kind.isInstance(value)) {
        throw new IllegalArgumentException(where + "." + key + " must be " + expected + ", not " + value);
      }
      return kind.cast(value);
    }

    boolean has(String key) {
      return values.containsKey(key);
    }

    String text(String key) {
      return take(key, Object.class, "a text").toString();
    }

    double number(String key) {
      return take(key, Number.class, "a number").doubleValue();
    }

    /** A list; empty where the key is not there. */
    List<Float> numbers(String key) {
      List<Float> numbers = new ArrayList<>();
      for (Object value : has(key) ? take(key, List.class, "a list of numbers") : List.of()) {
        if (!(value instanceof Number number)) {
          throw new IllegalArgumentException(
              where + "." + key + " must be a list of numbers, not " + values.get(key));
        }
        numbers.add(number.floatValue());
      }
      return numbers;
    }

    int integer(String key) {
      return take(key, Integer.class, "a whole number");
    }

    long whole(String key) {
      Number value = take(key, Number.class, "a whole number");
      if (!(value instanceof Integer || value instanceof Long)) {
        throw new IllegalArgumentException(where + "." + key + " must be a whole number, not " + value);
      }
      return value.longValue();
    }

    boolean flag(String key) {
      return take(key, Boolean.class, "true or false");
    }

    void requireAllUsed() {
      if (!unused.isEmpty()) {
        throw new IllegalArgumentException(where + " has unknown keys " + unused);
      }
    }
  }
}
