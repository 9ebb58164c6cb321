package org.swinengine.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.swinengine.console.PlainText;

/** Curves in a frame with two axes, as inline SVG with its caption and legend. */
final class XyChart {
  /** Curves that can be told apart by colour and dashes: classes {@code s0} and so on of the styles. */
  static final int MOST_SERIES = 8;

  private static final int WIDTH = 370;
  private static final int HEIGHT = 232;
  private static final int LEFT = 46;
  private static final int RIGHT = 14;
  private static final int TOP = 10;
  private static final int BOTTOM = 42;
  private static final int MOST_DOTS = 60;

  private record Series(String name, double[] xs, double[] ys) {}

  /** An axis: its ends and the distance of its lines. */
  record Axis(double low, double high, double tick) {
    static Axis of(double least, double most, boolean whole) {
      if (!(least <= most)) {
        return new Axis(0, 1, 0.2);
      }
      double span = most - least > 0 ? most - least : Math.max(Math.abs(most) / 10, 1e-9);
      double tick = niceStep(span / 4.5);
      tick = whole ? Math.max(1, tick) : tick;
      double low = Math.floor(least / tick + 1e-9) * tick;
      double high = Math.max(Math.ceil(most / tick - 1e-9) * tick, low + tick);
      return new Axis(low, high, tick);
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

    int lines() {
      return (int) Math.round((high - low) / tick);
    }

    String number(double value) {
      if (Math.abs(value) < tick / 1000) {
        return "0";
      }
      if (tick < 1e-3) {
        return String.format(Locale.ROOT, "%.1e", value).replace(".0e", "e").replace("e-0", "e-");
      }
      int digits = (int) Math.max(0, -Math.floor(Math.log10(tick) + 1e-9));
      return String.format(Locale.ROOT, "%." + digits + "f", value);
    }
  }

  private final String caption;
  private final String xName;
  private final String yName;
  private final List<Series> series = new ArrayList<>();
  private final StringBuilder under = new StringBuilder();
  private boolean unit;
  private boolean diagonal;
  private boolean powers;

  XyChart(String caption, String xName, String yName) {
    this.caption = caption;
    this.xName = xName;
    this.yName = yName;
  }

  /** A curve; points that are not finite are left out, and a curve without any altogether. */
  XyChart curve(String name, double[] xs, double[] ys) {
    if (series.size() < MOST_SERIES && Arrays.stream(ys).anyMatch(Double::isFinite)) {
      series.add(new Series(name, xs, ys));
    }
    return this;
  }

  /** Both axes from 0 to 1. */
  XyChart unitSquare() {
    unit = true;
    return this;
  }

  /** Abscissas are logarithms to the base 10, and are shown as what they are of. */
  XyChart powersOfTen() {
    powers = true;
    return this;
  }

  /** A line from corner to corner: what chance, or perfect calibration, would give. */
  XyChart withDiagonal() {
    diagonal = true;
    return this;
  }

  /** A bar that stands behind the curves, in a unit square. */
  XyChart bar(double from, double to, double height, String title) {
    Axis one = new Axis(0, 1, 0.2);
    under.append(
        String.format(
            Locale.ROOT,
            "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">"
                + "<title>%s</title></rect>%n",
            x(from, one) + 1, y(height, one), x(to, one) - x(from, one) - 2, y(0, one) - y(height, one),
            text(title)));
    return this;
  }

  private static String text(String title) {
    return Html.escape(PlainText.line(title));
  }

  boolean isEmpty() {
    return series.isEmpty();
  }

