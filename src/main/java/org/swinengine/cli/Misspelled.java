package org.swinengine.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.swinengine.models.NearestNames;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;
import picocli.CommandLine;

/** Says which command or option may have been meant. */
final class Misspelled {
  /** What picocli's help command says. */
  private static final Pattern UNKNOWN_COMMAND = Pattern.compile("Unknown subcommand '(.*)'\\.");

  private Misspelled() {}

  /** The sentence for a name that does not exist, or null for another error. */
  static String sentence(ParameterException e) {
    CommandLine command = e.getCommandLine();
    Matcher unknown = UNKNOWN_COMMAND.matcher(String.valueOf(e.getMessage()));
    if (unknown.matches()) {
      return noCommand(unknown.group(1), command);
    }
    if (!(e instanceof UnmatchedArgumentException unmatched)) {
      return null;
    }
    List<String> words = unmatched.getUnmatched();
    if (unmatched.isUnknownOption()) {
      return noOption(words, command);
    }
    return command.getSubcommands().isEmpty() ? null : noCommand(words.get(0), command);
  }

  private static String noCommand(String word, CommandLine command) {
    return "there is no command " + word + suggestion(word, command.getSubcommands().keySet());
  }

  private static String noOption(List<String> words, CommandLine command) {
    Map<String, String> options = new TreeMap<>();
    for (OptionSpec option : command.getCommandSpec().options()) {
      if (!option.hidden()) {
        options.put(withoutDashes(option.longestName()), option.longestName());
      }
    }
    List<String> unknown = new ArrayList<>();
    for (String word : words) {
      if (word.startsWith("-")) {
        String name = word.replaceFirst("=.*", "");
        String nearest = nearest(withoutDashes(name), options.keySet());
        unknown.add(name + (nearest == null ? "" : " (did you mean " + options.get(nearest) + "?)"));
      }
    }
    return command.getCommandName() + " has no option " + String.join(" and no option ", unknown);
  }

  private static String withoutDashes(String option) {
    return option.replaceFirst("^-+", "");
  }

  private static String suggestion(String word, Collection<String> names) {
    String nearest = nearest(word, names);
    return nearest == null ? "" : "; did you mean " + nearest + "?";
  }

  private static String nearest(String word, Collection<String> names) {
    return NearestNames.of(word, names, 1).stream().findFirst().orElse(null);
  }
}
