package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.cuda.CudaBackendsForTests;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * With every option of {@code train}, a run on the GPU that is killed goes on to the same bytes. While a
 * command trains, the emulator holds it again and again, and what lies in its folder is copied: no code of
 * the run has a chance to tidy up. From such a copy it is resumed, and all files are held to those of the run
 * that was left alone. The commands stand in {@code cuda/resume.txt}; the slow test takes those of
 * {@code cuda/options.txt} too.
 */
class CudaResumeIT {
  /** Driver calls between two looks at the folder; a step of these models has some hundred. */
  private static final int CALLS = 7;

  /** States that each run is resumed from where there is time. */
  private static final int MOST = 3;

  /** They end before a run begins, choose what the test itself chooses, or show what the run does. */
  private static final Set<String> NO_RUN =
      Set.of("--device", "--help", "--version", "--model", "--show-batch", "--overfit-one-batch",
          "--dashboard");

  @TempDir
  static Path folder;
  private static Map<String, String> named;

  @BeforeAll
  static void world() throws IOException {
    CudaBackendsForTests.provideLibraries();
    named = CudaOptionsWorld.make(folder);
  }

  private static Stream<OptionsLine> runs(Path file) throws IOException {
    return OptionsLine.of(file).stream()
        .filter(line -> line.command().equals("train") && line.code() == 0)
        .filter(line -> line.valueOf("--tag") != null);
  }

  /**
   * But for those that say how a file of weights is read, which {@code infer} has too: a run that goes on
   * reads its own checkpoint.
   */
  @Test
  void everyOptionIsInARun() throws IOException {
    CommandLine commands = Main.commandLine();
    Set<Object> ofInfer = new HashSet<>();
    commands.getSubcommands().get("infer").getCommandSpec().options()
        .forEach(option -> ofInfer.add(option.userObject()));
    List<OptionsLine> runs = runs(OptionsLine.RESUME).toList();
    Set<String> missing = new TreeSet<>();
    for (OptionSpec option : commands.getSubcommands().get("train").getCommandSpec().options()) {
      boolean needed = !NO_RUN.contains(option.longestName()) && !ofInfer.contains(option.userObject());
      if (needed && runs.stream().noneMatch(line -> line.names(option))) {
        missing.add(option.longestName());
      }
    }
    assertEquals(Set.of(), missing, "options of train that no run of cuda/resume.txt has");
  }

  /** Each run in one of the precisions, resumed from the middle. */
  @TestFactory
  Stream<DynamicTest> aKilledRunEndsAsIfItHadNotBeenKilled() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (OptionsLine line : runs(OptionsLine.RESUME).toList()) {
      // What goes on with another line's run has its precision.
      boolean half = line.bf16() || line.valueOf("--tag").length() % 2 == 0;
      tests.add(test(line, half ? "bf16" : "off", 1));
    }
    return tests.stream();
  }

  /** All runs in both precisions, resumed from several states between their beginning and their end. */
  @TestFactory
  @Tag("slow")
  Stream<DynamicTest> whereverItIsKilled() throws IOException {
    return Stream.concat(runs(OptionsLine.OPTIONS), runs(OptionsLine.RESUME))
        .flatMap(line -> Stream.of("off", "bf16").filter(amp -> !line.bf16() || amp.equals("bf16"))
            .map(amp -> test(line, amp, MOST)));
  }

  private static DynamicTest test(OptionsLine line, String amp, int states) {
    return DynamicTest.dynamicTest(amp + " " + String.join(" ", line.words()),
        () -> check(line, amp, states));
  }

  private static void check(OptionsLine line, String amp, int most) throws IOException {
    Path out = folder.resolve(amp + "-" + most);
    Path run = out.resolve(line.valueOf("--tag"));
    if (!line.words().contains("--resume") && Files.exists(run)) {
      Files.move(run, Files.createTempDirectory(folder, "before").resolve("run")); // of another file's line
    }
    Path copies = Files.createTempDirectory(folder, "copies");
    RunStates states = new RunStates(run, copies);
    List<Ran> whole = new ArrayList<>();
    CudaBackendsForTests.pausing(CALLS, () -> whole.add(Ran.of(train(line, amp, out).toArray())),
        states::look);
    whole.get(0).succeeded();
    List<Path> resumable = states.resumable();
    assertTrue(resumable.size() > 1, () -> "states: " + resumable);
    Path kept = copies.resolve("whole");
    Files.move(run, kept);
    for (int i = 1; i <= most; i++) {
      RunStates.copy(resumable.get(resumable.size() * i / (most + 1)), run);
      Ran.of(resume(line, amp, out).toArray()).succeeded();
      RunStates.assertSame(kept, run);
      if (i < most) {
        Files.move(run, copies.resolve("resumed-" + i));
      }
    }
  }

  private static List<String> train(OptionsLine line, String amp, Path out) {
    List<String> words = OptionsLine.named(line.words(), named, out);
    words.addAll(List.of("--device", "cuda"));
    if (!words.contains("--amp")) {
      words.addAll(List.of("--amp", amp));
    }
    if (!words.contains("--save-every") && !words.contains("--resume")) {
      words.addAll(List.of("--save-every", "2", "steps"));
    }
    return words;
  }

  /** What a run's folder says need not be said again; where it computes must be. */
  private static List<String> resume(OptionsLine line, String amp, Path out) {
    List<String> words =
        new ArrayList<>(
            List.of("train", "--resume", "--output", out.toString(), "--tag", line.valueOf("--tag"),
                "--device",
                "cuda", "--amp", line.valueOf("--amp") == null ? amp : line.valueOf("--amp")));
    for (String option : List.of("--cublas", "--cudnn", "--tf32", "--cuda-graphs", "--threads")) {
      if (line.valueOf(option) != null) {
        words.addAll(List.of(option, line.valueOf(option)));
      }
    }
    return words;
  }
}
