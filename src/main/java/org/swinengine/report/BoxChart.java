package org.swinengine.report;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Box plots of classes beside one another, as inline SVG; a class is known by its number in the legend. */
final class BoxChart {
  private static final int WIDTH = 370;
  private static final int HEIGHT = 232;
  private static final int LEFT = 46;
  private static final int RIGHT = 14;
  private static final int TOP = 10;
  private static final int BOTTOM = 42;

  /** More numbers than this would lie on one another. */
  private static final int MOST_NUMBERS = 16;

  private BoxChart() {}

  /**
   * Draws them; nothing where no class has one.
   *
   * @param boxes of the classes; null: a class has none
   * @param share whether values are from 0 to 1
   */
  static void to(
      Html html, String caption, String unit, List<String> names, List<@Nullable CaseBox> boxes,
      boolean share) {
    double most = 0;
    double least = 0;
    boolean any = false;
    for (CaseBox box : boxes) {
      if (box != null) {
        any = true;
        most = Math.max(most, box.beyond().stream().mapToDouble(v -> v).reduce(box.high(), Math::max));
        least = Math.min(least, box.beyond().stream().mapToDouble(v -> v).reduce(box.low(), Math::min));
      }
    }
    if (!any) {
      return;
    }
    XyChart.Axis axis = share ? new XyChart.Axis(0, 1, 0.2) : XyChart.Axis.of(least, most, false);
    html.add("<figure class=\"chart\"><figcaption>%s <span>%s</span></figcaption>%n", caption, unit);
    if (names.size() > 1) {
      html.raw("<ol class=\"legend\">");
      for (int i = 0; i < names.size(); i++) {
        html.add("<li><b>%d</b> %s</li>", i + 1, names.get(i));
      }
      html.raw("</ol>\n");
    }
    html.add("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s of cases by class\">%n", WIDTH,
        HEIGHT, caption);
    for (int i = 0; i <= axis.lines(); i++) {
      double value = axis.low() + i * axis.tick();
      html.add(
          "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/><text x=\"%d\" y=\"%.1f\""
              + " text-anchor=\"end\">%s</text>%n",
          LEFT, y(value, axis), WIDTH - RIGHT, y(value, axis), LEFT - 7, y(value, axis) + 4,
          axis.number(value));
    }
    double step = (double) (WIDTH - LEFT - RIGHT) / boxes.size();
    int every = (boxes.size() + MOST_NUMBERS - 1) / MOST_NUMBERS;
    for (int i = 0; i < boxes.size(); i++) {
      double x = LEFT + (i + 0.5) * step;
      CaseBox box = boxes.get(i);
      if (box != null) {
        draw(html, box, x, Math.min(20, 0.3 * step), axis, names.get(i));
      }
      if (boxes.size() > 1 && i % every == 0) {
        html.add("<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>%n", x, HEIGHT - BOTTOM + 17,
            i + 1);
      }
    }
    html.add("<text class=\"axis\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>%n</svg></figure>%n",
        (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 5, boxes.size() > 1 ? "class" : names.get(0));
  }

  private static void draw(Html html, CaseBox box, double x, double half, XyChart.Axis axis, String name) {
    html.add(
        "<g class=\"box\"><title>%s</title><line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>"
            + "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>"
            + "<line class=\"median\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
        String.format(
            Locale.ROOT, "%s: median %.4g, half of %d cases from %.4g to %.4g", name, box.median(),
            box.cases(), box.lower(), box.upper()),
        x, y(box.low(), axis), x, y(box.high(), axis), x - half, y(box.upper(), axis), 2 * half,
        Math.max(0.5, y(box.lower(), axis) - y(box.upper(), axis)), x - half, y(box.median(), axis), x + half,
        y(box.median(), axis));
    for (double value : box.beyond()) {
      html.add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2\"/>", x, y(value, axis));
    }
    html.raw("</g>\n");
  }

  private static double y(double value, XyChart.Axis axis) {
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (value - axis.low()) / (axis.high() - axis.low());
  }
}
