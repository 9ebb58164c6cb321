package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.swinengine.backend.profile.KernelTime;
import org.swinengine.backend.profile.Roofline;

/**
 * Where a pass's time goes, as a table and as JSON.
 *
 * @param kernels the calls of a pass by kind, the longest first, with their time at the roofline
 * @param passSeconds the pass that they are of
 * @param passes how many passes it is the mean of
 * @param roofline what the kernels are compared with
 */
record BenchProfile(List<KernelTime> kernels, double passSeconds, int passes, Roofline roofline) {
  /** Rows of kernels in the table. */
  private static final int MOST_ROWS = 24;

  /** Share of a pass below which a method gets no row of its own. */
  private static final double LIGHT = 0.002;

  /** Methods in the line of losses by method. */
  private static final int MOST_METHODS = 6;

  private static final String TITLES =
      String.format(
          Locale.ROOT,
          "%-47s %6s %8s %6s %8s %8s %7s %7s %8s %8s",
          "operation",
          "calls",
          "ms",
          "share",
          "GFLOP/s",
          "MB",
          "GB/s",
          "flop/B",
          "bound",
          "above");

  static BenchProfile of(Bench.Passes passes, Roofline roofline) {
    List<KernelTime> kernels = new ArrayList<>();
    passes.kernels().forEach(kernel -> kernels.add(roofline.bind(kernel)));
    kernels.sort(Comparator.comparingDouble(KernelTime::seconds).reversed());
    return new BenchProfile(kernels, passes.profiledSeconds(), passes.profiledPasses(), roofline);
  }

  /** Time of a pass in which no kernel runs. */
  private double outside() {
    return passSeconds - kernels.stream().mapToDouble(KernelTime::seconds).sum();
  }

  /** The table, line by line. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "where the time of a pass goes: %.1f ms, the mean of the faster half of all passes (%d)",
            passSeconds * 1e3,
            passes));
    lines.add(
        String.format(
            Locale.ROOT,
            "MB: each operand once; bound: GFLOP/s at the roofline, %sflop/B x %.1f GB/s (a copy); above: ms"
                + " above it",
            roofline.gflops().isPresent()
                ? String.format(Locale.ROOT, "%.1f (FMA peak) or ", roofline.gflops().getAsDouble())
                : "",
            roofline.gigabytesPerSecond()));
    lines.add(TITLES);
    for (KernelTime kernel : shown()) {
      lines.add(line(kernel));
    }
    lines.add(
        String.format(
            Locale.ROOT,
            "%-47s %6s %8.2f %5.1f%%",
            "outside of kernels",
            "",
            outside() * 1e3,
            100 * outside() / passSeconds));
    lines.add("ms above the bound by method: " + lossesByMethod());
    kernels.stream()
        .max(Comparator.comparingDouble(KernelTime::lossSeconds))
        .ifPresent(
            worst -> lines.add(
                String.format(
                    Locale.ROOT,
                    "largest loss: %s, %.1f ms of %.1f a pass above its bound of %.1f",
                    worst.kind(),
                    worst.lossSeconds() * 1e3,
                    passSeconds * 1e3,
                    worst.boundSeconds() * 1e3)));
    return lines;
  }

  /** All kinds; or, where these are too many, the longest, and the others by method. */
  private List<KernelTime> shown() {
    if (kernels.size() <= MOST_ROWS) {
      return kernels;
    }
    for (int detailed = MOST_ROWS; detailed > 0; detailed--) {
      List<KernelTime> rest = kernels.subList(detailed, kernels.size());
      List<KernelTime> groups = byMethod(rest);
      if (detailed + groups.size() <= MOST_ROWS) {
        List<KernelTime> shown = new ArrayList<>(kernels.subList(0, detailed));
        shown.addAll(groups);
        return shown;
      }
    }
    return byMethod(kernels);
  }

