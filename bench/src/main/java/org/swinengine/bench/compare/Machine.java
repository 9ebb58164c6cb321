package org.swinengine.bench.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The processor of this machine, in words. */
final class Machine {
  private static final Path PROCESSOR = Path.of("/proc/cpuinfo");

  private Machine() {}

  /** For instance {@code AMD EPYC (family 25, model 17), 2 processors, AVX-512}. */
  static String describe() {
    String name = value("model name");
    String model = value("model");
    String kind = name.isEmpty() ? System.getProperty("os.arch") : name;
    String family = model.isEmpty() ? "" : " (family " + value("cpu family") + ", model " + model + ")";
    return kind + family + ", " + Runtime.getRuntime().availableProcessors() + " processors, " + vectors();
  }

  private static String vectors() {
    String flags = " " + value("flags") + " ";
    if (flags.contains(" avx512f ")) {
      return "AVX-512";
    }
    if (flags.contains(" avx2 ")) {
      return "AVX2";
    }
    return System.getProperty("os.arch").equals("aarch64") ? "NEON" : "no AVX2";
  }

  private static String value(String name) {
    try {
      for (String line : Files.readAllLines(PROCESSOR)) {
        int colon = line.indexOf(':');
        if (colon > 0 && line.substring(0, colon).strip().equals(name)) {
          return line.substring(colon + 1).strip();
        }
      }
    } catch (IOException e) {
      // Not Linux: the architecture's name must do.
    }
    return "";
  }
}
