package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Instructions beside the products in the checked-in machine code for 9.0: a table in
 * {@code docs/GPU_LEDGER.md}, which {@code -Dtest=MachineCodeTest -Dtest.jvmArgs=-Dswin.ledger.renew=true}
 * writes.
 */
final class MachineCodeTest {
  private static final DocumentTable TABLE =
      new DocumentTable(
          Path.of("docs/GPU_LEDGER.md"), "<!-- beside: written by MachineCodeTest -->\n",
          "<!-- end of beside -->\n", "MachineCodeTest", "swin.ledger.renew");
  private static final Pattern LINE = Pattern.compile("^\\s*/\\*([0-9a-f]+)\\*/\\s+(.*);.*");

  /**
   * A row.
   *
   * @param before what it was before epilogues were written for their kind
   * @param bar what it may be
   * @param kernels of tiles of 128, then of 64; or a loop's
   */
  private record Row(String what, String before, int bar, boolean isLoop, String... kernels) {}

  private static final List<Row> ROWS = List.of(
      new Row("bias", "96", 21, false, "product_n?_bias_%d_bf16"),
      new Row("bias and residual (with DropPath)", "108 (135)", 47, false, "product_n?_residual_%d_bf16"),
      new Row("bias and GELU, pre-activation kept", "290", 101, false, "product_nt_gelu_%d_bf16"),
      new Row("times GELU′", "345", 105, false, "product_nn_geluGradient_%d_bf16"),
      new Row("a window, forward", "1,490", 560, true, "windowForwardWhole32_bf16"),
      new Row("a window, backward", "2,560", 950, true, "windowBackwardWhole32_bf16"));

  private static double[] figures(Row row, int tile) throws IOException {
    List<Double> figures = new ArrayList<>();
    for (String kernel : row.kernels) {
      if (row.isLoop) {
        figures.add((double) code(kernel).loopAroundProducts());
        continue;
      }
      for (String layout : kernel.contains("?") ? List.of("t", "n") : List.of("")) {
        String name = String.format(Locale.ROOT, kernel.replace("?", layout), tile);
        figures.add(code(name).behindTheProducts() / (tile == 128 ? 16.0 : 8.0));
      }
    }
    return figures.stream().mapToDouble(Double::doubleValue).sorted().toArray();
  }

  private static MachineCode code(String kernel) throws IOException {
    String family =
        kernel.endsWith("_tf32") ? "tf32" : kernel.startsWith("product") ? "matrix" : "attention";
    MachineCode code = MachineCode.of(family, MachineCode.MACHINE).get(kernel);
    assertTrue(code != null, "there is no kernel " + kernel);
    return code;
  }

  private static String text(double[] figures) {
    long least = Math.round(figures[0]);
    long most = Math.round(figures[figures.length - 1]);
    return least == most ? "" + least : least + " to " + most;
  }

  private static String table() throws IOException {
    StringBuilder table =
        new StringBuilder("| | before | bar | tiles of 128 | of 64 |\n|---|---|---|---|---|\n");
    for (Row row : ROWS) {
      table.append(String.format(Locale.ROOT, "| %s | %s | %d | %s | %s |%n", row.what, row.before, row.bar,
          text(figures(row, 128)), row.isLoop ? "–" : text(figures(row, 64))));
    }
    return table.toString();
  }

  @Test
  void theDocumentHoldsWhatIsCounted() throws IOException {
    TABLE.check(table());
  }

  @Test
  void nothingIsAboveItsBar() throws IOException {
    for (Row row : ROWS) {
      for (int tile : new int[] {128, 64}) {
        for (double figure : figures(row, tile)) {
          assertTrue(figure <= row.bar, row.what + ": " + figure);
        }
      }
    }
  }

