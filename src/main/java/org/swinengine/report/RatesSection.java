package org.swinengine.report;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How the learning rate was found. */
final class RatesSection {
  private RatesSection() {}

  static void to(Html html, @Nullable RateCurve curve) {
    if (curve == null || curve.rates().isEmpty()) {
      return;
    }
    double[] powers = curve.rates().stream().mapToDouble(RatesSection::power).toArray();
    double[] losses = curve.losses().stream().mapToDouble(Double::doubleValue).toArray();
    html.raw("<h2 id=\"rates\">Search for the learning rate</h2>\n<p class=\"faint\">");
    html.add(
        "A range test of %d steps at rising rates, on a model of its own, which ended where the loss was far"
            + " above its least. The run’s rate is %s, in the middle of the longest fall.</p>%n",
        curve.rates().size(), String.format(Locale.ROOT, "%.3g", curve.chosen()));
    html.raw("<div class=\"charts\">\n");
    new XyChart("Loss at each rate", "learning rate", "moving average")
        .powersOfTen()
        .curve("loss", powers, losses)
        .curve("the run’s rate", new double[] {power(curve.chosen())}, new double[] {lossAt(curve)})
        .to(html);
    html.raw("</div>\n");
  }

  private static double power(double rate) {
    return Math.log10(rate);
  }

  /** The loss of the last step whose rate was not above the chosen one. */
  private static double lossAt(RateCurve curve) {
    List<Double> rates = curve.rates();
    int at = 0;
    while (at + 1 < rates.size() && rates.get(at + 1) <= curve.chosen()) {
      at++;
    }
    return curve.losses().get(at);
  }
}
