package org.swinengine.launch;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.security.CodeSource;
import java.util.Arrays;
import java.util.List;

/** Where a JVM finds the engine: in the jar that was started, or on a class path. */
final class EngineLocation {
  private final File jar;
  private final String classPath;

  private EngineLocation(File jar, String classPath) {
    this.jar = jar;
    this.classPath = classPath;
  }

  static EngineLocation inJar(File jar) {
    return new EngineLocation(jar, null);
  }

  static EngineLocation onClassPath(String classPath) {
    return new EngineLocation(null, classPath);
  }

  /** Where the running launcher comes from. */
  static EngineLocation ofThisJvm() throws URISyntaxException, IOException {
    String classPath = System.getProperty("java.class.path");
    CodeSource source = Launcher.class.getProtectionDomain().getCodeSource();
    File code = new File(source.getLocation().toURI());
    boolean isTheClassPath = code.isFile()
        && code.getCanonicalFile().equals(new File(classPath).getCanonicalFile());
    return isTheClassPath ? inJar(code) : onClassPath(classPath);
  }

  /** The jar; null if the engine is on a class path. */
  File jar() {
    return jar;
  }

  /**
   * The options that name the engine and end with its main class. A jar is started by {@code -jar} again:
   * only then does the JVM read {@code Enable-Native-Access} (JCuda) from the manifest.
   *
   * @param feature the feature release of the JDK that gets the options; 0 if unknown
   */
  List<String> options(int feature) {
    if (jar != null) {
      return Arrays.asList("-jar", jar.getPath());
    }
    List<String> options = Arrays.asList("-cp", classPath, Launcher.class.getName());
    if (feature < 24) { // since 24 the JVM warns of native libraries that were not announced
      return options;
    }
    return Arrays.asList("--enable-native-access=ALL-UNNAMED", "-cp", classPath, Launcher.class.getName());
  }

  /** As one writes it in a shell. */
  @Override
  public String toString() {
    return ShellWords.join(options(0));
  }
}
