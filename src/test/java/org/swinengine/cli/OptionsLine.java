package org.swinengine.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A line of {@code cuda/options.txt} or {@code cuda/resume.txt}.
 *
 * @param bf16 on the GPU alone, in that precision
 * @param words of the command, names not yet replaced
 * @param code that it ends with
 * @param sentence a part of what it says then
 */
record OptionsLine(boolean bf16, List<String> words, int code, String sentence) {
  /** Commands with every option. */
  static final Path OPTIONS = Path.of("src/test/resources/cuda/options.txt");

  /** Runs of {@code train} to kill and resume. */
  static final Path RESUME = Path.of("src/test/resources/cuda/resume.txt");

  /** Those of a file, without blank lines and remarks. */
  static List<OptionsLine> of(Path file) throws IOException {
    return Files.readAllLines(file).stream()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .map(OptionsLine::parsed)
        .toList();
  }

  private static OptionsLine parsed(String text) {
    String[] sides = text.split(" => ", 2);
    boolean bf16 = sides[0].startsWith("bf16 ");
    List<String> words = List.of(sides[0].substring(bf16 ? 5 : 0).split(" +"));
    if (sides.length == 1) {
      return new OptionsLine(bf16, words, 0, "");
    }
    String[] refusal = sides[1].split(" ", 2);
    String sentence = refusal.length > 1 ? refusal[1] : "";
    return new OptionsLine(bf16, words, Integer.parseInt(refusal[0]), sentence);
  }

  String command() {
    return words.get(0);
  }

  /** The words without options that a GPU alone has. */
  List<String> withoutLibraries() {
    List<String> left = new ArrayList<>(words);
    for (String option : List.of("--cublas", "--cudnn", "--tf32")) {
      int place = left.indexOf(option);
      if (place >= 0) {
        left.subList(place, place + 2).clear();
      }
    }
    return left;
  }

  /** Whether a GPU computes as the processor does, to the last bit. */
  boolean isExact() {
    return words.equals(withoutLibraries());
  }

  /**
   * Words of a command as it is given.
   *
   * @param names what stands for each name
   * @param out the folder that {@code OUT} stands for
   */
  static List<String> named(List<String> words, Map<String, String> names, Path out) {
    List<String> named = new ArrayList<>();
    for (String word : words) {
      Matcher name = Pattern.compile("\\{([\\w-]+)}").matcher(word);
      String known = name.replaceAll(match -> Matcher.quoteReplacement(names.get(match.group(1))));
      named.add(known.replaceFirst("^OUT", Matcher.quoteReplacement(out.toString())));
    }
    return named;
  }

  /** What stands behind an option; null without it. */
  String valueOf(String option) {
    int place = words.indexOf(option);
    return place < 0 ? null : words.get(place + 1);
  }

  /** That the words name an option, by any of its names. */
  boolean names(OptionSpec option) {
    return Stream.of(option.names())
        .anyMatch(name -> words.contains(name) || words.stream().anyMatch(w -> w.startsWith(name + "=")))
        || option.negatable() && words.contains("--no-" + option.longestName().substring(2));
  }
}
