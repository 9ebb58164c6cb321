package org.swinengine.backend.cuda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Looks for the driver's library where Linux's loader looks, without loading anything: on a machine without
 * a GPU JCuda's libraries need not be loaded then, of which newer JDKs warn ("a restricted method has been
 * called").
 */
final class DriverFile {
  private static final String NAME = "libcuda.so.1";

  /** Where the loader looks last, whatever its cache says. */
  private static final List<String> USUAL_FOLDERS =
      List.of("/lib64", "/usr/lib64", "/lib", "/usr/lib", "/lib/x86_64-linux-gnu",
          "/usr/lib/x86_64-linux-gnu");

  private final Path root;
  private final Map<String, String> environment;

  /**
   * @param root of the file system, for tests another folder
   */
  DriverFile(Path root, Map<String, String> environment) {
    this.root = root;
    this.environment = environment;
  }

  /**
   * Whether the library is certainly not there; false where that cannot be said, as on other systems than
   * Linux.
   */
  static boolean isMissing() {
    return System.getProperty("os.name").equals("Linux")
        && !new DriverFile(Path.of("/"), System.getenv()).mayBeThere();
  }

  /** Whether the loader may find the library. */
  boolean mayBeThere() {
    if (environment.getOrDefault("LD_PRELOAD", "").contains("libcuda")) {
      return true;
    }
    for (String folder : environment.getOrDefault("LD_LIBRARY_PATH", "").split("[:;]")) {
      if (Files.exists(in(folder.isEmpty() ? Path.of("").toAbsolutePath().toString() : folder))) {
        return true;
      }
    }
    return USUAL_FOLDERS.stream().anyMatch(folder -> Files.exists(in(folder))) || isInCache();
  }

  private Path in(String folder) {
    return under(folder).resolve(NAME);
  }

  private Path under(String path) {
    return root.resolve(path.startsWith("/") ? path.substring(1) : path);
  }

  /**
   * The loader's cache holds the names of all libraries in its configured folders, each with a zero behind
   * it.
   */
  private boolean isInCache() {
    try {
      String cache = Files.readString(under("/etc/ld.so.cache"), StandardCharsets.ISO_8859_1);
      return cache.contains(NAME + '\0');
    } catch (IOException e) {
      return true; // nobody knows then
    }
  }
}
