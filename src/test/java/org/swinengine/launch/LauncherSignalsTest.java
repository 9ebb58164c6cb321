package org.swinengine.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The launcher and the engine end together, whichever of them is hit and however. */
@Tag("launcher")
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "there are no such signals")
class LauncherSignalsTest {
  @TempDir
  static Path temporary;

  private static Path jar;

  private LauncherRun run;
  private long engine;

  @BeforeAll
  static void buildJar() throws Exception {
    jar = LauncherJar.build(temporary);
  }

  static Stream<Jdk> jdks() {
    return LauncherRun.jdks();
  }

  @AfterEach
  void endWhatAFailureLeft() {
    if (run != null && run.process() != null) {
      run.process().destroyForcibly();
    }
    if (engine != 0) {
      ProcessHandle.of(engine).ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void sigkillOfTheLauncherEndsTheEngine(Jdk jdk) throws Exception {
    Path notes = serve(new LauncherRun(jdk, jar, temporary));
    LauncherRun.signal("KILL", run.process().pid());
    assertEquals(137, run.exitCode());
    awaitEndOfEngine();
    assertFalse(Files.exists(notes), "The engine halts as if killed itself, without shutdown hooks.");
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void sigkillOfTheEngineEndsTheLauncher(Jdk jdk) throws Exception {
    serve(new LauncherRun(jdk, jar, temporary));
    LauncherRun.signal("KILL", engine);
    assertEquals(137, run.exitCode());
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void sigtermOfTheLauncherLetsTheEngineFinish(Jdk jdk) throws Exception {
    Path notes = serve(new LauncherRun(jdk, jar, temporary));
    LauncherRun.signal("TERM", run.process().pid());
    assertEquals(143, run.exitCode());
    assertFinishedOnce(notes);
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void sighupOfTheLauncherLetsTheEngineFinish(Jdk jdk) throws Exception {
    Path notes = serve(signalsAtDefault(new LauncherRun(jdk, jar, temporary)));
    LauncherRun.signal("HUP", run.process().pid());
    assertEquals(143, run.exitCode(), "The engine got SIGTERM, and its code counts.");
    assertFinishedOnce(notes);
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void sigintOfTheLauncherAloneLetsTheEngineFinish(Jdk jdk) throws Exception {
    Path notes = serve(signalsAtDefault(new LauncherRun(jdk, jar, temporary)));
    LauncherRun.signal("INT", run.process().pid());
    assertEquals(143, run.exitCode(), "The engine got SIGTERM, and its code counts.");
    assertFinishedOnce(notes);
  }

  /** What a terminal does on Ctrl-C: the signal goes to every process of the foreground group. */
  @ParameterizedTest
  @MethodSource("jdks")
  void ctrlCReachesBothAndIsHandledOnce(Jdk jdk) throws Exception {
    assumeTrue(succeeds("setsid", "true"), "needs setsid");
    Path notes = serve(signalsAtDefault(new LauncherRun(jdk, jar, temporary).prefix("setsid")));
    LauncherRun.signal("INT", -run.process().pid());
    assertEquals(130, run.exitCode());
    assertFinishedOnce(notes);
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void sigtermOfTheEngineAloneEndsTheLauncherWithItsCode(Jdk jdk) throws Exception {
    Path notes = serve(new LauncherRun(jdk, jar, temporary));
    LauncherRun.signal("TERM", engine);
    assertEquals(143, run.exitCode());
    assertFinishedOnce(notes);
  }

  /** A killed launcher that nobody waits for stays in the process table, its number and start time too. */
  @ParameterizedTest
  @MethodSource("jdks")
  void aLauncherThatIsAZombieIsGone(Jdk jdk) throws Exception {
    // The shell becomes sleep, which never waits for its children.
    Path script = Files.writeString(temporary.resolve("zombie-" + jdk.feature() + ".sh"), """
        "$@" &
        echo launcher $!
        exec sleep 600
        """);
    run = new LauncherRun(jdk, jar, temporary).prefix("sh", script.toString());
    run.start("serve", temporary.resolve("notes-zombie-" + jdk.feature()).toString());
    long launcher = Long.parseLong(run.readLine().substring("launcher ".length()));
    engine = Long.parseLong(run.readLine());
    LauncherRun.signal("KILL", launcher);
    awaitEndOfEngine();
    assertTrue(ProcessHandle.of(launcher).isPresent(), "This test needs the launcher to be a zombie.");
  }

  /** Version managers put scripts in the place of java; then the launcher is not the engine's parent. */
  @ParameterizedTest
  @MethodSource("jdks")
  void sigkillOfTheLauncherEndsAnEngineBehindAScript(Jdk jdk) throws Exception {
    Path home = LauncherOptionsTest.scriptedJdk(temporary, "script-" + jdk.feature(), jdk, "17");
    serve(new LauncherRun(jdk, jar, temporary).environment("SWIN_JAVA_HOME", home.toString()));
    LauncherRun.signal("KILL", run.process().pid());
    awaitEndOfEngine();
  }

  private Path serve(LauncherRun prepared) throws IOException {
    run = prepared;
    Path notes = temporary.resolve("notes-" + System.nanoTime());
    run.start("serve", notes.toString());
    engine = Long.parseLong(run.readLine());
    return notes;
  }

  private void awaitEndOfEngine() throws InterruptedException {
    LauncherRun.await("the engine ended", () -> !LauncherRun.isRunning(engine));
  }

  private void assertFinishedOnce(Path notes) throws IOException {
    assertEquals("begin end", Files.readString(notes));
    assertFalse(LauncherRun.isRunning(engine));
  }

  /** A shell without job control ignores SIGINT for background commands, nohup SIGHUP; both are inherited. */
  private static LauncherRun signalsAtDefault(LauncherRun run) throws Exception {
    String reset = "--default-signal=INT,HUP";
    return succeeds("env", reset, "true") ? run.prefix("env", reset) : run;
  }

  private static boolean succeeds(String... command) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try (BufferedReader output = process.inputReader()) {
        output.lines().forEach(line -> {});
      }
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
