package org.swinengine.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The life of an archive of classes; whatever is wrong with it, the command works and says nothing of it. */
@Tag("launcher")
class ClassArchiveTest {
  @TempDir
  static Path shared;

  private static Path jar;

  @TempDir
  Path temporary;

  private Path cache;

  @BeforeAll
  static void buildJar() throws Exception {
    jar = LauncherJar.build(shared);
  }

  @BeforeEach
  void nameCache() {
    cache = temporary.resolve("a cache");
  }

  static Stream<Jdk> jdks() {
    return LauncherRun.jdks().filter(Jdk::hasClassArchive);
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void theFirstCommandMakesItAndTheSecondUsesIt(Jdk jdk) throws Exception {
    inspect(jdk);
    Path archive = onlyArchive();
    assertTrue(loadedFromArchive(jdk), "The engine's classes came from elsewhere.");
    assertEquals(archive, onlyArchive());
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void aChangedJarHasAnotherOne(Jdk jdk) throws Exception {
    inspect(jdk);
    Path old = onlyArchive();
    Files.setLastModifiedTime(jar, FileTime.from(Instant.now().minusSeconds(1000 + jdk.feature())));
    inspect(jdk);
    List<Path> both = files();
    assertEquals(2, both.size(), both.toString());
    assertTrue(both.contains(old));
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void aDamagedOneIsIgnored(Jdk jdk) throws Exception {
    inspect(jdk);
    Path archive = onlyArchive();
    byte[] bytes = Files.readAllBytes(archive);
    bytes[bytes.length / 2] ^= 1;
    for (byte[] damaged : List.of(Arrays.copyOf(bytes, bytes.length / 2), new byte[100_000], new byte[0], bytes)) {
      Path there = onlyArchive();
      Files.delete(there); // it is read-only
      Files.write(there, damaged);
      inspect(jdk);
      assertTrue(Files.size(onlyArchive()) > 100_000, "A new one was not made.");
      inspect(jdk);
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void aFolderThatCannotBeWrittenIsNoReasonToFail(Jdk jdk) throws Exception {
    Files.writeString(cache, "a file");
    inspect(jdk);
    assertEquals("a file", Files.readString(cache));
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void aCommandThatFailsOrIsShownOrNeedsNoneLeavesNothing(Jdk jdk) throws Exception {
    assertEquals(1, run(jdk).start("predict", "fail").exitCode());
    assertEquals(0, run(jdk).start("--print-jvm", "predict").exitCode());
    assertEquals(0, run(jdk).start("describe").exitCode());
    assertEquals(0, run(jdk).environment(ClassArchive.VARIABLE, "off").start("predict").exitCode());
    assertEquals(0, run(jdk).options("-Xshare:off").start("predict").exitCode());
    assertEquals(List.of(), files());
    assertEquals(0, run(jdk).start("predict").exitCode());
    assertTrue(onlyArchive().getFileName().toString().startsWith("compute-"));
  }

  private LauncherRun run(Jdk jdk) throws IOException {
    return new LauncherRun(jdk, jar, temporary)
        .environment(ClassArchive.VARIABLE, "").environment("SWIN_CACHE", cache.toString());
  }

  private void inspect(Jdk jdk) throws Exception {
    LauncherRun run = run(jdk).start("inspect");
    List<String> lines = run.rest().lines().toList();
    assertEquals(0, run.exitCode(), run.errors());
    assertTrue(lines.stream().allMatch(line -> line.matches("\\w+=.*")), lines.toString());
    assertEquals("WARNING: Using incubator modules: jdk.incubator.vector", run.errors().strip());
  }

  private boolean loadedFromArchive(Jdk jdk) throws Exception {
    Path log = Files.createTempFile(temporary, "classes", ".txt");
    LauncherRun run = run(jdk).environment("SWIN_JAVA_OPTS", "'-Xlog:class+load:file=" + log + "'");
    assertEquals(0, run.start("inspect").exitCode(), run.errors());
    String line = Files.readString(log).lines()
        .filter(l -> l.contains(StandIn.class.getName() + " source:")).findFirst().orElseThrow();
    return line.contains("shared objects file");
  }

  private Path onlyArchive() throws IOException {
    List<Path> files = files();
    assertEquals(1, files.size(), files.toString());
    assertTrue(files.get(0).toString().endsWith(".jsa"), files.toString());
    return files.get(0);
  }

  private List<Path> files() throws IOException {
    Path folder = cache.resolve("classes");
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> listing = Files.list(folder)) {
      return listing.sorted().toList();
    }
  }
}
