package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What the speed of the kernels with tensor cores rests on, as numbers that need no GPU: a table in
 * {@code docs/GPU_LEDGER.md}, made from the checked-in PTX and the record of registers, and bars that it must
 * not pass. {@code -Dtest=LedgerTest -Dtest.jvmArgs=-Dswin.ledger.renew=true} writes the table.
 */
final class LedgerTest {
  private static final DocumentTable TABLE =
      new DocumentTable(
          Path.of("docs/GPU_LEDGER.md"), "<!-- loops: written by LedgerTest -->\n",
          "<!-- end of loops -->\n", "LedgerTest", "swin.ledger.renew");

  /** Of a multiprocessor of compute capability 9.0. */
  private static final int REGISTERS = 65536;
  private static final int SHARED_BYTES = 228 * 1024;

  /** What the system keeps of shared memory for each block. */
  private static final int SHARED_FOR_SYSTEM = 1024;

  /** PTX that a driver has to compile before a first training step of Swin-T has run, in lines. */
  private static final int MOST_LINES_OF_A_FIRST_STEP = 45_000;

  private static final List<String> LARGE_KERNELS_OF_A_STEP =
      List.of(
          "windowForwardWhole32_bf16", "windowBackwardWhole32_bf16", "windowTableGradient", "layerNorm_bf16",
          "layerNormBackward_bf16", "layerNormParameters_bf16", "product_nt_bias_128_bf16",
          "product_nt_gelu_128_bf16", "product_nt_residual_128_bf16", "product_nn_bias_128_bf16",
          "product_nn_geluGradient_128_bf16", "product_tn_128_bf16f32", "product_nt_bias_64_bf16",
          "product_nt_gelu_64_bf16", "product_nt_residual_64_bf16", "product_nn_bias_64_bf16",
          "product_nn_geluGradient_64_bf16", "product_tn_64_bf16f32", "product_nn_residual_128_bf16",
          "product_nn_residual_64_bf16", "product_tn_kept_128_bf16f32", "product_tn_kept_64_bf16f32");

  /** A loop of a kernel. */
  private record Row(String kernel, PtxText.Loop loop, int registers, int threads, int sharedBytes) {
    double instructionsPerProduct() {
      return (double) loop.instructions() / loop.products();
    }

    int blocks() {
      int ofABlock = threads * ((registers + 7) / 8 * 8);
      return Math.min(REGISTERS / ofABlock, SHARED_BYTES / (sharedBytes + SHARED_FOR_SYSTEM));
    }

    /** Bytes that the ring of a matrix product has under way while one strip is multiplied. */
    int bytesUnderWay() {
      return blocks() * sharedBytes / 3 * 2;
    }

    boolean isProduct() {
      return kernel.startsWith("product");
    }
  }

  private static List<Row> rows() throws IOException {
    Map<String, UsageRecord.Family> usages = UsageRecord.read();
    List<Row> rows = new ArrayList<>();
    for (String family : List.of("matrix", "pair", "tf32", "attention")) {
      String ptx = CheckedInKernels.ptx(family);
      Map<String, Integer> bounds = PtxText.launchBounds(ptx);
      for (String kernel : SingleKernelPtx.names(ptx)) {
        PtxAssembler.Usage usage = usages.get(family).kernels().get(kernel).get(1);
        int threads = bounds.get(kernel);
        for (PtxText.Loop loop : PtxText.productLoops(SingleKernelPtx.of(ptx, kernel))) {
          int tile = kernel.contains("_128_") ? 128 : 64;
          int ring = kernel.startsWith("product") ? 3 * 2 * tile * 32 * Short.BYTES : 0;
          rows.add(new Row(kernel, loop, usage.registers(), threads, usage.sharedBytes() + ring));
        }
      }
    }
    return rows;
  }

