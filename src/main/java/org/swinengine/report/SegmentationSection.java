package org.swinengine.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.swinengine.metrics.Figure;
import org.swinengine.metrics.segmentation.PixelFigure;

/** How well the classes of pixels are found: figures, each class, and pictures of best and worst cases. */
final class SegmentationSection {
  /** What is shown in percent. */
  private static final Set<String> SHARES =
      Arrays.stream(PixelFigure.values()).filter(figure -> figure.unit() == PixelFigure.Unit.SHARE)
          .map(PixelFigure::key).collect(Collectors.toSet());

  /** The figures whose cases are shown as boxes. */
  static final List<String> BOXES =
      Stream.of(
          PixelFigure.DICE, PixelFigure.IOU, PixelFigure.HD95, PixelFigure.HD95_MM, PixelFigure.OBJECT_F1)
          .map(PixelFigure::key).toList();

  private static final List<String> SHOWN = List.of("picture", "truth", "prediction", "difference");

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
    html.raw("<h2 id=\"classes\">Classes</h2>\n");
    html.add(
        "<p class=\"faint\">Means over %,d %s, of each over the classes but the background. Below each figure"
            + " stands its 95 %% interval, by %,d bootstrap draws. Where a class is neither there nor found"
            + " its Dice is 1, or 0 where empty masks count as the original’s.</p>%n",
        summary.cases(), summary.cases() == summary.images() ? "pictures" : "cases", summary.draws());
    classes(html, summary.classes());
    boxes(html, summary.classes());
    volumes(html, summary.volumes());
    for (String rank : List.of("worst", "median", "best")) {
      samples(html, summary.samples().stream().filter(sample -> sample.rank().equals(rank)).toList(), rank);
    }
  }

  private static void classes(Html html, List<SegmentationSummary.OfClass> classes) {
    html.raw("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>"
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

  private static void boxes(Html html, List<SegmentationSummary.OfClass> classes) {
    List<String> names = classes.stream().map(SegmentationSummary.OfClass::name).toList();
    Html charts = new Html();
    for (String key : BOXES) {
      PixelFigure figure = PixelFigure.of(key);
      List<@Nullable CaseBox> boxes = new ArrayList<>();
      classes.forEach(one -> boxes.add(one.boxes() == null ? null : one.boxes().get(key)));
      BoxChart.to(
          charts, figure.title(), "", names, boxes, figure.unit() == PixelFigure.Unit.SHARE);
    }
    if (!charts.toString().isEmpty()) {
      html.raw(
          "<h2 id=\"cases\">Cases</h2>\n<p class=\"faint\">Half of the cases of a class lie within its box,"
              + " the line is the median; whiskers reach to the furthest case within one and a half boxes,"
              + " dots are cases beyond.</p>\n<div class=\"charts\">\n");
      html.raw(charts.toString()).raw("</div>\n");
    }
  }

  private static void volumes(Html html, @Nullable List<SegmentationSummary.OfVolume> volumes) {
    if (volumes == null || volumes.isEmpty()) {
      return;
    }
    html.raw("<h2 id=\"volumes\">Volumes</h2>\n<p class=\"faint\">Slice by slice with the slider, or with the"
        + " arrow keys when it is chosen.</p>\n");
    for (SegmentationSummary.OfVolume volume : volumes) {
      int middle = volume.slices().size() / 2;
      html.add(
          "<section class=\"slices\"><h3>%s <span class=\"faint\">%s, Dice %s</span></h3>%n"
              + "<div class=\"tools\">"
              + "<input type=\"range\" min=\"0\" max=\"%d\" value=\"%d\" aria-label=\"slice of %s\"/>"
              + "<output>slice %d</output></div>%n",
          volume.name(), volume.rank(), Headline.number(volume.dice(), false), volume.slices().size() - 1,
          middle, volume.name(), volume.slices().get(middle).number());
      for (int i = 0; i < volume.slices().size(); i++) {
        SegmentationSummary.Slice slice = volume.slices().get(i);
        html.add(
            "<div class=\"samples\" data-slice=\"%d\"%s>%n", slice.number(),
            new Html.Raw(i == middle ? "" : " hidden=\"hidden\""));
        for (int p = 0; p < slice.pictures().size(); p++) {
          picture(html, slice.pictures().get(p), volume.name() + ", slice " + slice.number(), SHOWN.get(p));
        }
        html.raw("</div>\n");
      }
      html.raw("</section>\n");
    }
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
      html.add("<h3>%s <span class=\"faint\">Dice %s</span></h3>%n<div class=\"samples\">%n",
          sample.name(), Headline.number(sample.dice(), false));
      List<Thumbnail> pictures =
          List.of(sample.image(), sample.truth(), sample.prediction(), sample.difference());
      for (int p = 0; p < pictures.size(); p++) {
        picture(html, pictures.get(p), sample.name(), SHOWN.get(p));
      }
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
