package org.swinengine.pretrained;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ConsoleDownloadTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private String shown(boolean terminal) throws InterruptedException {
    ConsoleDownload console = new ConsoleDownload(new PrintStream(bytes, true, StandardCharsets.UTF_8),
        terminal);
    console.started(URI.create("https://host/w.pth"), "w.pth", 25_000_000, 100_000_000);
    Thread.sleep(120);
    console.progressed(50_000_000);
    console.retrying("the connection broke", Duration.ofSeconds(2));
    console.finished(Path.of("w.pth"));
    return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }

  @Test
  void aTerminalGetsABarWithRateAndRemainingTime() throws Exception {
    String[] lines = shown(true).split("\n");
    assertEquals("downloading https://host/w.pth, 100.0 MB, going on after 25.0 MB", lines[0]);
    assertTrue(
        lines[1].matches("\rw\\.pth █{12}░{12} 50\\.0 MB of 100\\.0 MB  [0-9.]+ [MG]B/s  \\d+ s left"),
        lines[1]);
    assertEquals("the connection broke; trying again in 2 s", lines[2]);
    assertEquals("saved w.pth", lines[3]);
  }

  @Test
  void aLogGetsPlainLines() throws Exception {
    String text = shown(false);
    assertEquals(3, text.split("\n").length, text);
    assertTrue(text.chars().noneMatch(c -> c == '\r' || c == '█'), text);
  }
}
