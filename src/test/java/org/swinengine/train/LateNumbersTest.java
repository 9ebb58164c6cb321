package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.DType;
import org.swinengine.backend.cuda.CudaBackendsForTests;
import org.swinengine.data.DataSplits;
import org.swinengine.fit.TrainingDivergedException;

/**
 * A run on a GPU looks at a step's numbers when the next step has been asked for: nothing that it writes or
 * says may tell.
 */
@Tag("cuda")
final class LateNumbersTest {
  /** Steps of an epoch of 24 images in batches of 8. */
  private static final int STEPS = 3;

  @TempDir
  Path output;

  @AfterEach
  void reset() {
    CudaBackendsForTests.schedule(0);
  }

  private static DataSplits data() {
    return new DataSplits(new Tiny.Pictures(24, 1), new Tiny.Pictures(8, 2), Optional.empty(),
        "tiny pictures");
  }

  private TrainConfig config(String tag, UnaryOperator<TrainConfig.Builder> changes) {
    return changes.apply(Tiny.config(output).toBuilder().batchSize(8).epochs(1).tag(tag)).build();
  }

  private static TrainResult run(TrainConfig config, TrainListener listener) throws IOException {
    try (Backend backend = CudaBackendsForTests.open(DType.FLOAT32)) {
      return new Trainer(config, data(), backend, listener).run();
    }
  }

  private static UnaryOperator<TrainConfig.Builder> averaged() {
    return c -> c.set("modelEmaDecay", 0.5);
  }

  /** Saving after each step makes the run wait for each. */
  @Test
  void whatIsWrittenIsWhatWaitingForEachStepGives() throws IOException {
    List<Integer> told = new ArrayList<>();
    TrainListener listener = new TrainListener() {
      @Override
      public void step(int epoch, int step, int steps, double loss, double rate, double imagesPerSecond) {
        told.add(step);
      }
    };
    Path eager =
        run(config("eager", c -> averaged().apply(c).saveEverySteps(1)), TrainListener.SILENT).folder();
    CudaBackendsForTests.schedule(CudaBackendsForTests.schedules()[1]);
    Path late = run(config("late", averaged()), listener).folder();
    TrainerTest.assertSameRuns(eager, late);
    assertEquals(List.of(1, 2, STEPS), told, "each step is told of once");
  }

  /** Two steps are on their way or done when the run is asked to stop; none is lost or done again. */
  @Test
  void aStoppedRunGoesOnWithTheSameBits() throws IOException {
    Path whole = run(config("whole", averaged()), TrainListener.SILENT).folder();
    Trainer[] trainer = new Trainer[1];
    TrainListener stopping = new TrainListener() {
      @Override
      public void step(int epoch, int step, int steps, double loss, double rate, double imagesPerSecond) {
        trainer[0].requestStop();
      }
    };
    try (Backend backend = CudaBackendsForTests.open(DType.FLOAT32)) {
      trainer[0] = new Trainer(config("stopped", averaged()), data(), backend, stopping);
      TrainResult stopped = trainer[0].run();
      assertEquals(TrainResult.Status.INTERRUPTED, stopped.status());
      assertEquals(2, stopped.steps());
    }
    TrainConfig resumed = TrainConfigFile.ofRun(output, "stopped");
    TrainerTest.assertSameRuns(whole, run(resumed, TrainListener.SILENT).folder());
  }

  /** The first step has the sane warm-up rate, the second throws the weights out of float32's range. */
  private TrainConfig diverging(String tag, int saveEvery) {
    return config(
        tag, c -> c.learningRate(1e30).warmupRate(1e-4).warmupSteps(1).clipNorm(0).saveEverySteps(saveEvery));
  }

  private String divergence(TrainConfig config, Backend backend, List<byte[]> saved) {
    TrainListener keeping = new TrainListener() {
      @Override
      public void checkpoint(Path file) {
        try {
          saved.add(Files.readAllBytes(file));
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
      }
    };
    TrainingDivergedException diverged = assertThrows(
        TrainingDivergedException.class, () -> new Trainer(config, data(), backend, keeping).run());
    assertEquals(3, diverged.step());
    return diverged.getMessage().replace(config.tag(), "the run");
  }

  @Test
  void divergenceIsToldAsTheProcessorTellsIt() throws IOException {
    List<byte[]> eager = new ArrayList<>();
    List<byte[]> late = new ArrayList<>();
    String expected;
    try (Backend cpu = Backends.open("cpu", 1)) {
      expected = divergence(diverging("cpu", 0), cpu, new ArrayList<>());
    }
    try (Backend backend = CudaBackendsForTests.open(DType.FLOAT32)) {
      assertEquals(expected, divergence(diverging("eager", 1), backend, eager));
      assertEquals(expected, divergence(diverging("late", 0), backend, late));
    }
    assertEquals(3, eager.size(), "saved at the start and after two good steps");
    assertEquals(1, late.size(), "saved at the start alone");
    assertArrayEquals(eager.get(0), late.get(0));
    assertArrayEquals(eager.get(2), Files.readAllBytes(output.resolve("eager/last.safetensors")));
    assertArrayEquals(late.get(0), Files.readAllBytes(output.resolve("late/last.safetensors")));
  }
}
