package org.swinengine.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pages as a browser sees them, where there is one. */
final class ReportInBrowserTest {
  @TempDir
  Path folder;

  private Chromium browser;

  @BeforeEach
  void findBrowser() {
    Optional<Chromium> found = Chromium.installed(folder);
    assumeTrue(found.isPresent(), "no Chromium is installed (on Debian: apt-get install chromium)");
    browser = found.get();
  }

  private Chromium.Visit quiet(String html, int width) throws Exception {
    Chromium.Visit visit = browser.visit(html, width);
    assertEquals(List.of(), visit.messages(), "the console is empty");
    assertEquals(List.of(), visit.requests(), "nothing is asked for");
    assertFalse(visit.dom().contains("<script>alert"), "a name became markup");
    assertFalse(visit.dom().contains("<img src=\"x\""), "a name became markup");
    assertTrue(visit.dom().contains("&lt;script&gt;alert('x')&lt;/script&gt; &amp;"), "the name is there");
    return visit;
  }

  /** A watcher that sees nothing would pass everything. */
  @Test
  void errorsAndRequestsAreSeen() throws Exception {
    String page =
        "<!DOCTYPE html><html><body><img src=\"http://example.invalid/x.png\"/>"
            + "<script>nothing();</script></body></html>";
    Chromium.Visit visit = browser.visit(page, 800);
    assertTrue(visit.messages().stream().anyMatch(line -> line.contains("nothing is not defined")),
        visit.messages().toString());
    assertTrue(visit.requests().contains("http://example.invalid/x.png"), visit.requests().toString());
  }

  /** What a page's policy forbids does not happen even if something gets into the page. */
  @Test
  void thePolicyForbidsOtherHostsAndScripts() throws Exception {
    String html =
        Report.html(Demo.run("tiny", 60, 3, 0.2))
            .replace("</main>", "<img src=\"http://example.invalid/x.png\"/><script>document.title = 'no'"
                + "</script></main>");
    Chromium.Visit visit = browser.visit(html, 800);
    assertEquals(List.of(), visit.requests());
    assertTrue(visit.messages().toString().contains("Content Security Policy"), visit.messages().toString());
    assertFalse(visit.dom().contains("<title>no</title>"), "the script ran");
  }

  @Test
  void aRunOfTenClasses() throws Exception {
    Chromium.Visit visit = quiet(Report.html(Demo.run("ten", 300, 10, 0.2)), 1200);
    List<MatchResult> curves =
        Pattern.compile("<polyline class=\"series s\\d\" points=\"([^\"]*)\"").matcher(visit.dom()).results()
            .toList();
    // Loss 2, validation 4, rate, norm, speed; the mean and 7 classes twice; reliability.
    assertEquals(9 + 16 + 1, curves.size());
    curves.forEach(curve -> assertTrue(curve.group(1).split(" ").length > 3, curve.group()));
    Pattern nowhere = Pattern.compile(" (points|[cxy][xy]?[12]?|width|height)=\"[^\"]*NaN");
    assertFalse(nowhere.matcher(visit.dom()).find(), "a chart has a point that is nowhere");
    assertTrue(visit.dom().contains("class=\"confusion\""));
  }

  /** The script draws the matrix and names the place that it is at. */
  @Test
  void aRunOfManyClassesOnAPhone() throws Exception {
    Chromium.Visit visit = quiet(Report.html(Demo.run("many", 900, 120, 0.2)), 420);
    String at = visit.dom().replaceAll("(?s).*<output id=\"confusion-at\">([^<]*)<.*", "$1");
    assertTrue(at.startsWith("class 0 rightly recognised: ") && at.endsWith(" % of the class"), at);
    assertTrue(visit.dom().matches("(?s).*<canvas [^>]*style=\"[^\"]*width: \\d+px.*"), "it has a size");
    assertTrue(visit.dom().contains("Most confused pairs"));
  }

  @Test
  void anEvaluationAndAComparison() throws Exception {
    EvaluationSummary two = Summarizer.of(Demo.evaluation(80, 2), i -> Demo.HOSTILE, 1);
    quiet(Report.html("m", "on cpu", Demo.HOSTILE, Map.of("engine", "1"), List.of(), two), 1200);
    String page = RunComparison.html(List.of(Demo.run("a", 80, 3, 0.1), Demo.run(Demo.HOSTILE, 80, 3, 0.3)));
    Chromium.Visit visit = quiet(page, 500);
    assertTrue(visit.dom().contains("TRAIN.BASE_LR") && visit.dom().contains("0.3"));
  }
}
