package org.swinengine.bench.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The tables of {@code bench/RESULTS.md}, from raw results. */
final class Tables {
  private static final String RATE = "images_per_second";
  private static final String WALL = "wall_seconds";
  private static final String MEMORY = "tree_rss_mb";
  private static final List<String> FLOAT32 = List.of("eager", "onnx");
  private static final List<String> OTHERS = List.of("compile", "bf16", "djl");
  private static final Map<String, String> TITLES =
      Map.of(
          "eager", "PyTorch", "compile", "`torch.compile`", "bf16", "PyTorch, bf16 autocast",
          "onnx", "ONNX Runtime", "djl", "DJL (PyTorch)");

  private Tables() {}

  /** The sections for which there are results. */
  static List<Section> of(Results results) {
    List<Section> sections = new ArrayList<>();
    if (!results.isEmpty()) {
      sections.add(new Section(Page.MACHINES, machines(results)));
    }
    Results rows = results.what("rows");
    if (!rows.isEmpty()) {
      sections.add(new Section("float32", byMachine(rows, part -> rates(part, FLOAT32) + "\n" + own(part))));
    }
    if (OTHERS.stream().anyMatch(peer -> !rows.peer(peer).isEmpty())) {
      sections.add(new Section("peers", byMachine(rows, part -> rates(part, OTHERS))));
    }
    add(sections, results, "predict", Tables::predict);
    add(sections, results, "memory", Tables::memory);
    add(sections, results, "train", Tables::train);
    add(sections, results, Curves.WHAT, Curves::table);
    add(sections, results, SegmentationCurve.WHAT, SegmentationCurve::table);
    add(sections, results, "starts", Tables::starts);
    add(sections, results, "scaling", Scaling::table);
    return sections;
  }

  private static void add(List<Section> sections, Results results, String what, Part part) {
    Results chosen = results.what(what);
    if (!chosen.isEmpty()) {
      sections.add(new Section(what, byMachine(chosen, part)));
    }
  }

  private interface Part {
    String table(Results results);
  }

  /** A table for each machine and register file. */
  private static String byMachine(Results results, Part part) {
    StringBuilder text = new StringBuilder();
    for (String machine : results.distinct(Measurement::machine)) {
      Results here = results.where(measurement -> measurement.machine().equals(machine));
      for (String registers : here.distinct(Measurement::registers)) {
        String table = part.table(here.registers(registers));
        if (!table.isBlank()) {
          text.append("\n").append(machine).append(registers.equals(Tools.SIXTEEN) ? ", held to AVX2" : "");
          text.append(" (").append(conditions(here.registers(registers))).append("):\n\n").append(table);
        }
      }
    }
    return text.toString();
  }

  private static String conditions(Results results) {
    Summary seconds = results.summary(Contest.GIVEN_SECONDS);
    int rounds = results.all().stream().mapToInt(Measurement::round).max().orElse(0);
    String of = seconds == null ? "" : ", " + number(seconds.median()) + " s a process";
    return rounds + (rounds == 1 ? " round" : " rounds") + of;
  }

  private static String machines(Results results) {
    StringBuilder text = new StringBuilder();
    for (String machine : results.distinct(Measurement::machine)) {
      Results here = results.where(measurement -> measurement.machine().equals(machine));
      Map<String, String> versions = new LinkedHashMap<>();
      for (String name : List.of("engine", "jdk", "torch", "timm", "onnxruntime", "djl")) {
        List<String> found =
            here.where(measurement -> measurement.result().has(name))
                .distinct(measurement -> measurement.result().get(name).asText());
        if (!found.isEmpty()) {
          versions.put(name, String.join(" and ", found));
        }
      }
      List<String> words = new ArrayList<>();
      versions.forEach((name, version) -> words.add(titled(name) + " " + version));
      text.append("- ").append(machine).append(". ").append(String.join(", ", words)).append(".\n");
    }
    return text.toString();
  }

  private static String titled(String name) {
    return switch (name) {
      case "jdk" -> "JDK";
      case "engine" -> "revision";
      case "torch" -> "PyTorch";
      case "onnxruntime" -> "ONNX Runtime";
      case "djl" -> "DJL";
      default -> name;
    };
  }

  private static List<String> jdks(Results results) {
    return results.distinct(Measurement::peer).stream().filter(Tables::isOurs).sorted().toList();
  }

  static boolean isOurs(String peer) {
    return peer.startsWith(Jdk.PEER);
  }

  static String jdk(String peer) {
    return "JDK " + peer.substring(Jdk.PEER.length()).replace(Plan.CHECKPOINT, ", `--use-checkpoint`");
  }

  private static String rates(Results results, List<String> others) {
    List<String> ours = jdks(results);
    List<String> theirs = others.stream().filter(peer -> !results.peer(peer).isEmpty()).toList();
    if (theirs.isEmpty() && others.equals(OTHERS)) {
      return "";
    }
    Grid grid = new Grid("images/s");
    ours.forEach(peer -> grid.column("ours, " + jdk(peer)));
    for (String peer : theirs) {
      grid.column(TITLES.get(peer));
      grid.column("× " + TITLES.get(peer));
    }
    for (Row row : Row.ALL) {
      Results item = results.item(row.id());
      if (item.isEmpty()) {
        continue;
      }
      grid.row(row.title());
      ours.forEach(peer -> grid.cell(middle(item.peer(peer).summary(RATE))));
      for (String peer : theirs) {
        grid.cell(middle(item.peer(peer).summary(RATE)));
        grid.cell(spread(item.ratio(RATE, ours.get(0), peer)));
      }
    }
    return grid.text();
  }

