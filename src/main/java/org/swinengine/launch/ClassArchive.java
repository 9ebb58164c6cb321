package org.swinengine.launch;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;

/**
 * The engine's classes as the JVM has them in memory, in a file of the user's cache folder (class-data
 * sharing), so that a short command need not load and check thousands of classes. There is one for commands
 * that compute and one for the others, of each JDK build and each jar.
 *
 * <p>The first short command that goes well makes it when it ends, which takes it a second more. The file is
 * written under another name and renamed by the launcher, so two commands at once do no harm. The JVM checks
 * the JDK's build and the jar itself and goes on without a file that does not fit; so does the launcher where
 * it cannot write. JDK 17 keeps none of a jar's classes where the jar's path has a space (or what else an
 * address encodes), only its own. {@code SWIN_CLASS_ARCHIVE=off} switches all of this off.
 */
final class ClassArchive {
  static final String VARIABLE = "SWIN_CLASS_ARCHIVE";

  private static final Set<String> COMPUTING = new HashSet<>(Arrays.asList(
      "predict", "embed", "neighbours", "infer", "eval", "train", "bench", "fit-batch", "gradcheck"));

  /** Commands after which an archive is made: short, with most of their group's classes. */
  private static final Set<String> MAKERS = new HashSet<>(Arrays.asList(
      "predict", "embed", "infer", "eval", "inspect", "convert"));

  /** The user has plans of his own with class-data sharing, or agents that change classes. */
  private static final String IN_THE_WAY =
      "-Xshare:.*|-XX:SharedArchiveFile=.*|-XX:ArchiveClassesAtExit=.*|-XX:[+]AutoCreateSharedArchive"
          + "|-XX:AOT.*|-javaagent:.*|-agent(lib|path):.*|-Xrun.*|-Xbootclasspath.*"
          + "|--patch-module.*|--upgrade-module-path.*|--limit-modules.*";

  private static final String SUFFIX = ".jsa";

  /** A smaller file is what a full disk left. */
  private static final long LEAST_BYTES = 1 << 16;

  private static final long UNUSED_MILLISECONDS = TimeUnit.DAYS.toMillis(60);
  private static final long DAY_MILLISECONDS = TimeUnit.DAYS.toMillis(1);

  /** The archive; its name without checksum and suffix while there is none. */
  private final File file;
  private final File unfinished;
  private final int feature;

  /**
   * @param unfinished the file that the engine is to write; null if it is to use the archive, or to do
   *     without
   */
  private ClassArchive(File file, File unfinished, int feature) {
    this.file = file;
    this.unfinished = unfinished;
    this.feature = feature;
  }

  /**
   * The archive for a command, or null if there is to be none.
   *
   * @param jar the engine
   * @param given options of java that the user has set
   * @param process a number that no other launcher has at the same time; null: none is made
   */
  static ClassArchive of(Jdk jdk, File jar, List<String> given, Map<String, String> environment,
      String[] arguments, String process) {
    String command = arguments.length == 0 ? "" : arguments[0];
    String wish = environment.get(VARIABLE);
    boolean off = wish != null && wish.toLowerCase(Locale.ROOT).matches("off|0|false|no");
    if (off || jdk.feature() < Jdk.OLDEST_FEATURE || !jdk.hasClassArchive() || isInTheWay(given)) {
      return null;
    }
    File folder = new File(CacheFolder.of(environment, System.getProperty("os.name"),
        System.getProperty("user.home")), "classes");
    String group = COMPUTING.contains(command) ? "compute" : "files";
    String name = group + "-" + key(jdk, jar);
    File file = find(folder, name);
    if (file != null) {
      touch(file);
      return new ClassArchive(file, null, jdk.feature());
    }
    boolean make = process != null && MAKERS.contains(command);
    if (!make || !folder.isDirectory() && !folder.mkdirs() || !folder.canWrite()) {
      return null;
    }
    File unfinished = new File(folder, name + "." + process + ".part");
    return new ClassArchive(new File(folder, name), unfinished, jdk.feature());
  }

