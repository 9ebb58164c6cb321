package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.DataSplits;
import org.swinengine.data.DatasetOptions;
import org.swinengine.data.Datasets;
import org.swinengine.train.Tiny;
import org.swinengine.train.TrainListener;
import org.swinengine.train.TrainResult;
import org.swinengine.train.Trainer;
import org.swinengine.train.TrainingPlan;

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

  @Test
  void whatBecomesUnreadableMeanwhileIsSaid() throws Exception {
    TinyWorld world = new TinyWorld(output);
    Path picture = world.data().resolve("train/red/3.png");
    DataSplits data = Datasets.open(world.data(), DatasetOptions.DEFAULT);
    ByteArrayOutputStream console = new ByteArrayOutputStream();
    Path folder;
    try (Backend backend = Backends.open("cpu", 2);
        PrintStream out = new PrintStream(console, true, StandardCharsets.UTF_8)) {
      ConsoleProgress shown = new ConsoleProgress(out, false);
      TrainListener progress = new TrainListener() {
        @Override
        public void finished(TrainResult result) {
          shown.finished(result);
        }

        @Override
        public void started(TrainingPlan plan) {
          shown.started(plan);
          try {
            Files.write(picture, new byte[] {1, 2, 3});
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };
      folder = new Trainer(Tiny.config(output), data, backend, progress).run().folder();
    }
    String text = console.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains("skipped   1 image became unreadable while the run went on"), text);
    assertTrue(Files.readString(folder.resolve("skipped.txt")).contains("red/3.png"));
  }
}
