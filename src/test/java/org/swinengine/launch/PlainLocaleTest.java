package org.swinengine.launch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Names with letters beyond ASCII under the locale C. */
@Tag("launcher")
class PlainLocaleTest {
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

  @Test
  void encodedArgumentsAreDecoded() {
    String[] arguments = {"predict", "größe 緑.png", "50%", "%41", "", "\ud83d\ude00"};
    String[] encoded = PlainLocale.encoded(arguments);
    assertTrue(String.join("", encoded).matches("\\p{ASCII}*"), String.join(" ", encoded));
    assertArrayEquals(arguments, PlainLocale.decoded(encoded));
  }

  private static boolean hasUtf8() throws Exception {
    ProcessBuilder builder = new ProcessBuilder("locale", "charmap");
    builder.environment().put("LC_ALL", "C.UTF-8");
    try {
      Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip()
          .equals("UTF-8");
    } catch (java.io.IOException e) {
      return false;
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void theEngineGetsArgumentsAndFileNamesInUtf8(Jdk jdk) throws Exception {
    assumeTrue(hasUtf8(), "this system has no locale C.UTF-8");
    // The shell writes the letters, so that the locale of the tests does not matter.
    String script =
        "name=$(printf 'gr\\303\\266\\303\\237e'); mkdir -p \"$name\"; exec \"$@\" \"$name\" 100%25";
    Process process = new LauncherRun(jdk, jar, temporary).folder(temporary).environment("LC_ALL", "C")
        .prefix("sh", "-c", script, "sh").start("describe", "x").process();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    assertTrue(output.contains("arguments=[describe, x, größe, 100%25]"), output);
    assertTrue(output.contains("encoding=UTF-8"), output);
    assertTrue(output.contains("exist=[false, false, true, false]"), output);
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void anotherLocaleStaysAsItIs(Jdk jdk) throws Exception {
    LauncherRun run = new LauncherRun(jdk, jar, temporary).environment("LC_ALL", "C.UTF-8").start("describe");
    assertTrue(run.rest().contains("locale=C.UTF-8"), run.errors());
    assertEquals(0, run.exitCode());
  }
}
