package org.swinengine.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.settings.SettingSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** Options that are made from the settings of a run, so that a setting is declared in one place. */
final class SettingOptions {
  /** What other programs call a setting, besides its own option. */
  private static final Map<String, List<String>> ALIASES =
      Map.ofEntries(
          Map.entry("autoAugment", List.of("--aa")),
          Map.entry("cropRatio", List.of("--crop-pct")),
          Map.entry("cropRatioRange", List.of("--ratio")),
          Map.entry("erasing", List.of("--reprob")),
          Map.entry("erasingCount", List.of("--recount")),
          Map.entry("erasingMode", List.of("--remode")),
          Map.entry("flip", List.of("--hflip")),
          Map.entry("labelSmoothing", List.of("--smoothing")),
          Map.entry("optimizer", List.of("--opt", "--optim")),
          Map.entry("quarterTurns", List.of("--random-rotation-90")),
          Map.entry("schedule", List.of("--sched", "--lr-scheduler-type")));

  /** Words in place of a number that ask for one to be found. */
  private static final Map<String, String> FOUND = Map.of("learningRate", "find", "batchSize", "auto");

  private SettingOptions() {}

  /** Whether a number is to be found, because its option has the word that asks for it. */
  static boolean isToBeFound(CommandSpec command, String setting) {
    OptionSpec option = command.findOption(SettingNames.option(setting));
    return option != null && FOUND.get(setting).equals(option.getValue());
  }

  /**
   * Gives a command the options of a group of settings.
   *
   * @return the options, for headings of the help
   */
  static List<OptionSpec> addTo(CommandSpec command, List<SettingSpec> settings) {
    List<OptionSpec> options = new ArrayList<>();
    for (SettingSpec setting : settings) {
      if (setting.hasOption()) {
        OptionSpec option = option(setting);
        command.addOption(option);
        options.add(option);
      }
    }
    return options;
  }

  private static OptionSpec option(SettingSpec setting) {
    List<String> names = new ArrayList<>(List.of(SettingNames.option(setting.name())));
    names.addAll(ALIASES.getOrDefault(setting.name(), List.of()));
    OptionSpec.Builder option =
        OptionSpec.builder(names.toArray(String[]::new))
            .description(SettingNames.inOptions(setting.help()).replace("%", "%%"));
    return setting.isSwitch()
        ? option.type(Boolean.class).arity("0").negatable(true).build()
        : option.type(String.class).arity("1").paramLabel(setting.label()).hideParamSyntax(true).build();
  }

  /**
   * The settings that were given, by their names, without those that are to be found.
   *
   * @throws IllegalArgumentException naming the setting whose value is of another kind
   */
  static Map<String, Object> given(CommandSpec command) {
    ParseResult parsed = command.commandLine().getParseResult();
    Map<String, Object> values = new LinkedHashMap<>();
    for (SettingSpec setting : TrainConfig.settings()) {
      OptionSpec option = command.findOption(SettingNames.option(setting.name()));
      if (setting.hasOption() && option != null && parsed.hasMatchedOption(option)) {
        Object value = option.getValue();
        if (value.equals(FOUND.get(setting.name()))) {
          continue;
        }
        values.put(setting.name(), setting.isSwitch() ? value : setting.parse((String) value));
      }
    }
    return values;
  }
}