  /** One row for each method, the longest first; methods of no weight share one. */
  private List<KernelTime> byMethod(List<KernelTime> kinds) {
    Map<String, List<KernelTime>> methods = new LinkedHashMap<>();
    for (KernelTime kind : kinds) {
      methods.computeIfAbsent(method(kind), method -> new ArrayList<>()).add(kind);
    }
    List<KernelTime> groups = new ArrayList<>();
    methods.forEach(
        (method, group) -> {
          KernelTime sum = group.stream().reduce(KernelTime::plus).orElseThrow();
          groups.add(group.size() == 1 ? sum : sum.named(method + " (" + group.size() + " kinds)"));
        });
    groups.sort(Comparator.comparingDouble(KernelTime::seconds).reversed());
    List<KernelTime> light = groups.stream().filter(group -> group.seconds() < LIGHT * passSeconds).toList();
    if (light.size() > 1) {
      groups.removeAll(light);
      KernelTime sum = light.stream().reduce(KernelTime::plus).orElseThrow();
      groups.add(sum.named(light.size() + " other methods"));
    }
    return groups;
  }

  private static String method(KernelTime kernel) {
    return kernel.kind().split(" ", 2)[0];
  }

  /** Time above the bound by method, e.g. {@code mlp 35.1, windowForward 32.3}; the largest few. */
  private String lossesByMethod() {
    Map<String, Double> losses = new LinkedHashMap<>();
    kernels.forEach(kernel -> losses.merge(method(kernel), kernel.lossSeconds(), Double::sum));
    return losses.entrySet().stream()
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .limit(MOST_METHODS)
        .map(entry -> String.format(Locale.ROOT, "%s %.1f", entry.getKey(), entry.getValue() * 1e3))
        .collect(Collectors.joining(", "));
  }

  private String line(KernelTime kernel) {
    boolean calculates = kernel.flop() > 0;
    boolean whole = kernel.calls() == Math.rint(kernel.calls());
    return String.format(
        Locale.ROOT,
        "%-47s %6s %8.2f %5.1f%% %8s %8.2f %7.1f %7s %8s %8.2f",
        kernel.kind(),
        String.format(Locale.ROOT, whole ? "%.0f" : "%.1f", kernel.calls()),
        kernel.seconds() * 1e3,
        100 * kernel.seconds() / passSeconds,
        calculates ? String.format(Locale.ROOT, "%.1f", kernel.gflops()) : "",
        kernel.bytes() / 1e6,
        kernel.gigabytesPerSecond(),
        calculates ? String.format(Locale.ROOT, "%.1f", kernel.intensity()) : "",
        calculates ? String.format(Locale.ROOT, "%.1f", kernel.boundGflops()) : "",
        kernel.lossSeconds() * 1e3);
  }

  /** Adds the fields {@code profile}, one entry for each kind, and those that it has to be read with. */
  void writeTo(ObjectNode result) {
    result.put("copy_gb_per_s", rounded(roofline.gigabytesPerSecond()));
    result.put("profiled_ms", rounded(passSeconds * 1e3));
    result.put("outside_kernels_ms", rounded(outside() * 1e3));
    ArrayNode rows = result.putArray("profile");
    for (KernelTime kernel : kernels) {
      ObjectNode row = rows.addObject();
      row.put("operation", kernel.kind());
      row.put("calls", rounded(kernel.calls()));
      row.put("ms", rounded(kernel.seconds() * 1e3));
      row.put("share", rounded(kernel.seconds() / passSeconds));
      row.put("gflops", rounded(kernel.gflops()));
      row.put("megabytes", rounded(kernel.bytes() / 1e6));
      row.put("gb_per_s", rounded(kernel.gigabytesPerSecond()));
      row.put("flop_per_byte", rounded(kernel.intensity()));
      row.put("bound_gflops", rounded(kernel.boundGflops()));
      row.put("bound_ms", rounded(kernel.boundSeconds() * 1e3));
      row.put("above_bound_ms", rounded(kernel.lossSeconds() * 1e3));
    }
  }

  private static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
