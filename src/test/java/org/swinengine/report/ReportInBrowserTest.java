package org.swinengine.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.report.Chromium.Scheme;

/** Pages from the disk as a browser sees them, where there is one. */
final class ReportInBrowserTest {
  @TempDir
  static Path folder;

  private static Chromium browser;

  @BeforeAll
  static void startBrowser() throws Exception {
    browser = Chromium.start(folder).orElse(null);
    assumeTrue(browser != null, "no Chromium is installed (on Debian: apt-get install chromium)");
  }

  @AfterAll
  static void endBrowser() throws Exception {
    if (browser != null) {
      browser.close();
    }
  }

  private static Chromium.Visit open(String html, int width, Scheme scheme) throws Exception {
    Path file = Files.createTempFile(folder, "page", ".html");
    Files.writeString(file, html);
    return browser.open(file.toUri().toString(), width, scheme);
  }

  /** On a phone and a desk, light and dark. */
  private static void check(String html, String name) throws Exception {
    for (int width : PageCheck.WIDTHS) {
      for (Scheme scheme : Scheme.values()) {
        try (Chromium.Visit visit = open(html, width, scheme)) {
          PageCheck.check(visit, name + "-" + width + "-" + scheme);
        }
      }
    }
  }

  /** A watcher that sees nothing would pass everything. */
  @Test
  void errorsAndRequestsAreSeen() throws Exception {
    String page =
        "<!DOCTYPE html><html><body><img src=\"http://example.invalid/x.png\"/>"
            + "<script>nothing();</script></body></html>";
    try (Chromium.Visit visit = open(page, 800, Scheme.LIGHT)) {
      assertTrue(visit.messages().toString().contains("nothing is not defined"), visit.messages().toString());
      assertEquals(List.of("http://example.invalid/x.png"), visit.requests());
    }
  }

  /** What a page's policy forbids does not happen even if something gets into the page. */
  @Test
  void thePolicyForbidsOtherHostsAndScripts() throws Exception {
    String html =
        Report.html(Demo.run("tiny", 60, 3, 0.2))
            .replace("</main>", "<img src=\"http://example.invalid/x.png\"/><script>document.title = 'no'"
                + "</script></main>");
    try (Chromium.Visit visit = open(html, 800, Scheme.LIGHT)) {
      assertEquals(List.of(), visit.requests());
      assertTrue(visit.messages().toString().contains("Content Security Policy"),
          visit.messages().toString());
      assertNotEquals("no", visit.value("document.title").asText(), "the script ran");
    }
  }

  /** Points of each curve of each chart: {@code [caption, [points, …]]}. */
  private static JsonNode charts(Chromium.Visit visit) throws Exception {
    return visit.value(
        "[...document.querySelectorAll('figure.chart')].map(f => [f.querySelector('figcaption').textContent,"
            + " [...f.querySelectorAll('polyline')].map(p => p.points.numberOfItems)])");
  }

  @Test
  void aRunOfTenClasses() throws Exception {
    String html = Report.html(Demo.run("ten", 300, 10, 0.2), Demo.pictures(300, 10), Demo.rates());
    check(html, "run");
    try (Chromium.Visit visit = open(html, 1280, Scheme.LIGHT)) {
      JsonNode charts = charts(visit);
      // Loss 2, validation 4, rate, norm, speed; the search and its choice; the mean and 7 classes twice;
      // reliability.
      assertEquals(9, charts.size(), charts.toString());
      assertEquals("[89,1]", charts.get(5).get(1).toString(), charts.toString());
      for (int chart = 0; chart < 5; chart++) {
        charts.get(chart).get(1).forEach(points -> assertEquals(30, points.asInt(), charts.toString()));
      }
      for (int chart = 6; chart < 9; chart++) {
        assertEquals(chart == 8 ? 1 : 8, charts.get(chart).get(1).size(), charts.toString());
        charts.get(chart).get(1).forEach(points -> assertTrue(points.asInt() > 3, charts.toString()));
      }
      String drawn =
          visit.value("[...document.querySelectorAll('svg')].map(s => s.outerHTML).join()").asText();
      assertFalse(drawn.contains("NaN"), "a chart has a point that is nowhere");
      int broken = visit.value("[...document.images].filter(i => i.naturalWidth === 0).length").asInt();
      assertEquals(0, broken, "pictures that are none");
      assertEquals(8, visit.value("document.querySelectorAll('.heats').length").asInt(), "each mistake");
      assertEquals(16, visit.value("document.querySelectorAll('.heats div img').length").asInt());
      assertEquals(12, visit.value("document.querySelectorAll('.strip img').length").asInt());
      assertEquals("62 % class 2 + 38 % class 3 with a long name, that goes on",
          visit.value("document.querySelectorAll('.strip figcaption')[2].textContent").asText());
    }
  }

