package org.swinengine.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.swinengine.inference.WeightSource;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.Yaml;
import org.swinengine.train.folder.RunFolderException;
import org.swinengine.train.settings.SettingSpec;
import org.swinengine.train.settings.TaskKind;
import org.swinengine.train.tuning.BestMetric;
import org.swinengine.train.tuning.FineTuning;
import org.swinengine.weights.RegularFile;

/**
 * {@code config.yaml} of a run folder: the model as the original repository writes it ({@code DATA},
 * {@code MODEL}), then {@code TRAIN}, what the result depends on, and {@code RUN}, what it does not. The file
 * also serves as a model configuration.
 */
public final class TrainConfigFile {
  /**
   * Runs of before there was a setting do not have its key. What holds for them is usual today, but for what
   * is chosen by model and data today.
   */
  private static final Map<String, Object> EARLIER =
      Map.of("task", TaskKind.CLASSIFY, "bestMetric", BestMetric.ACCURACY);

  private TrainConfigFile() {}

  /** The whole file. */
  public static String write(TrainConfig config) {
    return ModelConfigFile.write(config.model()) + trainSection(config) + runSection(config);
  }

  /** The part that changes no result. */
  static String runSection(TrainConfig config) {
    Map<String, String> run = new LinkedHashMap<>();
    run.put("DATA", config.data() == null ? "built-in" : quoted(config.data().toString()));
    WeightSource first = config.fineTuning().weights();
    if (first != null) {
      run.put("PRETRAINED", quoted(first.file().toString()));
    }
    run.putAll(settings(config, false));
    return section("RUN", run);
  }

  /** The part that determines the result, but for the data and the model. */
  static String trainSection(TrainConfig config) {
    return section("TRAIN", settings(config, true));
  }

  private static Map<String, String> settings(TrainConfig config, boolean changingResults) {
    Map<String, Object> values = config.values();
    Map<String, String> keys = new LinkedHashMap<>();
    for (SettingSpec setting : TrainConfig.settings()) {
      Object value = values.get(setting.name());
      if (value == null || List.of().equals(value) || value.equals("")) {
        continue;
      }
      if (setting.changesResult() == changingResults) {
        keys.put(setting.key(), setting.yaml(value));
      }
    }
    return keys;
  }

  private static String section(String name, Map<String, String> keys) {
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
    Map<String, String> before = settings(started, true);
    Map<String, String> after = settings(now, true);
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

  private static String shown(@Nullable String value) {
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
    TrainConfig.Builder builder =
        new TrainConfig.Builder(ModelConfigFile.parse(yaml, source))
            .data(data.equals("built-in") ? null : Path.of(data));
    if (run.has("PRETRAINED")) {
      // A run that goes on has its own weights, and never opens these.
      builder.fineTuning(FineTuning.NONE.withWeights(WeightSource.of(Path.of(run.text("PRETRAINED")))));
    }
    for (SettingSpec setting : TrainConfig.settings()) {
      Keys keys = setting.changesResult() ? train : run;
      if (keys.has(setting.key())) {
        builder.set(setting.name(), setting.read(keys.take(setting.key()), keys.where));
      } else if (EARLIER.containsKey(setting.name())) {
        builder.set(setting.name(), EARLIER.get(setting.name()));
      }
    }
    TrainConfig config = builder.build();
    train.requireAllUsed();
    run.requireAllUsed();
    return config;
  }

  /** A section, which knows what of it was not read. */
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

    @Nullable
    Object take(String key) {
      unused.remove(key);
      return values.get(key);
    }

    boolean has(String key) {
      return values.containsKey(key);
    }

    String text(String key) {
      Object value = take(key);
      if (value == null) {
        throw new IllegalArgumentException(where + "." + key + " must be a text, not " + value);
      }
      return value.toString();
    }

    void requireAllUsed() {
      if (!unused.isEmpty()) {
        throw new IllegalArgumentException(where + " has unknown keys " + unused);
      }
    }
  }
}
