package org.swinengine.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.train.Tiny;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.TrainListener;
import org.swinengine.train.TrainResult;
import org.swinengine.train.Trainer;

final class DashboardTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir
  Path output;
  private Dashboard dashboard;

  @BeforeEach
  void open() throws IOException {
    dashboard = Dashboard.open(new DashboardAddress(DashboardAddress.LOOPBACK, 0));
  }

  @AfterEach
  void close() {
    dashboard.close();
  }

  private RawHttp get(String path) throws IOException {
    return RawHttp.get(dashboard.url(), path);
  }

  private JsonNode state() {
    try {
      RawHttp answer = get("/state.json");
      assertEquals("application/json", answer.headers().get("content-type"));
      return JSON.readTree(answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private TrainResult train(TrainConfig config, TrainListener listener) throws IOException {
    try (Backend backend = Backends.open("cpu", 2)) {
      return new Trainer(config, Tiny.data(), backend, new TwoListeners(dashboard, listener)).run();
    }
  }

  @Test
  void aRunIsFollowed() throws IOException {
    assertEquals("starting", state().get("phase").asText());
    List<JsonNode> seen = new ArrayList<>();
    TrainResult result =
        train(
            Tiny.config(output),
            new TrainListener() {
              @Override
              public void step(int epoch, int step, int of, double loss, double rate, double speed) {
                seen.add(state());
                assertEquals(loss, seen.get(seen.size() - 1).get("epoch_loss").asDouble());
              }
            });
    JsonNode seventh = seen.get(6);
    assertEquals("training", seventh.get("phase").asText());
    assertEquals("validating", seen.get(4).get("phase").asText());
    assertEquals(List.of(2, 2, 5, 2), ints(seventh, "epoch", "step", "steps_per_epoch", "epochs"));
    assertEquals(7, seventh.at("/curve/loss").size());
    assertEquals(1.4, seventh.at("/curve/epochs/6").asDouble(), 1e-6);
    assertEquals(1, seventh.get("history").size());
    assertFalse(seventh.get("report").asBoolean());
    assertEquals("run", seventh.get("name").asText());
    assertTrue(seventh.at("/facts/model").asText().startsWith("tiny, 8×8×1, "), seventh::toString);
    JsonNode last = state();
    assertEquals("completed", last.get("phase").asText());
    assertEquals(0, last.get("seconds_left").asDouble());
    assertTrue(last.get("report").asBoolean());
    for (int epoch = 0; epoch < 2; epoch++) {
      assertEquals(
          result.history().get(epoch).trainLoss(), last.at("/history/" + epoch + "/train_loss").asDouble());
      double mean = 0;
      for (int step = 0; step < 5; step++) {
        mean += last.at("/curve/loss/" + (5 * epoch + step)).asDouble() / 5;
      }
      assertEquals(result.history().get(epoch).trainLoss(), mean, 1e-5, "the steps' own losses");
    }
    assertEquals(Files.readString(result.folder().resolve("report.html")), get("/report.html").body());
  }

  private static List<Integer> ints(JsonNode node, String... keys) {
    return List.of(keys).stream().map(key -> node.get(key).asInt()).toList();
  }

  @Test
  void aResumedRunShowsTheEpochsBefore() throws IOException {
    TrainConfig config = Tiny.config(output).toBuilder().epochs(1).build();
    train(config, TrainListener.SILENT);
    dashboard.close();
    open();
    List<JsonNode> seen = new ArrayList<>();
    train(
        config.toBuilder().epochs(2).resume(true).build(),
        new TrainListener() {
          @Override
          public void step(int epoch, int step, int of, double loss, double rate, double speed) {
            seen.add(state());
          }
        });
    assertEquals(1, seen.get(0).get("history").size());
    assertEquals(List.of(2, 1), ints(seen.get(0), "epoch", "step"));
  }

  @Test
  void thePageIsMadeOfItsOwnFiles() throws IOException {
    RawHttp page = get("/");
    assertEquals(200, page.status());
    assertEquals("text/html; charset=utf-8", page.headers().get("content-type"));
    List<String> asked =
        Pattern.compile("(?:href|src)=\"([^\"]+)\"").matcher(page.body()).results().map(link -> link.group(1))
            .toList();
    assertTrue(asked.containsAll(List.of("/dashboard.css", "/dashboard.js", "/icon.svg")), asked::toString);
    for (String path : asked) {
      assertTrue(path.startsWith("/") && !path.startsWith("//"), path);
      assertEquals(path.equals("/report.html") ? 404 : 200, get(path).status(), path);
    }
    String all = page.body() + get("/dashboard.js").body() + get("/dashboard.css").body();
    List<String> hosts =
        Pattern.compile("https?://[^'\"`\\s)]+").matcher(all).results().map(found -> found.group()).distinct()
            .toList();
    assertEquals(List.of("http://www.w3.org/2000/svg"), hosts, "a namespace, which nobody fetches");
    assertFalse(all.contains("innerHTML"), "texts from outside stay texts");
    assertFalse(Pattern.compile("<[^>]+ (style|on\\w+)=|<style|<script>").matcher(page.body()).find(),
        "the policy forbids what is written into the page");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/state.json", "/dashboard.js", "/report.html", "/nothing"})
  void everyAnswerIsGuarded(String path) throws IOException {
    RawHttp answer = get(path);
    assertTrue(answer.headers().get("content-security-policy").contains("default-src 'none'"));
    assertTrue(answer.headers().get("content-security-policy").contains("frame-ancestors 'none'"));
    assertEquals("nosniff", answer.headers().get("x-content-type-options"));
    assertEquals("same-origin", answer.headers().get("cross-origin-resource-policy"));
    assertEquals("no-store", answer.headers().get("cache-control"));
    assertFalse(answer.headers().containsKey("access-control-allow-origin"));
  }

  @Test
  void theReportHasNoOrigin() throws IOException {
    train(Tiny.config(output).toBuilder().epochs(1).build(), TrainListener.SILENT);
    RawHttp report = get("/report.html");
    assertEquals(200, report.status());
    String policy = report.headers().get("content-security-policy");
    assertTrue(policy.startsWith("sandbox ") && !policy.contains("allow-same-origin"), policy);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/config.yaml", "/../config.yaml", "/report.html/../config.yaml", "/%2e%2e/config.yaml",
        "/..%2fconfig.yaml", "/report.html%00", "//report.html", "/report.html/", "/./state.json",
        "/STATE.JSON", "/dashboard.js/../../x", "/org/swinengine/dashboard/Dashboard.class",
        "file:///etc/passwd", "*"
      })
  void otherNamesAreNotFound(String path) throws IOException {
    train(Tiny.config(output).toBuilder().epochs(1).build(), TrainListener.SILENT);
    RawHttp answer = get(path);
    assertTrue(answer.status() == 404 || answer.status() == 400, path + ": " + answer);
    assertFalse(answer.body().contains("MODEL"), answer::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "get"})
  void onlyReadingIsAllowed(String method) throws IOException {
    RawHttp answer =
        RawHttp.ask(dashboard.url(), method + " /state.json HTTP/1.1", "Host: localhost",
            "Content-Length: 0");
    assertEquals(405, answer.status());
    assertEquals("GET", answer.headers().get("allow"));
  }

  /** A name of an attacker's that was made to point here is refused; addresses are nobody's to point. */
  @Test
  void namesOfOthersAreRefused() throws IOException {
    for (String host : List.of("evil.example", "evil.example:" + port(), "127.0.0.1.evil.example",
        "localhost.",
        "", "127.0.0.1@evil.example")) {
      RawHttp answer = RawHttp.ask(dashboard.url(), "GET /state.json HTTP/1.1", "Host: " + host);
      assertEquals(403, answer.status(), host);
    }
    assertEquals(403, RawHttp.ask(dashboard.url(), "GET /state.json HTTP/1.0").status(), "no name at all");
    RawHttp two =
        RawHttp.ask(dashboard.url(), "GET / HTTP/1.1", "Host: localhost", "Host: evil.example");
    assertEquals(403, two.status());
    for (String host : List.of("localhost", "LOCALHOST:1", "127.0.0.1:" + port(), "[::1]:80",
        "192.168.1.7")) {
      assertEquals(200, RawHttp.ask(dashboard.url(), "GET / HTTP/1.1", "Host: " + host).status(), host);
    }
  }

  private int port() {
    return URI.create(dashboard.url()).getPort();
  }

  @Test
  void aNameThatWasGivenIsAnswered() throws IOException {
    try (Dashboard named = Dashboard.open(DashboardAddress.parse("LocalHost:0"))) {
      assertTrue(named.isLocal());
      assertTrue(named.url().matches("http://localhost:\\d+/"), named.url());
      assertEquals(200, RawHttp.ask(named.url(), "GET / HTTP/1.1", "Host: localhost").status());
    }
    try (Dashboard open = Dashboard.open(DashboardAddress.parse("0.0.0.0:0"))) {
      assertFalse(open.isLocal());
    }
  }

  /** Half requests and clients that read nothing: who trains does not notice. */
  @Test
  void slowClientsHoldNobody() throws IOException {
    List<Socket> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 100; i++) {
        Socket client = new Socket(InetAddress.getByName("127.0.0.1"), port());
        clients.add(client);
        String part = i % 2 == 0 ? "GET /state" : "GET /state.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
        client.getOutputStream().write(part.getBytes(StandardCharsets.US_ASCII));
      }
      Assertions.assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
        for (int step = 1; step <= 100_000; step++) {
          dashboard.step(1, step, 100_000, 1, 0.1, 10);
          dashboard.log("line " + step);
        }
        dashboard.close();
      });
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  @Test
  void theThreadsThatAnswerEndWithTheProcess() throws IOException {
    get("/");
    List<Thread> threads =
        Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().equals("dashboard"))
            .toList();
    assertTrue(!threads.isEmpty() && threads.size() <= 8, threads::toString);
    assertTrue(threads.stream().allMatch(Thread::isDaemon));
  }

  @Test
  void theLogIsTheTailAndCannotMoveTheCursor() {
    for (int line = 0; line < 500; line++) {
      dashboard.log("line " + line + "\u001b[2J");
    }
    JsonNode log = state().get("log");
    assertEquals(200, log.size());
    assertEquals("line 499\\u001b[2J", log.get(199).asText());
  }

  @Test
  void aPageThatIsOpenSeesTheEnd() throws Exception {
    long start = System.nanoTime();
    dashboard.awaitLastLook(60);
    assertTrue(System.nanoTime() - start < 5e9, "nobody looks, nobody is waited for");
    state();
    train(Tiny.config(output).toBuilder().epochs(1).build(), TrainListener.SILENT);
    state();
    start = System.nanoTime();
    dashboard.awaitLastLook(60);
    assertTrue(System.nanoTime() - start < 30e9, "the end was seen");
    get("/report.html");
    start = System.nanoTime();
    dashboard.awaitLastLook(60);
    assertTrue(System.nanoTime() - start < 1.5e9, "and so was the report");
  }

  @Test
  void whatCannotBeServedIsASentence() {
    DashboardAddress taken = new DashboardAddress(DashboardAddress.LOOPBACK, port());
    IOException e = assertThrows(IOException.class, () -> Dashboard.open(taken));
    assertEquals("cannot serve `dashboard` at 127.0.0.1:" + port()
        + ": the port is in use; take another one, or 0 for any that is free", e.getMessage());
    e = assertThrows(IOException.class, () -> Dashboard.open(DashboardAddress.parse("192.0.2.1:0")));
    assertTrue(e.getMessage().endsWith("this machine does not have that address"), e.getMessage());
    e = assertThrows(IOException.class, () -> Dashboard.open(DashboardAddress.parse("no.such.invalid:0")));
    assertTrue(e.getMessage().contains("does not know the host no.such.invalid"), e.getMessage());
  }

  @Test
  void addressesAreRead() {
    assertEquals(new DashboardAddress("127.0.0.1", 8080), DashboardAddress.parse("8080"));
    assertEquals(new DashboardAddress("0.0.0.0", 0), DashboardAddress.parse("0.0.0.0:0"));
    assertEquals(new DashboardAddress("::1", 80), DashboardAddress.parse("[::1]:80"));
    assertEquals("[::1]:80", DashboardAddress.parse("[::1]:80").toString());
    for (String wrong : List.of("", "x", "65536", "-1", ":80", "a:b", "::1:80", "host:", "http://a:80", "1 2",
        "999999999999")) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> DashboardAddress.parse(wrong), wrong);
      assertTrue(e.getMessage().contains("no port from 0 to 65535"), e.getMessage());
    }
  }
}
