package org.swinengine.backend.cuda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Looks for NVIDIA's libraries: in the folders that {@code -Dswin.cuda.libraries} names, then in those of a
 * toolkit (CUDA_HOME, CUDA_PATH), of the loader (LD_LIBRARY_PATH), in the usual ones, and where the loader's
 * cache says. Loads nothing.
 */
final class LibrarySearch {
  /**
   * Folders with NVIDIA's libraries, separated by colons: a folder that holds them, a toolkit's, or a Python
   * environment, whose packages have them in {@code nvidia/…/lib}.
   */
  static final String PROPERTY = "swin.cuda.libraries";

  /** Where toolkits, distributions and NVIDIA's own packages put libraries. */
  private static final List<String> USUAL_FOLDERS =
      List.of(
          "/usr/local/cuda/lib64",
          "/usr/local/cuda/targets/x86_64-linux/lib",
          "/usr/lib/x86_64-linux-gnu",
          "/usr/lib64",
          "/usr/lib");

  private final Path root;
  private final Map<String, String> environment;
  private final String configured;

  /**
   * @param root of the file system, for tests another folder
   * @param environment the process's variables
   * @param configured value of {@link #PROPERTY}, empty for none
   */
  LibrarySearch(Path root, Map<String, String> environment, String configured) {
    this.root = root;
    this.environment = environment;
    this.configured = configured;
  }

  /** The search of this process. */
  static LibrarySearch here() {
    return new LibrarySearch(Path.of("/"), System.getenv(), System.getProperty(PROPERTY, ""));
  }

  /**
   * Looks for a library under several names.
   *
   * @param names of files, the preferred one first
   * @return the file in the first folder that has one of them
   */
  Optional<Path> find(List<String> names) {
    for (Path folder : folders()) {
      for (String name : names) {
        if (Files.isRegularFile(folder.resolve(name))) {
          return Optional.of(folder.resolve(name));
        }
      }
    }
    String cache = cache();
    for (String name : names) {
      Matcher place = Pattern.compile("(/[^\0]*/" + Pattern.quote(name) + ")\0").matcher(cache);
      while (place.find()) {
        if (Files.isRegularFile(under(place.group(1)))) {
          return Optional.of(under(place.group(1)));
        }
      }
    }
    return Optional.empty();
  }

  private Set<Path> folders() {
    Set<Path> folders = new LinkedHashSet<>();
    for (String folder : split(configured)) {
      addConfigured(Path.of(folder).toAbsolutePath(), folders);
    }
    for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
      for (String home : split(environment.getOrDefault(variable, ""))) {
        folders.add(under(home).resolve("lib64"));
        folders.add(under(home).resolve("lib"));
        folders.add(under(home).resolve("targets/x86_64-linux/lib"));
      }
    }
    for (String folder : split(environment.getOrDefault("LD_LIBRARY_PATH", ""))) {
      folders.add(under(folder));
    }
    USUAL_FOLDERS.forEach(folder -> folders.add(under(folder)));
    return folders;
  }

  /** A folder that somebody named, and what it may be the top of. */
  private static void addConfigured(Path folder, Set<Path> folders) {
    folders.add(folder);
    folders.add(folder.resolve("lib64"));
    folders.add(folder.resolve("lib"));
    addPackages(folder, folders);
    for (Path python : entries(folder.resolve("lib"), "python3*")) {
      addPackages(python.resolve("site-packages"), folders);
    }
  }

  /** NVIDIA's packages for Python: nvidia/cublas/lib, nvidia/cudnn/lib, nvidia/cu13/lib. */
  private static void addPackages(Path folder, Set<Path> folders) {
    entries(folder.resolve("nvidia"), "*").forEach(each -> folders.add(each.resolve("lib")));
  }

  private static List<Path> entries(Path folder, String pattern) {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, pattern)) {
        entries.forEach(found::add);
      } catch (IOException e) {
        return List.of(); // nobody may look into it
      }
    }
    found.sort(null);
    return found;
  }

  private static List<String> split(String folders) {
    return Pattern.compile(":").splitAsStream(folders).filter(folder -> !folder.isBlank()).toList();
  }

  private Path under(String path) {
    return path.startsWith("/") ? root.resolve(path.substring(1)) : Path.of(path).toAbsolutePath();
  }

  /** The loader's cache holds names and paths of all libraries in its folders, each with a zero behind it. */
  private String cache() {
    try {
      return Files.readString(under("/etc/ld.so.cache"), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }
}
