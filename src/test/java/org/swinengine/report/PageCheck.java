package org.swinengine.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What holds for each page, at each width and in both schemes. */
public final class PageCheck {
  /** A phone and a desk. */
  public static final List<Integer> WIDTHS = List.of(390, 1280);

  /** Labels of a chart that lie on one another, such as {@code 0.1 | 0.2}. */
  private static final String OVERLAPS =
      """
      [...document.querySelectorAll('figure svg')].flatMap(svg => {
        const texts = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
        return texts.flatMap((a, i) => texts.slice(i + 1).filter(b =>
          a[1].left < b[1].right - 0.5 && b[1].left < a[1].right - 0.5
          && a[1].top < b[1].bottom - 2 && b[1].top < a[1].bottom - 2).map(b => a[0] + ' | ' + b[0]));
      })
      """;

  /** What is wider than the page and cannot be scrolled. */
  private static final String CUT_OFF =
      """
      [...document.querySelectorAll('main *')].filter(e => {
        if (e.closest('.scroll, pre, .hidden') !== null || e.closest('svg') !== null) { return false; }
        const box = e.getBoundingClientRect();
        return box.width > 0 && (box.right > innerWidth + 0.5 || box.left < -0.5);
      }).map(e => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 60))
      """;

  private PageCheck() {}

  /**
   * Checks a page: nothing is asked of elsewhere, nothing is said, nothing is cut off or lies on another
   * thing, and names stay text.
   *
   * @param name of the page's pictures, which are written where {@code -Dswin.pictures} names a folder
   */
  public static void check(Chromium.Visit visit, String name) throws Exception {
    assertEquals(List.of(), visit.messages(), "the console is empty");
    assertEquals(List.of(), visit.requests(), "nothing is asked for");
    checkLooks(visit, name);
  }

  /** The same of a page that asks its own server. */
  public static void checkLooks(Chromium.Visit visit, String name) throws Exception {
    String folder = System.getProperty("swin.pictures");
    if (folder != null) {
      System.out
          .println(name + ": " + visit.value("document.documentElement.outerHTML.length / 1e6") + " MB, "
              + visit.value("performance.timing.loadEventEnd - performance.timing.navigationStart") + " ms");
      visit.picture(Files.createDirectories(Path.of(folder)), name);
    }
    assertTrue(visit.value("document.documentElement.scrollWidth <= innerWidth").asBoolean(),
        name + " is wider than its window: " + visit.value(CUT_OFF));
    assertEquals("[]", visit.value(CUT_OFF).toString(), name + ": cut off");
    assertEquals("[]", visit.value(OVERLAPS).toString(), name + ": labels on one another");
    namesStayText(visit);
  }

  private static void namesStayText(Chromium.Visit visit) throws Exception {
    JsonNode scripts =
        visit.value("[...document.querySelectorAll('script')].map(s => s.textContent).filter(t =>"
            + " t.startsWith('alert'))");
    assertEquals("[]", scripts.toString(), "a name became markup");
    assertEquals(0, visit.value("document.querySelectorAll('img[src=x]').length").asInt());
    String text = visit.value("document.body.textContent").asText();
    assertTrue(text.contains("<script>alert('x')</script> & \"<img src=x onerror=alert(1)>\""), "as text");
    assertFalse(text.contains("\u202E"), "what turns the writing round is written out");
  }
}
