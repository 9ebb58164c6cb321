package org.swinengine.backend.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** The kernels as they lie in the repository: sources, and what was compiled from them. */
final class CheckedInKernels {
  static final Path SOURCES = Path.of("src/main/cuda");
  static final Path IMAGES = Path.of("src/main/resources/org/swinengine/backend/cuda/kernels");

  private CheckedInKernels() {}

  /** Names of the sources without their ending. */
  static List<String> families() throws IOException {
    return families(Path.of(""));
  }

  /** The same, in a repository. */
  static List<String> families(Path root) throws IOException {
    try (Stream<Path> files = Files.list(root.resolve(SOURCES))) {
      return files.map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".cu"))
          .map(name -> name.substring(0, name.length() - ".cu".length()))
          .sorted()
          .toList();
    }
  }

  static String ptx(String family) throws IOException {
    return ptx(Path.of(""), family);
  }

  /** The PTX of a family in a repository. */
  static String ptx(Path root, String family) throws IOException {
    try (InputStream file = Files.newInputStream(root.resolve(IMAGES).resolve(family + ".ptx.gz"));
        InputStream text = new GZIPInputStream(file)) {
      return new String(text.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /**
   * Instructions of machine code by kernel, those that fill up its end among them.
   *
   * @param machine as in {@code sm_90}, whose instructions have 16 bytes
   */
  static Map<String, Long> machineInstructions(String family, String machine) throws IOException {
    Map<String, Long> instructions = new HashMap<>();
    MachineCode.of(family, machine)
        .forEach((kernel, code) -> instructions.put(kernel, (long) code.instructions()));
    return instructions;
  }
}
