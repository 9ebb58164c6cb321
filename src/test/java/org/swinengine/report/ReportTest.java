package org.swinengine.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
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

  @Test
  void theReportIsWellFormedAndStandsAlone() throws Exception {
    Path folder;
    try (Backend backend = Backends.open("cpu", 2)) {
      folder = new Trainer(Tiny.config(output), Tiny.data(), backend, TrainListener.SILENT).run().folder();
    }
    String html = Files.readString(folder.resolve("report.html"));
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(html.getBytes(StandardCharsets.UTF_8)));
    for (String element : new String[] {"script", "link", "iframe", "object", "a"}) {
      assertEquals(0, document.getElementsByTagName(element).getLength(), element);
    }
    String outside = html.replace("http://www.w3.org/1999/xhtml", "");
    assertFalse(outside.contains("http"), "a link to elsewhere");
    assertFalse(outside.contains("url("), "a link in the styles");
    assertEquals(3, document.getElementsByTagName("svg").getLength());
    NodeList curves = document.getElementsByTagName("polyline");
    assertEquals(5, curves.getLength());
    for (int i = 0; i < curves.getLength(); i++) {
      assertEquals(2, ((Element) curves.item(i)).getAttribute("points").split(" ").length,
          "a point an epoch");
    }
    assertTrue(html.contains("checks &amp; &lt;squares&gt;"), "names are escaped");
    NodeList pictures = document.getElementsByTagName("img");
    assertTrue(pictures.getLength() >= 12, "pictures " + pictures.getLength());
    String source = ((Element) pictures.item(0)).getAttribute("src");
    byte[] png = Base64.getDecoder().decode(source.substring("data:image/png;base64,".length()));
    assertEquals(8, ImageIO.read(new ByteArrayInputStream(png)).getWidth());
  }
}