  /**
   * The sound archive of a name, or null. The end of a file's name is its checksum: the JVM looks at an
   * archive's head alone, and dies of a damaged rest.
   */
  private static File find(File folder, String name) {
    String[] files = folder.list();
    for (String file : files == null ? new String[0] : files) {
      if (file.startsWith(name + "-") && file.endsWith(SUFFIX)) {
        File candidate = new File(folder, file);
        try {
          if (file.equals(name + "-" + checksum(candidate) + SUFFIX)) {
            return candidate;
          }
        } catch (IOException e) {
          continue; // deleted meanwhile, or not ours to read
        }
        candidate.delete();
      }
    }
    return null;
  }

  /** Some milliseconds for an archive's ten to twenty megabytes. */
  private static String checksum(File file) throws IOException {
    CRC32 crc = new CRC32();
    byte[] bytes = new byte[1 << 18];
    try (FileInputStream in = new FileInputStream(file)) {
      for (int n = in.read(bytes); n > 0; n = in.read(bytes)) {
        crc.update(bytes, 0, n);
      }
    }
    return Long.toHexString(crc.getValue());
  }

  private static boolean isInTheWay(List<String> given) {
    for (String option : given) {
      if (option.matches(IN_THE_WAY)) {
        return true;
      }
    }
    return false;
  }

  /** What the archive depends on, in sixteen hexadecimal digits. */
  private static String key(Jdk jdk, File jar) {
    String text = jdk.home() + "\n" + jdk.build() + "\n" + jar.getAbsolutePath() + "\n" + jar.length() + "\n"
        + jar.lastModified();
    // FNV-1a: no digest of the JDK, which would load more classes than the launcher has.
    long hash = 0xcbf29ce484222325L;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ b & 0xff) * 0x100000001b3L;
    }
    return String.format("%016x", hash);
  }

  /** Notes that the archive is in use; see {@link #dropUnused}. */
  private static void touch(File file) {
    long now = System.currentTimeMillis();
    if (now - file.lastModified() > DAY_MILLISECONDS) {
      file.setLastModified(now);
    }
  }

  boolean isToBeMade() {
    return unfinished != null;
  }

  /** Options of java. The JVM is to say nothing, on whatever stream, of an archive that does not fit. */
  List<String> options() {
    List<String> options = new ArrayList<>(Arrays.asList("-Xshare:auto", "-Xlog:cds*=off"));
    if (feature >= 24) {
      options.add("-Xlog:aot*=off");
    }
    if (isToBeMade()) {
      options.add("-XX:ArchiveClassesAtExit=" + unfinished.getPath());
      options.add("-XX:+UnlockDiagnosticVMOptions");
      options.add("-XX:-PrintWarnings");
    } else {
      options.add("-XX:SharedArchiveFile=" + file.getPath());
    }
    return options;
  }

  /** To be called when the engine has ended: keeps the archive that it made, if it went well. */
  void finish(int exitCode) {
    if (!isToBeMade()) {
      return;
    }
    try {
      if (exitCode == 0 && unfinished.length() >= LEAST_BYTES) {
        File finished = new File(file.getPath() + "-" + checksum(unfinished) + SUFFIX);
        Files.move(unfinished.toPath(), finished.toPath(), StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
        dropUnused();
      }
    } catch (IOException | RuntimeException e) {
      // Then the next command makes one; this one has done its work.
    } finally {
      unfinished.delete();
    }
  }

  /** Deletes archives of jars and JDKs that have gone, and what killed launchers left. */
  private void dropUnused() {
    File[] files = file.getParentFile().listFiles();
    long now = System.currentTimeMillis();
    for (File other : files == null ? new File[0] : files) {
      long age = now - other.lastModified();
      boolean archive = other.getName().endsWith(SUFFIX) && age > UNUSED_MILLISECONDS;
      if (archive || other.getName().endsWith(".part") && age > DAY_MILLISECONDS) {
        other.delete();
      }
    }
  }

  /** The options of an archive that may be none. */
  static List<String> optionsOf(ClassArchive archive) {
    return archive == null ? Collections.<String>emptyList() : archive.options();
  }
}
