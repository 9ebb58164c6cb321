package org.swinengine.console;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
  private static String shown(boolean terminal) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ProgressLine line = new ProgressLine(new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal);
    line.show(line.bar(0.5, "half ") + "long");
    line.finish("end");
    line.end();
    return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }

  @Test
  void aTerminalsLineIsRewritten() {
    String bar = "█".repeat(12) + "░".repeat(12) + " long";
    assertEquals("\r" + bar + "\rend" + " ".repeat(bar.length() - 3) + "\n", shown(true));
  }

  @Test
  void aNoteHasALineOfItsOwnAndLeavesTheBarAsItWas() {
    assertEquals("\rbar\nnote\n\rnext", noted(true));
    assertEquals("bar\nnote\nnext\n", noted(false));
  }

  private static String noted(boolean terminal) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ProgressLine line = new ProgressLine(new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal);
    line.show("bar");
    line.note("note");
    line.show("next");
    return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }

  @Test
  void whatWasShownIsTakenAway() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ProgressLine line = new ProgressLine(new PrintStream(bytes, true, StandardCharsets.UTF_8), true);
    line.clear();
    line.show("bar");
    line.clear();
    line.show("b");
    assertEquals("\rbar\r   \r\rb", bytes.toString(StandardCharsets.UTF_8));
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    ProgressLine lines = new ProgressLine(new PrintStream(log, true, StandardCharsets.UTF_8), false);
    lines.show("so far");
    lines.clear();
    assertEquals("so far", log.toString(StandardCharsets.UTF_8).strip());
  }

  @Test
  void aLogGetsLines() {
    assertEquals("half long\nend\n", shown(false));
  }
}
