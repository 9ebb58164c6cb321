package org.swinengine.pretrained;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class PretrainedWeightsTest {
  private static final byte[] FILE = "weights".getBytes(StandardCharsets.UTF_8);

  @TempDir
  private Path folder;
  private LocalServer server;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void start() throws IOException {
    server = new LocalServer();
    environment.put("HF_ENDPOINT", "http://" + server.host() + "/");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private ResolvedWeights find(String source, boolean offline) {
    Duration seconds = Duration.ofSeconds(5);
    return new PretrainedWeights(
        new PretrainedOptions(folder, offline, DownloadListener.NONE), environment,
        new HttpTransport.Timeouts(seconds, seconds, seconds, seconds), new Downloader.Patience(2,
            Duration.ofMillis(5)))
        .find(source);
  }

  private String refused(String source) {
    return assertThrows(PretrainedException.class, () -> find(source, false)).getMessage();
  }

  private void assertContains(String text, String... parts) {
    for (String part : parts) {
      assertTrue(text.contains(part), () -> "\"" + part + "\" is not in: " + text);
    }
  }

  @Test
  void aFileIsItself() throws Exception {
    Path file = Files.write(folder.resolve("own.pth"), FILE);
    assertEquals(file, find(file.toString(), false).file());
    assertContains(refused(folder.resolve("none.pth").toString()), "there is no file", "none.pth");
    assertContains(refused("swin_s3_tiny_224.ms_in1k.safetensors"), "no file",
        "ending: swin_s3_tiny_224.ms_in1k");
    assertContains(refused(folder.toString()), "is a folder");
  }

  @Test
  void anAddressIsDownloadedToAPlaceThatItTells() throws Exception {
    server.on("/a/b/w.pth", LocalServer.file(FILE, "\"a\""));
    Path file = find(server.uri("/a/b/w.pth").toString(), false).file();
    assertEquals(folder.resolve("http").resolve(server.host().replace(':', '_')).resolve("a/b/w.pth"), file);
    assertArrayEquals(FILE, Files.readAllBytes(file));
    assertEquals(file, find(server.uri("/a/b/w.pth").toString(), true).file());
    assertEquals(1, server.requests.size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/evil.pth", "/a/..%2f..%2f..%2f..%2fevil.pth", "/../../../../evil.pth",
        "/a/%5c..%5cevil.pth", "/.hidden", "/con.pth", "/w.pth?name=../../evil", "/a//b/", "/%00.pth"
      })
  void noAddressLeavesTheCache(String path) throws Exception {
    server.on(path, LocalServer.file(FILE, "\"a\""));
    Path file = find(server.uri(path).toString(), false).file();
    Path host = folder.resolve("http").resolve(server.host().replace(':', '_'));
    assertTrue(file.normalize().startsWith(host), file::toString);
    assertEquals(file, file.normalize());
    assertFalse(file.getFileName().toString().startsWith("."));
    assertFalse(file.getFileName().toString().matches("(?i)con(\\..*)?"));
  }

  @Test
  void differentAddressesNeverShareAFile() {
    String[] paths = {"/a%2fb.pth", "/a_b.pth", "/a/b.pth", "/a%5fb.pth?x=1", "/a_b.pth?x=2"};
    long different =
        java.util.Arrays.stream(paths)
            .map(path -> new CacheFolder(folder).place(server.uri(path)))
            .distinct()
            .count();
    assertEquals(paths.length, different);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hf:org", "hf:org/", "hf:/repo", "hf:../repo", "hf:org/..", "hf:org/repo/", "hf:org/repo/../../x",
        "hf:org/repo/a/../b", "hf:org/repo/..%2fx", "hf:org/repo/a%2Fb", "hf:org/repo@../x",
        "hf:org/repo@a%2f..%2fb/x",
        "hf:org/repo/a\\b", "hf:org/repo/.git/config", "hf:org/re po", "hf:org/repo@/x", "hf:org/repo/c:/x"
      })
  void tricksInNamesOfTheHubAreRefused(String source) {
    assertContains(refused(source), "names no file of the Hugging Face Hub", "\"");
    assertTrue(server.requests.isEmpty());
  }

  @Test
  void aRepositoryGivesSafetensorsFirst() throws Exception {
    environment.put("HF_TOKEN", "secret");
    server.on("/org/repo/resolve/main/model.safetensors", LocalServer.file(FILE, "\"a\""));
    Path file = find("hf:org/repo", false).file();
    assertEquals(folder.resolve("hf/org/repo/main/model.safetensors"), file);
    assertEquals("Bearer secret", server.requests.get(0).header("Authorization"));
    assertEquals(file, find("hf:org/repo", true).file());
  }

  @Test
  void whatDescribesWeightsComesWithThem() throws Exception {
    String base = "/org/repo/resolve/main/";
    server.on(base + "model.safetensors", LocalServer.file(FILE, "\"a\""))
        .on(base + "config.json", LocalServer.file("{}".getBytes(StandardCharsets.UTF_8), "\"c\""))
        .on(base + "preprocessor_config.json", LocalServer.status(503));
    assertContains(refused("hf:org/repo"), "preprocessor_config.json");
    server.on(base + "preprocessor_config.json",
        LocalServer.file("[]".getBytes(StandardCharsets.UTF_8), "\"p\""));
    Path file = find("hf:org/repo", false).file();
    assertEquals("{}", Files.readString(file.resolveSibling("config.json")));
    assertEquals("[]", Files.readString(file.resolveSibling("preprocessor_config.json")));
    int asked = server.requests.size();
    find("hf:org/repo", false);
    assertEquals(asked, server.requests.size(), "what is there is used without asking");
    server.on(base + "sub/w.pth", LocalServer.file(FILE, "\"a\""))
        .on(base + "sub/config.json", LocalServer.file("{}".getBytes(StandardCharsets.UTF_8), "\"c\""));
    assertTrue(Files.exists(find("hf:org/repo/sub/w.pth", false).file().resolveSibling("config.json")));
  }

  @Test
  void aRepositoryGivesAllShardsOfAnIndex() throws Exception {
    String index =
        "{\"metadata\":{},\"weight_map\":{\"a\":\"m-1.safetensors\",\"b\":\"m-2.safetensors\",\"c\":"
            + "\"m-1.safetensors\"}}";
    String base = "/org/repo/resolve/main/";
    server.on(base + "model.safetensors.index.json", LocalServer.file(index.getBytes(StandardCharsets.UTF_8),
        "\"i\""))
        .on(base + "m-1.safetensors", LocalServer.file(FILE, "\"1\""));
    assertContains(refused("hf:org/repo"), "none of the files");
    server.on(base + "m-2.safetensors", LocalServer.file(FILE, "\"2\""));
    Path file = find("hf:org/repo", false).file();
    assertEquals("model.safetensors.index.json", file.getFileName().toString());
    assertTrue(Files.exists(file.resolveSibling("m-1.safetensors")));
    assertTrue(Files.exists(file.resolveSibling("m-2.safetensors")));
  }

  @Test
  void anIndexCannotNameFilesElsewhere() {
    String index = "{\"weight_map\":{\"a\":\"../../../evil.safetensors\"}}";
    server.on("/org/repo/resolve/main/model.safetensors.index.json",
        LocalServer.file(index.getBytes(StandardCharsets.UTF_8), "\"i\""));
    assertContains(refused("hf:org/repo"), "../../../evil.safetensors", "plain path");
  }

  @Test
  void aRepositoryGivesPytorchFilesLast() {
    server.on("/org/repo/resolve/v1.0/pytorch_model.bin", LocalServer.file(FILE, "\"a\""));
    assertEquals(folder.resolve("hf/org/repo/v1.0/pytorch_model.bin"), find("hf:org/repo@v1.0",
        false).file());
    assertEquals(4, server.requests.size(), "config.json is asked for before the three names");
    assertContains(refused("hf:org/other"), "hf:org/other has none of the files model.safetensors",
        "hf:org/other/FILE");
  }

  @Test
  void aFileOfARevisionIsTakenAsNamed() {
    server.on("/org/repo/resolve/refs%2Fpr%2F1/sub/w%20x.pth", LocalServer.file(FILE, "\"a\""));
    Path file = find("hf:org/repo@refs%2Fpr%2F1/sub/w x.pth", false).file();
    assertTrue(file.startsWith(folder.resolve("hf/org/repo")), file::toString);
  }

  @Test
  void aPageOfTheHubMeansItsFile() {
    server.on("/org/repo/resolve/main/w.pth", LocalServer.file(FILE, "\"a\""));
    find(server.uri("/org/repo/blob/main/w.pth").toString(), false);
    assertEquals("/org/repo/resolve/main/w.pth", server.requests.get(0).path());
  }

  @Test
  void aPublishedNameIsFoundInTheCacheWithWhatIsKnown() throws Exception {
    String url = "https/dl.fbaipublicfiles.com/deit/deit_tiny_patch16_224-a1311bcf.pth";
    String offline =
        assertThrows(PretrainedException.class, () -> find("deit_tiny_patch16_224", true)).getMessage();
    assertContains(offline, "https://dl.fbaipublicfiles.com/deit/deit_tiny_patch16_224-a1311bcf.pth",
        folder.resolve(url).toString());
    Files.createDirectories(folder.resolve(url).getParent());
    Files.write(folder.resolve(url), FILE);
    ResolvedWeights weights = find("deit_tiny_patch16_224", true);
    assertEquals(folder.resolve(url), weights.file());
    assertEquals("deit_tiny_patch16_224", weights.checkpoint().orElseThrow().model());
  }

  @Test
  void aRepositoryOfTheTableIsKnownToo() {
    server.on("/timm/swin_tiny_patch4_window7_224.ms_in22k/resolve/main/model.safetensors",
        LocalServer.file(FILE, "\"a\""));
    for (String source : new String[] {"swin_tiny_patch4_window7_224.ms_in22k",
      "hf:timm/swin_tiny_patch4_window7_224.ms_in22k"}) {
      PublishedCheckpoint known = find(source, false).checkpoint().orElseThrow();
      assertEquals("swin_tiny_patch4_window7_224", known.model());
      assertEquals(21841, known.classes());
    }
  }

  @Test
  void theProxyOfTheEnvironmentIsAsked() throws Exception {
    environment.put("HTTP_PROXY", "http://" + server.host());
    server.on("http://weights.invalid/w.pth", LocalServer.file(FILE, "\"a\""));
    assertArrayEquals(FILE, Files.readAllBytes(find("http://weights.invalid/w.pth", false).file()));
    environment.put("NO_PROXY", "example.org, .invalid");
    assertContains(refused("http://weights.invalid/v.pth"), "no way to weights.invalid");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://host/w.pth", "file:///etc/passwd", "https:///w.pth",
    "http://user:secret@host/w.pth"})
  void otherAddressesAreRefused(String source) {
    String message = refused(source);
    assertContains(message, "address");
    assertFalse(message.contains("secret"));
  }

  @Test
  void cacheFoldersFollowTheSystem() {
    Path home = folder;
    Path absolute = folder.resolve("x");
    assertEquals(home.resolve(".cache/swin-engine"), CacheFolder.of(Map.of(), "Linux", home).root());
    assertEquals(home.resolve("Library/Caches/swin-engine"), CacheFolder.of(Map.of(), "Mac OS X",
        home).root());
    assertEquals(home.resolve("AppData/Local/swin-engine"), CacheFolder.of(Map.of(), "Windows 11",
        home).root());
    assertEquals(absolute.resolve("swin-engine"),
        CacheFolder.of(Map.of("XDG_CACHE_HOME", absolute.toString()), "Linux", home).root());
    assertEquals(home.resolve(".cache/swin-engine"),
        CacheFolder.of(Map.of("XDG_CACHE_HOME", "relative"), "Linux", home).root());
    assertEquals(absolute,
        CacheFolder.of(Map.of("SWIN_CACHE", absolute.toString(), "XDG_CACHE_HOME", "/y"), "Linux",
            home).root());
    assertTrue(CacheFolder.of(Map.of("SWIN_CACHE", "relative"), "Linux", home).root().isAbsolute());
  }
}
