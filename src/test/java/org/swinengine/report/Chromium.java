package org.swinengine.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A browser without a window, which tells what a page did. */
final class Chromium {
  /**
   * What became of a page.
   *
   * @param dom the document after its scripts
   * @param messages lines of the console
   * @param requests what the page asked for, but for itself
   */
  record Visit(String dom, List<String> messages, List<String> requests) {}

  private final String program;
  private final Path folder;

  private Chromium(String program, Path folder) {
    this.program = program;
    this.folder = folder;
  }

  /**
   * The installed one.
   *
   * @param folder for its files
   */
  static Optional<Chromium> installed(Path folder) {
    return Stream.of("chromium", "chromium-browser", "google-chrome")
        .flatMap(name -> Stream.of(System.getenv("PATH").split(File.pathSeparator)).map(
            path -> Path.of(path, name)))
        .filter(Files::isExecutable)
        .findFirst()
        .map(path -> new Chromium(path.toString(), folder));
  }

  /** Opens a page from a server of this machine; other hosts have no address. */
  Visit visit(String html, int width) throws IOException, InterruptedException {
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", exchange -> {
      boolean page = exchange.getRequestURI().getPath().equals("/page.html");
      byte[] bytes = page ? html.getBytes(StandardCharsets.UTF_8) : new byte[0];
      exchange.getResponseHeaders().add("Content-Type", "text/html; charset=utf-8");
      exchange.sendResponseHeaders(page ? 200 : 404, page ? bytes.length : -1);
      exchange.getResponseBody().write(bytes);
      exchange.close();
    });
    server.start();
    try {
      return open("http://127.0.0.1:" + server.getAddress().getPort(), width);
    } finally {
      server.stop(0);
    }
  }

  private Visit open(String origin, int width) throws IOException, InterruptedException {
    Path net = folder.resolve("net.json");
    Path out = folder.resolve("out.html");
    Path err = folder.resolve("err.txt");
    Process process =
        new ProcessBuilder(
            program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--user-data-dir=" + folder.resolve("profile"),
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--enable-logging=stderr",
            "--log-net-log=" + net, "--window-size=" + width + ",900", "--virtual-time-budget=5000",
            "--dump-dom", origin + "/page.html")
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException("the browser did not end: " + Files.readString(err));
    }
    List<String> messages =
        Files.readString(err, StandardCharsets.ISO_8859_1).lines().filter(line -> line.contains("CONSOLE"))
            .toList();
    return new Visit(Files.readString(out), messages, requests(net, origin));
  }

  /** Requests of the browser itself have no initiator; those of a page have the page's. */
  private static List<String> requests(Path log, String origin) throws IOException {
    JsonNode root = new ObjectMapper().readTree(log.toFile());
    Map<Integer, String> types = new HashMap<>();
    root.at("/constants/logEventTypes").properties()
        .forEach(entry -> types.put(entry.getValue().asInt(), entry.getKey()));
    List<String> requests = new ArrayList<>();
    for (JsonNode event : root.get("events")) {
      JsonNode parameters = event.path("params");
      boolean start = "URL_REQUEST_START_JOB".equals(types.get(event.get("type").asInt()));
      if (start && parameters.path("initiator").asText().equals(origin)) {
        requests.add(parameters.get("url").asText());
      }
    }
    return requests;
  }
}
