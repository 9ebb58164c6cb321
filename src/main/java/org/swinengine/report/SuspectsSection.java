package org.swinengine.report;

/** Training labels that are probably wrong, with their pictures. */
final class SuspectsSection {
  private SuspectsSection() {}

  static void to(Html html, SuspectLabels found) {
    html.add("<h2 id=\"suspects\">Training labels to check</h2>%n<p class=\"faint\">%s</p>%n",
        found.method());
    if (found.judged() < found.images()) {
      html.add(
          "<p class=\"faint\">%,d of %,d images could not be judged: others of their class are needed, and of"
              + " another group.</p>%n",
          found.images() - found.judged(), found.images());
    }
    if (found.suspects().isEmpty()) {
      html.raw("<p>No label stands out.</p>\n");
      return;
    }
    html.add(
        "<p>Confident learning doubts %,d of %,d labels, among them classes that are hard to tell apart. The"
            + " likeliest %,d, surest first: what the image is labelled as, and what it rather looks like."
            + " <code>suspects.csv</code> has them, and more where more were asked for, to be reviewed. Look"
            + " at the pictures before you change anything.</p>%n<div class=\"samples\">%n",
        found.estimated(), found.judged(), found.suspects().size());
    for (SuspectLabels.Suspect suspect : found.suspects()) {
      html.raw("<figure>");
      if (suspect.picture() != null) {
        html.add(
            "<img alt=\"%s\"%s src=\"data:image/png;base64,%s\"/>", suspect.name(),
            new Html.Raw(suspect.picture().small() ? " class=\"small\"" : ""), suspect.picture().png());
      }
      html.add(
          "<figcaption><span class=\"wrong\">%s</span><span>rather %s <small>%.0f %%</small></span>"
              + "<span class=\"faint\">%s</span></figcaption></figure>%n",
          suspect.given(), suspect.suggested(), 100 * suspect.score(), suspect.name());
    }
    html.raw("</div>\n");
  }
}
