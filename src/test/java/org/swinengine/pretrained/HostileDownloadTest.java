package org.swinengine.pretrained;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

/** Servers and folders that mean harm, or are broken in ways that look like it. */
@Timeout(60)
class HostileDownloadTest {
  private static final Duration SECONDS = Duration.ofSeconds(5);

  @TempDir
  private Path folder;
  private LocalServer server;
  private final List<String> retries = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    server = new LocalServer();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Path target(String name) {
    return folder.resolve("cache").resolve(name);
  }

  private Downloader downloader(Duration crawl) {
    return TestDownloads.downloader(
        new HttpTransport.Timeouts(SECONDS, SECONDS, SECONDS, crawl), false, retries);
  }

  private Path fetch(URI uri, String name) {
    return downloader(SECONDS).fetch(new Download(uri, target(name), null, null));
  }

  private String refused(URI uri, String name) {
    PretrainedException e = assertThrows(PretrainedException.class, () -> fetch(uri, name));
    assertFalse(Files.exists(target(name)), "nothing bad lands under the final name");
    return e.getMessage();
  }

  /** Answers every connection with these bytes, and closes it. */
  private static ServerSocket raw(byte[] answer) throws IOException {
    ServerSocket socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread thread =
        new Thread(
            () -> {
              while (!socket.isClosed()) {
                try (Socket connection = socket.accept()) {
                  InputStream in = connection.getInputStream();
                  in.read(new byte[4096]);
                  OutputStream out = connection.getOutputStream();
                  out.write(answer);
                  out.flush();
                } catch (IOException e) {
                  // The test is over, or the client has had enough.
                }
              }
            });
    thread.setDaemon(true);
    thread.start();
    return socket;
  }

  private static byte[] withoutLength(byte[] body, int after) {
    byte[] head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    byte[] all = new byte[head.length + after];
    System.arraycopy(head, 0, all, 0, head.length);
    System.arraycopy(body, 0, all, head.length, after);
    return all;
  }

  private byte[] weights() throws IOException {
    Path file = folder.resolve("weights.safetensors");
    Safetensors.write(file,
        StateDict.builder().put("a", ArrayData.ofFloats(new long[] {1000}, new float[1000])).build());
    return Files.readAllBytes(file);
  }

  private static URI uri(ServerSocket socket, String path) {
    return URI.create("http://127.0.0.1:" + socket.getLocalPort() + path);
  }

  @Test
  void anAnswerWithoutLengthIsKeptOnlyIfItIsAWholeFile() throws Exception {
    byte[] weights = weights();
    try (ServerSocket whole = raw(withoutLength(weights, weights.length));
        ServerSocket half = raw(withoutLength(weights, weights.length / 2))) {
      assertArrayEquals(weights,
          Files.readAllBytes(fetch(uri(whole, "/w.safetensors"), "whole.safetensors")));
      String message = refused(uri(half, "/w.safetensors"), "half.safetensors");
      assertTrue(message.contains("does not say how long it is"), message);
      assertFalse(Files.exists(target(".half.safetensors.part")));
    }
  }

  @Test
  void linksInTheCacheAreNotFollowed() throws Exception {
    Path precious = folder.resolve("precious.txt");
    Files.writeString(precious, "mine");
    Files.createDirectories(target("x").getParent());
    for (String name : new String[] {".w.pth.part", ".w.pth.part.origin", ".w.pth.lock"}) {
      Files.createSymbolicLink(target(name), precious);
    }
    server.on("/w.pth", LocalServer.file(new byte[1000], "\"a\""));
    fetch(server.uri("/w.pth"), "w.pth");
    assertEquals("mine", Files.readString(precious));
    assertEquals(1000, Files.size(target("w.pth")));
    assertFalse(Files.isSymbolicLink(target("w.pth")));
  }

