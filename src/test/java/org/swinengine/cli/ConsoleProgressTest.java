package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.train.Tiny;
import org.swinengine.train.Trainer;

final class ConsoleProgressTest {
  @TempDir
  Path output;

  @Test
  void aLogHasPlainLinesOfTheWholeRun() throws Exception {
    ByteArrayOutputStream console = new ByteArrayOutputStream();
    Path folder;
    try (Backend backend = Backends.open("cpu", 2);
        PrintStream out = new PrintStream(console, true, StandardCharsets.UTF_8)) {
      folder =
          new Trainer(Tiny.config(output), Tiny.data(), backend, new ConsoleProgress(out, false)).run()
              .folder();
    }
    String text = console.toString(StandardCharsets.UTF_8);
    assertFalse(text.contains("\r"), "plain lines");
    for (String part : new String[] {
      "tiny pictures", "3: rows, columns, checks & <squares>", "2 epochs of 5 steps, batch 16",
      "estimate  about",
      "epoch 1/2  train loss", "epoch 2/2  train loss", "best top-1",
      folder.resolve("report.html").toString()
    }) {
      assertTrue(text.contains(part), part + " in:\n" + text);
    }
  }
}
