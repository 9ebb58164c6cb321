import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What pages show of Java stands in an example, line by line, so it compiles and runs. */
class LibraryPageTest {
  private static final Path ROOT = Example.SOURCES.resolve("../../../..").normalize();
  private static final Pattern SNIPPET = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]*examples/[^)#]*)");

  private static String stripped(String text) {
    return text.lines().map(String::strip).collect(Collectors.joining("\n"));
  }

  private static List<String> examples() throws IOException {
    return Example.names().stream()
        .map(name -> stripped(read(Example.SOURCES.resolve(name + ".java"))))
        .toList();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/LIBRARY.md"})
  void everySnippetStandsInAnExample(String page) throws IOException {
    List<String> sources = examples();
    Matcher snippets = SNIPPET.matcher(read(ROOT.resolve(page)));
    int found = 0;
    for (; snippets.find(); found++) {
      String snippet = stripped(snippets.group(1));
      assertFalse(snippet.isBlank());
      assertTrue(sources.stream().anyMatch(source -> source.contains(snippet)), page + " shows\n" + snippet);
    }
    assertTrue(found > 0, page + " shows no Java");
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/LIBRARY.md"})
  void linksToExamplesLeadThere(String page) {
    Path from = ROOT.resolve(page);
    Matcher links = LINK.matcher(read(from));
    while (links.find()) {
      assertTrue(Files.exists(from.resolveSibling(links.group(1))), links.group(1));
    }
  }

  @Test
  void everyExampleIsLinkedInTheReadme() throws IOException {
    String readme = read(ROOT.resolve("README.md"));
    for (String name : Example.names()) {
      assertTrue(readme.contains("(examples/src/main/java/" + name + ".java)"), name);
    }
  }
}
