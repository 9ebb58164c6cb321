package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.Warnings;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Npy;

/**
 * A trained ViT whose number of heads no array shows, made by {@code vits/heads.py}: with the right one it is
 * as good as in PyTorch, and with another one so much worse that nobody may guess it in silence.
 */
class HeadsOfAFileTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Names of timm's, by rules of one's own: then the heads are assumed and not asked for. */
  private static final List<String> TIMMS_NAMES =
      List.of(
          "--rename", "^patch_embed=>patch_embed.proj", "--rename", "^transformer\\.layers\\.=>blocks.",
          "--rename", "self_attn\\.in_proj_=>attn.qkv.",
          "--rename", "self_attn\\.out_proj=>attn.proj", "--rename", "linear(\\d)=>mlp.fc$1", "--norm-order",
          "post", "--activation", "relu");

  private static final List<String> ENCODER =
      List.of("--dialect", "torch_encoder", "--rename", "^patch_embed=>patch_embed.proj", "--norm-order",
          "post", "--activation", "relu", "--pool",
          "token");

  @TempDir
  private static Path folder;

  private record Ran(int code, String out, String errors, List<String> warnings) {}

  @BeforeAll
  static void unpack() throws IOException {
    try (InputStream file = HeadsOfAFileTest.class.getResourceAsStream("/vits/heads.zip");
        ZipInputStream zip = new ZipInputStream(file)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path target = folder.resolve(entry.getName());
        Files.createDirectories(target.getParent());
        Files.write(target, zip.readAllBytes());
      }
    }
  }

  private static Ran run(List<String> options, String... command) {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(List.of("--weights", folder.resolve("vit.pth").toString()));
    all.addAll(options);
    StringWriter out = new StringWriter();
    StringWriter errors = new StringWriter();
    List<String> warnings = new ArrayList<>();
    String[] arguments = all.toArray(String[]::new);
    try (Warnings.Subscription said = Warnings.sendTo(warnings::add)) {
      int code =
          Main.commandLine(arguments)
              .setOut(new PrintWriter(out, true))
              .setErr(new PrintWriter(errors, true))
              .execute(arguments);
      return new Ran(code, out.toString(), errors.toString(), warnings);
    }
  }

  private static List<String> with(List<String> options, String... more) {
    List<String> all = new ArrayList<>(options);
    all.addAll(List.of(more));
    return all;
  }

  private static double top1(Ran ran) throws IOException {
    assertEquals(0, ran.code(), ran::errors);
    return JSON.readTree(ran.out()).get("top1").asDouble();
  }

  private static Ran eval(List<String> options) {
    return run(
        options, "eval", "--data-path", folder.resolve("test").toString(), "--split", "all", "--json",
        "--device", "cpu");
  }

  private static JsonNode scores() throws IOException {
    return JSON.readTree(folder.resolve("scores.json").toFile());
  }

  /** PyTorch's logits, with its way of preparing pictures. */
  @Test
  void withItsHeadsItIsPytorchs() throws IOException {
    List<String> told = with(ENCODER, "--heads", "4");
    Ran ran = eval(told);
    assertEquals(100 * scores().get("4").asDouble(), top1(ran), 1e-4);
    assertEquals(List.of(), ran.warnings());
    Path input = folder.resolve("x.npy");
    Npy.write(input, pictures());
    Path output = folder.resolve("y.npy");
    Ran inferred =
        run(told, "infer", "--input", input.toString(), "--output", output.toString(), "--device", "cpu");
    assertEquals(0, inferred.code(), inferred::errors);
    float[] expected = Npy.read(folder.resolve("logits.npy")).toFloats();
    assertArrayEquals(expected, Npy.read(output).toFloats(), 1e-4f);
  }

  /** Each pixel as {@code (x/255 − 0.5)/0.5}, in the order of the classes and then of the files' names. */
  private static ArrayData pictures() throws IOException {
    List<Path> files;
    try (var walked = Files.walk(folder.resolve("test"))) {
      files = walked.filter(Files::isRegularFile).sorted().toList();
    }
    float[] values = new float[files.size() * 3 * 256];
    for (int n = 0; n < files.size(); n++) {
      var picture = ImageIO.read(files.get(n).toFile());
      for (int i = 0; i < 256; i++) {
        int rgb = picture.getRGB(i % 16, i / 16);
        for (int c = 0; c < 3; c++) {
          values[(n * 3 + c) * 256 + i] = ((rgb >> (16 - 8 * c) & 255) / 255f - 0.5f) / 0.5f;
        }
      }
    }
    return ArrayData.ofFloats(new long[] {files.size(), 3, 16, 16}, values);
  }

  /** Names of PyTorch's encoder are nobody's model, so that the number is asked for. */
  @ParameterizedTest
  @ValueSource(strings = {"--dialect torch_encoder --rename ^patch_embed=>patch_embed.proj", "--rename auto"})
  void withoutItNothingIsComputed(String names) {
    List<String> told = with(List.of(names.split(" ")), "--norm-order", "post", "--activation", "relu");
    for (Ran ran : List.of(
        eval(told), run(told, "predict", folder.resolve("test/disc/020.png").toString()))) {
      assertEquals(1, ran.code());
      assertTrue(ran.errors().contains("say --heads N"), ran.errors());
    }
    assertTrue(run(List.of(), "predict", folder.resolve("test/disc/020.png").toString()).code() != 0);
  }

  /** Under timm's names one is assumed, said once, and is as bad here as in PyTorch. */
  @Test
  void whatIsAssumedIsSaid() throws IOException {
    Ran assumed = eval(TIMMS_NAMES);
    double wrong = top1(assumed);
    assertEquals(100 * scores().get("1").asDouble(), wrong, 1e-4);
    assertTrue(wrong < 100 * scores().get("4").asDouble() - 30, "a wrong guess must show");
    List<String> heads = assumed.warnings().stream().filter(w -> w.contains("number of heads")).toList();
    assertEquals(1, heads.size(), assumed.warnings()::toString);
    assertTrue(heads.get(0).contains("1, a guess for 32 channels, is assumed"), heads.get(0));
    Ran told = eval(with(TIMMS_NAMES, "--heads", "4"));
    assertEquals(100 * scores().get("4").asDouble(), top1(told), 1e-4);
    assertTrue(told.warnings().stream().noneMatch(w -> w.contains("number of heads")),
        told.warnings()::toString);
  }
}
