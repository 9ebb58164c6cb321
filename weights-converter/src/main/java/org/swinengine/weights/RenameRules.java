package org.swinengine.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Renames the arrays of a file before anything else looks at them: each rule replaces what its regular
 * expression finds, as {@code String.replaceAll} does, one rule after the other. Groups are {@code $1} or
 * {@code \1}. A name that becomes empty is left out.
 */
public final class RenameRules {
  /** No rules. */
  public static final RenameRules NONE = new RenameRules(List.of(), false);

  private static final String ARROW = "=>";

  private record Rule(Pattern find, String replacement, String text) {}

  /** In place of a rule: those that the arrays' shapes suggest. */
  private static final String AUTO = "auto";

  private final List<Rule> rules;
  private final boolean automatic;

  private RenameRules(List<Rule> rules, boolean automatic) {
    this.rules = List.copyOf(rules);
    this.automatic = automatic;
  }

  /**
   * Rules as a user gives them, each {@code REGEX=>REPLACEMENT} or the name of a file with one of these on
   * each line, where empty lines and those that begin with # do not count; {@code auto} asks for those that
   * whoever opens the file finds.
   *
   * @throws IllegalArgumentException saying which rule is wrong and why
   */
  public static RenameRules parse(List<String> arguments) {
    List<Rule> rules = new ArrayList<>();
    boolean automatic = false;
    for (String argument : arguments) {
      if (argument.equals(AUTO)) {
        automatic = true;
      } else if (argument.contains(ARROW)) {
        rules.add(rule(argument, "the rename rule " + Text.quote(argument)));
      } else {
        readFile(Path.of(argument), rules);
      }
    }
    return new RenameRules(rules, automatic);
  }

  private static void readFile(Path file, List<Rule> rules) {
    List<String> lines;
    try {
      lines = Files.readAllLines(RegularFile.require(file));
    } catch (IOException e) {
      throw new IllegalArgumentException(
          Text.quote(file.toString())
              + " is neither a rename rule REGEX=>REPLACEMENT nor a file of such rules that can"
              + " be read");
    }
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (!line.isEmpty() && !line.startsWith("#")) {
        // Nothing of the line is shown: the file may be another one than was meant, with secrets in it.
        rules.add(rule(line, file + ", line " + (i + 1) + ","));
      }
    }
  }

  private static Rule rule(String text, String where) {
    int arrow = text.indexOf(ARROW);
    if (arrow < 0) {
      throw new IllegalArgumentException(where + " is no rename rule: write REGEX=>REPLACEMENT");
    }
    String replacement = text.substring(arrow + ARROW.length()).strip().replaceAll("\\\\(\\d)", "\\$$1");
    try {
      Pattern find = Pattern.compile(text.substring(0, arrow).strip());
      checkGroups(replacement, find.matcher("").groupCount(), where);
      return new Rule(find, replacement, text);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(where + " has no valid regular expression: " + e.getDescription(),
          e);
    }
  }

  private static void checkGroups(String replacement, int groups, String where) {
    Matcher used = Pattern.compile("\\$(\\d)").matcher(replacement);
    while (used.find()) {
      if (Integer.parseInt(used.group(1)) > groups) {
        throw new IllegalArgumentException(
            where + " uses group " + used.group(1) + ", but its expression has " + groups);
      }
    }
    if (replacement.replaceAll("\\$\\d", "").matches(".*[$\\\\].*")) {
      throw new IllegalArgumentException(
          where + " may have $ and \\ in the replacement only before a group's number");
    }
  }

  /** Whether there are any. */
  public boolean isEmpty() {
    return rules.isEmpty();
  }

  /** Whether more were asked for, those that can be found. */
  public boolean isAutomatic() {
    return automatic;
  }

  /** These, and then those that were found. */
  public RenameRules andThen(RenameRules found) {
    List<Rule> all = new ArrayList<>(rules);
    all.addAll(found.rules);
    return new RenameRules(all, false);
  }

  /** The new name; empty if the array is to be left out. */
  public String apply(String name) {
    String renamed = name;
    for (Rule rule : rules) {
      renamed = rule.find().matcher(renamed).replaceAll(rule.replacement());
    }
    return renamed;
  }
}
