package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.launch.LauncherRun;

/** A run is watched from outside. */
class DashboardIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir
  Path temporary;
  private Jar jar;
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeEach
  void model() throws IOException {
    jar = new Jar(temporary);
    Files.writeString(
        temporary.resolve("small.yaml"),
        """
        DATA: {IMG_SIZE: 28}
        MODEL:
          NAME: small
          NUM_CLASSES: 10
          SWIN: {PATCH_SIZE: 7, EMBED_DIM: 8, DEPTHS: [1], NUM_HEADS: [1], WINDOW_SIZE: 4, IN_CHANS: 1}
        """);
  }

  private String get(String url) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(30)).build();
    HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
    assertEquals(200, answer.statusCode(), url);
    return answer.body();
  }

  private static String urlOf(LauncherRun run) throws IOException {
    String line = run.readLine();
    assertTrue(line.matches("dashboard http://127\\.0\\.0\\.1:\\d+/"), line);
    return line.substring("dashboard ".length());
  }

  @Test
  void anEpochOfTheBuiltInDataIsWatched() throws Exception {
    LauncherRun run =
        jar.start("train", "--cfg", "small.yaml", "--epochs", "1", "--tag", "watched", "--dashboard", "0");
    String url = urlOf(run);
    assertTrue(get(url).contains("/dashboard.js"));
    List<JsonNode> states = new ArrayList<>();
    do {
      Thread.sleep(200);
      states.add(JSON.readTree(get(url + "state.json")));
    } while (!states.get(states.size() - 1).get("phase").asText().equals("completed"));
    JsonNode during =
        states.stream().filter(state -> state.get("phase").asText().equals("training")).findFirst()
            .orElseThrow();
    assertTrue(
        during.get("step").asInt() > 0 && during.get("step").asInt() < during.get("steps_per_epoch").asInt(),
        during::toString);
    assertTrue(during.at("/curve/loss").size() > 0);
    assertTrue(during.get("log").toString().contains("folder    runs"), during.get("log")::toString);
    JsonNode end = states.get(states.size() - 1);
    assertEquals(JSON.readTree(Files.readString(temporary.resolve("runs/watched/metrics.jsonl"))),
        end.at("/history/0"));
    assertTrue(end.get("report").asBoolean());
    // Who has seen the end has two seconds for the report.
    assertTrue(get(url + "report.html").contains("<h1>"));
    assertTrue(run.rest().contains("report    "));
    assertEquals(0, run.exitCode(), run::errors);
    assertThrows(IOException.class, () -> get(url), "the server ends with the run");
  }

  /** More clients that hang than there are threads: the run goes on, and who asks again is answered. */
  @Test
  void clientsThatHangHoldNothing() throws Exception {
    LauncherRun run =
        jar.start("train", "--cfg", "small.yaml", "--epochs", "5000", "--tag", "held", "--dashboard", "0");
    String url = urlOf(run);
    List<Socket> hanging = new ArrayList<>();
    try {
      for (int i = 0; i < 20; i++) {
        Socket socket = new Socket("127.0.0.1", URI.create(url).getPort());
        socket.getOutputStream().write("GET /state.json HT".getBytes(StandardCharsets.US_ASCII));
        hanging.add(socket);
      }
      Path metrics = temporary.resolve("runs/held/metrics.jsonl");
      LauncherRun.await("an epoch is done", () -> metrics.toFile().length() > 0);
      // Their time is 5 s; who waited behind them is sent away as well.
      LauncherRun.await("the page is answered", () -> isAnswered(url + "state.json"));
      assertTrue(run.process().isAlive(), run::errors);
    } finally {
      // The process's own destroy closes its output, too.
      run.process().toHandle().destroy();
      run.rest();
      for (Socket socket : hanging) {
        socket.close();
      }
    }
  }

  private boolean isAnswered(String url) {
    try {
      return get(url).contains("\"phase\"");
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aPortInUseIsASentenceBeforeAnythingIsRead() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      String port = Integer.toString(taken.getLocalPort());
      jar.run("train", "--cfg", "small.yaml", "--epochs", "1", "--dashboard", port)
          .failedWith(1, "--dashboard", "127.0.0.1:" + port, "the port is in use");
    }
    assertTrue(Files.notExists(temporary.resolve("runs")));
    jar.run("train", "--dashboard", "port").failedWith(2, "--dashboard", "no port from 0 to 65535");
  }
}
