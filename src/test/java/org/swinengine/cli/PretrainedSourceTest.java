package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.weights.WeightFiles;
import picocli.CommandLine;

/** {@code --pretrained} where {@code --weights} can be. */
class PretrainedSourceTest {
  private static final Path FIXTURE = Path.of("src/test/resources/fixtures/ms_swin").toAbsolutePath();
  private static final Path WEIGHTS = FIXTURE.resolve("weights.safetensors");

  @TempDir
  private Path folder;
  private final StringWriter errors = new StringWriter();

  private int infer(String output, String... weights) {
    List<String> arguments = new ArrayList<>(List.of(weights));
    arguments.addAll(
        List.of(
            "--device", "cpu", "--cfg", FIXTURE.resolve("model.yaml").toString(), "--input",
            FIXTURE.resolve("input.npy").toString(), "--output", folder.resolve(output).toString()));
    Failures failures = new Failures(() -> false);
    return new CommandLine(new InferCommand())
        .setOut(new PrintWriter(new StringWriter()))
        .setErr(new PrintWriter(errors, true))
        .setParameterExceptionHandler(failures::wrongUsage)
        .setExecutionExceptionHandler(failures::failed)
        .execute(arguments.toArray(String[]::new));
  }

  @Test
  void downloadedWeightsGiveTheSameLogitsAndWorkOfflineThen() throws Exception {
    assertEquals(0, infer("file.npy", "--weights", WEIGHTS.toString()));
    byte[] expected = Files.readAllBytes(folder.resolve("file.npy"));
    byte[] bytes = Files.readAllBytes(WEIGHTS);
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/w.pth", exchange -> {
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
      exchange.close();
    });
    server.start();
    String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/w.pth";
    try {
      assertEquals(0, infer("url.npy", "--pretrained", url, "--cache-dir", folder.toString()),
          errors::toString);
    } finally {
      server.stop(0);
    }
    assertArrayEquals(expected, Files.readAllBytes(folder.resolve("url.npy")));
    assertEquals(0, infer("again.npy", "--pretrained", url, "--cache-dir", folder.toString(), "--offline"));
    assertArrayEquals(expected, Files.readAllBytes(folder.resolve("again.npy")));
  }

  @Test
  void inspectAndConvertTakePublishedWeightsToo() throws Exception {
    Path place = folder.resolve("hf/timm/swin_s3_tiny_224.ms_in1k/main/model.safetensors");
    Files.createDirectories(place.getParent());
    Files.copy(WEIGHTS, place);
    String[] how = {"swin_s3_tiny_224", "--offline", "--cache-dir", folder.toString()};
    StringWriter out = new StringWriter();
    CommandLine inspect = new CommandLine(new InspectCommand()).setOut(new PrintWriter(out));
    assertEquals(0, inspect.execute(how));
    assertTrue(out.toString().contains(place.toString()), out::toString);
    Path output = folder.resolve("out.pth");
    CommandLine convert = new CommandLine(new ConvertCommand()).setOut(new PrintWriter(new StringWriter()));
    assertEquals(0, convert.execute(how[0], output.toString(), how[1], how[2], how[3]));
    String patches = "patch_embed.proj.weight";
    assertArrayEquals(
        WeightFiles.read(WEIGHTS).get(patches).toFloats(), WeightFiles.read(output).get(patches).toFloats());
  }

  @Test
  void weightsAreNamedOneWay() {
    assertEquals(2, infer("y.npy"));
    assertTrue(errors.toString().contains("--weights with a file, or --pretrained"), errors::toString);
    assertEquals(2, infer("y.npy", "--weights", "a.pth", "--pretrained", "swin_t"));
    assertTrue(errors.toString().contains("one of them"), errors::toString);
  }

  @Test
  void whatCannotBeHadIsOneSentence() {
    assertEquals(1, infer("y.npy", "--pretrained", "swin_t", "--cache-dir", folder.toString(), "--offline"));
    String sentence = errors.toString().strip();
    assertEquals(1, sentence.lines().count(), sentence);
    assertTrue(sentence.contains("https://download.pytorch.org/models/swin_t-704ceda3.pth"), sentence);
    assertTrue(
        sentence.contains(folder.resolve("https/download.pytorch.org/models/swin_t-704ceda3.pth").toString()),
        sentence);
  }
}
