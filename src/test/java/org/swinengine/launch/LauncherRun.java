package org.swinengine.launch;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** Prepares and observes one start of a jar. */
public final class LauncherRun {
  /** Only how long a failing test waits: a busy machine needs seconds to start two JVMs. */
  private static final long PATIENCE_SECONDS = 120;

  private final Path java;
  private final Path jar;
  private final Path errors;
  private final ProcessBuilder builder = new ProcessBuilder();
  private final List<String> prefix = new ArrayList<>();
  private final List<String> options = new ArrayList<>();
  private Process process;
  private BufferedReader output;

  LauncherRun(Jdk jdk, Path jar, Path temporary) throws IOException {
    this(jdk.java().toPath(), jar, temporary);
  }

  /**
   * @param java the command
   * @param temporary folder for a file with the error output
   */
  public LauncherRun(Path java, Path jar, Path temporary) throws IOException {
    this.java = java;
    this.jar = jar;
    this.errors = Files.createTempFile(temporary, "errors", ".txt");
    // The tests' own JVM may have been given such options; the runs under test have only what a test gives
    // them.
    String optionVariables = "SWIN_.*|JDK_JAVA_OPTIONS|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS";
    builder.environment().keySet().removeIf(name -> name.matches(optionVariables));
    // Tests leave nothing in the user's cache folder, see also pom.xml.
    String cache = System.getenv("SWIN_CACHE");
    builder.environment().put("SWIN_CACHE", cache != null ? cache : temporary.resolve("cache").toString());
    builder.environment().put("SWIN_CLASS_ARCHIVE", "off");
  }

  /** The running JDK first, then one of each other feature release that is installed. */
  static Stream<Jdk> jdks() {
    Jdk running = Jdk.running();
    Map<Integer, Jdk> byFeature = new LinkedHashMap<>();
    byFeature.put(running.feature(), running);
    for (Jdk jdk : JdkSearch.find(running, System.getenv())) {
      byFeature.putIfAbsent(jdk.feature(), jdk);
    }
    return byFeature.values().stream();
  }

  /** The {@code java} commands of {@link #jdks}. */
  public static List<Path> javas() {
    return jdks().map(jdk -> jdk.java().toPath()).toList();
  }

  public LauncherRun prefix(String... words) {
    prefix.addAll(Arrays.asList(words));
    return this;
  }

  public LauncherRun options(String... words) {
    options.addAll(Arrays.asList(words));
    return this;
  }

  public LauncherRun environment(String name, String value) {
    builder.environment().put(name, value);
    return this;
  }

  public LauncherRun folder(Path folder) {
    builder.directory(folder.toFile());
    return this;
  }

  public LauncherRun start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.add(java.toString());
    command.addAll(options);
    Collections.addAll(command, "-jar", jar.toString());
    command.addAll(Arrays.asList(arguments));
    process = builder.command(command).redirectError(errors.toFile()).start();
    output = process.inputReader();
    return this;
  }

  public Process process() {
    return process;
  }

  public String readLine() throws IOException {
    String line = output.readLine();
    assertTrue(line != null, () -> "The output ended early; the error output is: " + errors());
    return line;
  }

  /** The rest of the standard output; waits for its end. */
  public String rest() throws IOException {
    StringBuilder text = new StringBuilder();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      text.append(line).append('\n');
    }
    return text.toString();
  }

  public int exitCode() throws InterruptedException {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("The launcher did not end; the error output is: " + errors());
    }
    return process.exitValue();
  }

  public String errors() {
    try {
      return Files.readString(errors);
    } catch (IOException e) {
      return e.toString();
    }
  }

  public static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, () -> "In vain: waited until " + what);
      Thread.sleep(20);
    }
  }

  /** Whether a process runs; one that has ended and was not waited for by its parent (a zombie) does not. */
  public static boolean isRunning(long pid) {
    if (ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty()) {
      return false;
    }
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
    }
  }

  /** Sends a signal as a shell does; a negative number means a process group. */
  public static void signal(String name, long pid) throws IOException, InterruptedException {
    String command = "kill -s " + name + " -- " + pid;
    int result = new ProcessBuilder("sh", "-c", command).inheritIO().start().waitFor();
    assertTrue(result == 0, "kill failed");
  }
}
