package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.swinengine.launch.LauncherRun;

/** Looks at runs of {@code train} from outside, by what they leave in their folders. */
final class TrainingRuns {
  private final TinyWorld world;

  TrainingRuns(TinyWorld world) {
    this.world = world;
  }

  /** Starts a run and returns when so many of its epochs are done; it must still be under way then. */
  LauncherRun startAndAwaitEpochs(Jar jar, int epochs, String... train) throws Exception {
    String tag = train[List.of(train).indexOf("--tag") + 1];
    LauncherRun run = jar.start(train);
    LauncherRun.await(
        "epoch " + epochs + " is done",
        () -> epochsOf(tag).size() >= epochs || !run.process().isAlive());
    assertTrue(run.process().isAlive(), run::errors);
    return run;
  }

  /** The JVM that the launcher has started. */
  static ProcessHandle engineOf(LauncherRun run) {
    return run.process().children().findFirst().orElseThrow();
  }

  /** The lines of a run's metrics. */
  List<String> epochsOf(String tag) {
    Path metrics = world.run(tag).resolve("metrics.jsonl");
    try {
      return Files.exists(metrics) ? Files.readAllLines(metrics) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  byte[] lastCheckpoint(String tag) throws IOException {
    return Files.readAllBytes(world.run(tag).resolve("last.safetensors"));
  }

  /** Two runs ended with the same weights, optimizer state and metrics, but for times. */
  void assertSameBits(String expected, String actual) throws IOException {
    for (String file : List.of("last.safetensors", "best.safetensors")) {
      byte[] whole = Files.readAllBytes(world.run(expected).resolve(file));
      assertArrayEquals(whole, Files.readAllBytes(world.run(actual).resolve(file)), file);
    }
    assertEquals(withoutTimes(epochsOf(expected)), withoutTimes(epochsOf(actual)));
  }

  private static List<String> withoutTimes(List<String> metrics) {
    return metrics.stream().map(TrainingRuns::withoutTimes).toList();
  }

  /** JSON without the figures that a run's speed and memory decide. */
  static String withoutTimes(String json) {
    return json.replaceAll("\"(images_per_second|seconds|peak_rss_mb)\" ?: ?[0-9.eE+-]+,?", "");
  }
}
