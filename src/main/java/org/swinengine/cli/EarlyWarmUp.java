package org.swinengine.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Which command lines will compute on the processor, as far as can be seen before they are parsed. */
final class EarlyWarmUp {
  private static final Set<String> COMMANDS = Set.of("predict", "embed", "infer", "eval", "train");

  /** One of these is there where an NVIDIA driver is: Linux, its Windows subsystem, Windows. */
  private static Stream<String> drivers() {
    return Stream.of("/dev/nvidiactl", "/dev/dxg", System.getenv("SystemRoot") + "\\System32\\nvcuda.dll");
  }

  private EarlyWarmUp() {}

  /**
   * Whether the processor's kernels should be made ready while the command line is parsed. A wrong answer
   * costs time alone.
   */
  static boolean isWorthwhile(List<String> arguments) {
    boolean gpu = drivers().anyMatch(file -> Files.exists(Path.of(file)));
    return isWorthwhile(arguments, gpu);
  }

  /** @param gpu whether a GPU may be there, which the command would take unless it is told otherwise */
  static boolean isWorthwhile(List<String> arguments, boolean gpu) {
    if (arguments.isEmpty() || !COMMANDS.contains(arguments.get(0)) || arguments.contains("--help")
        || arguments.contains("-h")) {
      return false;
    }
    String device = "auto";
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (argument.startsWith("--device=")) {
        device = argument.substring("--device=".length());
      } else if (argument.equals("--device") && i + 1 < arguments.size()) {
        device = arguments.get(i + 1);
      }
    }
    return device.equals("cpu") || device.equals("auto") && !gpu;
  }
}
