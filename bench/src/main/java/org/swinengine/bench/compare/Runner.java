package org.swinengine.bench.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs one process to its end and takes down its time and its peak of resident memory. */
final class Runner {
  private static final String OUTPUT = "output.txt";

  /** Looking at all processes is work by itself, so that long runs are looked at less often. */
  private static final int POLL_MILLISECONDS = 100;

  private static final int SELDOM_MILLISECONDS = 2000;
  private static final double OFTEN_SECONDS = 60;

  private final Path scratch;

  /** A process that failed; its message is the last line that it wrote. */
  static final class Failed extends Exception {
    private static final long serialVersionUID = 1;

    Failed(String message) {
      super(message);
    }
  }

  private volatile Process running;

  Runner(Path scratch) {
    this.scratch = scratch;
    // Whoever ends the comparison ends what it started.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(running)));
  }

  private static void end(Process process) {
    if (process != null) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  /**
   * Runs a command.
   *
   * @return what the last line of the output says, if it is JSON; where lines are of steps, their losses;
   *     {@code wall_seconds}; {@code tree_rss_mb},
   *     the peaks of the process and of those that it started, summed; {@code started_rss_mb}, its own peak
   */
  ObjectNode run(Command command) throws IOException, InterruptedException, Failed {
    Path output = scratch.resolve(OUTPUT);
    Path errors = scratch.resolve("errors.txt");
    ProcessBuilder builder = new ProcessBuilder(command.words());
    builder.environment().putAll(command.environment());
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.redirectOutput(output.toFile()).redirectError(errors.toFile());
    Map<Long, Long> peaks = new HashMap<>();
    long start = System.nanoTime();
    Process process = builder.start();
    running = process;
    try {
      while (!process.waitFor(pause(start), TimeUnit.MILLISECONDS)) {
        note(process.toHandle(), peaks);
        process.descendants().forEach(child -> note(child, peaks));
      }
    } finally {
      end(process);
      running = null;
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    List<String> lines = Files.readAllLines(output).stream().filter(line -> !line.isBlank()).toList();
    List<String> complaints = Files.readAllLines(errors).stream().filter(line -> !line.isBlank()).toList();
    if (process.exitValue() != 0) {
      String last = complaints.isEmpty() ? "" : ": " + complaints.get(complaints.size() - 1);
      throw new Failed("exit code " + process.exitValue() + last);
    }
    ObjectNode result = parsed(lines.isEmpty() ? "" : lines.get(lines.size() - 1));
    SegmentationCurve.addLosses(lines.stream().<JsonNode>map(Runner::parsed).toList(), result);
    result.put("wall_seconds", Math.round(seconds * 1000) / 1000.0);
    result.put("tree_rss_mb", peaks.values().stream().mapToLong(Long::longValue).sum());
    result.put("started_rss_mb", peaks.getOrDefault(process.pid(), 0L));
    result.put("command", command.text());
    List<String> warnings = complaints.stream().filter(Runner::isWarning).toList();
    if (!warnings.isEmpty()) {
      result.put("warning", warnings.get(0));
    }
    return result;
  }

  private static int pause(long start) {
    return System.nanoTime() - start < OFTEN_SECONDS * 1e9 ? POLL_MILLISECONDS : SELDOM_MILLISECONDS;
  }

  /** Whether the engine complains of something, the guard of register tiles included, which logs. */
  private static boolean isWarning(String line) {
    return line.startsWith("swin-engine:") || line.contains("register tile");
  }

  /** Runs a command; returns the lines that it printed. */
  List<String> output(Command command) throws IOException, InterruptedException, Failed {
    run(command);
    return Files.readAllLines(scratch.resolve(OUTPUT));
  }

  private static ObjectNode parsed(String line) {
    try {
      if (line.startsWith("{") && Results.JSON.readTree(line) instanceof ObjectNode node) {
        return node;
      }
    } catch (JsonProcessingException e) {
      // A line for people.
    }
    return Results.JSON.createObjectNode().put("says", line);
  }

  /** A process's high-water mark only grows, so its last value is its peak up to the poll. */
  private static void note(ProcessHandle process, Map<Long, Long> peaks) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
        if (line.startsWith("VmHWM:")) {
          long kibibytes = Long.parseLong(line.replaceAll("\\D", ""));
          peaks.merge(process.pid(), kibibytes * 1024 / 1_000_000, Math::max);
        }
      }
    } catch (IOException e) {
      // It has ended, or this is not Linux.
    }
  }
}
