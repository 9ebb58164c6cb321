package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.swinengine.data.BuiltInData;

/** NOTICE names all works of others that the jar contains. */
final class NoticeTest {
  private static final Pattern DEPENDENCY =
      Pattern.compile("<dependency>\\s*(?:<!--.*?-->\\s*)?<groupId>([^<]+)</groupId>(.*?)</dependency>",
          Pattern.DOTALL);

  private static final Map<String, String> NAMES =
      Map.of(
          "info.picocli", "picocli",
          "org.snakeyaml", "SnakeYAML Engine",
          "org.ejml", "EJML",
          "org.jspecify", "JSpecify",
          "com.fasterxml.jackson.core", "Jackson",
          "com.twelvemonkeys.imageio", "TwelveMonkeys ImageIO",
          "org.jcuda", "JCuda, JCublas and JCudnn, Copyright",
          "de.siegmar", "FastCSV",
          "io.jhdf", "jHDF",
          "org.slf4j", "SLF4J");

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    return Files.exists(folder.resolve("NOTICE")) ? folder : folder.getParent();
  }

  private static String notice() throws IOException {
    return Files.readString(root().resolve("NOTICE")).replaceAll("\\s+", " ");
  }

  @Test
  void everyDependencyIsNamed() throws IOException {
    Set<String> found = new TreeSet<>();
    for (String module : new String[] {"weights-converter", "engine", "command-line"}) {
      String pom = Files.readString(root().resolve(module).resolve("pom.xml"));
      for (MatchResult match : DEPENDENCY.matcher(pom).results().toList()) {
        String group = match.group(1);
        if (!match.group(2).contains("<scope>test</scope>")
            && !group.matches("org\\.swinengine|\\$\\{project\\.groupId}")) {
          String name = NAMES.get(group);
          assertNotNull(name,
              module + " has a dependency of " + group + ", which NOTICE and this test do not know");
          assertTrue(notice().contains(name), name);
          found.add(group);
        }
      }
    }
    assertEquals(new TreeSet<>(NAMES.keySet()), found, "NOTICE names what is not there any more");
  }

  /**
   * The licence that comes with the images is in NOTICE word for word, but for line breaks and one
   * conjunction.
   */
  @Test
  void theBuiltInImagesLicenceIsThere() throws IOException {
    String licence;
    try (var in = BuiltInData.class.getResourceAsStream("fashion-mnist/LICENSE.txt")) {
      licence =
          new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).replaceAll("\\s+", " ");
    }
    assertTrue(licence.contains("Copyright (c) 2017 Zalando SE"), licence);
    assertTrue(notice().contains("Fashion-MNIST") && notice().contains("Copyright (c) 2017 Zalando SE"));
    String permission =
        licence.substring(licence.indexOf("Permission is"), licence.indexOf("THE SOFTWARE IS"));
    assertTrue(notice().contains(permission), permission);
  }
}
