package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.launch.LauncherRun;

/**
 * A training run on the (emulated) GPU that is killed, or whose GPU fails, ends as if nothing had happened,
 * once it is resumed.
 */
class CudaRunIT {
  private static final int EPOCHS = 4;
  private static final String[] OPTIONS = {
    "--device", "cuda", "--epochs", Integer.toString(EPOCHS), "--save-every", "4", "steps"
  };

  @TempDir
  static Path temporary;
  private static TinyWorld world;
  private static TrainingRuns runs;

  @BeforeAll
  static void trainWithoutInterruption() throws Exception {
    world = new TinyWorld(temporary);
    runs = new TrainingRuns(world);
    for (String amp : List.of("off", "bf16")) {
      Jar.Result whole = jar().run(train("whole-" + amp, amp)).succeeded();
      assertTrue(whole.output().contains("cuda:0"), whole::toString);
      assertEquals(amp.equals("bf16"), whole.output().contains("bf16"), whole::toString);
    }
  }

  private static Jar jar() {
    return new Jar(temporary).emulatedGpu();
  }

  private static String[] train(String tag, String amp) {
    List<String> words = new ArrayList<>(List.of(OPTIONS));
    words.addAll(List.of("--amp", amp));
    return world.train(tag, words.toArray(new String[0]));
  }

  private static String[] resume(String tag, String amp) {
    return new String[] {"train", "--resume", "--tag", tag, "--device", "cuda", "--amp", amp};
  }

  /** Without the option, training on a GPU is in mixed precision. */
  @Test
  void bf16IsTheDefault() throws Exception {
    jar().run(train("default", "auto")).succeeded();
    runs.assertSameBits("whole-bf16", "default");
  }

  @Test
  void thePrecisionIsNotTheSame() throws Exception {
    assertFalse(
        Arrays.equals(runs.lastCheckpoint("whole-off"), runs.lastCheckpoint("whole-bf16")),
        "both runs computed in the same precision");
  }

  /** In float32 a run on a GPU is the processor's, to the last bit of its files, and may go on from it. */
  @Test
  void theProcessorsRunIsTheSame() throws Exception {
    jar().run(onProcessor("processor")).succeeded();
    runs.assertSameBits("whole-off", "processor");
    LauncherRun run = runs.startAndAwaitEpochs(jar(), 2, onProcessor("moved"));
    TrainingRuns.engineOf(run).destroyForcibly();
    assertNotEquals(0, run.exitCode());
    assertTrue(runs.epochsOf("moved").size() < EPOCHS, "the run was over before it was killed");
    // No TF32 is what the run has had, and asks for nothing else.
    Jar.Result resumed =
        jar().run("train", "--resume", "--tag", "moved", "--device", "cuda", "--tf32", "off").succeeded();
    assertTrue(
        resumed.output().contains("--amp off, because the run's checkpoint was computed in float32"),
        resumed::toString);
    runs.assertSameBits("whole-off", "moved");
  }

  /** Also with TF32, which no option of the resume names. */
  @Test
  void theProductsStayInTf32() throws Exception {
    List<String> words = new ArrayList<>(List.of(train("rounded", "auto")));
    words.addAll(List.of("--tf32", "on"));
    Jar.Result whole = jar().run(words.toArray(new String[0])).succeeded();
    assertTrue(whole.output().contains("products in TF32"), whole::toString);
    words.set(words.indexOf("rounded"), "rounded-twice");
    LauncherRun run = runs.startAndAwaitEpochs(jar(), 2, words.toArray(new String[0]));
    TrainingRuns.engineOf(run).destroyForcibly();
    assertNotEquals(0, run.exitCode());
    Jar.Result resumed = jar().run(resume("rounded-twice", "auto")).succeeded();
    assertTrue(resumed.output().contains("products in TF32"), resumed::toString);
    assertFalse(resumed.toString().contains("the run computed in"), resumed::toString);
    runs.assertSameBits("rounded", "rounded-twice");
    assertFalse(Arrays.equals(runs.lastCheckpoint("whole-off"), runs.lastCheckpoint("rounded")), "no TF32");
  }

  /** What is asked for wins, and the run says that it goes on otherwise. */
  @Test
  void anotherPrecisionIsTakenWhereItIsAskedFor() throws Exception {
    LauncherRun run = runs.startAndAwaitEpochs(jar(), 2, train("turned", "off"));
    TrainingRuns.engineOf(run).destroyForcibly();
    assertNotEquals(0, run.exitCode());
    Jar.Result resumed = jar().run(resume("turned", "bf16")).succeeded();
    assertTrue(resumed.toString().contains("the run computed in float32 and computes in bf16 now"),
        resumed::toString);
  }

