package org.swinengine.cli;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.settings.SettingSpec;
import picocli.CommandLine.Model.CommandSpec;

/**
 * What the library's settings are called on the command line. The library knows no options: its messages
 * write a setting in backticks by its own name, and whoever prints one replaces that by the option.
 */
final class SettingNames {
  private static final Pattern SETTING = Pattern.compile("`([a-z][A-Za-z0-9]*)`");

  /** A switch that is on unless its opposite is given. */
  private static final String NOT_STRICT = "where `strict` is off";

  /** The options of a setting; where commands differ, a command's own is taken. */
  private static final Map<String, List<String>> OPTIONS = new TreeMap<>();

  static {
    // The same in other letters.
    for (String option : List.of(
        "--accept-changed-data", "--activation", "--amp", "--calibration", "--channels", "--class-map",
        "--class-names",
        "--coverage", "--crop-mode", "--cublas", "--cuda-graphs", "--cudnn", "--dashboard", "--device",
        "--dialect", "--folds",
        "--group-column",
        "--group-pattern",
        "--heads", "--image-root", "--image-size", "--interpolation", "--key", "--label-column",
        "--last-norm", "--layer", "--model", "--norm-order", "--offline", "--output",
        "--overfit-one-batch", "--patch-order", "--path-column", "--pool", "--pre-logits",
        "--pre-logits-norm", "--predictions", "--pretrained", "--qkv-order", "--rename",
        "--resize-positions", "--resume", "--seed", "--skips", "--split", "--split-column",
        "--store-calibration",
        "--strict", "--tag", "--tf32", "--threads", "--weights", "--window")) {
      setting(camelCase(option), option);
    }
    setting("batchSize", "--batch-size", "--batch");
    setting("cacheFolder", "--cache-dir");
    setting("checkpointing", "--use-checkpoint");
    setting("clipNorm", "--clip-grad");
    setting("config", "--cfg");
    setting("data", "--data-path");
    setting("headRate", "--head-lr");
    setting("learningRate", "--lr");
    setting("minimumRate", "--min-lr");
    setting("normEpsilon", "--norm-eps");
    setting("options", "--opts");
    setting("saveEveryMinutes", "--save-every");
    setting("saveEverySteps", "--save-every");
    setting("validationFraction", "--val-fraction");
    setting("warmupRate", "--warmup-lr");
    for (SettingSpec setting : TrainConfig.settings()) {
      OPTIONS.putIfAbsent(setting.name(), List.of(hyphenated(setting.name())));
    }
  }

  private SettingNames() {}

  private static void setting(String name, String... options) {
    OPTIONS.put(name, List.of(options));
  }

  private static String camelCase(String option) {
    Matcher word = Pattern.compile("-([a-z])").matcher(option.substring(2));
    return word.replaceAll(found -> found.group(1).toUpperCase(Locale.ROOT));
  }

  private static String hyphenated(String name) {
    return "--" + name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }

  /** The option of a setting that has one. */
  static String option(String setting) {
    return OPTIONS.get(setting).get(0);
  }

  /** The table: a setting's name in the library, and its options. */
  static Map<String, List<String>> table() {
    return OPTIONS;
  }

  /** A message of the library with options in place of settings. */
  static String inOptions(String message) {
    return inOptions(message, null);
  }

  /**
   * The same for the user of a command.
   *
   * @param command whose own options come first; null: any
   */
  static String inOptions(String message, CommandSpec command) {
    if (message == null || message.indexOf('`') < 0) {
      return message;
    }
    return SETTING
        .matcher(message.replace(NOT_STRICT, "with --no-strict"))
        .replaceAll(found -> Matcher.quoteReplacement(option(found.group(1), found.group(), command)));
  }

  private static String option(String setting, String asWritten, CommandSpec command) {
    List<String> options = OPTIONS.get(setting);
    if (options == null) {
      return asWritten;
    }
    return options.stream()
        .filter(option -> command != null && command.findOption(option) != null)
        .findFirst()
        .orElse(options.get(0));
  }
}