  /** The figure; nothing without curves. */
  void to(Html html) {
    if (isEmpty()) {
      return;
    }
    Axis xAxis = unit ? new Axis(0, 1, 0.2) : axis(true);
    Axis yAxis = unit ? new Axis(0, 1, 0.2) : axis(false);
    html.add("<figure class=\"chart\"><figcaption>%s <span>%s</span></figcaption>%n", caption, yName);
    if (series.size() > 1 || unit) {
      html.raw("<ul class=\"legend\">");
      for (int i = 0; i < series.size(); i++) {
        html.add(
            "<li><svg class=\"key\" viewBox=\"0 0 24 8\" aria-hidden=\"true\"><line class=\"series s%d\""
                + " x1=\"0\" y1=\"4\" x2=\"24\" y2=\"4\"/></svg>%s</li>",
            i, series.get(i).name());
      }
      html.raw("</ul>\n");
    }
    html.add(
        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s: %s\">%n", WIDTH, HEIGHT, caption, yName);
    frame(html, xAxis, yAxis);
    html.raw(under.toString());
    for (int i = 0; i < series.size(); i++) {
      draw(html, series.get(i), i, xAxis, yAxis);
    }
    html.raw("</svg></figure>\n");
  }

  private Axis axis(boolean ofX) {
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    for (Series one : series) {
      for (int i = 0; i < one.xs().length; i++) {
        double value = ofX ? one.xs()[i] : one.ys()[i];
        if (Double.isFinite(one.ys()[i])) {
          least = Math.min(least, value);
          most = Math.max(most, value);
        }
      }
    }
    return ofX ? new Axis(least, Math.max(most, least + 1), wholeTick(most - least))
        : Axis.of(least, most, false);
  }

  /** Epochs are whole numbers. */
  private static double wholeTick(double span) {
    return Math.max(1, Axis.niceStep(Math.max(span, 1) / 6));
  }

  private void frame(Html html, Axis xAxis, Axis yAxis) {
    for (int i = 0; i <= yAxis.lines(); i++) {
      double value = yAxis.low() + i * yAxis.tick();
      double y = y(value, yAxis);
      html.add(
          "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/><text x=\"%d\" y=\"%.1f\""
              + " text-anchor=\"end\">%s</text>%n",
          LEFT, y, WIDTH - RIGHT, y, LEFT - 7, y + 4, yAxis.number(value));
    }
    for (int i = 0; xAxis.low() + i * xAxis.tick() <= xAxis.high() + 1e-9; i++) {
      double value = xAxis.low() + i * xAxis.tick();
      html.add(
          "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n", x(value, xAxis),
          HEIGHT - BOTTOM + 17, powers ? "1e" + Math.round(value) : xAxis.number(value));
    }
    html.add(
        "<text class=\"axis\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
        (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 5, xName);
    if (diagonal) {
      html.add(
          "<line class=\"diagonal\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>%n", x(0, xAxis),
          y(0, yAxis), x(1, xAxis), y(1, yAxis));
    }
  }

  private void draw(Html html, Series one, int number, Axis xAxis, Axis yAxis) {
    StringBuilder points = new StringBuilder();
    List<String> dots = new ArrayList<>();
    for (int i = 0; i < one.ys().length; i++) {
      double value = one.ys()[i];
      if (!Double.isFinite(value)) {
        continue;
      }
      String x = String.format(Locale.ROOT, "%.1f", x(one.xs()[i], xAxis));
      String y = String.format(Locale.ROOT, "%.1f", y(value, yAxis));
      points.append(x).append(',').append(y).append(' ');
      dots.add(
          String.format(
              Locale.ROOT, "<circle class=\"s%d\" cx=\"%s\" cy=\"%s\" r=\"%s\"><title>%s</title></circle>%n",
              number, x, y, one.ys().length > MOST_DOTS / 2 ? "2" : "3",
              text(
                  String.format(
                      Locale.ROOT, "%s: %.6g at %s %.6g", one.name(), value, xName,
                      powers ? Math.pow(10, one.xs()[i]) : one.xs()[i]))));
    }
    html.add(
        "<polyline class=\"series s%d\" points=\"%s\"/>%n", number, points.toString().trim());
    if (dots.size() <= MOST_DOTS) {
      dots.forEach(html::raw);
    }
  }

  private static double x(double value, Axis axis) {
    return LEFT + (WIDTH - LEFT - RIGHT) * (value - axis.low()) / (axis.high() - axis.low());
  }

  private static double y(double value, Axis axis) {
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (value - axis.low()) / (axis.high() - axis.low());
  }
}
