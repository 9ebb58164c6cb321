import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** JCuda's native library is in a jar of its own, which is another module. No GPU is needed to find it. */
class GpuOnTheModulePathTest {
  @TempDir
  Path scratch;

  @Test
  @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
  void theNativeLibraryIsFound() throws Exception {
    Path source =
        Files.writeString(
            scratch.resolve("Gpu.java"),
            """
            final class Gpu {
              public static void main(String[] arguments) {
                System.out.println(org.swinengine.backend.Backends.cuda().absence());
              }
            }
            """);
    // Any library will do for a driver: without one JCuda is not asked for its own.
    Path driver = Path.of(System.getProperty("java.home"), "lib", "libprefs.so");
    String absence = Example.at(source, scratch).option("-Dswin.cuda.driver=" + driver).run();
    assertFalse(absence.contains("native library"), absence);
    assertFalse(absence.contains("cannot be loaded"), absence);
  }
}
