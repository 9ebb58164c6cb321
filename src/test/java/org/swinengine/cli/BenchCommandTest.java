package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.Backends;
import org.swinengine.backend.profile.KernelTime;
import org.swinengine.backend.profile.ProfilingBackend;
import org.swinengine.backend.profile.Roofline;
import org.swinengine.models.ModelCost;
import org.swinengine.models.Models;
import picocli.CommandLine;

class BenchCommandTest {
  private static final String MODEL = "swin_nano_patch4_window7_28";

  private static List<String> run(String... arguments) {
    StringWriter out = new StringWriter();
    CommandLine command = new CommandLine(new BenchCommand()).setOut(new PrintWriter(out, true));
    command.setCaseInsensitiveEnumValuesAllowed(true);
    assertEquals(0, command.execute(arguments));
    return out.toString().lines().toList();
  }

  @Test
  void imagesMayHaveAnotherSizeAndOtherChannels() throws Exception {
    double[] gflop = new double[2];
    double[] rounding = new double[2];
    for (int i = 0; i < 2; i++) {
      List<String> more = i == 0 ? List.of() : List.of("--image-size", "56", "--channels", "3");
      List<String> all =
          new ArrayList<>(List.of("--model", MODEL, "--batch", "1", "--seconds", "0.3", "--json"));
      all.addAll(more);
      JsonNode result = new ObjectMapper().readTree(run(all.toArray(new String[0])).get(0));
      double rate = result.get("gflops").asDouble();
      double ms = result.get("step_ms").asDouble();
      gflop[i] = rate * ms / 1e3;
      // Both are said to a thousandth, of which a pass may take less than two hundred.
      rounding[i] = 0.51e-3 * (rate + ms) / 1e3;
    }
    assertEquals(2e-9 * ModelCost.of(Models.spec(MODEL)).operations(), gflop[0], rounding[0]);
    assertEquals(2e-9 * ModelCost.of(Models.spec(MODEL).withImage(56, 56, 3)).operations(), gflop[1],
        rounding[1]);
  }

  @ParameterizedTest
  @ValueSource(strings = {"infer", "train"})
  void aProfileAddsUpToThePass(String mode) throws Exception {
    List<String> lines =
        run(
            "--model", MODEL, "--batch", "2", "--mode", mode, "--seconds", "1", "--device", "cpu",
            "--profile", "--json");
    assertEquals(1, lines.size(), lines.toString());
    JsonNode result = new ObjectMapper().readTree(lines.get(0));
    double sum = 0;
    for (JsonNode row : result.get("profile")) {
      assertTrue(row.get("ms").asDouble() >= 0 && row.get("above_bound_ms").asDouble() >= 0, row.toString());
      assertTrue(row.get("calls").asDouble() >= 1, row.toString());
      sum += row.get("ms").asDouble();
    }
    double rounding = 1e-3 * (2 + result.get("profile").size());
    double pass = result.get("profiled_ms").asDouble();
    assertTrue(sum > 0 && sum <= pass + rounding, result.toString());
    assertEquals(pass, sum + result.get("outside_kernels_ms").asDouble(), rounding);
    assertTrue(result.get("copy_gb_per_s").asDouble() > 0);
    assertEquals(3, result.get("products").size());
    double peak = result.get("fma_gflops").asDouble();
    assertTrue(peak > 0);
    double gflops = result.get("gflops").asDouble();
    double share = result.get("share_of_peak").asDouble();
    // All three are rounded to thousandths, which weighs where a busy machine lets a rate seem small.
    assertEquals(gflops / peak, share, 5e-4 * (1 + share * (1 / peak + 1 / gflops)) * 1.01);
  }

  @Test
  void withoutProfileThereIsNone() throws Exception {
    List<String> lines = run("--model", MODEL, "--batch", "1", "--seconds", "0.1", "--device", "reference");
    JsonNode result = new ObjectMapper().readTree(lines.get(lines.size() - 1));
    assertEquals(3, lines.size(), lines.toString());
    for (String absent : List.of("profile", "products", "fma_gflops", "share_of_peak")) {
      assertFalse(result.has(absent), absent);
    }
    assertTrue(result.get("sgemm_gflops").asDouble() > 0);
  }

  /** Calls of one pass, whatever the number of passes; the reference has no peak, memory bounds it alone. */
  @Test
  void theReferenceIsProfiledToo() {
    try (ProfilingBackend profiling = new ProfilingBackend(Backends.open("reference", 1))) {
      Bench.Passes pass = new Bench(profiling, 0).passes(Models.spec(MODEL), 1, true, false, 0.1);
      BenchProfile table = BenchProfile.of(pass, new Roofline(OptionalDouble.empty(), 10));
      List<String> kinds = table.kernels().stream().map(KernelTime::kind).toList();
      assertTrue(kinds.stream().anyMatch(kind -> kind.startsWith("windowBackward 7x7")), kinds.toString());
      assertEquals(1, calls(table, "crossEntropyBackward"));
      assertEquals(1, calls(table, "embedGather"));
      List<String> lines = table.lines();
      assertTrue(lines.size() <= 3 + 24 + 3, "lines: " + lines.size());
      assertTrue(lines.stream().anyMatch(line -> line.startsWith("outside of kernels ")), lines.toString());
      String last = lines.get(lines.size() - 1);
      KernelTime worst = table.kernels().get(0);
      for (KernelTime kernel : table.kernels()) {
        worst = kernel.lossSeconds() > worst.lossSeconds() ? kernel : worst;
      }
      assertTrue(last.startsWith("largest loss: " + worst.kind() + ", "), last);
    }
  }

  private static double calls(BenchProfile table, String method) {
    return table.kernels().stream()
        .filter(kernel -> kernel.kind().startsWith(method + " "))
        .mapToDouble(KernelTime::calls)
        .sum();
  }
}
