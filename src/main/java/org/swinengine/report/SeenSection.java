package org.swinengine.report;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The pictures that the model was shown first. */
final class SeenSection {
  private SeenSection() {}

  static void to(Html html, List<SeenPicture> seen) {
    if (seen.isEmpty()) {
      return;
    }
    boolean mixed = seen.stream().anyMatch(picture -> picture.labels().size() > 1);
    html.add(
        "<h2 id=\"seen\">What the model saw</h2>%n<p class=\"faint\">The first pictures of training as the"
            + " model got them, after all augmentation%s.</p>%n<div class=\"samples strip\">%n",
        mixed ? "; where two were mixed, so were their labels" : "");
    for (SeenPicture picture : seen) {
      String label = label(picture.labels());
      html.add("<figure>%s<figcaption><span>%s</span></figcaption></figure>%n",
          new Html.Raw(picture.picture().image(label)), label);
    }
    html.raw("</div>\n");
  }

  private static String label(List<SeenPicture.Label> labels) {
    return labels.size() == 1
        ? labels.get(0).name()
        : labels.stream()
            .map(label -> String.format(Locale.ROOT, "%.0f %% %s", 100 * label.share(), label.name()))
            .collect(Collectors.joining(" + "));
  }
}
