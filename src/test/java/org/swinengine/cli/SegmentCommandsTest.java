package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.segmentation.MaskWorld;
import org.swinengine.inference.EngineCheckpoint;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.ModelWeights;
import org.swinengine.models.Models;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;
import picocli.CommandLine;

/** {@code train}, {@code eval} and {@code predict} where each pixel has a class. */
class SegmentCommandsTest {
  private static final int OK = 0;
  private static final int USAGE = 2;

  @TempDir
  static Path folder;
  private static Path data;
  private static Path weights;

  private record Said(int code, String out, String err) {}

  private static Said run(Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] texts = new String[arguments.length];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = arguments[i].toString();
    }
    CommandLine line = Main.commandLine(texts);
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    return new Said(line.execute(texts), out.toString(), err.toString());
  }

  @BeforeAll
  static void train() throws IOException {
    data = MaskWorld.pairs(folder.resolve("data"), 20, 255);
    Path cfg = folder.resolve("tiny.yaml");
    Files.writeString(
        cfg,
        """
        DATA: {IMG_SIZE: 16}
        MODEL:
          TYPE: swin_unet
          NAME: tiny
          NUM_CLASSES: 2
          SWIN: {PATCH_SIZE: 2, IN_CHANS: 1, EMBED_DIM: 8, DEPTHS: [2, 2], NUM_HEADS: [2, 2], WINDOW_SIZE: 4}
        """);
    Said said =
        run(
            "train", "--data-path", data, "--cfg", cfg, "--epochs", 8, "--batch-size", 4, "--lr", "5e-3",
            "--warmup-steps", 2, "--output", folder.resolve("runs"), "--tag", "squares", "--device", "cpu",
            "--threads", 2, "--clean-up", "validation", "--json");
    assertEquals(OK, said.code(), said.err());
    JsonNode json = new ObjectMapper().readTree(said.out());
    assertEquals("dice", json.get("best_metric").asText(), said.out());
    weights = folder.resolve("runs/squares/best.safetensors");
  }

  @Test
  void evalMeasuresWhatTrainingHeldOut() throws IOException {
    Said said = run("eval", "--weights", weights, "--data-path", data, "--json", "--device", "cpu");
    assertEquals(OK, said.code(), said.err());
    JsonNode json = new ObjectMapper().readTree(said.out());
    assertEquals(4, json.get("images").asInt(), said.out());
    assertEquals("segment", json.get("task").asText());
    double dice = json.get("dice").asDouble();
    assertTrue(dice > 0.5 && dice <= 1, said.out());
    assertTrue(json.has("iou") && json.has("hd95"), said.out());
    assertTrue(json.get("intervals").get("dice").get(0).asDouble() <= dice);
    assertEquals("foreground", json.get("classes").get(0).get("name").asText());
    assertEquals(4, json.get("per_case").size());
    assertTrue(json.has("object_f1") && json.has("specificity") && !json.has("hd95_mm"), said.out());
    assertTrue(json.get("per_case").get(0).get("classes").get("foreground").has("hd"), said.out());
    Path cases = folder.resolve("cases.csv");
    said =
        run(
            "eval", "--weights", weights, "--data-path", data, "--json", "--spacing", "0.5", "--predictions",
            cases, "--turns", "--mirror", "--empty-masks", "swin-unet");
    assertEquals(OK, said.code(), said.err());
    json = new ObjectMapper().readTree(said.out());
    assertEquals(json.get("hd95").asDouble() / 2, json.get("hd95_mm").asDouble(), 1e-12);
    assertEquals("swin-unet", json.get("empty_masks").asText());
    assertEquals(5, Files.readAllLines(cases).size());
    said = run("eval", "--weights", weights, "--data-path", data, "--spacing", "1,2,3,4");
    assertEquals(USAGE, said.code());
    assertTrue(said.err().contains("--spacing must be millimetres"), said.err());
    Path page = folder.resolve("page.html");
    said = run("eval", "--weights", weights, "--data-path", data, "--split", "all", "--report", page);
    assertEquals(OK, said.code(), said.err());
    assertTrue(said.out().contains("20 pictures, 20 cases: Dice"), said.out());
    assertTrue(Files.readString(page).contains("Worst cases"));
  }

  /** What training chose is done by default, and said. */
  @Test
  void predictionsAreCleanedAsTrainingChose() throws IOException {
    assertTrue(Safetensors.read(weights).metadata().containsKey("clean_up"));
    Path always = folder.resolve("always.safetensors");
    Files.copy(weights, always);
    EngineCheckpoint.say(
        always, "clean_up", "{\"classes\":[{\"largest_only\":true,\"least_share\":0.9}]}");
    Path picture = data.resolve("images/p0.png");
    Said said = run("predict", "--weights", always, picture, "--format", "csv");
    assertEquals(OK, said.code(), said.err());
    assertTrue(said.err().contains("clean-up  foreground: the largest part, and"), said.err());
    assertTrue(said.out().contains(",foreground,all,0,"), said.out());
    said = run("predict", "--weights", always, picture, "--format", "csv", "--clean-up", "off");
    assertFalse(said.out().contains(",foreground,all,0,") || said.err().contains("clean-up"), said.out());
    said = run("eval", "--weights", always, "--data-path", data, "--json", "--device", "cpu");
    JsonNode json = new ObjectMapper().readTree(said.out());
    assertEquals(0, json.get("dice").asDouble(), said.out());
    said =
        run("eval", "--weights", always, "--data-path", data, "--json", "--clean-up", "validation");
    json = new ObjectMapper().readTree(said.out());
    assertTrue(json.get("dice").asDouble() > 0.5, said.out());
    assertTrue(json.get("notes").toString().contains("the very ones that are measured"), said.out());
    said = run("predict", "--weights", always, picture, "--clean-up", "validation");
    assertEquals(USAGE, said.code());
    assertTrue(said.err().contains("needs pictures with masks"), said.err());
  }

  @Test
  void predictWritesMasksOverlaysAndAreas() throws IOException {
    Path masks = folder.resolve("found");
    Path overlays = folder.resolve("seen");
    Path large = folder.resolve("large.png");
    int[] levels = new int[20 * 30];
    for (int i = 0; i < levels.length; i++) {
      int row = i / 30;
      int column = i % 30;
      levels[i] = row >= 4 && row < 11 && column >= 18 && column < 26 ? 200 : 40;
    }
    MaskWorld.grey(large, 20, 30, levels);
    Said said =
        run(
            "predict", "--weights", weights, large, "--masks", masks, "--overlays", overlays, "--windows",
            "--format", "csv", "--device", "cpu");
    assertEquals(OK, said.code(), said.err());
    BufferedImage mask = ImageIO.read(masks.resolve("large.png").toFile());
    assertEquals(30, mask.getWidth());
    assertEquals(20, mask.getHeight());
    assertTrue(mask.getColorModel() instanceof IndexColorModel);
    assertEquals(0x800000, mask.getColorModel().getRGB(1) & 0xFFFFFF);
    assertEquals(30, ImageIO.read(overlays.resolve("large.png").toFile()).getWidth());
    int[] samples = mask.getRaster().getSamples(0, 0, 30, 20, 0, (int[]) null);
    int area = 0;
    for (int sample : samples) {
      area += sample;
    }
    assertTrue(said.out().startsWith("file,class,component,area,share,slice,row,column"), said.out());
    assertTrue(said.out().contains(",foreground,all," + area + ","), said.out());
    byte[] before = Files.readAllBytes(masks.resolve("large.png"));
    assertEquals(
        OK,
        run("predict", "--weights", weights, large, "--masks", masks, "--windows", "--threads", 1).code());
    assertArrayEquals(before, Files.readAllBytes(masks.resolve("large.png")));
    said = run("predict", "--weights", weights, masks.resolve("large.png"), "--masks", masks);
    assertTrue(said.err().contains("would take its own place"), said.err());
  }

  /** Encoder and mirrored decoder start from a Swin Transformer's blocks, as the original does. */
  @Test
  void aSwinGivesTheFirstWeights() throws IOException {
    ModelSpec swin =
        ModelConfigFile.parse(
            """
            DATA: {IMG_SIZE: 16}
            MODEL:
              TYPE: swin
              NAME: donor
              NUM_CLASSES: 5
              SWIN:
                {PATCH_SIZE: 2, IN_CHANS: 1, EMBED_DIM: 8, DEPTHS: [2, 2], NUM_HEADS: [2, 2], WINDOW_SIZE: 4}
            """,
            "donor");
    Path donor = folder.resolve("donor.safetensors");
    try (Backend backend = Backends.open("cpu", 1)) {
      Model model = Models.create(swin);
      new ParameterArena(backend, model.parameters(), 3);
      StateDict.Builder dict = StateDict.builder().metadata("model", ModelConfigFile.write(swin));
      ModelWeights.save(model).arrays().forEach(dict::put);
      Safetensors.write(donor, dict.build());
    }
    Said said =
        run(
            "train", "--data-path", data, "--cfg", folder.resolve("tiny.yaml"), "--pretrained", donor,
            "--epochs", 1, "--batch-size", 4, "--lr", "1e-9", "--output", folder.resolve("runs"), "--tag",
            "tuned", "--device", "cpu", "--json");
    assertEquals(OK, said.code(), said.err());
    StateDict given = Safetensors.read(donor);
    StateDict tuned = Safetensors.read(folder.resolve("runs/tuned/best.safetensors"));
    String block = "blocks.1.mlp.fc1.weight";
    for (String name : new String[] {"layers.0." + block, "layers_up.1." + block}) {
      assertArrayEquals(
          given.get("layers.0." + block).toFloats(), tuned.get(name).toFloats(), 1e-6f, name);
    }
  }

  /** The ablation of the documents. */
  @Test
  void skipConnectionsAreCompared() throws IOException {
    Path runs = folder.resolve("skips");
    for (int skips = 0; skips <= 1; skips++) {
      Said said =
          run(
              "train", "--data-path", data, "--cfg", folder.resolve("tiny.yaml"), "--skips", skips,
              "--epochs",
              1, "--batch-size", 8, "--output", runs, "--tag", "skips-" + skips, "--device", "cpu", "--json");
      assertEquals(OK, said.code(), said.err());
    }
    Said said = run("runs", "compare", "skips-0", "skips-1", "--output", runs);
    assertEquals(OK, said.code(), said.err());
    String page = Files.readString(runs.resolve("compare.html"));
    assertTrue(page.contains("MODEL.SWIN.SKIPS") && page.contains("HD95 (px)"), "the table of the ablation");
  }

  @Test
  void whatIsForOtherModelsIsSaid() {
    Said said = run("eval", "--weights", weights, "--data-path", data, "--tta", "hflip");
    assertEquals(USAGE, said.code());
    assertTrue(said.err().contains("--mirror takes the mean over mirror images"), said.err());
    said = run("train", "--task", "segment", "--model", "swin_tiny_patch4_window7_224");
    assertTrue(said.code() != OK && said.err().contains("--task segment is for models that give each pixel"),
        said.code() + said.err());
    said = run("train", "--task", "segment", "--mixup", "0.8", "--output", folder.resolve("none"));
    assertTrue(said.code() != OK && said.err().contains("--mixup and --cutmix mix images"), said.err());
    said = run("predict", "--weights", weights, data.resolve("images/p0.png"), "--overlap", "0.2");
    assertTrue(said.err().contains("--overlap goes with --windows"), said.err());
  }
}
