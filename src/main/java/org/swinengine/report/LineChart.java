package org.swinengine.report;

import java.util.List;
import java.util.Locale;

/** A line chart over epochs as inline SVG, with at most two series. */
final class LineChart {
  /** A named curve; NaN and infinite points are left out. */
  record Series(String name, double[] values) {}

  private static final int WIDTH = 460;
  private static final int HEIGHT = 240;
  private static final int LEFT = 56;
  private static final int RIGHT = 12;
  private static final int TOP = 26;
  private static final int BOTTOM = 30;
  private static final List<String> CLASSES = List.of("first", "second");

  private final int[] epochs;
  private final List<Series> series;
  private final double low;
  private final double high;
  private final double tick;

  LineChart(int[] epochs, List<Series> series) {
    this.epochs = epochs;
    this.series = series;
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    for (Series one : series) {
      for (double value : one.values()) {
        if (Double.isFinite(value)) {
          least = Math.min(least, value);
          most = Math.max(most, value);
        }
      }
    }
    if (least > most) {
      least = 0;
      most = 1;
    }
    double span = most - least > 0 ? most - least : Math.max(Math.abs(most), 1e-9);
    tick = niceStep(span / 4);
    low = Math.floor(least / tick) * tick;
    high = Math.max(Math.ceil(most / tick) * tick, low + tick);
  }

  /** The next number of the form 1, 2 or 5 times a power of ten. */
  private static double niceStep(double least) {
    double power = Math.pow(10, Math.floor(Math.log10(least)));
    for (double factor : new double[] {1, 2, 5}) {
      if (factor * power >= least) {
        return factor * power;
      }
    }
    return 10 * power;
  }

  String svg(String label) {
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">%n", WIDTH, HEIGHT,
            Report.escape(label)));
    horizontalLines(svg);
    epochLabels(svg);
    for (int i = 0; i < series.size(); i++) {
      curve(svg, series.get(i), CLASSES.get(i));
      legend(svg, i);
    }
    return svg.append("</svg>\n").toString();
  }

  private void horizontalLines(StringBuilder svg) {
    int count = (int) Math.round((high - low) / tick);
    for (int i = 0; i <= count; i++) {
      double value = low + i * tick;
      double y = y(value);
      svg.append(
          String.format(
              Locale.ROOT,
              "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/><text x=\"%d\" y=\"%.1f\""
                  + " text-anchor=\"end\">%s</text>%n",
              LEFT, y, WIDTH - RIGHT, y, LEFT - 6, y + 4, number(value)));
    }
  }

  private String number(double value) {
    if (Math.abs(value) < tick / 1000) {
      return "0";
    }
    if (tick < 1e-3) {
      return String.format(Locale.ROOT, "%.1e", value);
    }
    int digits = (int) Math.max(0, -Math.floor(Math.log10(tick)));
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  private void epochLabels(StringBuilder svg) {
    int stride = Math.max(1, (epochs.length + 7) / 8);
    for (int i = 0; i < epochs.length; i += stride) {
      svg.append(
          String.format(
              Locale.ROOT, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>%n", x(i), HEIGHT - 10,
              epochs[i]));
    }
  }

  private void curve(StringBuilder svg, Series one, String cssClass) {
    StringBuilder points = new StringBuilder();
    StringBuilder dots = new StringBuilder();
    for (int i = 0; i < one.values().length; i++) {
      double value = one.values()[i];
      if (Double.isFinite(value)) {
        points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(i), y(value)));
        dots.append(
            String.format(
                Locale.ROOT,
                "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>%s, epoch %d: %.6g</title>"
                    + "</circle>%n",
                cssClass, x(i), y(value), Report.escape(one.name()), epochs[i], value));
      }
    }
    svg.append("<polyline class=\"series ").append(cssClass).append("\" points=\"");
    svg.append(points.toString().trim()).append("\"/>\n").append(dots);
  }

  private void legend(StringBuilder svg, int index) {
    int x = LEFT + index * 170;
    svg.append(
        String.format(
            Locale.ROOT,
            "<line class=\"series %s\" x1=\"%d\" y1=\"10\" x2=\"%d\" y2=\"10\"/><text x=\"%d\""
                + " y=\"14\">%s</text>%n",
            CLASSES.get(index), x, x + 24, x + 30, Report.escape(series.get(index).name())));
  }

  private double x(int index) {
    double width = WIDTH - LEFT - RIGHT;
    return epochs.length == 1 ? LEFT + width / 2 : LEFT + 8 + (width - 16) * index / (epochs.length - 1);
  }

  private double y(double value) {
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (value - low) / (high - low);
  }
}
