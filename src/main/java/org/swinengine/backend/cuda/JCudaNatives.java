package org.swinengine.backend.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import jcuda.JCudaVersion;
import jcuda.LibUtils;

/**
 * Loads JCuda's own native libraries. JCuda unpacks them under fixed names into {@code java.io.tmpdir} and
 * takes what it finds there unchecked; so it gets a folder of this process's own for that moment, in which
 * the library lies already. On the module path it would not find it either, since it looks in its own module
 * alone.
 */
final class JCudaNatives {
  private static final String FOLDER = "java.io.tmpdir";

  private JCudaNatives() {}

  /**
   * Unpacks a library and runs what loads it, which is the first use of one of JCuda's classes.
   *
   * @param name of the library without version and system, e.g. JCudaDriver
   * @param change what is done to the library's bytes before
   * @return what {@code first} returns
   * @throws IOException if there is no folder to unpack it to
   * @throws LinkageError if the library, or one that it asks for, cannot be loaded
   */
  static synchronized <T> T load(String name, UnaryOperator<byte[]> change, Supplier<T> first)
      throws IOException {
    String before = System.getProperty(FOLDER);
    Path folder = Files.createTempDirectory("swin-engine-natives-");
    try {
      unpack(name, change, folder);
      System.setProperty(FOLDER, folder.toString());
      return first.get();
    } finally {
      System.setProperty(FOLDER, before);
      deleteQuietly(folder);
    }
  }

  private static void unpack(String name, UnaryOperator<byte[]> change, Path folder) throws IOException {
    String file =
        LibUtils.createLibraryFileName(
            LibUtils.createPlatformLibraryName(name + "-" + JCudaVersion.get()));
    try (InputStream library = JCudaNatives.class.getClassLoader().getResourceAsStream("lib/" + file)) {
      if (library != null) { // else JCuda says what it has not
        Files.write(folder.resolve(file), change.apply(library.readAllBytes()));
      }
    }
  }

  /** Loaded libraries stay mapped when their files go; elsewhere (Windows) they go with the process. */
  private static void deleteQuietly(Path folder) {
    try (var files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        file.toFile().deleteOnExit();
        Files.deleteIfExists(file);
      }
      folder.toFile().deleteOnExit();
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      // They lie in the system's folder for such things.
    }
  }
}
