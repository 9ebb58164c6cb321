package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ModelsPretrainedCommandTest {
  @TempDir
  private Path folder;

  private static String run(String... arguments) {
    StringWriter out = new StringWriter();
    CommandLine command = new CommandLine(new ModelsPretrainedCommand()).setOut(new PrintWriter(out, true));
    assertEquals(0, command.execute(arguments));
    return out.toString();
  }

  @Test
  void namesWithAllWordsAreListed() {
    String[] lines = run("DeiT", "tiny").split("\\R");
    assertTrue(lines[0].startsWith("name "), lines[0]);
    assertEquals(7, lines.length);
    for (int i = 1; i < lines.length; i++) {
      assertTrue(lines[i].contains("deit") && lines[i].contains("tiny") && lines[i].contains("Apache-2.0"),
          lines[i]);
    }
  }

  @Test
  void machinesGetEverything() throws Exception {
    JsonNode list = new ObjectMapper().readTree(run("--json", "vit_b_16.IMAGENET1K_V1"));
    assertEquals(1, list.size());
    JsonNode vit = list.get(0);
    assertEquals("vit_base_patch16_224", vit.get("model").asText());
    assertEquals("bilinear", vit.get("interpolation").asText());
    assertEquals(0.875, vit.get("crop_ratio").asDouble());
    assertEquals("c867db91", vit.get("sha256").asText());
    assertEquals(0.485, vit.get("mean").get(0).asDouble());
  }

  @Test
  void aDownloadPrintsItsFile() throws Exception {
    byte[] weights = {1, 2, 3};
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/w.pth", exchange -> {
      exchange.sendResponseHeaders(200, weights.length);
      exchange.getResponseBody().write(weights);
      exchange.close();
    });
    server.start();
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/w.pth";
      Path file = Path.of(run("--cache-dir", folder.toString(), "--download", url).strip());
      assertTrue(file.startsWith(folder), file::toString);
      assertArrayEquals(weights, Files.readAllBytes(file));
    } finally {
      server.stop(0);
    }
  }
}
