package org.swinengine.backend.cuda;

import static jcuda.driver.CUresult.CUDA_ERROR_NO_DEVICE;
import static jcuda.driver.CUresult.CUDA_SUCCESS;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import jcuda.JCudaVersion;
import jcuda.LibUtils;
import jcuda.driver.JCudaDriver;

/**
 * Loads JCuda and the NVIDIA driver, once in a process, and says why where that fails.
 *
 * <p>JCuda unpacks its native libraries under fixed names into {@code java.io.tmpdir} and takes what it finds
 * there unchecked; so it gets a folder of this process's own for that moment. {@code -Dswin.cuda.driver=FILE}
 * names the driver's library where it is not {@code libcuda.so.1} on the system's search path.
 */
final class DriverLibrary {
  static final String DRIVER_PROPERTY = "swin.cuda.driver";

  private static final String NO_DRIVER =
      "there is no NVIDIA driver (libcuda.so.1 was not found); install the driver of your GPU, version 450"
          + " or newer";

  /** Why there is no driver: a sentence without its end. Null where it is loaded and initialised. */
  private static final String REASON = load();

  private DriverLibrary() {}

  /** Why CUDA cannot be used; null where it can. */
  static String reasonForAbsence() {
    return REASON;
  }

  private static String load() {
    String driver = System.getProperty(DRIVER_PROPERTY);
    if (driver == null && DriverFile.isMissing()) {
      return NO_DRIVER;
    }
    try {
      if (driver != null) {
        // JCuda's library asks for the name libcuda.so.1, which the loader then finds loaded already.
        System.load(Path.of(driver).toAbsolutePath().toString());
      }
      return initialise();
    } catch (IOException e) {
      return "no folder for JCuda's libraries can be made (" + e
          + "); make java.io.tmpdir a folder that can be written";
    } catch (LinkageError e) {
      String message = String.valueOf(e.getMessage());
      if (driver != null && message.contains(driver)) {
        return "the driver library that " + DRIVER_PROPERTY + " names cannot be loaded (" + firstLine(message)
            + ")";
      }
      if (message.contains("libcuda.so.1") || message.contains("nvcuda.dll")) {
        return NO_DRIVER;
      }
      return "JCuda has no native library for " + System.getProperty("os.name") + " on "
          + System.getProperty("os.arch") + "; this build has the one for Linux on x86-64";
    }
  }

  private static String initialise() throws IOException {
    String before = System.getProperty("java.io.tmpdir");
    Path folder = Files.createTempDirectory("swin-engine-natives-");
    int result;
    try {
      if (JCudaDriver.class.getModule().isNamed()) {
        unpack(folder);
      }
      System.setProperty("java.io.tmpdir", folder.toString());
      JCudaDriver.setExceptionsEnabled(false);
      result = JCudaDriver.cuInit(0);
    } finally {
      System.setProperty("java.io.tmpdir", before);
      deleteQuietly(folder);
    }
    if (result == CUDA_ERROR_NO_DEVICE) {
      return "the NVIDIA driver is there, but it sees no GPU; check `nvidia-smi`, and CUDA_VISIBLE_DEVICES";
    }
    if (result != CUDA_SUCCESS) {
      return "the NVIDIA driver does not start (" + CudaStatus.describe(result) + "); check `nvidia-smi`";
    }
    return null;
  }

  /**
   * On the module path JCuda, which looks in its own module alone, does not find the library of its other
   * jar. So it finds it unpacked.
   */
  private static void unpack(Path folder) throws IOException {
    String name =
        LibUtils.createLibraryFileName(
            LibUtils.createPlatformLibraryName("JCudaDriver-" + JCudaVersion.get()));
    try (InputStream library = DriverLibrary.class.getClassLoader().getResourceAsStream("lib/" + name)) {
      if (library != null) {
        Files.copy(library, folder.resolve(name));
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

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("").strip();
  }
}
