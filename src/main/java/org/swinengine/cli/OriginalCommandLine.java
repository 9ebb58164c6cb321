package org.swinengine.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Command lines as people have them for other programs: {@code main.py} of the original Swin repository
 * ({@code --eval}, {@code --throughput}, {@code --resume FILE}, switches of its GPU code) and the widespread
 * tutorial whose {@code train.py} takes {@code --weights} and {@code --freeze-layers True}. They become the
 * arguments of a command here.
 *
 * @param arguments of a command of this program
 * @param notes what was left out, as sentences for the user
 */
record OriginalCommandLine(List<String> arguments, List<String> notes) {
  /** Of the original's GPU code, without a value. */
  private static final Set<String> SWITCHES =
      Set.of("--disable_amp", "--fused_window_process", "--fused_layernorm", "--zip");

  /** The same with a value. */
  private static final Set<String> VALUES = Set.of("--amp-opt-level", "--local_rank", "--cache-mode");

  /** What {@code eval} and {@code bench} do not have. */
  private static final Set<String> OF_RUNS = Set.of("--output", "--tag", "--accumulation-steps");

  /** What was written after {@code train}, word by word; other commands stay as they are. */
  static OriginalCommandLine of(List<String> words) {
    if (words.isEmpty() || !words.get(0).equals("train")) {
      return new OriginalCommandLine(words, List.of());
    }
    String command =
        words.contains("--eval") ? "eval" : words.contains("--throughput") ? "bench" : "train";
    List<String> arguments = new ArrayList<>(List.of(command));
    List<String> notes = new ArrayList<>();
    List<String> rest = apart(words);
    for (int i = 0; i < rest.size(); i++) {
      String word = rest.get(i);
      String value = i + 1 < rest.size() && !rest.get(i + 1).startsWith("--") ? rest.get(i + 1) : null;
      List<String> translated = translated(word, value, command, notes);
      if (translated == null) {
        arguments.add(word);
      } else {
        arguments.addAll(translated);
        i += value == null || isAlone(word) ? 0 : 1;
      }
    }
    return new OriginalCommandLine(List.copyOf(arguments), List.copyOf(notes));
  }

  private static boolean isAlone(String word) {
    return SWITCHES.contains(word) || word.equals("--eval") || word.equals("--throughput");
  }

  /** What stands for an option and its value; null: the option itself. */
  private static @Nullable List<String> translated(
      String word, @Nullable String value, String command, List<String> notes) {
    if (word.equals("--eval") || word.equals("--throughput")
        || !command.equals("train") && OF_RUNS.contains(word)
        || command.equals("bench") && word.equals("--data-path")) {
      return List.of();
    }
    if (SWITCHES.contains(word) || VALUES.contains(word)) {
      notes.add(word + " is of no use here and is ignored");
      return List.of();
    }
    if (value == null) {
      return null;
    }
    return switch (word) {
      case "--resume" -> command.equals("eval") ? List.of("--weights", value) : run(value);
      case "--pretrained" -> command.equals("eval") && Files.exists(Path.of(value))
          ? List.of("--weights", value)
          : null;
      case "--weights" -> !command.equals("train") ? null
          : value.isEmpty() ? List.of() : List.of("--pretrained", value);
      case "--freeze-layers" -> value.equalsIgnoreCase("true") ? List.of(word)
          : value.equalsIgnoreCase("false") ? List.of() : null;
      case "--device" -> value.equals("cuda:0") ? List.of(word, "cuda") : null;
      case "--batch-size" -> command.equals("bench") ? List.of("--batch", value) : null;
      default -> null;
    };
  }

  /** The words after the command; {@code --name=value} becomes two. */
  private static List<String> apart(List<String> words) {
    List<String> apart = new ArrayList<>();
    for (String word : words.subList(1, words.size())) {
      int equals = word.indexOf('=');
      if (word.startsWith("--") && equals > 0 && isTranslated(word.substring(0, equals))) {
        apart.add(word.substring(0, equals));
        apart.add(word.substring(equals + 1));
      } else {
        apart.add(word);
      }
    }
    return apart;
  }

  private static boolean isTranslated(String option) {
    return VALUES.contains(option) || OF_RUNS.contains(option)
        || Set.of("--resume", "--pretrained", "--weights", "--freeze-layers", "--device", "--batch-size",
            "--data-path").contains(option);
  }

  /**
   * A run by one of its checkpoints or its folder; another file stays where it is, for the command's own
   * message.
   */
  private static List<String> run(String file) {
    Path named = Path.of(file).toAbsolutePath().normalize();
    boolean isFolder = Files.isRegularFile(named.resolve("config.yaml"));
    Path folder = isFolder ? named : named.getParent();
    boolean ours =
        (isFolder || file.endsWith(".safetensors")) && folder != null && folder.getParent() != null;
    return ours
        ? List.of("--resume", "--output", folder.getParent().toString(), "--tag",
            folder.getFileName().toString())
        : List.of("--resume", file);
  }
}
