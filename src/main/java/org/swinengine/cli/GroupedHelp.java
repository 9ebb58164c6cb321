package org.swinengine.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help.IParamLabelRenderer;
import picocli.CommandLine.Help.Layout;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine;

/** Lists a command's options under headings: those of each mixin that has one, and the others at the end. */
final class GroupedHelp {
  private static final String OTHERS = "Computing and the rest:";

  private GroupedHelp() {}

  /**
   * Groups the options of a command.
   *
   * @param headings of fields that are mixins, by the field's name, in the order of the help
   * @param others headings of options that belong to no mixin
   */
  static void install(
      CommandLine command, Map<String, String> headings, Map<OptionSpec, String> others) {
    command
        .getHelpSectionMap()
        .put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, help -> list(help, headings, others));
  }

  private static String list(Help help, Map<String, String> headings, Map<OptionSpec, String> others) {
    Map<OptionSpec, String> groups = new LinkedHashMap<>(others);
    assign(help.commandSpec(), null, headings, groups);
    StringBuilder text = new StringBuilder();
    List<String> order = new ArrayList<>(headings.values());
    order.add(OTHERS);
    for (String heading : order) {
      List<OptionSpec> options =
          help.commandSpec().options().stream()
              .filter(option -> !option.hidden() && heading.equals(groups.getOrDefault(option, OTHERS)))
              .toList();
      IParamLabelRenderer labels = help.createDefaultParamLabelRenderer();
      Layout layout = help.createDefaultLayout(options, List.of(), help.colorScheme());
      layout.addAllOptions(options, labels);
      text.append(String.format("%n%s%n", heading)).append(layout);
    }
    return text.toString();
  }

  private static void assign(
      CommandSpec spec, String heading, Map<String, String> headings, Map<OptionSpec, String> groups) {
    spec.mixins()
        .forEach((name, mixin) -> assign(mixin, headings.getOrDefault(name, heading), headings, groups));
    if (heading != null) {
      spec.options().forEach(option -> groups.putIfAbsent(option, heading));
    }
  }
}