  /** A loop of three strips, 16 or 32 products each. */
  @Test
  void productsAreThoseOfTheTiles() throws IOException {
    assertEquals(3 * 32, code("product_nt_bias_128_bf16").products().size());
    assertEquals(3 * 16, code("product_nt_bias_64_bf16").products().size());
    assertEquals(32, code("windowForwardWhole32_bf16").products().size());
    assertEquals(80, code("windowBackwardWhole32_bf16").products().size());
  }

  /** Of a turn, which has 64 or 16 products. Each operand's number takes two instructions to be rounded. */
  @Test
  void productsInTf32AreNotAboveTheirBars() throws IOException {
    for (String layout : List.of("nn", "nt", "tn", "tt")) {
      MachineCode large = code("product_" + layout + "_128_tf32");
      MachineCode small = code("product_" + layout + "_64_tf32");
      assertEquals(64, large.products().size());
      assertEquals(16, small.products().size());
      double most = large.loopAroundProducts() / 64.0;
      assertTrue(most <= 5.2, layout + " in tiles of 128: " + most);
      most = small.loopAroundProducts() / 16.0;
      assertTrue(most <= 10.2, layout + " in tiles of 64: " + most);
    }
  }

  /** Skipped where nvdisasm of a CUDA toolkit from 11.8 on is not on the PATH. */
  @Test
  void nvdisasmReadsTheSame(@TempDir Path folder) throws IOException, InterruptedException {
    Path nvdisasm = Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .map(part -> Path.of(part, "nvdisasm")).filter(Files::isExecutable).findFirst().orElse(null);
    assumeTrue(nvdisasm != null, "there is no nvdisasm on the PATH");
    for (String kernel : List.of("product_nt_bias_128_bf16", "product_nn_geluGradient_64_bf16",
        "windowForwardWhole32_bf16", "windowBackwardWhole32_bf16", "product_tn_128_tf32")) {
      MachineCode code = code(kernel);
      Path file = Files.write(folder.resolve(kernel), code.bytes());
      Process process = new ProcessBuilder(nvdisasm.toString(), "--binary", "SM90", "-c", file.toString())
          .redirectErrorStream(true).start();
      String listing = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, process.waitFor(), listing);
      check(kernel, code, listing);
    }
  }

  private static void check(String kernel, MachineCode code, String listing) {
    List<Integer> products = new ArrayList<>();
    int instructions = 0;
    int shortest = Integer.MAX_VALUE;
    List<Integer> known = code.products();
    for (String line : listing.lines().toList()) {
      Matcher matcher = LINE.matcher(line);
      if (!matcher.matches()) {
        continue;
      }
      int at = Integer.parseInt(matcher.group(1), 16) / MachineCode.BYTES;
      instructions++;
      Matcher branch = Pattern.compile("\\bBRA\\b.*?(0x[0-9a-f]+)").matcher(matcher.group(2));
      if (matcher.group(2).contains("HMMA")) {
        products.add(at);
      } else if (branch.find() && at > known.get(known.size() - 1)) {
        int target = Integer.decode(branch.group(1)) / MachineCode.BYTES;
        shortest = target <= known.get(0) ? Math.min(shortest, at + 1 - target) : shortest;
      }
    }
    assertEquals(known, products, kernel);
    assertEquals(code.instructions(), instructions, kernel);
    assertEquals(shortest, code.loopAroundProducts(), kernel);
  }

  /** Without nvdisasm, what it says of three lines: the listing is read as it is written. */
  @Test
  void listingsAreRead() {
    Map<String, String> lines = Map.of(
        "        /*0000*/                   HMMA.16816.F32.BF16 R4, R8, R12, R4 ;", "0",
        "        /*3ff0*/              @!P0 BRA 0x40a0 ;", "3ff0");
    lines.forEach((line, at) -> {
      Matcher matcher = LINE.matcher(line);
      assertTrue(matcher.matches());
      assertEquals(Integer.parseInt(at, 16), Integer.parseInt(matcher.group(1), 16));
    });
  }
}
