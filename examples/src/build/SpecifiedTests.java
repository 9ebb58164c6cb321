import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Fails where {@code -Dtest=Name} has run no test in any module: no module can say it of itself, since the
 * others may have it. The last module runs this after its own tests.
 */
final class SpecifiedTests {
  private SpecifiedTests() {}

  /**
   * @param arguments the root's folder, what {@code -Dtest} says, and when the build began
   */
  public static void main(String[] arguments) throws IOException {
    Path root = Path.of(arguments[0]);
    Instant start = Instant.parse(arguments[2]);
    List<Path> modules = new ArrayList<>(List.of(root));
    try (Stream<Path> folders = Files.list(root)) {
      folders.filter(folder -> Files.exists(folder.resolve("pom.xml"))).forEach(modules::add);
    }
    for (Path module : modules) {
      for (String kind : List.of("surefire-reports", "failsafe-reports")) {
        if (hasReportSince(start, module.resolve("target").resolve(kind))) {
          return;
        }
      }
    }
    System.err.println(
        "No module has a test that fits -Dtest=" + arguments[1] + ": name a class, such as SimdTest, or a"
            + " method of one, such as SimdTest#theForcedWidthIsInUse.");
    System.exit(1);
  }

  private static boolean hasReportSince(Instant start, Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (Stream<Path> reports = Files.walk(folder)) {
      for (Path report : (Iterable<Path>) reports::iterator) {
        boolean isReport = report.getFileName().toString().matches("TEST-.*\\.xml");
        if (isReport && !Files.getLastModifiedTime(report).toInstant().isBefore(start)) {
          return true;
        }
      }
    }
    return false;
  }
}