  private static String[] onProcessor(String tag) {
    return world.train(tag, "--epochs", Integer.toString(EPOCHS), "--device", "cpu", "--save-every", "4",
        "steps");
  }

  /** The order in which the GPU's threads and copies run is another; the bits are not. */
  @ParameterizedTest
  @ValueSource(strings = {"off", "bf16"})
  void theScheduleChangesNothing(String amp) throws Exception {
    jar().environment("SWIN_EMULATOR_SEED", "3").run(train("seed-" + amp, amp)).succeeded();
    runs.assertSameBits("whole-" + amp, "seed-" + amp);
  }

  @ParameterizedTest
  @ValueSource(strings = {"off", "bf16"})
  void theEngineIsKilled(String amp) throws Exception {
    String tag = "killed-" + amp;
    killAfterEpochs(tag, amp, 2);
    jar().run(resume(tag, "auto")).succeeded();
    runs.assertSameBits("whole-" + amp, tag);
  }

  private static void killAfterEpochs(String tag, String amp, int epochs) throws Exception {
    LauncherRun run = runs.startAndAwaitEpochs(jar(), epochs, train(tag, amp));
    TrainingRuns.engineOf(run).destroyForcibly();
    assertNotEquals(0, run.exitCode());
    assertTrue(runs.epochsOf(tag).size() < EPOCHS, "the run was over before it was killed");
  }

  static Stream<Arguments> failures() {
    return Stream.of(
        // How the device fails, and what the sentence says of it.
        Arguments.of("FAIL", "launch:1:719", "a kernel faulted", "intact"),
        Arguments.of("FAIL", "launch:150:700", "a kernel faulted", "intact"),
        Arguments.of("FAIL", "lost:2000", "is lost", "intact"),
        Arguments.of("MEMORY", "50000", "has no room", "--batch-size"));
  }

  /**
   * The GPU fails in a run: one sentence, exit code 1, and a checkpoint from which the run goes on to the
   * same bits. It may be one that this very run wrote before, but never one made of what a failed GPU
   * returns.
   */
  @ParameterizedTest
  @MethodSource("failures")
  void theGpuFails(String variable, String value, String sentence, String advice) throws Exception {
    String tag = "failed-" + value.replaceAll("\\W", "-");
    killAfterEpochs(tag, "bf16", 1);
    Jar.Result failed =
        jar()
            .environment("SWIN_EMULATOR_" + variable, value)
            .run(resume(tag, "bf16"))
            .failedWith(1, sentence, advice);
    assertFalse(failed.output().contains("best top-1"), failed::toString);
    assertTrue(runs.epochsOf(tag).size() < EPOCHS, "the run was over before the GPU failed");
    List<Path> leftOver =
        TinyWorld.files(world.run(tag)).stream().filter(file -> file.toString().endsWith(".tmp")).toList();
    assertEquals(List.of(), leftOver);
    jar().run(resume(tag, "bf16")).succeeded();
    runs.assertSameBits("whole-bf16", tag);
  }

  /** The batch that is chosen fits: the run goes through with it. */
  @Test
  void theBatchIsChosenByTheGpusMemory() throws Exception {
    String[] auto = world.train("auto", "--device", "cuda", "--epochs", "1", "--batch-size", "auto");
    Jar.Result roomy = jar().run(auto).succeeded();
    assertTrue(roomy.output().contains("batch 16"), roomy::toString);
    String[] less = world.train("less", "--device", "cuda", "--epochs", "1", "--batch-size", "auto");
    String memory = Long.toString((4L << 20) + 786_432); // the first for what graphs of steps read and write
    Jar.Result tight = jar().environment("SWIN_EMULATOR_MEMORY", memory).run(less).succeeded();
    assertTrue(tight.output().matches("(?s).*batch [48]\\b.*"), tight::toString);
  }

  /**
   * The driver has no memory left once, for another process had it: waiting blocks are given back, and on.
   */
  @Test
  void memoryIsShortForAMoment() throws Exception {
    jar().environment("SWIN_EMULATOR_FAIL", "allocation:20").run(train("short", "bf16")).succeeded();
    runs.assertSameBits("whole-bf16", "short");
  }
}
