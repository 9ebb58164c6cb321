package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Bars for what the bf16 kernels of a layer take beside their products, in instructions of the checked-in
 * PTX: {@code docs/GPU_LEDGER.md} has the machine code's. Code that a branch skips counts: a kept
 * pre-activation, factors of rows, a mask.
 */
final class InstructionBarsTest {
  private static String kernel(String family, String name) throws IOException {
    String ptx = CheckedInKernels.ptx(family);
    assertTrue(SingleKernelPtx.names(ptx).contains(name), "there is no kernel " + name);
    return SingleKernelPtx.of(ptx, name);
  }

  private static List<String> instructions(String kernel) {
    return kernel.lines().map(String::strip).filter(line -> line.endsWith(";") && !line.startsWith("."))
        .toList();
  }

  /** Instructions behind a kernel's last product, for each four elements of a thread. */
  private static double ofAFour(String name, int tile) throws IOException {
    String family = name.contains("Dropout") ? "matrixDropout" : "matrix";
    List<String> all = instructions(kernel(family, name));
    int last = 0;
    for (int i = 0; i < all.size(); i++) {
      last = all.get(i).startsWith("mma.sync") ? i : last;
    }
    assertTrue(last > 0, name + " multiplies nothing");
    int elements = tile == 128 ? 64 : 32;
    return (all.size() - 1 - last) / (elements / 4.0);
  }

  @Test
  void epiloguesOfLayers() throws IOException {
    Map<String, Integer> bars =
        Map.of("nt_bias", 25, "nn_bias", 25, "nt_gelu", 120, "nt_residual", 45, "nn_residual", 45,
            "nn_geluGradient", 145, "nt_residualStatistics", 85,
            "nt_normBias", 75, "nt_normGelu", 105);
    check(bars);
  }

  /** A draw of four numbers, once for each four. */
  @Test
  void epiloguesWithDropout() throws IOException {
    check(Map.of("nt_geluDropout", 270, "nt_residualDropout", 185, "nn_geluGradientDropout", 270));
  }

  private static void check(Map<String, Integer> bars) throws IOException {
    for (Map.Entry<String, Integer> bar : bars.entrySet()) {
      for (int tile : new int[] {64, 128}) {
        String name = "product_" + bar.getKey() + "_" + tile + "_bf16";
        double found = ofAFour(name, tile);
        assertTrue(found <= bar.getValue(), name + " takes " + found + " instructions for four elements");
      }
    }
  }

  @Test
  void windowsOfSwin() throws IOException {
    Map<String, Integer> bars = Map.of("windowForwardWhole32_bf16", 750, "windowBackwardWhole32_bf16", 1600);
    for (Map.Entry<String, Integer> bar : bars.entrySet()) {
      List<PtxText.Loop> loops = PtxText.productLoops(kernel("attention", bar.getKey()));
      assertEquals(1, loops.size(), bar.getKey() + " has one loop, over windows");
      int found = loops.get(0).instructions();
      assertTrue(found <= bar.getValue(), bar.getKey() + " takes " + found + " instructions for a window");
    }
  }

  /** Two blocks of every one of these kernels fit on a multiprocessor, from 8.0 to 9.0. */
  @Test
  void twoBlocksFit() throws IOException {
    int found = 0;
    for (String family : List.of("matrix", "matrixDropout", "pair", "tf32", "tf32Dropout", "attention")) {
      Map<String, Integer> threads = PtxText.launchBounds(CheckedInKernels.ptx(family));
      for (Map.Entry<String, List<PtxAssembler.Usage>> kernel : UsageRecord.read().get(family).kernels()
          .entrySet()) {
        String name = kernel.getKey();
        if (name.contains("Whole") || name.startsWith("product") && !name.endsWith("_f32")) {
          found++;
          for (PtxAssembler.Usage usage : kernel.getValue()) {
            int block = threads.get(name) * ((usage.registers() + 7) / 8 * 8);
            assertTrue(2 * block <= 65536, name + " takes " + usage.registers() + " registers");
            assertEquals(0, usage.spillBytes(), name);
          }
        }
      }
    }
    assertEquals(45 + 6 + 12 + 6, found);
    assertTrue(2 * (WindowCall.WHOLE_BACKWARD + 1024) <= 100 << 10, "shared memory of 8.6 and 8.9");
  }
}
