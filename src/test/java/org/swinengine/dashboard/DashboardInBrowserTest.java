package org.swinengine.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.data.DataSplits;
import org.swinengine.report.Chromium;
import org.swinengine.report.Chromium.Scheme;
import org.swinengine.report.EpochMetrics;
import org.swinengine.report.PageCheck;
import org.swinengine.train.Tiny;
import org.swinengine.train.TrainingPlan;
import org.swinengine.train.estimate.Estimate;

/** The page of a run that goes on, as a browser sees it, where there is one. */
final class DashboardInBrowserTest {
  private static final String HOSTILE =
      "<script>alert('x')</script> & \"<img src=x onerror=alert(1)>\" \u202E";
  private static final int STEPS = 50;

  @TempDir
  Path folder;

  private static void step(Dashboard dashboard, int epoch, int step) {
    double done = epoch - 1 + (double) step / STEPS;
    double noise = 0.15 * Math.sin(12.9898 * (STEPS * epoch + step));
    dashboard.step(epoch, step, STEPS, 0.3 + 2 * Math.exp(-done) + noise / step, 1e-3 / (1 + done),
        410 + step);
  }

  /** Three epochs and a half of six. */
  private static void tellHalf(Dashboard dashboard) {
    DataSplits data =
        new DataSplits(new Tiny.Pictures(80, 1), new Tiny.Pictures(30, 2), Optional.empty(), HOSTILE);
    Path run = Path.of("runs", HOSTILE.replace('/', '_'));
    dashboard.started(
        new TrainingPlan(
            Tiny.config(run).toBuilder().epochs(6).build(), data, Tiny.model(), null, 28_123_456, 0, null,
            null,
            STEPS, "cpu, 2 threads", run, 0, 6, null, List.of()));
    dashboard.log("run       " + HOSTILE);
    for (int epoch = 1; epoch <= 4; epoch++) {
      for (int step = 1; step <= (epoch == 4 ? STEPS / 2 : STEPS); step++) {
        step(dashboard, epoch, step);
      }
      if (epoch < 4) {
        double left = Math.exp(-epoch);
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("val_top1", 90 - 70 * left);
        values.put("val_top5", 99 - 40 * left);
        values.put("val_macro_f1", 0.9 - 0.7 * left);
        values.put("val_balanced_accuracy", 0.88 - 0.7 * left);
        values.put("val_auc", 0.99 - 0.4 * left);
        dashboard.epoch(
            new EpochMetrics(
                epoch, (long) STEPS * epoch, 0.3 + 2 * left, 0.5 + 2 * left, values, 1e-3 / (1 + epoch),
                1 + left, 412, 12, 900));
        dashboard.log("epoch " + epoch + " of 6, loss " + left);
      }
    }
    dashboard.estimate(new Estimate(754, 300, 1_000_000));
  }

  @Test
  void aRunIsFollowed() throws Exception {
    Chromium browser = Chromium.start(folder).orElse(null);
    assumeTrue(browser != null, "no Chromium is installed (on Debian: apt-get install chromium)");
    try (browser; Dashboard dashboard = Dashboard.open(new DashboardAddress("127.0.0.1", 0))) {
      tellHalf(dashboard);
      for (int width : PageCheck.WIDTHS) {
        for (Scheme scheme : Scheme.values()) {
          try (Chromium.Visit visit = browser.open(dashboard.url(), width, scheme)) {
            look(visit, dashboard.url(), "dashboard-" + width + "-" + scheme);
          }
        }
      }
      try (Chromium.Visit visit = browser.open(dashboard.url(), 1280, Scheme.LIGHT)) {
        await(visit, "document.querySelectorAll('#charts path').length > 0");
        String before = visit.value("document.querySelector('#charts path').getAttribute('d')").asText();
        for (int step = STEPS / 2 + 1; step <= STEPS; step++) {
          step(dashboard, 4, step);
        }
        await(visit, "document.querySelector('#figures').textContent.includes('50 of 50')");
        String after = visit.value("document.querySelector('#charts path').getAttribute('d')").asText();
        assertEquals(before.split("L").length + STEPS / 2, after.split("L").length, "the page follows");
      }
    }
  }

  private static void await(Chromium.Visit visit, String condition) throws Exception {
    for (int i = 0; i < 300 && !visit.value(condition).asBoolean(); i++) {
      Thread.sleep(100);
    }
    assertTrue(visit.value(condition).asBoolean(), condition);
  }

  private static void look(Chromium.Visit visit, String url, String name) throws Exception {
    await(visit, "document.querySelectorAll('#charts path').length > 0");
    assertEquals(List.of(), visit.messages(), "the console is empty");
    visit.requests().forEach(asked -> assertTrue(asked.startsWith(url), asked));
    PageCheck.checkLooks(visit, name);
    JsonNode charts =
        visit.value(
            "[...document.querySelectorAll('#charts figure')].filter(f => f.hidden === false).map(f =>"
                + " [f.querySelector('figcaption').textContent, [...f.querySelectorAll('path')].map(p =>"
                + " p.getAttribute('d').split(/[ML]/).length - 1)])");
    int steps = 3 * STEPS + STEPS / 2;
    // Loss by step, smoothed, by epoch twice; two accuracies; three more metrics; rate; norm; speed twice.
    assertEquals(
        "[[" + steps + "," + steps + ",3,3],[3,3],[3,3,3],[" + steps + "],[3],[" + steps + ",3]]",
        points(charts), charts.toString());
  }

  private static String points(JsonNode charts) {
    StringBuilder all = new StringBuilder();
    charts.forEach(chart -> all.append(all.length() == 0 ? "[" : ",").append(chart.get(1)));
    return all + "]";
  }
}
