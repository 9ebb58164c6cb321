package org.swinengine.bench.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A JDK that runs ours.
 *
 * @param feature its feature release
 * @param version in full
 */
record Jdk(Path home, int feature, String version) {
  static final String PEER = "ours-";
  private static final Pattern VERSION = Pattern.compile("JAVA_VERSION=\"((\\d+)[^\"]*)");

  static Jdk running() {
    return new Jdk(
        Path.of(System.getProperty("java.home")), Runtime.version().feature(),
        System.getProperty("java.version"));
  }

  /** The JDK of a folder, or of the {@code java} in it. */
  static Jdk of(Path path) throws IOException {
    Path real = path.toRealPath();
    Path home = Files.isDirectory(real) ? real : real.getParent().getParent();
    Path release = home.resolve("release");
    if (Files.exists(release)) {
      Matcher matcher = VERSION.matcher(Files.readString(release));
      if (matcher.find()) {
        return new Jdk(home, Integer.parseInt(matcher.group(2)), matcher.group(1));
      }
    }
    throw new CompareException(
        "--java: " + path + " is no JDK: it has no file \"release\" that names a version.");
  }

  /** For the file of results: {@code ours-17}. */
  String peer() {
    return PEER + feature;
  }

  String java() {
    return home.resolve("bin/java").toString();
  }
}
