package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.launch.LauncherRun;

/**
 * Trains for half an hour ({@code -Dswin.soak.minutes=N}) while pictures become unreadable, the disk fills up
 * and processes are killed, at seeded moments ({@code -Dswin.soak.seed=N}): no process hangs, each checkpoint
 * can be read at each moment, every run ends, with the bits of one that nothing happened to where it had all
 * pictures, and the memory of one that trains all the time stays as it is.
 */
@Tag("slow")
class SoakIT {
  private static final String[] MIXTURE = {
    "--epochs", "60", "--save-every", "5", "steps", "--mixup", "0.4", "--model-ema-decay", "0.9",
    "--accumulation-steps", "2", "--aa", "rand-m5-n1", "--workers", "2", "--patience", "50"};

  /** Of the resident set, for what the collector leaves lying about. */
  private static final long SLACK_KILOBYTES = 24 << 10;

  @TempDir
  private Path temporary;
  private TinyWorld world;
  private TrainingRuns runs;
  private Jar jar;

  private enum Fault {
    KILLED,
    STOPPED,
    DISK_FULL,
    UNREADABLE
  }

  @Test
  void nothingHangsOrIsLost() throws Exception {
    long minutes = Long.getLong("swin.soak.minutes", 30);
    Random random = new Random(Long.getLong("swin.soak.seed", 1));
    world = new TinyWorld(temporary);
    runs = new TrainingRuns(world);
    jar = new Jar(temporary);
    jar.run(world.train("whole", MIXTURE)).succeeded();
    LauncherRun steady = startSteady();
    List<Long> resident = new ArrayList<>();
    int[] met = new int[Fault.values().length];
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
    for (int round = 0; System.nanoTime() < end; round++) {
      String tag = "soaked-" + round;
      String[] words = world.train(tag, MIXTURE);
      int faults = 1 + random.nextInt(4);
      for (int i = 0; i < faults; i++) {
        Fault fault = Fault.values()[random.nextInt(met.length)];
        meet(fault, tag, words, random);
        met[fault.ordinal()]++;
        assertCheckpointsCanBeRead(tag);
        if (Files.exists(world.run(tag).resolve("last.safetensors"))) {
          words = new String[] {"train", "--resume", "--tag", tag};
        } else {
          // It was killed before it began; the next would call itself soaked-N-2.
          delete(world.run(tag));
        }
        resident.add(residentKilobytes(steady));
      }
      jar.run(words).succeeded();
      if (!Files.exists(world.run(tag).resolve("skipped.txt"))) {
        runs.assertSameBits("whole", tag);
      }
    }
    assertTrue(steady.process().isAlive(), steady::errors);
    LauncherRun.signal("TERM", steady.process().pid());
    assertEquals(128 + 15, steady.exitCode(), steady::errors);
    assertCheckpointsCanBeRead("steady");
    System.out.println("soak      " + Arrays.toString(Fault.values()) + " " + Arrays.toString(met)
        + ", resident set in MB "
        + resident.stream().map(kilobytes -> kilobytes >> 10).toList());
    assertFlat(resident);
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  /** More pictures, so that half an hour is hundreds of epochs and not a hundred thousand. */
  private LauncherRun startSteady() throws Exception {
    for (String part : List.of("train", "val")) {
      for (String color : List.of("green", "red")) {
        TinyWorld.pictures(temporary.resolve("many").resolve(part).resolve(color), 400);
      }
    }
    LauncherRun run =
        jar.start(
            world.train(
                "steady", "--data-path", "many", "--epochs", "100000", "--mixup", "0.4", "--workers", "2",
                "--patience", "0"));
    Thread reader = new Thread(() -> {
      try {
        run.rest();
      } catch (IOException e) {
        // It was killed with the test.
      }
    }, "output of the steady run");
    reader.setDaemon(true);
    reader.start();
    LauncherRun.await(
        "the steady run has begun",
        () -> runs.epochsOf("steady").size() >= 2 || !run.process().isAlive());
    return run;
  }

  private void meet(Fault fault, String tag, String[] words, Random random) throws Exception {
    Jar limited = new Jar(temporary).prefix("bash", "-c", "ulimit -f 8; exec \"$@\"", "limited");
    LauncherRun run = (fault == Fault.DISK_FULL ? limited : jar).start(words);
    run.process().waitFor(500 + random.nextInt(3000), TimeUnit.MILLISECONDS);
    switch (fault) {
      case KILLED -> {
        if (run.process().isAlive()) {
          run.process().children().forEach(ProcessHandle::destroyForcibly);
          run.process().destroyForcibly();
        }
        run.exitCode();
      }
      case STOPPED -> {
        if (run.process().isAlive()) {
          LauncherRun.signal("TERM", run.process().pid());
        }
        run.exitCode();
      }
      case DISK_FULL -> {
        // Checkpoints are larger than the 8 KiB that a file may have: an error in one sentence.
        boolean over = runs.epochsOf(tag).size() == runs.epochsOf("whole").size();
        assertTrue(over || run.exitCode() != 0 && run.errors().contains("swin-engine: "), run::errors);
        run.exitCode();
      }
      case UNREADABLE -> {
        // A run that has not begun would do without it.
        LauncherRun.await(
            "data are open", () -> !runs.epochsOf(tag).isEmpty() || !run.process().isAlive());
        Path picture = world.data().resolve("train/red").resolve(random.nextInt(12) + ".png");
        byte[] good = Files.readAllBytes(picture);
        Files.write(picture, Arrays.copyOf(good, good.length / 2));
        int code = run.exitCode();
        Files.write(picture, good);
        // Another picture takes its place, and the folder says so; a run that is resumed meanwhile refuses.
        assertTrue(code == 0 || run.errors().contains("its data have changed"), () -> code + run.errors());
      }
      default -> throw new AssertionError(fault);
    }
  }

  private void assertCheckpointsCanBeRead(String tag) throws Exception {
    for (String name : List.of("last.safetensors", "best.safetensors")) {
      Path file = world.run(tag).resolve(name);
      if (Files.exists(file)) {
        jar.run("inspect", "--verify", file.toString()).succeeded();
      }
    }
  }

  private static long residentKilobytes(LauncherRun run) throws IOException {
    long pid = TrainingRuns.engineOf(run).pid();
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .sum();
  }

  /** The last quarter is no larger than the second. */
  private static void assertFlat(List<Long> resident) {
    int quarter = resident.size() / 4;
    double before = mean(resident.subList(quarter, 2 * quarter));
    double after = mean(resident.subList(resident.size() - quarter, resident.size()));
    assertTrue(quarter > 0 && after < 1.1 * before + SLACK_KILOBYTES, resident::toString);
  }

  private static double mean(List<Long> values) {
    return values.stream().mapToLong(Long::longValue).average().orElse(Double.NaN);
  }
}