  @Test
  void aChecksumInTheNameIsHeld() throws Exception {
    server.on("/swin_t-704ceda3.pth", LocalServer.file(new byte[1000], "\"a\""));
    String message = refused(server.uri("/swin_t-704ceda3.pth"), "swin_t-704ceda3.pth");
    assertTrue(message.contains("instead of 704ceda3"), message);
    // SHA-256 of a thousand zeros.
    server.on("/zeros-541b3e9d.pth", LocalServer.file(new byte[1000], "\"a\""));
    fetch(server.uri("/zeros-541b3e9d.pth"), "zeros.pth");
    server.on("/run-20240131.pth", LocalServer.file(new byte[1000], "\"a\""));
    fetch(server.uri("/run-20240131.pth"), "dated.pth");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bytes 100-99999999999999999999/99999999999999999999", "bytes 100-200/-1", "nonsense",
        "bytes 100-50/1000"
      })
  void impossibleRangesAreNoNumbersToFailOn(String range) throws Exception {
    byte[] file = new byte[1000];
    server.on("/w.pth", LocalServer.cut(file, 100, "\"a\""), exchange -> {
      exchange.getResponseHeaders().set("Content-Range", range);
      exchange.sendResponseHeaders(206, 10);
      exchange.getResponseBody().write(file, 0, 10);
    }, LocalServer.file(file, "\"b\""));
    fetch(server.uri("/w.pth"), "w.pth");
    assertEquals(1000, Files.size(target("w.pth")));
    assertTrue(retries.stream().noneMatch(reason -> reason.contains("For input string")), retries.toString());
  }

  @Test
  void aDescriptionThatDoesNotEndIsRefused() {
    server.on("/config.json", exchange -> {
      exchange.sendResponseHeaders(200, 0);
      byte[] block = new byte[1 << 16];
      for (int i = 0; i < 10_000; i++) {
        exchange.getResponseBody().write(block);
      }
    });
    Download download =
        new Download(server.uri("/config.json"), target("config.json"), null, null,
            Download.MOST_OF_A_DESCRIPTION);
    String message =
        assertThrows(PretrainedException.class, () -> downloader(SECONDS).fetch(download)).getMessage();
    assertTrue(message.contains("does not end"), message);
    assertTrue(message.contains("at most"), message);
    assertFalse(Files.exists(target("config.json")));
  }

  @Test
  void aLengthBeyondAllWeightsIsRefusedAtOnce() {
    server.on("/w.pth", server.headAlone(Download.MOST + 1));
    String message = refused(server.uri("/w.pth"), "w.pth");
    assertTrue(message.contains("bytes long"), message);
    assertEquals(1, server.requests.size());
  }

  @Test
  void aBodyThatDripsIsGivenUp() {
    server.on("/w.pth", exchange -> {
      exchange.sendResponseHeaders(200, 1 << 20);
      for (int i = 0; i < 1000; i++) {
        exchange.getResponseBody().write(0);
        exchange.getResponseBody().flush();
        sleep();
      }
    });
    Download download = new Download(server.uri("/w.pth"), target("w.pth"), null, null);
    String message =
        assertThrows(PretrainedException.class, () -> downloader(Duration.ofMillis(500)).fetch(download))
            .getMessage();
    assertTrue(message.contains("too slowly"), message);
  }

  private static void sleep() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://127.0.0.1:99999/w.pth", "https://127.0.0.1:0/w.pth", "http://127.0.0.1:65536/w.pth"})
  void impossiblePortsAreRefusedAtOnce(String address) {
    PretrainedOptions options = PretrainedOptions.USUAL;
    String message =
        assertThrows(PretrainedException.class, () -> PretrainedWeights.resolve(address, options))
            .getMessage();
    assertTrue(message.contains("ports are from 1 to 65535"), message);
  }

  @Test
  void aRedirectToAnImpossiblePortIsRefused() {
    server.on("/w.pth", LocalServer.redirect("http://127.0.0.1:99999/w.pth"));
    assertTrue(refused(server.uri("/w.pth"), "w.pth").contains("not followed"));
    assertEquals(List.of(), retries);
  }

  @Test
  void aCertificateThatIsNotTrustedIsTriedOnce() throws Exception {
    Path keys = folder.resolve("keys.p12");
    String[] keytool = {
      Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-keyalg", "EC",
      "-alias",
      "test", "-dname", "CN=127.0.0.1", "-keystore", keys.toString(), "-storetype", "PKCS12", "-storepass",
      "secret"
    };
    assertEquals(0, new ProcessBuilder(keytool).redirectErrorStream(true).start().waitFor());
    KeyStore store = KeyStore.getInstance(keys.toFile(), "secret".toCharArray());
    KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(store, "secret".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    HttpsServer https = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    https.setHttpsConfigurator(new HttpsConfigurator(context));
    https.start();
    try {
      URI uri = URI.create("https://127.0.0.1:" + https.getAddress().getPort() + "/w.pth");
      String message = refused(uri, "w.pth");
      assertTrue(message.contains("certificate is not trusted"), message);
      assertEquals(List.of(), retries);
    } finally {
      https.stop(0);
    }
  }
}