  /** The script draws the matrix and names the place that it is at. */
  @Test
  void aRunOfAThousandClasses() throws Exception {
    String html = Report.html(Demo.run("many", 3000, 1000, 0.2));
    check(html, "many");
    for (int width : PageCheck.WIDTHS) {
      try (Chromium.Visit visit = open(html, width, Scheme.LIGHT)) {
        String at = visit.value("document.getElementById('confusion-at').textContent").asText();
        assertTrue(at.startsWith("class 0 rightly recognised: ") && at.endsWith(" % of the class"), at);
        // The diagonal is there: of its places most have a colour.
        int coloured =
            visit.value("""
                (() => {
                  const c = document.getElementById('confusion-matrix');
                  const pen = c.getContext('2d');
                  let seen = 0;
                  for (let i = 0; i < 100; i++) {
                    const at = Math.floor((i + 0.5) / 100 * c.width);
                    seen += pen.getImageData(at, at, 1, 1).data[3] > 0 ? 1 : 0;
                  }
                  return seen;
                })()
                """).asInt();
        assertTrue(coloured > 60, coloured + " of 100");
        double side = visit.value("document.getElementById('confusion-matrix').clientWidth").asDouble();
        assertTrue(side > Math.min(300, width - 100), "the matrix is " + side + " pixels wide");
        double before = side;
        visit.value("document.querySelector('button[data-zoom=\"2\"]').click()");
        side = visit.value("document.getElementById('confusion-matrix').clientWidth").asDouble();
        assertEquals(2 * before, side, 2, "it can be enlarged");
        int rows = visit.value("document.querySelectorAll('#class-table tbody tr').length").asInt();
        assertEquals(1000, rows);
      }
    }
  }

  @Test
  void anEvaluation() throws Exception {
    EvaluationSummary two = Summarizer.of(Demo.evaluation(80, 2), i -> Demo.HOSTILE, 1);
    check(Report.html("m", "on cpu", Demo.HOSTILE, Map.of("engine", "1"), List.of(), two,
        Demo.pictures(80, 2)), "evaluation");
  }

  @Test
  void volumesWithClassesOfPixels() throws Exception {
    String html = Report.html(Demo.ofPixels(Demo.HOSTILE, 9, 7, 0.2));
    assertTrue(html.length() < 3_000_000, html.length() + " characters");
    check(html, "volumes");
    try (Chromium.Visit visit = open(html, 1280, Scheme.LIGHT)) {
      JsonNode charts = charts(visit);
      assertEquals("Validation percent", charts.get(1).get(0).asText(), charts.toString());
      assertEquals("[30,30]", charts.get(1).get(1).toString(), charts.toString());
      assertEquals(5 * 3, visit.value("document.querySelectorAll('g.box').length").asInt(),
          "figures × classes");
      assertFalse(
          visit.value("[...document.querySelectorAll('svg')].map(s => s.outerHTML).join()").asText()
              .contains("NaN"));
      assertEquals(0, visit.value("[...document.images].filter(i => i.naturalWidth === 0).length").asInt());
      assertEquals(3, visit.value("document.querySelectorAll('.slices').length").asInt());
      String shown =
          "[...document.querySelectorAll('.slices')[0].querySelectorAll('.samples')]"
              + ".filter(s => s.offsetHeight > 0).map(s => s.dataset.slice).join()";
      String first = visit.value(shown).asText();
      assertTrue(first.matches("[0-9]"), "one slice is seen: " + first);
      visit.value(
          "(() => { const s = document.querySelector('.slices input'); s.value = 0;"
              + " s.dispatchEvent(new Event('input')); })()");
      assertNotEquals(first, visit.value(shown).asText(), "the slider chooses another");
      assertEquals(
          "slice " + visit.value(shown).asText(),
          visit.value("document.querySelector('.slices output').textContent").asText());
    }
  }

  @Test
  void aComparisonOfPixels() throws Exception {
    String html =
        RunComparison.html(List.of(Demo.ofPixels("a", 9, 1, 0.1), Demo.ofPixels(Demo.HOSTILE, 9, 1, 0.3)));
    check(html, "pixels-comparison");
    try (Chromium.Visit visit = open(html, 1280, Scheme.LIGHT)) {
      JsonNode charts = charts(visit);
      assertTrue(charts.toString().contains("Dice percent") && charts.toString().contains("IoU percent"));
      charts.forEach(chart -> assertEquals("[30,30]", chart.get(1).toString()));
      String heads = visit.value("document.querySelector('thead').textContent").asText();
      assertTrue(heads.contains("HD95 (px)") && !heads.contains("top-1"), heads);
    }
  }

  @Test
  void aComparison() throws Exception {
    String html =
        RunComparison.html(
            List.of(
                Demo.run("a", 80, 3, 0.1), Demo.run(Demo.HOSTILE, 80, 3, 0.3),
                Demo.run("third", 80, 3, 0.2)));
    check(html, "comparison");
    try (Chromium.Visit visit = open(html, 1280, Scheme.LIGHT)) {
      JsonNode charts = charts(visit);
      assertEquals(6, charts.size());
      charts.forEach(chart -> assertEquals("[30,30,30]", chart.get(1).toString()));
      String settings = visit.value("document.getElementById('settings').nextElementSibling.textContent")
          .asText();
      assertTrue(settings.contains("TRAIN.BASE_LR") && settings.contains("0.3"), settings);
    }
  }
}
