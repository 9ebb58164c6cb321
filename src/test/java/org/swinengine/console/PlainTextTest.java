package org.swinengine.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PlainTextTest {
  @Test
  void whatMovesATerminalIsWrittenOut() {
    assertEquals("\\u001b]52;c;aGVsbG8=\\u0007", PlainText.line("\u001b]52;c;aGVsbG8=\u0007"));
    assertEquals("a\\nb\\rc\\td", PlainText.line("a\nb\rc\td"));
    // C1 controls, NEL, line and paragraph separators, marks of direction, a lone surrogate, a tag.
    assertEquals("\\u009b31m\\u0085\\u2028\\u2029", PlainText.line("\u009b31m\u0085\u2028\u2029"));
    assertEquals("\\u202eexe\\u2066\\u200f\\ufeff", PlainText.line("\u202eexe\u2066\u200f\ufeff"));
    assertEquals("\\ud800x\\udb40\\udc41", PlainText.line("\ud800x\udb40\udc41"));
  }

  @Test
  void lettersOfAllScriptsStay() {
    for (String text : List.of("Tulpe, Rösli", "中文 😀", "می\u200cخواهم", "क्\u200dष", "C:\\new\\u0041")) {
      assertSame(text, PlainText.line(text));
    }
    String once = PlainText.line("\u001b\\");
    assertSame(once, PlainText.line(once));
  }

  @Test
  void aWriterLeavesItsOwnLinesAlone() {
    StringWriter text = new StringWriter();
    PrintWriter out = EscapingWriter.around(new PrintWriter(text));
    assertSame(out, EscapingWriter.around(out));
    out.println("a\nb");
    out.printf("%s|%4d|%s%n", "x\ny\u001b", 7, Path.of("p\u001bq"));
    out.format("%s", List.of("c\nd"));
    out.print("one\n\ttwo\u001b\r");
    out.write('\u009b');
    out.println();
    new IllegalStateException("first\n\u001bsecond").printStackTrace(out);
    List<String> lines = text.toString().lines().toList();
    assertEquals("a\\nb", lines.get(0));
    assertEquals("x\\ny\\u001b|   7|p\\u001bq", lines.get(1));
    assertEquals("[c\\nd]one", lines.get(2));
    assertEquals("\ttwo\\u001b\\r\\u009b", lines.get(3));
    assertEquals("java.lang.IllegalStateException: first\\n\\u001bsecond", lines.get(4));
    assertEquals("\tat ", lines.get(5).substring(0, 4));
  }
}