  private static String table() throws IOException {
    StringBuilder table = new StringBuilder(
        "| kernel | `mma` a turn | instructions for each | registers | blocks | KiB under way |\n"
            + "|---|---|---|---|---|---|\n");
    for (Row row : rows()) {
      table.append(String.format(Locale.ROOT, "| %s | %d | %.1f | %d | %s | %s |%n", row.kernel(),
          row.loop().products(), row.instructionsPerProduct(), row.registers(),
          row.isProduct() ? row.blocks() + "" : "–",
          row.isProduct() && !row.kernel().contains("any") ? row.bytesUnderWay() / 1024 + "" : "–"));
    }
    return table.toString();
  }

  @Test
  void theDocumentHoldsWhatIsCounted() throws IOException {
    TABLE.check(table());
  }

  @Test
  void loopsAreFoundAndTheirInstructionsCounted() {
    String kernel = """
        .visible .entry probe() {
          .reg .b32 %r<4>;
          mov.u32 %r1, 0;
        $L__BB0_1:
          add.s32 %r1, %r1, 1;
        $L__BB0_2:
          mma.sync.aligned {%r1}, {%r2};
          @%p1 bra 	$L__BB0_3;
          add.s32 %r2, %r2, 1;
        $L__BB0_3:
          mma.sync.aligned {%r1}, {%r2};
          @%p2 bra 	$L__BB0_2;
          @%p3 bra 	$L__BB0_1;
        $L__BB0_4:
          @%p4 bra 	$L__BB0_4;
          ret;
        }
        """;
    assertEquals(List.of(new PtxText.Loop(5, 2)), PtxText.productLoops(kernel));
  }

  /** Nine instructions for each product kept the tensor cores idle for nine tenths of the time. */
  @Test
  void matrixProductsMultiplyMoreThanTheyReckon() throws IOException {
    List<Row> products = rows().stream().filter(Row::isProduct).toList();
    assertEquals(46 + 12, products.size()); // loops; five kernels have one with sums of rows and one without
    for (Row row : products) {
      boolean rounds = row.kernel().endsWith("_tf32"); // an instruction for each number of an operand
      double most =
          row.kernel().contains("_128_") ? (rounds ? 4.2 : 5)
              : row.kernel().contains("_64_") ? (rounds ? 8.2 : 7) : (rounds ? 16 : 23);
      assertTrue(row.instructionsPerProduct() <= most, row + " has " + row.instructionsPerProduct());
      assertTrue(row.blocks() >= 2, row + ": two blocks on a multiprocessor hide each other's barriers");
      assertTrue(row.kernel().contains("any") || row.bytesUnderWay() >= 32 << 10,
          row + " has too little under way");
    }
  }

  /** Bars of attention are where the kernels are: they hold what there is until it is better. */
  @Test
  void attentionDoesNotGetSlower() throws IOException {
    List<Row> attention = rows().stream().filter(row -> !row.isProduct()).toList();
    assertTrue(attention.size() >= 23, attention.size() + " loops");
    for (Row row : attention) {
      int most = row.kernel().startsWith("global") ? 24 : row.kernel().contains("32") ? 155 : 80;
      assertTrue(row.instructionsPerProduct() <= most, row + " has " + row.instructionsPerProduct());
    }
  }

  /** The assembler takes some five seconds of a processor for so many lines; see DevicesCommand. */
  @Test
  void aFirstStartCompilesForSecondsOnly() throws IOException {
    long lines = 0;
    int found = 0;
    for (String family : List.of("attention", "norm", "matrix")) {
      String ptx = CheckedInKernels.ptx(family);
      for (String kernel : SingleKernelPtx.names(ptx)) {
        if (LARGE_KERNELS_OF_A_STEP.contains(kernel)) {
          found++;
          try (Stream<String> all = SingleKernelPtx.of(ptx, kernel).lines()) {
            lines += all.count();
          }
        }
      }
    }
    assertEquals(LARGE_KERNELS_OF_A_STEP.size(), found);
    assertTrue(lines <= MOST_LINES_OF_A_FIRST_STEP, lines + " lines of PTX");
  }
}
