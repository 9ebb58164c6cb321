package org.swinengine.launch;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import java.util.TreeMap;

/** A Java installation: where it is, and what its {@code release} file says about it. */
final class Jdk {
  static final String VECTOR_MODULE = "jdk.incubator.vector";

  /** The oldest Java that can run the engine. */
  static final int OLDEST_FEATURE = 17;

  private final File home;
  private final String version;
  private final boolean vectorModule;
  private final String build;

  /**
   * @param version such as {@code 1.8.0_402} or {@code 25.0.3}; null if unknown
   * @param vectorModule false if the installation is known to lack the Vector API, as a runtime image made by
   *     jlink may
   */
  Jdk(File home, String version, boolean vectorModule) {
    this(home, version, vectorModule, version);
  }

  private Jdk(File home, String version, boolean vectorModule, String build) {
    this.build = build;
    this.home = home;
    this.version = version;
    this.vectorModule = vectorModule;
  }

  /** The installation that runs this code. */
  static Jdk running() {
    File home = new File(System.getProperty("java.home"));
    Properties release = release(home);
    return new Jdk(home, System.getProperty("java.version"), hasVectorModule(release), build(release));
  }

  /** The installation in a folder, or null if there is no {@code bin/java} in it. */
  static Jdk in(File home) {
    if (!javaIn(home).isFile()) {
      return null;
    }
    Properties release = release(home);
    return new Jdk(home, unquoted(release.getProperty("JAVA_VERSION")), hasVectorModule(release),
        build(release));
  }

  private static String build(Properties release) {
    return new TreeMap<Object, Object>(release).toString();
  }

  /** Whatever tells this build from others. */
  String build() {
    return build;
  }

  /**
   * Whether the JDK brings an archive of its own classes, on which others can be built: HotSpot as a rule.
   */
  boolean hasClassArchive() {
    return new File(home, "lib/server/classes.jsa").isFile()
        || new File(home, "bin/server/classes.jsa").isFile();
  }

  File home() {
    return home;
  }

  File java() {
    return javaIn(home);
  }

  boolean hasVectorModule() {
    return vectorModule;
  }

  /** 8, 17, 25, ..., or 0 if the version is not known. */
  int feature() {
    return featureOf(version);
  }

  /** For example {@code Java 25.0.3 in /usr/lib/jvm/jdk-25}. */
  @Override
  public String toString() {
    return (version == null ? "Java" : "Java " + version) + " in " + home;
  }

  /** The feature release in a version string: 8 for {@code 1.8.0_402}, 25 for {@code 25-ea}; 0 if none. */
  static int featureOf(String version) {
    if (version == null) {
      return 0;
    }
    String modern = version.startsWith("1.") ? version.substring(2) : version;
    int end = 0;
    while (end < modern.length() && end < 9 && Character.isDigit(modern.charAt(end))) {
      end++;
    }
    return end == 0 ? 0 : Integer.parseInt(modern.substring(0, end));
  }

  private static File javaIn(File home) {
    return new File(home, File.separatorChar == '\\' ? "bin\\java.exe" : "bin/java");
  }

  /** A release file that is not there or not readable is an empty one: some packagers leave it out. */
  private static Properties release(File home) {
    Properties release = new Properties();
    try (InputStream in = new FileInputStream(new File(home, "release"))) {
      release.load(in);
    } catch (IOException | IllegalArgumentException e) {
      release.clear();
    }
    return release;
  }

  private static boolean hasVectorModule(Properties release) {
    String modules = unquoted(release.getProperty("MODULES"));
    return modules == null || (" " + modules + " ").contains(" " + VECTOR_MODULE + " ");
  }

  private static String unquoted(String value) {
    return value == null ? null : value.replace("\"", "");
  }
}
