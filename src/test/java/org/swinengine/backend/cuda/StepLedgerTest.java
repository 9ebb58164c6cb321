package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.cuda.RecordedCalls.Asked;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.Models;
import org.swinengine.models.ModelSpec;

/**
 * What an inference and a training step of Swin-T ask of a GPU at a batch of 256, counted without one, and
 * bars that the numbers must not pass. A bar above its goal stands where the kernels are today: it may only
 * fall. {@code -Dtest=StepLedgerTest -Dtest.jvmArgs=-Dswin.ledger.renew=true} writes the tables of
 * {@code docs/GPU_LEDGER.md}, those of ViT-B too.
 */
@Tag("cuda")
final class StepLedgerTest {
  private static final String SWIN = "swin_tiny_patch4_window7_224";
  private static final String VIT = "vit_base_patch16_224";
  private static final int BATCH = 256;
  private static final int SAMPLED_BLOCKS = 3;

  /** Passes over shared memory by the fewest there could be. */
  private static final double MOST_CONFLICTS = 1.05;

  /** Bytes that lanes want of those that come in sectors. */
  private static final double LEAST_USED = 0.9;
  private static final Map<String, Double> USED = Map.of(
      "embedGather", 0.66, // four pixels of a patch's row at a time
      "windowForwardWhole32", 0.67, // statistics, and a head's 64 bytes of a token
      "windowBackwardWhole32", 0.89,
      "product_nn_bias_64", 0.88, // the last terms of 1000 classes
      "windowTableGradient", 0.12); // pairs of tokens from a matrix

  /** Traffic below which a kernel's sectors do not matter, bytes of a pass. */
  private static final double NOTHING = 4e6;

  private static StepLedger inference;
  private static StepLedger training;

  @BeforeAll
  static void count() throws IOException {
    CudaBackendsForTests.assumeAvailable();
    assumeTrue(CudaBackendsForTests.isEmulated(), "a GPU does not count");
    ModelSpec spec = Models.spec(SWIN);
    inference = StepLedger.of(spec, BATCH, false, SAMPLED_BLOCKS);
    training = StepLedger.of(spec, BATCH, true, SAMPLED_BLOCKS);
  }

  /** Goals: 75 and 350 launches, which are met. */
  @Test
  void launchesAndWaitsOfAStepDoNotGrow() {
    assertTrue(inference.calls(Asked.LAUNCH) <= 73,
        inference.calls(Asked.LAUNCH) + " launches of an inference");
    assertTrue(training.calls(Asked.LAUNCH) <= 277, training.calls(Asked.LAUNCH) + " launches of a step");
    assertTrue(training.calls(Asked.COPY_ON_DEVICE) <= 1, training.calls(Asked.COPY_ON_DEVICE) + " copies");
    assertEquals(0, training.calls(Asked.UPLOAD), "uploads of a step");
    assertEquals(1, inference.calls(Asked.STREAM_WAIT), "waits of an inference: for its logits");
    assertEquals(0, training.calls(Asked.STREAM_WAIT), "waits of a step");
    assertEquals(2, training.calls(Asked.EVENT_WAIT), "for loss and norm of the step before");
    assertEquals(0, training.launchesAfterWaits(), "by then the whole step has been asked for");
    assertEquals(0, training.calls(Asked.ALLOCATION) + inference.calls(Asked.ALLOCATION), "allocations");
  }

  /**
   * With one image the host's time for each launch is the bound. The event is of the upload before the
   * last.
   */
  @Test
  void aReplayedInferenceIsOneLaunch() {
    List<Asked> calls =
        StepWorkload.replayed(Models.spec(SWIN), 1).stream().map(RecordedCalls.Call::what).toList();
    assertEquals(
        List.of(Asked.EVENT_WAIT, Asked.UPLOAD, Asked.GRAPH_LAUNCH, Asked.DOWNLOAD, Asked.STREAM_WAIT),
        calls);
  }

