package org.swinengine.pretrained;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DownloaderTest {
  private static final HttpTransport.Timeouts SHORT =
      new HttpTransport.Timeouts(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(5),
          Duration.ofMinutes(1));
  private static final byte[] FILE = bytes(300_000, 1);
  private static final byte[] OTHER = bytes(300_000, 2);

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

  private static byte[] bytes(int n, long seed) {
    byte[] bytes = new byte[n];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private Downloader downloader(HttpTransport.Timeouts timeouts, boolean offline) {
    return TestDownloads.downloader(timeouts, offline, retries);
  }

  private Path target() {
    return folder.resolve("cache").resolve("w.pth");
  }

  private Path fetch(String path, String sha256) {
    return downloader(SHORT, false).fetch(new Download(server.uri(path), target(), sha256, null));
  }

  private PretrainedException refused(String path, String sha256) {
    PretrainedException e = assertThrows(PretrainedException.class, () -> fetch(path, sha256));
    assertFalse(Files.exists(target()), "nothing bad lands under the final name");
    return e;
  }

  private void assertFile(byte[] expected) throws IOException {
    assertArrayEquals(expected, Files.readAllBytes(target()));
    assertFalse(Files.exists(part()));
    try (Stream<Path> entries = Files.list(target().getParent())) {
      assertEquals(List.of(".w.pth.lock", "w.pth"),
          entries.map(p -> p.getFileName().toString()).sorted().toList());
    }
  }

  private Path part() {
    return target().resolveSibling(".w.pth.part");
  }

  private void assertContains(String text, String... parts) {
    for (String part : parts) {
      assertTrue(text.contains(part), () -> "\"" + part + "\" is not in: " + text);
    }
  }

  @Test
  void downloadsOnceAndKeepsTheFile() throws Exception {
    server.on("/w.pth", LocalServer.file(FILE, "\"a\""));
    assertEquals(target(), fetch("/w.pth", sha256(FILE)));
    assertFile(FILE);
    fetch("/w.pth", null);
    assertEquals(1, server.requests.size());
    assertNull(server.requests.get(0).header("Range"));
  }

  @Test
  void followsRedirectsAlsoToAnotherServer() throws Exception {
    try (LocalServer other = new LocalServer()) {
      other.on("/real/w.pth", LocalServer.file(FILE, "\"a\""));
      server.on("/w.pth", LocalServer.redirect("/second")).on("/second",
          LocalServer.redirect(other.uri("/real/w.pth").toString()));
      downloader(SHORT, false).fetch(new Download(server.uri("/w.pth"), target(), null, "secret"));
      assertFile(FILE);
      assertEquals("Bearer secret", server.requests.get(1).header("Authorization"));
      assertNull(other.requests.get(0).header("Authorization"), "a token stays with its server");
    }
  }

  @Test
  void refusesEndlessRedirectsAndOtherKindsOfAddresses() {
    server.on("/round", LocalServer.redirect("/round"));
    assertContains(refused("/round", null).getMessage(), "/round", "more than 10 times");
    server.on("/file", LocalServer.redirect("file:///etc/passwd"));
    assertContains(refused("/file", null).getMessage(), "file:///etc/passwd", "not followed");
  }

  @Test
  void goesOnAfterACutConnection() throws Exception {
    server.on("/w.pth", LocalServer.cut(FILE, 100_000, "\"a\""), LocalServer.file(FILE, "\"a\""));
    fetch("/w.pth", sha256(FILE));
    assertFile(FILE);
    assertEquals("bytes=100000-", server.requests.get(1).header("Range"));
    assertEquals("\"a\"", server.requests.get(1).header("If-Range"));
    assertEquals(1, retries.size());
  }

  @Test
  void aLaterCommandGoesOnToo() throws Exception {
    server.on("/w.pth", LocalServer.cut(FILE, 100_000, "\"a\""), LocalServer.status(500));
    PretrainedException e = refused("/w.pth", null);
    assertContains(e.getMessage(), server.uri("/w.pth").toString(), "answers 500", "first 100.0 kB are kept");
    assertEquals(100_000, Files.size(part()));
    server.on("/w.pth", LocalServer.file(FILE, "\"a\""));
    fetch("/w.pth", null);
    assertFile(FILE);
    assertEquals("bytes=100000-", server.requests.get(server.requests.size() - 1).header("Range"));
  }

  @Test
  void beginsAnewWhenTheFileHasChanged() throws Exception {
    server.on("/w.pth", LocalServer.cut(FILE, 100_000, "\"a\""), LocalServer.file(OTHER, "\"b\""));
    fetch("/w.pth", sha256(OTHER));
    assertFile(OTHER);
  }

  @Test
  void beginsAnewWhenTheServerIgnoresRanges() throws Exception {
    server.on("/w.pth", LocalServer.cut(FILE, 100_000, "\"a\""), exchange -> {
      exchange.sendResponseHeaders(200, FILE.length);
      exchange.getResponseBody().write(FILE);
    });
    fetch("/w.pth", sha256(FILE));
    assertFile(FILE);
  }

  @Test
  void beginsAnewWithoutAStrongMarkOfTheVersion() throws Exception {
    server.on("/w.pth", LocalServer.cut(FILE, 100_000, "W/\"a\""), LocalServer.file(FILE, "W/\"a\""));
    fetch("/w.pth", sha256(FILE));
    assertFile(FILE);
    assertNull(server.requests.get(1).header("Range"));
  }

  @Test
  void aRangeThatWasNotAskedForIsNotTaken() throws Exception {
    server.on("/w.pth", LocalServer.cut(FILE, 100_000, "\"a\""), exchange -> {
      exchange.getResponseHeaders().set("Content-Range", "bytes 50000-299999/300000");
      exchange.sendResponseHeaders(206, 250_000);
      exchange.getResponseBody().write(FILE, 50_000, 250_000);
    }, LocalServer.file(FILE, "\"a\""));
    fetch("/w.pth", sha256(FILE));
    assertFile(FILE);
    assertNull(server.requests.get(2).header("Range"));
  }

  @Test
  void aResumedFileThatIsWrongIsGotAsAWhole() throws Exception {
    server.on("/w.pth", LocalServer.cut(OTHER, 100_000, "\"a\""), LocalServer.file(FILE, "\"a\""));
    fetch("/w.pth", sha256(FILE));
    assertFile(FILE);
    assertEquals(3, server.requests.size());
  }

  @Test
  void aPartThatIsLongerThanTheFileIsThrownAway() throws Exception {
    server.on("/w.pth", LocalServer.cut(FILE, 200_000, "\"a\""), LocalServer.status(416),
        LocalServer.file(bytes(1000, 3), "\"b\""));
    fetch("/w.pth", null);
    assertFile(bytes(1000, 3));
  }

  @Test
  void aWrongChecksumIsRefused() throws Exception {
    server.on("/w.pth", LocalServer.file(FILE, "\"a\""));
    String message = refused("/w.pth", "0123abcd").getMessage();
    assertContains(message, server.uri("/w.pth").toString(), "SHA-256 is " + sha256(FILE), "0123abcd…",
        target().toString());
    assertFalse(Files.exists(part()), "wrong bytes are not gone on with");
    assertEquals(target(), fetch("/w.pth", sha256(FILE).substring(0, 8)));
  }

  @Test
  void theHubsChecksumIsTakenFromItsRedirect() {
    server.on("/w.pth", exchange -> {
      exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + "0".repeat(64) + "\"");
      LocalServer.redirect("/cdn").send(exchange);
    }).on("/cdn", LocalServer.file(FILE, "\"a\""));
    assertContains(refused("/w.pth", null).getMessage(), "SHA-256", "0".repeat(64));
  }

  @Test
  void fewerBytesThanAnnouncedAreRefused() {
    server.on("/w.pth", LocalServer.cut(FILE, 100, null));
    assertContains(refused("/w.pth", null).getMessage(), "cannot download", "connection");
  }

  @Test
  void emptyFilesAndWebPagesAreRefused() {
    server.on("/empty", LocalServer.file(new byte[0], "\"a\""));
    assertContains(refused("/empty", null).getMessage(), "is empty");
    server.on("/page", exchange -> {
      exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
      LocalServer.file(FILE, "\"a\"").send(exchange);
    });
    assertContains(refused("/page", null).getMessage(), "web page");
  }

  @Test
  void passingTroublesOfTheServerAreWaitedFor() throws Exception {
    server.on("/w.pth", LocalServer.status(500), LocalServer.status(503), LocalServer.file(FILE, "\"a\""));
    fetch("/w.pth", null);
    assertFile(FILE);
    assertEquals(2, retries.size());
  }

  @Test
  void lastingTroublesEndWithWhatToDo() {
    server.on("/w.pth", LocalServer.status(500));
    assertContains(refused("/w.pth", null).getMessage(), server.uri("/w.pth").toString(), "answers 500",
        "put it at " + target());
    assertEquals(3, server.requests.size());
  }

  @Test
  void refusalsAreNotRepeated() {
    PretrainedException absent = refused("/none", null);
    assertTrue(absent.isAbsent());
    assertContains(absent.getMessage(), "404", "/none");
    server.on("/w.pth", LocalServer.status(403));
    PretrainedException forbidden = refused("/w.pth", null);
    assertFalse(forbidden.isAbsent());
    assertContains(forbidden.getMessage(), "403", "HF_TOKEN", target().toString());
    assertEquals(2, server.requests.size());
  }

  @Test
  void noServerIsOneSentenceAtOnce() throws Exception {
    URI nobody = server.uri("/w.pth");
    server.close();
    PretrainedException e =
        assertThrows(
            PretrainedException.class,
            () -> downloader(SHORT, false).fetch(new Download(nobody, target(), null, null)));
    assertContains(e.getMessage(), nobody.toString(), "no way to 127.0.0.1", "put it at " + target());
    assertTrue(retries.isEmpty());
  }

  @Test
  void anUnknownHostIsOneSentence() {
    URI nobody = URI.create("http://no-such-host.invalid/w.pth");
    PretrainedException e =
        assertThrows(
            PretrainedException.class,
            () -> downloader(SHORT, false).fetch(new Download(nobody, target(), null, null)));
    assertContains(e.getMessage(), nobody.toString(), "no way to no-such-host.invalid", "name is not known");
  }

  @Test
  void aSilentServerIsNotWaitedForForEver() throws Exception {
    HttpTransport.Timeouts impatient =
        new HttpTransport.Timeouts(Duration.ofSeconds(5), Duration.ofMillis(300), Duration.ofMillis(300),
            Duration.ofMinutes(1));
    server.on("/w.pth", server.mute(), server.silent(FILE, 100_000, "\"a\""), LocalServer.file(FILE,
        "\"a\""));
    downloader(impatient, false).fetch(new Download(server.uri("/w.pth"), target(), sha256(FILE), null));
    assertFile(FILE);
    assertContains(retries.get(0), "has not answered");
    assertContains(retries.get(1), "no data have come");
    assertEquals("bytes=100000-", server.requests.get(2).header("Range"));
  }

  @Test
  void twoAtOnceDownloadOnce() throws Exception {
    CountDownLatch second = new CountDownLatch(1);
    server.on("/w.pth", exchange -> {
      try {
        second.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      LocalServer.file(FILE, "\"a\"").send(exchange);
    });
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Future<Path> a = threads.submit(() -> fetch("/w.pth", null));
      Future<Path> b = threads.submit(() -> fetch("/w.pth", null));
      Thread.sleep(100);
      second.countDown();
      assertEquals(target(), a.get(20, TimeUnit.SECONDS));
      assertEquals(target(), b.get(20, TimeUnit.SECONDS));
    } finally {
      threads.shutdownNow();
    }
    assertFile(FILE);
    assertEquals(1, server.requests.size());
  }

  @Test
  void anInterruptedDownloadLeavesAPartToGoOnWith() throws Exception {
    server.on("/w.pth", server.silent(FILE, 100_000, "\"a\""), LocalServer.file(FILE, "\"a\""));
    Thread thread = new Thread(() -> assertThrows(PretrainedException.class, () -> fetch("/w.pth", null)));
    thread.start();
    while (!Files.exists(part()) || Files.size(part()) < 100_000) {
      Thread.sleep(10);
    }
    thread.interrupt();
    thread.join(10_000);
    assertFalse(thread.isAlive());
    assertFalse(Files.exists(target()));
    fetch("/w.pth", sha256(FILE));
    assertFile(FILE);
    assertEquals("bytes=100000-", server.requests.get(1).header("Range"));
  }

  @Test
  void offlineAsksNobody() throws Exception {
    Download download = new Download(server.uri("/w.pth"), target(), null, null);
    PretrainedException e =
        assertThrows(PretrainedException.class, () -> downloader(SHORT, true).fetch(download));
    assertContains(e.getMessage(), "`offline`", server.uri("/w.pth").toString(), "put it at " + target());
    assertTrue(server.requests.isEmpty());
    Files.createDirectories(target().getParent());
    Files.write(target(), FILE);
    assertEquals(target(), downloader(SHORT, true).fetch(download));
  }
}
