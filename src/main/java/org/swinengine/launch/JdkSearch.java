package org.swinengine.launch;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Finds the Java installations of a machine in the places where they usually are. */
final class JdkSearch {
  private JdkSearch() {}

  /**
   * Installations that can run the engine, newest first, each once however many links lead to it: {@code
   * JAVA_HOME} and {@code JAVA_HOME_*} of the environment, the neighbours of the given one, and the usual
   * folders of the system.
   */
  static List<Jdk> find(Jdk running, Map<String, String> environment) {
    List<File> homes = new ArrayList<>();
    for (Map.Entry<String, String> variable : new TreeMap<>(environment).entrySet()) {
      if (variable.getKey().matches("JAVA_HOME(_.+)?") && !variable.getValue().isEmpty()) {
        homes.add(new File(variable.getValue()));
      }
    }
    for (File folder : folders(running, System.getProperty("user.home"))) {
      File[] children = folder.listFiles();
      if (children != null) {
        Arrays.sort(children);
        for (File child : children) {
          homes.add(child);
          homes.add(new File(child, "Contents/Home")); // macOS
        }
      }
    }
    Map<String, Jdk> found = new LinkedHashMap<>();
    for (File home : homes) {
      Jdk jdk = Jdk.in(home);
      if (jdk != null && jdk.feature() >= Jdk.OLDEST_FEATURE) {
        found.putIfAbsent(canonical(home), jdk);
      }
    }
    List<Jdk> newestFirst = new ArrayList<>(found.values());
    // The sort is stable: JAVA_HOME comes first among equals.
    newestFirst.sort(Comparator.comparingInt(Jdk::feature).reversed());
    return newestFirst;
  }

  private static List<File> folders(Jdk running, String userHome) {
    List<File> folders = new ArrayList<>();
    File home = running.home();
    if (home.getName().equals("jre") && home.getParentFile() != null) {
      home = home.getParentFile(); // java.home of a JDK 8 is its jre folder
    }
    if (home.getParentFile() != null) {
      folders.add(home.getParentFile());
    }
    for (String folder : new String[] {"/usr/lib/jvm", "/usr/java", "/opt/java", "/opt/jdk",
      "/Library/Java/JavaVirtualMachines", "C:\\Program Files\\Java",
      "C:\\Program Files\\Eclipse Adoptium"}) {
      folders.add(new File(folder));
    }
    folders.add(new File(userHome, ".sdkman/candidates/java"));
    folders.add(new File(userHome, ".jdks"));
    return folders;
  }

  private static String canonical(File home) {
    try {
      return home.getCanonicalPath();
    } catch (IOException e) {
      return home.getAbsolutePath();
    }
  }
}
