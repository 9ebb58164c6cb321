package org.swinengine.bench.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The losses of twenty steps of a Swin-Unet, by ours and by the original's code in PyTorch, from the same
 * weights over the same batches.
 *
 * @param id in raw results
 * @param title in the table
 * @param options of both
 */
record SegmentationCurve(String id, String title, List<String> options) {
  /** Its name among the comparisons. */
  static final String WHAT = "segmentation-curve";

  /** Where {@link Runner} puts the losses of a process that prints a line for each step. */
  static final String LOSSES = "losses";

  static final String MODEL = "swin_unet_small_patch4_window4_128";
  private static final int STEPS = 20;
  private static final int BATCH = 12;

  /** The original's optimizer, with the rate of its README, and AdamW. */
  static final List<SegmentationCurve> ALL =
      List.of(
          of("sgd", "SGD, momentum 0.9", "--lr 0.05 --momentum 0.9 --weight-decay 1e-4"),
          of("adamw", "AdamW", "--lr 1e-3 --weight-decay 0.01"));

  private static SegmentationCurve of(String optimizer, String title, String rest) {
    List<String> options =
        Stream.concat(Stream.of("--optimizer", optimizer), Stream.of(rest.split(" "))).toList();
    return new SegmentationCurve(optimizer, title, options);
  }

  /** What both are told besides. */
  List<String> both() {
    return Stream.concat(
        options.stream(),
        Stream.of("--steps", Integer.toString(STEPS), "--batch-size", Integer.toString(BATCH))).toList();
  }

  /** Puts the losses of lines such as {@code {"step":1,"loss":0.7}} into a result. */
  static void addLosses(List<JsonNode> lines, ObjectNode result) {
    if (lines.size() > 1 && lines.get(0).has("loss")) {
      ArrayNode losses = result.putArray(LOSSES);
      lines.forEach(line -> losses.add(line.path("loss").asDouble()));
    }
  }

  static String table(Results results) {
    String ours = results.distinct(Measurement::peer).stream().filter(Tables::isOurs).findFirst().orElse("");
    Grid grid = new Grid("step");
    for (SegmentationCurve curve : ALL) {
      grid.column(curve.title() + ": ours").column("PyTorch").column("relative difference");
    }
    for (int step = 0; step < STEPS; step++) {
      grid.row(Integer.toString(step + 1));
      for (SegmentationCurve curve : ALL) {
        double own = loss(results.item(curve.id()).peer(ours), step);
        double theirs = loss(results.item(curve.id()).peer("eager"), step);
        grid.cell(text("%.7f", own)).cell(text("%.7f", theirs)).cell(text("%.1e", (own - theirs) / theirs));
      }
    }
    return grid.text();
  }

  private static double loss(Results results, int step) {
    return results.all().stream().findFirst()
        .map(run -> run.result().path(LOSSES).path(step).asDouble(Double.NaN)).orElse(Double.NaN);
  }

  private static String text(String format, double value) {
    return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, format, value);
  }
}
