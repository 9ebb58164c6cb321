package org.swinengine.backend.cuda;

import static jcuda.driver.CUresult.CUDA_ERROR_NO_DEVICE;
import static jcuda.driver.CUresult.CUDA_SUCCESS;

import java.io.IOException;
import java.nio.file.Path;
import jcuda.driver.JCudaDriver;

/**
 * Loads JCuda and the NVIDIA driver, once in a process, and says why where that fails.
 *
 * <p>{@code -Dswin.cuda.driver=FILE} names the driver's library where it is not {@code libcuda.so.1} on the
 * system's search path.
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
    int result =
        JCudaNatives.load(
            "JCudaDriver",
            bytes -> bytes,
            () -> {
              JCudaDriver.setExceptionsEnabled(false);
              return JCudaDriver.cuInit(0);
            });
    if (result == CUDA_ERROR_NO_DEVICE) {
      return "the NVIDIA driver is there, but it sees no GPU; check `nvidia-smi`, and CUDA_VISIBLE_DEVICES";
    }
    if (result != CUDA_SUCCESS) {
      return "the NVIDIA driver does not start (" + CudaStatus.describe(result) + "); check `nvidia-smi`";
    }
    return null;
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("").strip();
  }
}