  /** How near ours is to what the processor can do, and what it needs. */
  private static String own(Results results) {
    List<String> ours = jdks(results);
    String first = ours.get(0);
    boolean peak = results.peer(first).summary("fma_gflops") != null;
    Grid grid = new Grid("ours, " + jdk(first)).column("GFLOP/s").column("share of SGEMM");
    if (peak) {
      grid.column("share of FMA peak");
    }
    ours.stream().skip(1).forEach(peer -> grid.column(jdk(first) + " ÷ " + jdk(peer)));
    grid.column("peak memory, MB").column(TITLES.get("eager") + "'s, MB");
    for (Row row : Row.ALL) {
      Results item = results.item(row.id());
      if (item.peer(first).isEmpty()) {
        continue;
      }
      grid.row(row.title()).cell(middle(item.peer(first).summary("gflops")));
      grid.cell(share(item.peer(first), "sgemm_gflops"));
      if (peak) {
        grid.cell(share(item.peer(first), "fma_gflops"));
      }
      ours.stream().skip(1).forEach(peer -> grid.cell(spread(item.ratio(RATE, first, peer))));
      grid.cell(middle(item.peer(first).summary(MEMORY)));
      grid.cell(middle(item.peer("eager").summary(MEMORY)));
    }
    return grid.text();
  }

  private static String predict(Results results) {
    List<String> ours = jdks(results);
    Grid grid = new Grid("seconds, process start to answer");
    ours.forEach(peer -> grid.column("ours, " + jdk(peer)));
    grid.column("PyTorch and timm").column("ours ÷ PyTorch");
    Map<String, String> titles =
        Map.of("predict", "`predict`, one photo, Swin-T", "inspect", "`inspect`, its .pth");
    for (String item : results.distinct(Measurement::item)) {
      Results here = results.item(item);
      grid.row(titles.get(item));
      ours.forEach(peer -> grid.cell(seconds(here.peer(peer))));
      grid.cell(seconds(here.peer("eager"))).cell(spread(here.ratio(WALL, ours.get(0), "eager")));
    }
    return grid.text();
  }

  private static String memory(Results results) {
    Grid grid = new Grid("peak resident memory, MB").column("engine").column("launcher").column("together");
    grid.column("together ÷ PyTorch").column("images/s");
    for (String peer : results.distinct(Measurement::peer)) {
      Results here = results.peer(peer);
      boolean ours = isOurs(peer);
      grid.row(ours ? "ours, " + jdk(peer) : TITLES.get(peer));
      grid.cell(middle(here.summary("peak_rss_mb")));
      grid.cell(ours ? middle(here.summary("started_rss_mb")) : "–");
      grid.cell(middle(here.summary(MEMORY))).cell(spread(results.ratio(MEMORY, peer, "eager")));
      grid.cell(middle(here.summary(RATE)));
    }
    return grid.text();
  }

  private static String train(Results results) {
    Grid grid = new Grid("`train`, whole runs").column("epochs").column("seconds").column("PyTorch ÷ it");
    grid.column("best top-1, %");
    for (String item : results.distinct(Measurement::item)) {
      Results here = results.item(item);
      for (String peer : here.distinct(Measurement::peer)) {
        grid.row(isOurs(peer) ? "ours, " + jdk(peer) : TITLES.get(peer)).cell(item);
        grid.cell(seconds(here.peer(peer))).cell(spread(here.ratio(WALL, "eager", peer)));
        grid.cell(spread(here.peer(peer).summary("best_top1")));
      }
    }
    return grid.text();
  }

  private static String starts(Results results) {
    Grid grid = new Grid("images/s of fresh processes").column("processes").column("median");
    grid.column("slowest").column("slowest ÷ median").column("fastest").column("with a warning");
    for (String peer : jdks(results)) {
      Results here = results.peer(peer);
      Summary rates = here.summary(RATE);
      long warned = here.where(measurement -> measurement.result().has("warning")).all().size();
      grid.row("ours, " + jdk(peer)).cell(Integer.toString(rates.count())).cell(rates.middle());
      grid.cell(Summary.digits(rates.least()));
      grid.cell(String.format(Locale.ROOT, "%.2f", rates.least() / rates.median()));
      grid.cell(Summary.digits(rates.greatest())).cell(Long.toString(warned));
    }
    return grid.text();
  }

  private static String seconds(Results results) {
    return spread(results.summary(WALL));
  }

  private static String share(Results results, String limit) {
    List<Double> shares = new ArrayList<>();
    Map<Integer, Double> limits = results.byRound(limit);
    results.byRound("gflops").forEach((round, rate) -> {
      if (limits.containsKey(round)) {
        shares.add(100 * rate / limits.get(round));
      }
    });
    return shares.isEmpty() ? "–" : String.format(Locale.ROOT, "%.0f %%", Summary.of(shares).median());
  }

  static String middle(Summary summary) {
    return summary == null ? "–" : summary.middle();
  }

  static String spread(Summary summary) {
    return summary == null ? "–" : summary.withSpread();
  }

  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
