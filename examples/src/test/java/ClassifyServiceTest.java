import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.ImageDecoder;
import org.swinengine.inference.LoadedModel;

class ClassifyServiceTest {
  @TempDir
  Path scratch;

  @Test
  void answersManyRequestsAtOnce() throws Exception {
    Path weights = TinyPhotos.weights(scratch);
    Path photo = TinyPhotos.photo(scratch.resolve("photo.png"), true, 1);
    String expected;
    try (Backend backend = Backends.open("cpu", 1)) {
      expected = LoadedModel.open(weights, backend).predict(ImageDecoder.decode(photo)).first().name();
    }
    Process service = Example.named("ClassifyService", scratch).start(weights.toString(), "0");
    try (BufferedReader output = service.inputReader()) {
      String line = output.readLine();
      assertTrue(line != null && line.startsWith("listening on port "), line);
      URI address = URI.create("http://localhost:" + line.substring("listening on port ".length()));
      HttpClient client = HttpClient.newHttpClient();
      HttpRequest good = HttpRequest.newBuilder(address).POST(BodyPublishers.ofFile(photo)).build();
      List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        answers.add(client.sendAsync(good, BodyHandlers.ofString()));
      }
      for (CompletableFuture<HttpResponse<String>> answer : answers) {
        assertEquals(200, answer.get().statusCode());
        assertEquals(expected, answer.get().body());
      }
      HttpRequest bad = HttpRequest.newBuilder(address).POST(BodyPublishers.ofString("no photo")).build();
      HttpResponse<String> refused = client.send(bad, BodyHandlers.ofString());
      assertEquals(400, refused.statusCode());
      assertTrue(refused.body().startsWith("The image sent is not an image"), refused.body());
    } finally {
      service.destroy();
      service.waitFor();
    }
  }
}
