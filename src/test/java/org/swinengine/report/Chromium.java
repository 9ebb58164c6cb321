package org.swinengine.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A browser without a window, which tells what a page did, by Chromium's DevTools protocol. */
public final class Chromium implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SECONDS = 120;

  /** It may take so many to go. */
  private static final int LEAVING = 10;
  private static final int HEIGHT = 900;

  private final Process process;
  private final Path profile;
  private final Map<Integer, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();
  private final Map<String, Visit> visits = new ConcurrentHashMap<>();
  private final AtomicInteger numbers = new AtomicInteger();
  private final WebSocket socket;

  private Chromium(Process process, Path profile, URI address) throws IOException {
    this.process = process;
    this.profile = profile;
    try {
      socket =
          HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(address, new Listener())
              .get(SECONDS, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IOException("the browser does not talk", e);
    }
  }

  private static Optional<Path> program() {
    return Stream.of("chromium", "chromium-browser", "google-chrome")
        .flatMap(name -> Stream.of(System.getenv("PATH").split(File.pathSeparator)).map(
            path -> Path.of(path, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts the installed one; other hosts have no address.
   *
   * @param folder for its files
   * @return empty where none is installed
   */
  public static Optional<Chromium> start(Path folder) throws IOException, InterruptedException {
    Path program = program().orElse(null);
    if (program == null) {
      System.out.println("no Chromium is installed (on Debian: apt-get install chromium): no page is opened");
      return Optional.empty();
    }
    Path profile = folder.resolve("profile");
    Process process =
        new ProcessBuilder(
            program.toString(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--disable-extensions", "--hide-scrollbars", "--remote-debugging-port=0",
            "--user-data-dir=" + profile, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("browser.txt").toFile())
            .start();
    Path port = profile.resolve("DevToolsActivePort");
    for (int i = 0; i < 10 * SECONDS && process.isAlive(); i++) {
      List<String> lines = Files.exists(port) ? Files.readAllLines(port) : List.of();
      if (lines.size() == 2) {
        URI address = URI.create("ws://127.0.0.1:" + lines.get(0) + lines.get(1));
        return Optional.of(new Chromium(process, profile, address));
      }
      Thread.sleep(100);
    }
    process.destroyForcibly();
    throw new IOException("the browser did not start: " + Files.readString(folder.resolve("browser.txt")));
  }

  /** How a page is looked at. */
  public enum Scheme {
    LIGHT,
    DARK
  }

  /**
   * Opens a page and waits until it is there.
   *
   * @param url of a file or of this machine
   * @param width of the window, in the page's pixels
   */
  public Visit open(String url, int width, Scheme scheme) throws Exception {
    String target = call("Target.createTarget", null, Map.of("url", "about:blank")).get("targetId").asText();
    String session =
        call("Target.attachToTarget", null, Map.of("targetId", target, "flatten", true)).get("sessionId")
            .asText();
    Visit visit = new Visit(url, target, session, width);
    visits.put(session, visit);
    for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
      visit.call(domain + ".enable", Map.of());
    }
    visit.call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", HEIGHT, "deviceScaleFactor", 1, "mobile", width < 600));
    Map<String, String> feature =
        Map.of("name", "prefers-color-scheme", "value", scheme == Scheme.DARK ? "dark" : "light");
    visit.call("Emulation.setEmulatedMedia", Map.of("features", List.of(feature)));
    visit.call("Page.navigate", Map.of("url", url));
    if (!visit.loaded.await(SECONDS, TimeUnit.SECONDS)) {
      throw new IOException("the page does not load: " + url);
    }
    return visit;
  }

  private JsonNode call(String method, String session, Map<String, ?> parameters) throws Exception {
    int number = numbers.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    asked.put(number, answer);
    ObjectNode message = JSON.createObjectNode().put("id", number).put("method", method);
    message.set("params", JSON.valueToTree(parameters));
    if (session != null) {
      message.put("sessionId", session);
    }
    synchronized (this) {
      socket.sendText(message.toString(), true).get(SECONDS, TimeUnit.SECONDS);
    }
    JsonNode result = answer.get(SECONDS, TimeUnit.SECONDS);
    if (result.has("error")) {
      throw new IOException(method + ": " + result.get("error"));
    }
    return result.get("result");
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        String message = text.toString();
        text.setLength(0);
        try {
          take(JSON.readTree(message));
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
      }
      from.request(1);
      return null;
    }

    private void take(JsonNode message) {
      if (message.has("id")) {
        asked.remove(message.get("id").asInt()).complete(message);
      } else if (message.has("sessionId") && visits.containsKey(message.get("sessionId").asText())) {
        visits.get(message.get("sessionId").asText())
            .happened(message.get("method").asText(), message.get("params"));
      }
    }
  }

  /** Its helpers write to the profile for a moment after it has gone: that is deleted until it can be. */
  @Override
  public void close() throws InterruptedException, IOException {
    socket.abort();
    List<ProcessHandle> helpers = process.descendants().toList();
    process.destroy();
    if (!process.waitFor(LEAVING, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
    helpers.forEach(ProcessHandle::destroyForcibly);
    for (int i = 0; !isDeleted(profile); i++) {
      if (i == 10 * LEAVING) {
        throw new IOException("the browser still writes to " + profile);
      }
      Thread.sleep(100);
    }
  }

  private static boolean isDeleted(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
      return true;
    } catch (IOException | UncheckedIOException e) {
      return !Files.exists(folder);
    }
  }

  /** A page that is open. */
  public final class Visit implements AutoCloseable {
    private final String url;
    private final String target;
    private final String session;
    private final int width;
    private final CountDownLatch loaded = new CountDownLatch(1);
    private final List<String> messages = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, String> requests = Collections.synchronizedMap(new LinkedHashMap<>());

    private Visit(String url, String target, String session, int width) {
      this.url = url;
      this.target = target;
      this.session = session;
      this.width = width;
    }

    private JsonNode call(String method, Map<String, ?> parameters) throws Exception {
      return Chromium.this.call(method, session, parameters);
    }

    private void happened(String event, JsonNode about) {
      switch (event) {
        case "Page.loadEventFired" -> loaded.countDown();
        case "Runtime.consoleAPICalled" -> messages.add(about.get("args").toString());
        case "Runtime.exceptionThrown" -> messages.add(about.get("exceptionDetails").toString());
        case "Log.entryAdded" -> messages.add(about.at("/entry/text").asText());
        case "Network.requestWillBeSent" ->
            requests.put(about.get("requestId").asText(), about.at("/request/url").asText());
        case "Network.loadingFailed" -> {
          if (about.path("blockedReason").asText().equals("csp")) {
            requests.remove(about.get("requestId").asText());
          }
        }
        default -> {
        }
      }
    }

    /** Lines of the console, errors of scripts, and what the browser had to say. */
    public List<String> messages() {
      return List.copyOf(messages);
    }

    /** What the page asked for, but for itself and what is in it. */
    public List<String> requests() {
      return requests.values().stream()
          .filter(asked -> !asked.equals(url) && !asked.startsWith("data:") && !asked.startsWith("blob:"))
          .toList();
    }

    /** The value of an expression of JavaScript. */
    public JsonNode value(String expression) throws Exception {
      JsonNode result =
          call(
              "Runtime.evaluate",
              Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
      if (result.has("exceptionDetails")) {
        throw new IOException(expression + ": " + result.get("exceptionDetails"));
      }
      return result.get("result").path("value");
    }

    /** The document as it is now. */
    public String dom() throws Exception {
      return value("document.documentElement.outerHTML").asText();
    }

    /** Writes what one sees, to the page's foot, in pictures of 2,000 pixels. */
    void picture(Path folder, String name) throws Exception {
      int height = value("document.documentElement.scrollHeight").asInt();
      for (int top = 0, number = 1; top < height; top += 2000, number++) {
        Map<String, Integer> clip =
            Map.of("x", 0, "y", top, "width", width, "height", Math.min(2000, height - top), "scale", 1);
        JsonNode shot =
            call(
                "Page.captureScreenshot",
                Map.of("format", "png", "captureBeyondViewport", true, "clip", clip));
        Files.write(
            folder.resolve(name + "-" + number + ".png"),
            Base64.getDecoder().decode(shot.get("data").asText()));
      }
    }

    @Override
    public void close() throws Exception {
      visits.remove(session);
      Chromium.this.call("Target.closeTarget", null, Map.of("targetId", target));
    }
  }
}
