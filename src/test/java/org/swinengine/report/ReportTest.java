package org.swinengine.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.train.Tiny;
import org.swinengine.train.TrainListener;
import org.swinengine.train.Trainer;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

final class ReportTest {
  @TempDir
  Path output;

  private static Document parsed(String html) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(html.getBytes(StandardCharsets.UTF_8)));
  }

  private static List<Element> elements(Document document, String name) {
    NodeList nodes = document.getElementsByTagName(name);
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      elements.add((Element) nodes.item(i));
    }
    return elements;
  }

  private static void standsAlone(String html, Document document) {
    for (String element : new String[] {"iframe", "object", "form", "base"}) {
      assertEquals(0, elements(document, element).size(), element);
    }
    assertEquals(List.of("data:,"), elements(document, "link").stream().map(e -> e.getAttribute("href"))
        .toList());
    elements(document, "a").forEach(link -> assertTrue(link.getAttribute("href").startsWith("#")));
    elements(document, "img").forEach(
        image -> assertTrue(image.getAttribute("src").startsWith("data:image/png;base64,")));
    elements(document, "script").forEach(script -> assertEquals("", script.getAttribute("src")));
    String outside = html.replace("http://www.w3.org/1999/xhtml", "");
    assertFalse(outside.contains("http:") || outside.contains("https:"), "a link to elsewhere");
    assertFalse(outside.contains("url(") || outside.contains("@import"), "a link in the styles");
    Element policy =
        elements(document, "meta").stream()
            .filter(meta -> meta.getAttribute("http-equiv").equals("Content-Security-Policy"))
            .findFirst()
            .orElseThrow();
    assertTrue(policy.getAttribute("content").startsWith("default-src 'none'; img-src data:;"));
  }

  @Test
  void theReportOfATrainingIsWellFormedAndStandsAlone() throws Exception {
    Path folder;
    try (Backend backend = Backends.open("cpu", 2)) {
      folder = new Trainer(Tiny.config(output), Tiny.data(), backend, TrainListener.SILENT).run().folder();
    }
    String html = Files.readString(folder.resolve("report.html"));
    Document document = parsed(html);
    standsAlone(html, document);
    long charts =
        elements(document, "figure").stream().filter(f -> f.getAttribute("class").equals("chart")).count();
    assertEquals(8, charts, "loss, validation, rate, norm, speed; ROC, precision and recall, reliability");
    List<Element> curves = elements(document, "polyline");
    for (Element curve : curves.subList(0, 9)) {
      assertEquals(2, curve.getAttribute("points").split(" ").length, "a point an epoch");
    }
    assertTrue(html.contains("checks &amp; &lt;squares&gt;"), "names are escaped");
    for (String shown : List.of("top-1 accuracy", "balanced accuracy", "macro-F1", "AUC", "images", "seed",
        "engine", "duration", "BASE_LR", "Most confused pairs", "1,000 bootstrap draws of 30 images")) {
      assertTrue(html.contains(shown), shown);
    }
    assertFalse(html.contains("top-5 accuracy"), "of three classes all are among the first five");
    List<Element> pictures = elements(document, "img");
    assertTrue(pictures.size() >= 12, "pictures " + pictures.size());
    String source = pictures.get(0).getAttribute("src");
    byte[] png = Base64.getDecoder().decode(source.substring("data:image/png;base64,".length()));
    assertEquals(8, ImageIO.read(new ByteArrayInputStream(png)).getWidth());
    assertEquals(html, Report.ofFolder(folder), "the page anew from the folder");
  }

  @Test
  void manyClassesAreAPictureAndNamesStayText() throws Exception {
    String html = Report.html(Demo.run("many", 300, 60, 0.2));
    Document document = parsed(html);
    standsAlone(html, document);
    assertNotNull(elements(document, "canvas").get(0));
    assertFalse(html.contains("<script>alert"), "a name within the script's data ends it");
    String rows = html.substring(html.indexOf("class-table"));
    assertTrue(rows.contains("&lt;script&gt;alert('x')&lt;/script&gt; &amp; &quot;&lt;img"), "as text");
    assertTrue(rows.contains("\\u202e\\u0007"), "what cannot be seen is written out");
    assertTrue(html.contains("top-5 accuracy"));
  }

  @Test
  void aRunThatWasStoppedHasItsCurvesAlone() throws Exception {
    RunResults run = Demo.run("half", 60, 3, 0.2);
    String html =
        Report.html(
            new RunResults(
                run.name(), run.data(), run.about(), run.facts(), 120L, run.history().subList(0, 1), 1, 61.5,
                "loss", null, List.of(), run.configuration()));
    standsAlone(html, parsed(html));
    assertTrue(html.contains("stopped after 120 steps") && html.contains("61.5 %"), html);
    assertTrue(html.contains("1 of 1") && html.contains("by loss"));
    assertFalse(html.contains("id=\"confusion\""));
  }

  @Test
  void classesThatAreGradesHaveTheirKappa() {
    assertTrue(Headline.isOrdered(List.of("0", "1", "2", "10")));
    assertFalse(Headline.isOrdered(List.of("0", "1")), "two classes have no order");
    assertFalse(Headline.isOrdered(List.of("0", "2", "1")));
    assertFalse(Headline.isOrdered(List.of("n01440764", "n01443537", "n01484850")));
  }
}
