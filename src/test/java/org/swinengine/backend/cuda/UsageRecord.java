package org.swinengine.backend.cuda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What the checked-in PTX took when it was last assembled, which is a minute's work: a file of lines
 * {@code ptx family hash} and {@code kernel family name machine registers shared stack spill}.
 */
final class UsageRecord {
  /** The oldest and the newest that we name. */
  static final List<String> MACHINES = List.of("sm_80", "sm_90");

  static final Path FILE = Path.of("src/test/resources/org/swinengine/backend/cuda/registers.txt");

  /**
   * A family's kernels.
   *
   * @param ptxHash of the PTX that was assembled
   * @param kernels usage on each of {@link #MACHINES}, by kernel
   */
  record Family(String ptxHash, Map<String, List<PtxAssembler.Usage>> kernels) {}

  private UsageRecord() {}

  static Map<String, Family> read() throws IOException {
    return read(Path.of(""));
  }

  /** The record of a repository. */
  static Map<String, Family> read(Path root) throws IOException {
    Map<String, Family> families = new TreeMap<>();
    if (!Files.exists(root.resolve(FILE))) {
      return families;
    }
    for (String line : Files.readAllLines(root.resolve(FILE))) {
      String[] words = line.split(" ");
      if (words[0].equals("ptx")) {
        families.put(words[1], new Family(words[2], new TreeMap<>()));
      } else {
        PtxAssembler.Usage usage =
            new PtxAssembler.Usage(number(words[4]), number(words[5]), number(words[6]), number(words[7]));
        families.get(words[1]).kernels().computeIfAbsent(words[2], kernel -> new ArrayList<>()).add(usage);
      }
    }
    return families;
  }

  private static int number(String word) {
    return Integer.parseInt(word);
  }

  static void write(Map<String, Family> families) throws IOException {
    StringBuilder text = new StringBuilder();
    families.forEach((family, record) -> {
      text.append("ptx ").append(family).append(' ').append(record.ptxHash()).append('\n');
      record.kernels().forEach((kernel, usages) -> {
        for (int i = 0; i < MACHINES.size(); i++) {
          PtxAssembler.Usage usage = usages.get(i);
          text.append(String.format("kernel %s %s %s %d %d %d %d%n", family, kernel, MACHINES.get(i),
              usage.registers(), usage.sharedBytes(), usage.stackBytes(), usage.spillBytes()));
        }
      });
    });
    Files.createDirectories(FILE.getParent());
    Files.writeString(FILE, text);
  }

  /** Assembles families for each machine, on all processors. */
  static Map<String, Family> assemble(List<String> families) throws Exception {
    List<Callable<Map<String, PtxAssembler.Usage>>> tasks = new ArrayList<>();
    Map<String, Family> assembled = new TreeMap<>();
    for (String family : families) {
      String ptx = CheckedInKernels.ptx(family);
      MACHINES.forEach(machine -> tasks.add(() -> PtxAssembler.assemble(ptx, machine)));
      assembled.put(family, new Family(ptxHash(family), new TreeMap<>()));
    }
    ExecutorService threads = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try {
      List<Future<Map<String, PtxAssembler.Usage>>> results = threads.invokeAll(tasks);
      for (int i = 0; i < results.size(); i++) {
        Family family = assembled.get(families.get(i / MACHINES.size()));
        results.get(i).get().forEach((kernel, usage) -> family.kernels()
            .computeIfAbsent(kernel, name -> new ArrayList<>()).add(usage));
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException problem ? problem : e;
    } finally {
      threads.shutdownNow();
    }
    return assembled;
  }

  static String ptxHash(String family) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] hash = digest.digest(CheckedInKernels.ptx(family).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash).substring(0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
