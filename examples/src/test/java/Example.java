import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * An example as a stranger meets it: compiled and run with the engine's module on the module path, so that
 * only what it exports can be named. One that uses nothing but the weights converter gets that module alone.
 */
final class Example {
  static final Path SOURCES = Path.of("examples", "src", "main", "java").toAbsolutePath();

  private static final Pattern OUR_PACKAGE = Pattern.compile("\\borg\\.swinengine\\.(?!weights\\b)");

  private final Path source;
  private final Path scratch;
  private final List<String> options = new ArrayList<>(List.of("-Xmx1g"));

  private Example(Path source, Path scratch) {
    this.source = source;
    this.scratch = scratch;
  }

  /**
   * The example of this name.
   *
   * @param scratch a test's folder, for classes; the program also runs in it
   */
  static Example named(String name, Path scratch) {
    return at(SOURCES.resolve(name + ".java"), scratch);
  }

  static Example at(Path source, Path scratch) {
    return new Example(source, scratch);
  }

  /** With one more option of {@code java}. */
  Example option(String word) {
    options.add(word);
    return this;
  }

  /** The names of all examples. */
  static List<String> names() throws IOException {
    if (!Files.isDirectory(SOURCES)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(SOURCES)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".java"))
          .map(name -> name.substring(0, name.length() - ".java".length()))
          .sorted()
          .toList();
    }
  }

  /** Compiles the example; fails the test with what the compiler says. Returns the folder of its classes. */
  Path compile() throws IOException, InterruptedException {
    Path classes = scratch.resolve("classes");
    List<String> command = new ArrayList<>(List.of(tool("javac"), "-Xlint:all", "-d", classes.toString()));
    command.addAll(modules(rootModule()));
    command.add(source.toString());
    execute(command);
    return classes;
  }

  /**
   * Compiles the example and runs it to its end, in the scratch folder; fails the test unless it exits with
   * 0.
   */
  String run(String... arguments) throws IOException, InterruptedException {
    return execute(command(arguments));
  }

  /**
   * Compiles the example and starts it, for one that runs until it is destroyed; its errors are the tests'.
   */
  Process start(String... arguments) throws IOException, InterruptedException {
    return new ProcessBuilder(command(arguments))
        .directory(scratch.toFile())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private List<String> command(String... arguments) throws IOException, InterruptedException {
    Path classes = compile();
    List<String> command = new ArrayList<>(List.of(tool("java"), "-cp", classes.toString()));
    command.addAll(options);
    command.addAll(modules(rootModule() + ",jdk.incubator.vector"));
    String file = source.getFileName().toString();
    command.add(file.substring(0, file.length() - ".java".length()));
    command.addAll(List.of(arguments));
    return command;
  }

  private static List<String> modules(String roots) {
    return List.of("--module-path", System.getProperty("examples.modulePath"), "--add-modules", roots);
  }

  private String rootModule() throws IOException {
    Matcher beyondWeights = OUR_PACKAGE.matcher(Files.readString(source));
    return beyondWeights.find() ? "org.swinengine" : "org.swinengine.weights";
  }

  private static String tool(String name) {
    return Path.of(System.getProperty("java.home"), "bin", name).toString();
  }

  private String execute(List<String> command) throws IOException, InterruptedException {
    Path errors = Files.createTempFile(scratch, "errors", ".txt");
    Process process =
        new ProcessBuilder(command).directory(scratch.toFile()).redirectError(errors.toFile()).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int exitCode = process.waitFor();
    assertEquals(0, exitCode, () -> String.join(" ", command) + "\n" + output + "\n" + text(errors));
    return output;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
