package org.swinengine.launch;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.File;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What somebody with an old Java sees. */
@Tag("launcher")
class LauncherJavaVersionTest {
  private static final EngineLocation JAR = EngineLocation.inJar(new File("/home/me/swin engine.jar"));

  @TempDir
  Path temporary;

  @ParameterizedTest
  @CsvSource({"1.8.0_402, 8", "9, 9", "11.0.22, 11", "17.0.15, 17", "25-ea, 25", "25.0.3, 25", "unknown, 0"})
  void featureReleases(String version, int feature) {
    assertEquals(feature, Jdk.featureOf(version));
  }

  @Test
  void anOldJavaIsToldWhatItIsAndWhichOnesWouldDo() throws Exception {
    Path newer = jdk("jdk-25", "25.0.3");
    Path sufficient = jdk("jdk-17", "17.0.1");
    jdk("jdk-11", "11.0.2");
    Path old = temporary.resolve("jdk-8/jre");
    String sentence = refusal(new Jdk(old.toFile(), "1.8.0_402", true), Map.of());
    assertTrue(sentence.startsWith("Swin Engine needs Java 17 or newer, but this is Java 1.8.0_402 in " + old
        + "; found here: "), sentence);
    assertTrue(sentence.contains("Java 25.0.3 in " + newer), sentence);
    assertTrue(sentence.contains("Java 17.0.1 in " + sufficient), sentence);
    assertTrue(!sentence.contains("jdk-11"), sentence);
    assertTrue(sentence.endsWith(" -jar '/home/me/swin engine.jar'"), sentence);
  }

  @Test
  void javaHomeIsAmongThePlaces() throws Exception {
    Path home = jdk("elsewhere/mine", "99.0.1");
    Jdk old = new Jdk(temporary.resolve("old/jdk-11").toFile(), "11.0.2", true);
    String sentence = refusal(old, Map.of("JAVA_HOME", home.toString()));
    assertTrue(sentence.contains("found here: Java 99.0.1 in " + home), sentence);
    assertTrue(sentence.contains("start it with: " + Jdk.in(home.toFile()).java() + " -jar "), sentence);
  }

  @Test
  void aJdkIsFoundOnceHoweverManyLinksLeadToIt() throws Exception {
    Path home = jdk("real/jdk", "99.0.1");
    Files.createSymbolicLink(home.resolveSibling("link"), home);
    Jdk neighbour = new Jdk(home.resolveSibling("x").toFile(), "17", true);
    List<Jdk> found = JdkSearch.find(neighbour, Map.of("JAVA_HOME_99", home.toString()));
    assertEquals(1, found.stream().filter(jdk -> jdk.feature() == 99).count());
  }

  @Test
  void theOldestSufficientJavaIsNotRefused() {
    Jdk jdk = new Jdk(temporary.toFile(), "17", true);
    assertDoesNotThrow(() -> Launcher.requireNewEnough(jdk, Map.of(), JAR));
  }

  @Test
  void theLaunchersClassesLoadOnJava8() throws Exception {
    Path classes = Path.of(Launcher.class.getResource("Launcher.class").toURI()).getParent();
    List<Path> files;
    try (Stream<Path> listing = Files.list(classes)) {
      files = listing.toList();
    }
    assertTrue(files.size() >= 8, files.toString());
    for (Path file : files) {
      try (InputStream in = Files.newInputStream(file); DataInputStream data = new DataInputStream(in)) {
        data.readInt(); // magic number
        data.readUnsignedShort(); // minor version
        assertEquals(52, data.readUnsignedShort(), file.toString());
      }
    }
  }

  private static String refusal(Jdk running, Map<String, String> environment) {
    return assertThrows(UsageException.class,
        () -> Launcher.requireNewEnough(running, environment, JAR)).getMessage();
  }

  private Path jdk(String name, String version) throws Exception {
    Path home = Files.createDirectories(temporary.resolve(name));
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    Path java = new Jdk(home.toFile(), version, true).java().toPath();
    Files.createDirectories(java.getParent());
    Files.createFile(java);
    return home;
  }
}
