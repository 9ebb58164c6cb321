package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.RawImage;
import org.swinengine.inference.CalibrationFit;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.StoredCalibration;
import org.swinengine.report.EpochMetrics;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

/** A complete run puts into its best checkpoint how sure it may be. */
final class CalibratedRunTest {
  @TempDir
  Path output;

  /** Stands for a killed process. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private static DataSplits data(Dataset validation) {
    return new DataSplits(new Tiny.Pictures(80, 1), validation, Optional.empty(), "tiny pictures");
  }

  /** Every third label is wrong, so that there are mistakes. */
  private static Dataset someWrong() {
    return new Tiny.Pictures(60, 2, 3);
  }

  private Path run(TrainConfig config, DataSplits data, TrainListener listener) throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      return new Trainer(config, data, backend, listener).run().folder();
    }
  }

  private TrainConfig config(String tag) {
    return Tiny.config(output).toBuilder().tag(tag).epochs(3).build();
  }

  private static byte[] best(Path folder) throws IOException {
    return Files.readAllBytes(folder.resolve("best.safetensors"));
  }

  /** Arrays by name, and all other metadata. */
  private static List<String> contents(StateDict dict) {
    List<String> contents = new ArrayList<>();
    dict.arrays().forEach((name, array) -> contents.add(name + Arrays.toString(array.toFloats())));
    dict.metadata().forEach((key, value) -> {
      if (!key.equals(StoredCalibration.KEY)) {
        contents.add(key + value);
      }
    });
    Collections.sort(contents);
    return contents;
  }

  @Test
  void theWeightsStayAndPredictionsAreCalibrated() throws IOException {
    List<String> before = new ArrayList<>();
    List<CalibrationFit> fits = new ArrayList<>();
    Path folder =
        run(config("run"), data(someWrong()), new TrainListener() {
          @Override
          public void epoch(EpochMetrics metrics) {
            StateDict best = Safetensors.read(output.resolve("run/best.safetensors"));
            before.clear();
            before.addAll(contents(best));
            assertFalse(best.metadata().containsKey(StoredCalibration.KEY));
          }

          @Override
          public void calibrated(CalibrationFit fit) {
            fits.add(fit);
          }
        });
    Path best = folder.resolve("best.safetensors");
    StateDict after = Safetensors.read(best);
    StoredCalibration stored = fits.get(0).calibration();
    assertEquals(1, fits.size());
    assertEquals(60, stored.images());
    assertEquals(stored, StoredCalibration.of(after.metadata().get(StoredCalibration.KEY), "best"));
    after.arrays().values().forEach(array -> array.verify());
    assertEquals(before, contents(after));
    assertFalse(
        Safetensors.read(folder.resolve("last.safetensors")).metadata().containsKey(StoredCalibration.KEY));
    try (Backend backend = Backends.open("cpu", 1)) {
      LoadedModel model = LoadedModel.open(best, backend);
      RawImage image = someWrong().load(0);
      assertEquals(stored, model.calibration().orElseThrow());
      assertEquals(stored.divisor(), model.predict(image).temperature());
      assertEquals(1, model.withCalibration(null).predict(image).temperature());
      assertEquals(model.withCalibration(null).predict(image).first().index(),
          model.predict(image).first().index());
    }
  }

  @Test
  void killedAtAnyMomentOfItTheRunEndsInTheSameBytes() throws IOException {
    byte[] expected = best(run(config("whole"), data(someWrong()), TrainListener.SILENT));
    assertTrue(new String(expected, StandardCharsets.ISO_8859_1).contains("by_class"));
    TrainListener before = new TrainListener() {
      @Override
      public void epoch(EpochMetrics metrics) {
        if (metrics.epoch() == 3) {
          throw new Killed();
        }
      }
    };
    TrainListener after = new TrainListener() {
      @Override
      public void calibrated(CalibrationFit fit) {
        throw new Killed();
      }
    };
    for (TrainListener killer : List.of(before, after)) {
      String tag = killer == before ? "before" : "after";
      assertThrows(Killed.class, () -> run(config(tag), data(someWrong()), killer));
      Path resumed =
          run(TrainConfigFile.ofRun(output, tag), data(someWrong()), TrainListener.SILENT);
      assertArrayEquals(expected, best(resumed), tag);
      byte[] report = Files.readAllBytes(resumed.resolve("results.json"));
      assertTrue(report.length > 0);
    }
  }

  @Test
  void whatCannotBeMeasuredIsSaidAndNotStored() throws IOException {
    Dataset training = new Tiny.Pictures(80, 1);
    List<String> notes = new ArrayList<>();
    TrainListener listener = new TrainListener() {
      @Override
      public void calibrated(CalibrationFit fit) {
        notes.addAll(fit.notes());
      }
    };
    DataSplits same = new DataSplits(training, training, Optional.empty(), "no validation part");
    Path folder = run(config("same"), same, listener);
    assertFalse(
        Safetensors.read(folder.resolve("best.safetensors")).metadata().containsKey(StoredCalibration.KEY));
    assertTrue(notes.get(0).contains("the validation images are the training images"), notes::toString);
    notes.clear();
    // Four images of each class: no temperature, and sets for small coverages alone.
    folder = run(config("few"), data(new Tiny.Pictures(12, 2, 3)), listener);
    assertTrue(notes.get(0).contains("no temperature: there are 12 images"), notes::toString);
    assertTrue(notes.get(1).contains("with fewer than 9 images"), notes::toString);
    StateDict few = Safetensors.read(folder.resolve("best.safetensors"));
    assertFalse(few.metadata().get(StoredCalibration.KEY).contains("temperature"));
  }
}