  /**
   * Numbers, the graph, the late copies of loss and norm, and the waits for those of the step before. The
   * first event is of the upload eight uploads before.
   */
  @Test
  void aReplayedTrainingStepIsOneLaunch() {
    List<Asked> calls =
        StepWorkload.replayedStep(Models.spec(SWIN), 1).stream().map(RecordedCalls.Call::what).toList();
    List<Asked> expected =
        List.of(
            Asked.EVENT_WAIT, Asked.UPLOAD, Asked.GRAPH_LAUNCH, Asked.DOWNLOAD, Asked.DOWNLOAD,
            Asked.EVENT_WAIT, Asked.EVENT_WAIT);
    assertEquals(expected, calls);
  }

  /** Goals: 22 and 78 times the bytes of a block's activation. */
  @Test
  void stepsMoveNoMoreThanToday() {
    assertTrue(passes(inference) <= 25.3, passes(inference) + " passes of an inference");
    assertTrue(passes(training) <= 91.7, passes(training) + " passes of a step");
  }

  /**
   * The same of blocks alone, their weights and these weights' gradients among them: what a Swin-T of two
   * more blocks in each stage moves more, by the activations that are these blocks' residuals.
   */
  @Test
  void blocksMoveNoMoreThanToday() {
    double two = bytesOfStep(2, 2, 2, 2);
    double four = bytesOfStep(4, 4, 4, 4);
    double passes = (four - two) / (activations(4, 4, 4, 4) - activations(2, 2, 2, 2));
    assertTrue(passes <= 83.8, passes + " passes of a block in training");
    assertTrue(passes > 60, passes + " passes of a block in training: is everything counted?");
  }

  /** Masks are drawn in products: behind the position embedding and the gradients of layers are passes. */
  @Test
  void dropoutLaunchesNoMoreThanToday() {
    long[] launches = {0};
    StepWorkload.run(swin("DROP_RATE: 0.1, ", 2, 2, 6, 2), BATCH, true, recorded -> {
      launches[0] = recorded.stream().filter(call -> call.what() == Asked.LAUNCH).count();
    });
    assertTrue(launches[0] <= 303, launches[0] + " launches of a step with dropout");
    assertTrue(launches[0] > training.calls(Asked.LAUNCH), launches[0] + ": is there dropout?");
  }

  /** A Swin-T of these depths, with something more said of the model. */
  private static ModelSpec swin(String more, int... depths) {
    return ModelConfigFile.parse(
        "MODEL: {TYPE: swin, " + more + "DROP_PATH_RATE: 0.2, SWIN: {EMBED_DIM: 96,"
            + " NUM_HEADS: [3, 6, 12, 24], WINDOW_SIZE: 7, DEPTHS: " + Arrays.toString(depths) + "}}",
        "swin.yaml");
  }

  /** Bytes that a training step moves at least, but for the optimizer's. */
  private static double bytesOfStep(int... depths) {
    double[] bytes = {0};
    StepWorkload.run(swin("", depths), BATCH, true, recorded -> {
      for (RecordedCalls.Call call : recorded) {
        if (call.what() == Asked.LAUNCH && !StepLedger.isOptimizers(call.kernel())) {
          bytes[0] += Operands.of(call.kernel(), call.launch(), BATCH).bytes();
        }
      }
    });
    return bytes[0];
  }

  /**
   * Bytes that all kernels but the optimizer's must move, embedding, merging, head and weights among them, by
   * the bytes of the activations that the blocks' residuals are.
   */
  private static double passes(StepLedger ledger) {
    return ledger.bytes() / activations(2, 2, 6, 2);
  }

  /** Bytes of a residual of each block of a Swin-T of these depths. */
  private static double activations(int... depths) {
    double activations = 0;
    for (int stage = 0; stage < 4; stage++) {
      int side = 56 >> stage;
      activations += depths[stage] * 2.0 * BATCH * side * side * (96 << stage);
    }
    return activations;
  }

  @Test
  void banksDoNotMeetMoreOftenThanToday() {
    List<String> above = new ArrayList<>();
    training.sums().forEach((kernel, sum) -> {
      if (sum.conflicts() > MOST_CONFLICTS) {
        above.add(kernel + ": " + sum.conflicts());
      }
    });
    assertEquals(List.of(), above, "passes over shared memory by the least");
  }

