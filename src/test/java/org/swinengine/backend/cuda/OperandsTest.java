package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.cuda.RecordedCalls.Asked;
import org.swinengine.backend.cuda.RecordedCalls.Call;
import org.swinengine.backend.cuda.ptx.PtxCounts;
import org.swinengine.backend.cuda.ptx.PtxMachine;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.optim.AdamW;
import org.swinengine.optim.Optimizer;
import org.swinengine.optim.Sgd;
import org.swinengine.optim.WeightAverage;

/**
 * {@link Operands} of kernels that no step of Swin-T or ViT-B has, against what their checked-in PTX reads
 * and writes: a Swin-Unet's, and those of optimizers that keep an average of the weights.
 */
@Tag("cuda")
final class OperandsTest {
  private static final ModelSpec SPEC =
      ModelConfigFile.parse(
          "DATA: {IMG_SIZE: 16}\nMODEL: {NUM_CLASSES: 3, TYPE: swin_unet, NAME: small, SWIN: {PATCH_SIZE: 2,"
              + " EMBED_DIM: 32, DEPTHS: [1, 1], NUM_HEADS: [1, 2], WINDOW_SIZE: 4}}\n",
          "small.yaml");

  private static final int BATCH = 2;
  private static final int SECTOR = 32;

  @BeforeAll
  static void needsTheEmulator() {
    CudaBackendsForTests.assumeAvailable();
    assumeTrue(CudaBackendsForTests.isEmulated(), "a GPU does not count");
  }

  /** What a step's kernels whose names begin so read and write, by what they have to: of the first launch. */
  private static Map<String, Double> ratios(
      String kernels, Function<ParameterArena, Optimizer> optimizer) {
    Map<String, Double> ratios = new TreeMap<>();
    StepWorkload.run(SPEC, BATCH, optimizer, recorded -> {
      for (Call call : recorded) {
        if (call.what() != Asked.LAUNCH) {
          continue;
        }
        long least = Operands.of(call.kernel(), call.launch(), BATCH).bytes(); // of all kernels
        if (call.kernel().matches(kernels) && !ratios.containsKey(call.kernel())) {
          StepLedger.letGo(call);
          PtxCounts counts =
              PtxMachine.counting(RecordedCalls.MEMORY)
                  .run(RecordedCalls.program(call.kernel()), call.launch());
          // Ends of arrays, and a few numbers that are no operands.
          double found = counts.distinctReadBytes() + counts.distinctWrittenBytes() - 16 * SECTOR;
          ratios.put(call.kernel(), found / least);
        }
      }
    });
    return ratios;
  }

  private static void check(Map<String, Double> ratios, String... kernels) {
    assertEquals(new TreeSet<>(List.of(kernels)), ratios.keySet());
    ratios.forEach(
        (kernel, ratio) -> assertTrue(ratio > 0.85 && ratio <= 1.05, kernel + " moves " + ratio + " times"));
  }

  private static Optimizer averaging(ParameterArena arena, Optimizer optimizer) {
    new WeightAverage(arena, WeightAverage.Options.of(0.99)).keptBy(optimizer);
    return optimizer;
  }

  @Test
  void expansionsPairsAndAdamWWithAnAverage() {
    check(
        ratios(
            "layerNormExpand.*|exchange.*|product_.._pair_.*|adamW.*",
            arena -> averaging(arena, new AdamW(arena, AdamW.Options.DEFAULT))),
        "layerNormExpand_bf16", "layerNormExpandBackward_bf16", "exchange_2", "exchange_4",
        "product_nt_pair_64_bf16", "product_nn_pair_64_bf16", "product_tn_pair_64_bf16f32", "adamWAverage");
  }

  @Test
  void sgdWithAnAverageAndWithout() {
    Sgd.Options options = new Sgd.Options(0.9, true, 1e-4, true);
    check(ratios("sgd.*", arena -> averaging(arena, new Sgd(arena, options))), "sgdAverage");
    check(ratios("sgd.*", arena -> new Sgd(arena, options)), "sgd");
    Sgd.Options plain = new Sgd.Options(0, false, 1e-4, true);
    check(ratios("sgd.*", arena -> averaging(arena, new Sgd(arena, plain))), "sgdAverage");
  }
}
