package org.swinengine.bench.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** How the time of a pass grows with the batch and with the number of windows: a table and a plot. */
final class Scaling {
  static final List<Integer> BATCHES = List.of(4, 8, 16, 32, 64);

  /** Images whose stages all divide into windows of 7×7, so that nothing is padded. */
  static final List<Image> IMAGES =
      List.of(new Image(224, 224), new Image(224, 448), new Image(224, 672), new Image(448, 448));

  private static final int WINDOW = 7;
  private static final int PATCH = 4;
  private static final int WIDTH = 380;
  private static final int HEIGHT = 280;
  private static final int MARGIN = 56;
  private static final List<String> COLOURS = List.of("#1f5fa8", "#c2571a", "#3a7d34", "#7a4aa0");

  /** Height and width of an image. */
  record Image(int height, int width) {
    /** Windows of the first stage. */
    int windows() {
      return height / PATCH / WINDOW * (width / PATCH / WINDOW);
    }

    String option() {
      return "[" + height + "," + width + "]";
    }
  }

  private Scaling() {}

  /** Median milliseconds of a pass, by batch or by windows. */
  private static TreeMap<Integer, Double> times(Results results, String kind) {
    TreeMap<Integer, Double> times = new TreeMap<>();
    for (String item : results.distinct(Measurement::item)) {
      Summary summary = results.item(item).summary("step_ms");
      if (item.startsWith(kind) && summary != null) {
        times.put(Integer.parseInt(item.substring(kind.length())), summary.median());
      }
    }
    return times;
  }

  /** The table of one machine and register file. */
  static String table(Results results) {
    Grid grid = new Grid("Swin-T inference").column("ms a pass").column("ms an image").column("÷ the first");
    rows(grid, times(results, "batch-"), "batch ");
    String windows = "ms a pass";
    Grid second = new Grid("batch 1").column(windows).column("ms for 64 windows").column("÷ the first");
    TreeMap<Integer, Double> times = times(results, "windows-");
    for (Image image : IMAGES) {
      Double time = times.get(image.windows());
      if (time != null) {
        double unit = time / image.windows() * IMAGES.get(0).windows();
        second.row(image.height() + "×" + image.width() + ": " + image.windows() + " windows");
        cells(second, time, unit, times.firstEntry().getValue() / times.firstKey() * IMAGES.get(0).windows());
      }
    }
    return grid.text() + "\n" + second.text();
  }

  private static void rows(Grid grid, TreeMap<Integer, Double> times, String name) {
    times.forEach((count, time) -> {
      grid.row(name + count);
      cells(grid, time, time / count, times.firstEntry().getValue() / times.firstKey());
    });
  }

  private static void cells(Grid grid, double time, double unit, double firstUnit) {
    grid.cell(Summary.digits(time)).cell(Summary.digits(unit));
    grid.cell(String.format(Locale.ROOT, "%.2f", unit / firstUnit));
  }

  /** Two plots side by side: points are medians, lines go through the origin with the least squared error. */
  static String plot(Results results) {
    List<Results> series = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (String machine : results.distinct(Measurement::machine)) {
      Results here = results.where(measurement -> measurement.machine().equals(machine));
      for (String registers : here.distinct(Measurement::registers)) {
        series.add(here.registers(registers));
        names.add(machine + (registers.equals(Tools.SIXTEEN) ? ", held to AVX2" : ""));
      }
    }
    StringBuilder svg = new StringBuilder();
    int height = HEIGHT + 20 + 16 * names.size();
    add(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
        + " font-size=\"11\" fill=\"#333\">%n", 2 * WIDTH, height);
    add(svg, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n");
    panel(svg, 0, "Swin-T inference, 224×224: images of a pass", series, "batch-");
    panel(svg, WIDTH, "Swin-T inference, one image: windows of 7×7 in stage 1", series, "windows-");
    for (int i = 0; i < names.size(); i++) {
      int y = HEIGHT + 14 + 16 * i;
      add(svg, "<circle cx=\"%d\" cy=\"%d\" r=\"4\" fill=\"%s\"/>", MARGIN, y - 4, colour(i));
      add(svg, "<text x=\"%d\" y=\"%d\">%s</text>%n", MARGIN + 10, y, escaped(names.get(i)));
    }
    return svg + "</svg>\n";
  }

  private static void panel(StringBuilder svg, int left, String title, List<Results> series, String kind) {
    int most = 0;
    double longest = 0;
    for (Results results : series) {
      for (Map.Entry<Integer, Double> point : times(results, kind).entrySet()) {
        most = Math.max(most, point.getKey());
        longest = Math.max(longest, point.getValue());
      }
    }
    if (most == 0) {
      return;
    }
    int x0 = left + MARGIN;
    int y0 = HEIGHT - MARGIN / 2;
    double xScale = (WIDTH - MARGIN - 16.0) / most;
    double yScale = (y0 - 30) / (longest * 1.05);
    add(svg, "<text x=\"%d\" y=\"18\" font-size=\"12\">%s</text>%n", x0, title);
    double step = step(longest);
    for (double tick = 0; tick <= longest * 1.05; tick += step) {
      double y = y0 - tick * yScale;
      add(svg, "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/>", x0, y, left + WIDTH - 16);
      add(svg, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.0f%s</text>%n", x0 - 6, y + 4, tick,
          tick == 0 ? " ms" : "");
    }
    for (int i = 0; i < series.size(); i++) {
      TreeMap<Integer, Double> times = times(series.get(i), kind);
      double slope = slope(times);
      add(svg, "<path d=\"M%d %dL%.1f %.1f\" stroke=\"%s\" fill=\"none\"/>%n", x0, y0, x0 + most * xScale,
          y0 - slope * most * yScale, colour(i));
      for (Map.Entry<Integer, Double> point : times.entrySet()) {
        double x = x0 + point.getKey() * xScale;
        add(svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>", x, y0 - point.getValue() * yScale,
            colour(i));
        if (i == 0) {
          add(svg, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>%n", x, y0 + 15,
              point.getKey());
        }
      }
    }
  }

  /** Of the line through the origin: Σxy / Σx². */
  static double slope(Map<Integer, Double> points) {
    double products = 0;
    double squares = 0;
    for (Map.Entry<Integer, Double> point : points.entrySet()) {
      products += point.getKey() * point.getValue();
      squares += (double) point.getKey() * point.getKey();
    }
    return squares == 0 ? 0 : products / squares;
  }

  /** 1, 2 or 5 times a power of ten, so that an axis gets four to ten ticks. */
  private static double step(double longest) {
    double power = Math.pow(10, Math.floor(Math.log10(longest)));
    double share = longest / power;
    return share < 2 ? power / 5 : share < 5 ? power / 2 : power;
  }

  private static String colour(int series) {
    return COLOURS.get(series % COLOURS.size());
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;");
  }

  private static void add(StringBuilder svg, String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values));
  }
}
