package org.swinengine.report;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.swinengine.metrics.Figure;
import org.swinengine.metrics.segmentation.PixelFigure;

/** How well the classes of pixels are found: figures, each class, and pictures of best and worst cases. */
final class SegmentationSection {
  /** What is shown in percent. */
  private static final Set<String> SHARES =
      Arrays.stream(PixelFigure.values()).filter(figure -> figure.unit() == PixelFigure.Unit.SHARE)
          .map(PixelFigure::key).collect(Collectors.toSet());

  private SegmentationSection() {}

  /** Cards of the figures. */
  static void cards(Html html, SegmentationSummary summary) {
    for (Figure figure : summary.figures()) {
      Headline.card(
          html, title(figure), figure, SHARES.contains(figure.key()),
          figure.key().equals("dice"));
    }
  }

  private static String title(Figure figure) {
    return PixelFigure.isKnown(figure.key()) ? PixelFigure.of(figure.key()).title() : figure.key();
  }

  /** The classes and the pictures. */
  static void to(Html html, SegmentationSummary summary) {
    html.add(
        "<p class=\"faint\">Means over %,d %s, of each over the classes but the background. Below each figure"
            + " stands its 95 %% interval, by %,d bootstrap draws. Where a class is neither there nor found"
            + " its Dice is 1.</p>%n",
        summary.cases(), summary.cases() == summary.images() ? "pictures" : "cases", summary.draws());
    classes(html, summary.classes());
    for (String rank : List.of("worst", "median", "best")) {
      samples(html, summary.samples().stream().filter(sample -> sample.rank().equals(rank)).toList(), rank);
    }
  }

  private static void classes(Html html, List<SegmentationSummary.OfClass> classes) {
    html.raw("<h2 id=\"classes\">Classes</h2>\n<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>"
        + "<th class=\"name\">class</th>");
    classes.get(0).figures().forEach(
        figure -> html.add("<th>%s</th>", title(figure)));
    html.raw("</tr></thead>\n<tbody>\n");
    for (SegmentationSummary.OfClass one : classes) {
      html.add(
          "<tr><td class=\"name\"><span style=\"color:%s\">■</span> %s</td>", one.colour(), one.name());
      for (Figure figure : one.figures()) {
        html.add(
            "<td>%s <small class=\"faint\">%s</small></td>", Headline.number(figure.value(), false),
            Headline.interval(figure, false));
      }
      html.raw("</tr>\n");
    }
    html.raw("</tbody></table></div>\n");
  }

  private static void samples(Html html, List<SegmentationSummary.Sample> samples, String rank) {
    if (samples.isEmpty()) {
      return;
    }
    html.add(
        "<h2 id=\"%s\">%s cases</h2>%n<p class=\"faint\">The picture, the truth, the prediction, and the"
            + " difference: right green, found wrongly red, missed blue.</p>%n",
        rank, Character.toUpperCase(rank.charAt(0)) + rank.substring(1));
    for (SegmentationSummary.Sample sample : samples) {
      html.add("<p><b>%s</b> <span class=\"faint\">Dice %s</span></p>%n<div class=\"samples\">%n",
          sample.name(), Headline.number(sample.dice(), false));
      picture(html, sample.image(), sample.name(), "picture");
      picture(html, sample.truth(), sample.name(), "truth");
      picture(html, sample.prediction(), sample.name(), "prediction");
      picture(html, sample.difference(), sample.name(), "difference");
      html.raw("</div>\n");
    }
  }

  private static void picture(Html html, Thumbnail picture, String name, String what) {
    html.add(
        "<figure><img alt=\"%s of %s\"%s src=\"data:image/png;base64,%s\"/><figcaption><span"
            + " class=\"faint\">%s</span></figcaption></figure>%n",
        what, name, new Html.Raw(picture.small() ? " class=\"small\"" : ""), picture.png(), what);
  }
}
