package org.swinengine.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The packaged jar has what the launcher's other tests presume of it. */
@Tag("launcher")
class PackagedJarIT {
  private static final int JAVA_8 = 52;

  private static final Path JAR = Path.of(System.getProperty("swin.jar")).normalize();

  @TempDir
  Path temporary;

  static Stream<Jdk> jdks() {
    return LauncherRun.jdks();
  }

  @Test
  void theManifestNamesTheLauncherAndAllowsNativeCode() throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      Attributes attributes = jar.getManifest().getMainAttributes();
      assertEquals(Launcher.class.getName(), attributes.getValue(Attributes.Name.MAIN_CLASS));
      assertEquals("ALL-UNNAMED", attributes.getValue("Enable-Native-Access"));
    }
  }

  @Test
  void theLaunchersClassesLoadOnJava8() throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      List<JarEntry> classes = jar.stream()
          .filter(entry -> entry.getName().matches("org/swinengine/launch/.*\\.class")).toList();
      assertTrue(classes.size() >= 8, classes.toString());
      for (JarEntry entry : classes) {
        try (DataInputStream data = new DataInputStream(jar.getInputStream(entry))) {
          data.readInt(); // magic number
          data.readUnsignedShort(); // minor version
          assertEquals(JAVA_8, data.readUnsignedShort(), entry.getName());
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void theJarStartsFromAnotherFolder(Jdk jdk) throws Exception {
    LauncherRun run = new LauncherRun(jdk, JAR, temporary).folder(temporary).start("--print-jvm", "--help");
    List<String> words = ShellWords.split("the command", run.rest());
    assertEquals(0, run.exitCode(), run.errors());
    assertEquals(List.of("-jar", JAR.toString(), "--help"), words.subList(words.size() - 3, words.size()));
  }
}
