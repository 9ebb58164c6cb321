package org.swinengine.backend.cuda;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes the page of {@code bench/gpu all}: measured speed beside what the ledger's model of time says and
 * beside PyTorch, and where the time of a pass goes.
 */
final class GpuResults {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String OURS = "swin-engine";
  private static final List<String> PEERS = List.of("torch", "torch.compile");

  /** Rows of each table of operations. */
  private static final int OPERATIONS = 16;

  /** Configurations by name, each with the answers of the peers. */
  private final Map<String, Map<String, JsonNode>> figures = new LinkedHashMap<>();
  private final List<String> ledger;

  /**
   * @param lines {@code peer}, {@code what} and the {@code result} of a command, in JSON
   * @param ledger the lines of {@code docs/GPU_LEDGER.md}
   */
  GpuResults(List<String> lines, List<String> ledger) throws IOException {
    this.ledger = ledger;
    for (String line : lines) {
      JsonNode node = JSON.readTree(line);
      figures.computeIfAbsent(node.get("what").asText(), what -> new LinkedHashMap<>())
          .put(node.get("peer").asText(), node.get("result"));
    }
  }

  /** The arguments: figures, the ledger, the page to write, how conformance went, the GPU. */
  public static void main(String[] words) throws IOException {
    GpuResults results =
        new GpuResults(Files.readAllLines(Path.of(words[0])), Files.readAllLines(Path.of(words[1])));
    Files.writeString(Path.of(words[2]), results.page(words[3], words[4]));
  }

  String page(String conformance, String gpu) {
    StringBuilder page = new StringBuilder();
    page.append(
        """
        # Results on a GPU

        Written by `bench/gpu all`. Both sides time passes by the same rule: a third of the time for
        warm-up, the median of the rest; a training step is forward, cross-entropy, backward and AdamW. The
        model of time is that of [the ledger](../docs/GPU_LEDGER.md#whole-steps), for an H200.

        ```
        %s
        ```

        Inline instructions: as their twins. Kernels, operations and models against the reference, a
        quarter of the cases: **%s**.

        | images/s | measured | model of time | PyTorch | × PyTorch | torch.compile | × torch.compile |
        |---|---|---|---|---|---|---|
        """
            .formatted(gpu.strip(), conformance));
    figures.forEach((what, answers) -> page.append(row(what, answers)));
    figures.forEach((what, answers) -> {
      if (answers.containsKey(OURS) && answers.get(OURS).has("profile")) {
        page.append(operations(what, answers.get(OURS)));
      }
    });
    return page.toString();
  }

  private String row(String what, Map<String, JsonNode> answers) {
    double ours = speed(answers.get(OURS));
    List<String> cells =
        new ArrayList<>(List.of(what, number(ours), number(predicted(what, answers.get(OURS)))));
    for (String peer : PEERS) {
      double theirs = speed(answers.get(peer));
      cells.add(number(theirs));
      cells.add(number(ours / theirs));
    }
    return "| " + String.join(" | ", cells) + " |\n";
  }

  /** Images a second; NaN where there is no figure. */
  private static double speed(JsonNode answer) {
    return answer == null ? Double.NaN : answer.get("images_per_second").asDouble(Double.NaN);
  }

  /** What the ledger says of this model, pass and batch in bf16; NaN where it says nothing. */
  private double predicted(String what, JsonNode answer) {
    if (answer == null || !what.contains("bf16")) {
      return Double.NaN;
    }
    String model = answer.get("model").asText();
    String name =
        model.startsWith("swin_tiny") ? "Swin-T" : model.startsWith("vit_base") ? "ViT-B/16" : model;
    String pass = what.startsWith("infer") ? "inference" : "training step";
    String start = "| " + name + ", " + pass + ", " + answer.get("batch").asInt() + " |";
    for (String line : ledger) {
      if (line.startsWith(start)) {
        String[] cells = line.split("\\|");
        return Double.parseDouble(cells[cells.length - 1].strip());
      }
    }
    return Double.NaN;
  }

  /** To three digits; a dash for what is not there. */
  private static String number(double value) {
    if (Double.isNaN(value)) {
      return "–";
    }
    return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
  }

  private static String operations(String what, JsonNode ours) {
    StringBuilder table = new StringBuilder("\n## " + what + "\n\n");
    table.append("A copy: ").append(number(ours.get("copy_gb_per_s").asDouble()))
        .append(" GB/s read and written; products alone, TFLOP/s:");
    for (JsonNode product : ours.get("products")) {
      table.append(
          String.format(
              Locale.ROOT, " %d×%d×%d %s;", product.get("rows").asInt(), product.get("in").asInt(),
              product.get("out").asInt(), number(product.get("gflops").asDouble() / 1e3)));
    }
    table.append(" 1024×1024×1024 ").append(number(ours.get("sgemm_gflops").asDouble() / 1e3))
        .append(".\nEach call is waited for here: a pass of ")
        .append(number(ours.get("profiled_ms").asDouble()))
        .append(" ms, ").append(number(ours.get("step_ms").asDouble())).append(" ms without that.\n\n");
    table.append("| operation | calls | ms | share | TFLOP/s | GB/s |\n|---|---|---|---|---|---|\n");
    int rows = 0;
    for (JsonNode row : ours.get("profile")) {
      if (rows++ == OPERATIONS) {
        break;
      }
      double flops = row.get("gflops").asDouble() / 1e3;
      table.append(
          String.format(
              Locale.ROOT, "| %s | %s | %s | %.0f %% | %s | %s |\n", row.get("operation").asText(),
              number(row.get("calls").asDouble()), number(row.get("ms").asDouble()),
              100 * row.get("share").asDouble(), flops > 0 ? number(flops) : "–",
              number(row.get("gb_per_s").asDouble())));
    }
    return table.toString();
  }
}
