package org.swinengine.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What reaches the engine's JVM: options, arguments, environment, folder. And what the launcher refuses. */
@Tag("launcher")
class LauncherOptionsTest {
  @TempDir
  static Path temporary;

  private static Path jar;

  @BeforeAll
  static void buildJar() throws Exception {
    jar = LauncherJar.build(temporary);
  }

  static Stream<Jdk> jdks() {
    return LauncherRun.jdks();
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void theEngineHasTheVectorModuleAndEveryArgument(Jdk jdk) throws Exception {
    Path folder = Files.createDirectories(temporary.resolve("another folder"));
    LauncherRun run = new LauncherRun(jdk, jar, temporary).folder(folder);
    Map<String, String> engine = describe(run, "two words", "", "it's", "--x=$HOME");
    assertEquals("[describe, two words, , it's, --x=$HOME]", engine.get("arguments"));
    assertEquals("true", engine.get("vector"));
    assertEquals("true", engine.get("watched"));
    assertEquals("true", engine.get("nativeAccess"), "Enable-Native-Access counts for -jar only.");
    assertEquals(jdk.home().getCanonicalPath(), new File(engine.get("home")).getCanonicalPath());
    assertEquals(folder.toRealPath(), Path.of(engine.get("folder")).toRealPath());
    assertFalse(engine.get("pid").equals(Long.toString(run.process().pid())));
    assertTrue(engine.get("options").contains("-XX:+UseG1GC"));
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void optionsOfJavaGoOn(Jdk jdk) throws Exception {
    Map<String, String> engine = describe(new LauncherRun(jdk, jar, temporary)
        .options("-Xmx2g", "-ea", "-Dtext=some text", "--add-opens", "java.base/java.lang=ALL-UNNAMED"));
    assertEquals("2048", engine.get("heapMiB"));
    assertEquals("some text", engine.get("text"));
    String options = engine.get("options");
    String expected = "-ea, -Dtext=some text, --add-opens=java.base/java.lang=ALL-UNNAMED";
    assertTrue(options.contains(expected), options);
    assertFalse(options.contains("MaxRAMPercentage"), options);
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void optionsOfTheEnvironmentReachTheEngineOnce(Jdk jdk) throws Exception {
    LauncherRun run = new LauncherRun(jdk, jar, temporary).environment("JDK_JAVA_OPTIONS", "-Dtext=once");
    Map<String, String> engine = describe(run);
    assertEquals("once", engine.get("text"));
    assertEquals(1, engine.get("options").split("-Dtext=once", -1).length - 1);
    assertEquals("null", engine.get("optionVariable"));
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void swinJavaOptsWin(Jdk jdk) throws Exception {
    Map<String, String> engine = describe(new LauncherRun(jdk, jar, temporary).options("-Xmx2g", "-Dtext=a")
        .environment("SWIN_JAVA_OPTS", "-Xmx1g '-Dtext=from \"the\" environment' -XX:+UseParallelGC"));
    assertEquals("1024", roundedUp(engine.get("heapMiB")), "This collector leaves a survivor space out.");
    assertEquals("from \"the\" environment", engine.get("text"));
    assertFalse(engine.get("options").contains("UseG1GC"));
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void aDebuggersPortStaysWithTheLauncher(Jdk jdk) throws Exception {
    String agent = "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,quiet=y,address=127.0.0.1:0";
    LauncherRun run = new LauncherRun(jdk, jar, temporary).options(agent);
    assertFalse(describe(run).get("options").contains("jdwp"));
    assertTrue(run.errors().contains("put it into SWIN_JAVA_OPTS instead"), run.errors());
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void noSecondJvmWhereTheModuleIsThereOrTheUserSaysSo(Jdk jdk) throws Exception {
    LauncherRun withModule = new LauncherRun(jdk, jar, temporary);
    assertRunsInLauncher(withModule.options("--add-modules", "jdk.incubator.vector"), "true");
    assertRunsInLauncher(new LauncherRun(jdk, jar, temporary).environment("SWIN_NO_RELAUNCH", "1"), "false");
    assertRunsInLauncher(new LauncherRun(jdk, jar, temporary).options("-Dswin.relaunch=false"), "false");
  }

  @Test
  void swinJavaHomeChoosesTheJdk() throws Exception {
    for (Jdk jdk : jdks().toList()) {
      Map<String, String> engine = describe(new LauncherRun(Jdk.running(), jar, temporary)
          .environment("SWIN_JAVA_HOME", jdk.home().getPath()));
      assertEquals(jdk.home().getCanonicalPath(), new File(engine.get("home")).getCanonicalPath());
      assertEquals(jdk.feature() == 25, engine.get("options").contains("LoopStripMiningIter=0"));
    }
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "bin/java is a shell script here")
  void aRuntimeImageWithoutTheModuleStillRunsTheEngine() throws Exception {
    Path home = scriptedJdk(temporary, "image", Jdk.running(), "17.0.1");
    String release = "JAVA_VERSION=\"17.0.1\"\nMODULES=\"java.base java.management\"\n";
    Files.writeString(home.resolve("release"), release);
    LauncherRun run = new LauncherRun(Jdk.running(), jar, temporary);
    run.environment("SWIN_JAVA_HOME", home.toString());
    assertEquals("false", describe(run).get("vector"));
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "bin/java is a shell script here")
  void wrongSettingsAreRefusedInASentence() throws Exception {
    Path nothing = Files.createDirectory(temporary.resolve("no jdk"));
    assertRefused("SWIN_JAVA_HOME", nothing.toString(),
        "SWIN_JAVA_HOME is " + nothing + ", but there is no bin/java");
    Path old = scriptedJdk(temporary, "old jdk", Jdk.running(), "11.0.2");
    assertRefused("SWIN_JAVA_HOME", old.toString(),
        "SWIN_JAVA_HOME names Java 11.0.2 in " + old + ", but Swin Engine needs Java 17 or newer.");
    assertRefused("SWIN_JAVA_OPTS", "-Xmx1g '-Da=b", "SWIN_JAVA_OPTS has a quote (') at character 8");
    assertRefused("SWIN_JAVA_OPTS", "-Xmx1g train",
        "SWIN_JAVA_OPTS holds train, which is not an option of java");
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void printJvmPrintsACommandThatAShellCanRun(Jdk jdk) throws Exception {
    LauncherRun run = new LauncherRun(jdk, jar, temporary).options("-Dtext=some text", "-Xmx1g")
        .start("--print-jvm", "describe", "it's");
    String command = run.rest();
    assertEquals(0, run.exitCode(), run.errors());
    assertEquals("", run.errors());
    List<String> words = ShellWords.split("the command", command);
    assertEquals(jdk.java().getCanonicalPath(), new File(words.get(0)).getCanonicalPath());
    assertEquals("--add-modules=jdk.incubator.vector", words.get(1));
    List<String> end = List.of("-jar", jar.toString(), "describe", "it's");
    assertEquals(end, words.subList(words.size() - end.size(), words.size()));
    if (File.separatorChar == '/') {
      ProcessBuilder builder = new ProcessBuilder("sh", "-c", command);
      Process shell = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
      Map<String, String> engine = parse(new String(shell.getInputStream().readAllBytes()));
      assertEquals(0, shell.waitFor());
      assertEquals("[describe, it's]", engine.get("arguments"));
      assertEquals("some text", engine.get("text"));
      assertEquals("1024", engine.get("heapMiB"));
    }
  }

  private static void assertRefused(String variable, String value, String sentence) throws Exception {
    LauncherRun run = new LauncherRun(Jdk.running(), jar, temporary);
    run.environment(variable, value).start("exit", "0");
    assertEquals("", run.rest());
    assertEquals(2, run.exitCode());
    assertTrue(run.errors().startsWith(sentence), run.errors());
    assertEquals(1, run.errors().lines().count());
  }

  private static void assertRunsInLauncher(LauncherRun run, String vector) throws Exception {
    Map<String, String> engine = describe(run);
    assertEquals(Long.toString(run.process().pid()), engine.get("pid"));
    assertEquals(vector, engine.get("vector"));
    assertEquals("false", engine.get("watched"));
  }

  private static Map<String, String> describe(LauncherRun run, String... more) throws Exception {
    String[] arguments = Stream.concat(Stream.of("describe"), Stream.of(more)).toArray(String[]::new);
    String output = run.start(arguments).rest();
    assertEquals(0, run.exitCode(), run.errors());
    return parse(output);
  }

  private static Map<String, String> parse(String output) {
    return output.lines().map(line -> line.split("=", 2))
        .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
  }

  private static String roundedUp(String mebibytes) {
    return Integer.toString((Integer.parseInt(mebibytes) + 255) / 256 * 256);
  }

  /** A folder that looks like a JDK of some version; its {@code bin/java} is a script that calls a JDK. */
  static Path scriptedJdk(Path folder, String name, Jdk jdk, String version) throws IOException {
    Path home = Files.createDirectories(folder.resolve(name));
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    Path java = Files.createDirectory(home.resolve("bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\n" + "'" + jdk.java() + "' \"$@\"\nexit $?\n");
    assertTrue(java.toFile().setExecutable(true));
    return home;
  }
}
