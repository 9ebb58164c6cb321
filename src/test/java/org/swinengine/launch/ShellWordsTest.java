package org.swinengine.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("launcher")
class ShellWordsTest {
  @Test
  void splitsAsAShellDoes() throws UsageException {
    assertEquals(List.of(), ShellWords.split("X", "  \t\n"));
    assertEquals(List.of("-Xmx1g", "-ea"), ShellWords.split("X", " -Xmx1g\t-ea "));
    assertEquals(List.of("-Da=b c", ""), ShellWords.split("X", "-Da='b c' ''"));
    assertEquals(List.of("a\"b\\c\\d", "e f"), ShellWords.split("X", "\"a\\\"b\\\\c\\d\" e\\ f"));
    assertEquals(List.of("\\'"), ShellWords.split("X", "'\\'\\'"));
  }

  @Test
  void namesWhatIsUnbalanced() {
    assertEquals("X has a quote (\") at character 3 that is never closed: a \"b",
        assertThrows(UsageException.class, () -> ShellWords.split("X", "a \"b")).getMessage());
    assertEquals("X ends with a backslash that has nothing to escape: a\\",
        assertThrows(UsageException.class, () -> ShellWords.split("X", "a\\")).getMessage());
  }

  @Test
  void joinsSoThatSplittingGivesTheSameWords() throws UsageException {
    List<String> words = List.of("/usr/bin/java", "", "it's", "a b", "$HOME", "\\", "\"", "-Dx=*", "~");
    assertEquals(words, ShellWords.split("X", ShellWords.join(words)));
    assertEquals("-Xmx2g 'a b' 'it'\\''s'", ShellWords.join(List.of("-Xmx2g", "a b", "it's")));
  }
}