  @Test
  void whatComesInSectorsIsUsed() {
    List<String> below = new ArrayList<>();
    training.sums().forEach((kernel, sum) -> {
      if (sum.used() < USED.getOrDefault(kernel, LEAST_USED) && sum.askedBytes > NOTHING) {
        below.add(kernel + ": " + sum.used());
      }
    });
    assertEquals(List.of(), below, "bytes that lanes want, by those of their sectors");
  }

  /** A change of a kernel that makes it slower shows here, as far as the model can see. */
  @Test
  void theModelOfTimeDoesNotSlowDown() {
    assertTrue(inference.seconds() <= 9.7e-3, inference.seconds() + " s of an inference");
    assertTrue(training.seconds() <= 33.8e-3, training.seconds() + " s of a step");
  }

  /** The fit that makes slots of PTX, against the machine code of the kernels of a step. */
  @Test
  void slotsMeetTheSizesOfMachineCode() throws IOException {
    Map<String, Long> sizes = new HashMap<>();
    for (String family : CheckedInKernels.families()) {
      sizes.putAll(CheckedInKernels.machineInstructions(family, "sm_90"));
    }
    double[] ratios = training.rows().stream().map(StepLedger.Row::kernel).distinct()
        .mapToDouble(kernel -> RecordedCalls.program(kernel).slots() / sizes.get(kernel)).sorted().toArray();
    double middle = ratios[ratios.length / 2];
    assertTrue(middle > 0.9 && middle < 1.1, "the middle of " + Arrays.toString(ratios));
    assertTrue(ratios[ratios.length / 10] > 0.7 && ratios[ratios.length * 9 / 10] < 1.25,
        "most of " + Arrays.toString(ratios));
  }

  @Test
  void whatIsNotPaddingIsMostOfTheTensorCoresWork() {
    List<String> below = new ArrayList<>();
    training.sums().forEach((kernel, sum) -> {
      if (sum.usefulProducts < (kernel.startsWith("window") ? 0.58 : 0.74) * sum.products) {
        below.add(kernel + ": " + sum.usefulProducts / sum.products);
      }
    });
    assertEquals(List.of(), below, "products that are no padding, by all");
  }

  /** Every block of a smaller batch: each operand comes from memory once, each result goes there once. */
  @Test
  @Tag("slow")
  void kernelsTouchNothingButTheirOperands() throws IOException {
    StepLedger whole = StepLedger.of(Models.spec(SWIN), 1, true, Integer.MAX_VALUE);
    List<String> above = new ArrayList<>();
    whole.sums().forEach((kernel, sum) -> {
      if (sum.distinctBytes > 1.05 * sum.bytes + sum.launches * 16 * 32.0) {
        above.add(kernel + ": " + sum.distinctBytes / sum.bytes);
      }
    });
    assertEquals(List.of(), above);
  }

  @Test
  @Tag("slow")
  void theDocumentHoldsWhatIsCounted() throws IOException {
    StepLedgerTables tables = new StepLedgerTables();
    ModelSpec swin = Models.spec(SWIN);
    tables.add("Swin-T, inference", StepLedger.of(swin, 1, false, SAMPLED_BLOCKS), 1);
    tables.add("Swin-T, inference", StepLedger.of(swin, 32, false, SAMPLED_BLOCKS), 32);
    tables.add("Swin-T, inference", inference, BATCH);
    tables.add("Swin-T, training step", StepLedger.of(swin, 32, true, SAMPLED_BLOCKS), 32);
    tables.add("Swin-T, training step", training, BATCH);
    ModelSpec vit = Models.spec(VIT);
    tables.add("ViT-B/16, inference", StepLedger.of(vit, BATCH, false, SAMPLED_BLOCKS), BATCH);
    tables.add("ViT-B/16, training step", StepLedger.of(vit, BATCH, true, SAMPLED_BLOCKS), BATCH);
    new DocumentTable(
        Path.of("docs/GPU_LEDGER.md"), "<!-- steps: written by StepLedgerTest -->\n",
        "<!-- end of steps -->\n", "StepLedgerTest",
        "swin.ledger.renew")
        .check(tables.text());
  }
}
