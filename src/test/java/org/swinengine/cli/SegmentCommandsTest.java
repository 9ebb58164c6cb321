package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

/** {@code train}, {@code eval} and {@code predict} where each pixel has a class. */
class SegmentCommandsTest {
  private static final int OK = 0;
  private static final int USAGE = 2;

  @TempDir
  static Path folder;
  private static Path data;
  private static Path weights;

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
    Ran said =
        Ran.of(
            "train", "--data-path", data, "--cfg", cfg, "--epochs", 8, "--batch-size", 4, "--lr", "5e-3",
            "--warmup-steps", 2, "--output", folder.resolve("runs"), "--tag", "squares", "--device", "cpu",
            "--threads", 2, "--clean-up", "validation", "--json");
    assertEquals(OK, said.code(), said.errors());
    JsonNode json = new ObjectMapper().readTree(said.output());
    assertEquals("dice", json.get("best_metric").asText(), said.output());
    weights = folder.resolve("runs/squares/best.safetensors");
  }

  @Test
  void evalMeasuresWhatTrainingHeldOut() throws IOException {
    Ran said = Ran.of("eval", "--weights", weights, "--data-path", data, "--json", "--device", "cpu");
    assertEquals(OK, said.code(), said.errors());
    JsonNode json = new ObjectMapper().readTree(said.output());
    assertEquals(4, json.get("images").asInt(), said.output());
    assertEquals("segment", json.get("task").asText());
    double dice = json.get("dice").asDouble();
    assertTrue(dice > 0.5 && dice <= 1, said.output());
    assertTrue(json.has("iou") && json.has("hd95"), said.output());
    assertTrue(json.get("intervals").get("dice").get(0).asDouble() <= dice);
    assertEquals("foreground", json.get("classes").get(0).get("name").asText());
    assertEquals(4, json.get("per_case").size());
    assertTrue(json.has("object_f1") && json.has("specificity") && !json.has("hd95_mm"), said.output());
    assertTrue(json.get("per_case").get(0).get("classes").get("foreground").has("hd"), said.output());
    Path cases = folder.resolve("cases.csv");
    said =
        Ran.of(
            "eval", "--weights", weights, "--data-path", data, "--json", "--spacing", "0.5", "--predictions",
            cases, "--turns", "--mirror", "--empty-masks", "swin-unet");
    assertEquals(OK, said.code(), said.errors());
    json = new ObjectMapper().readTree(said.output());
    assertEquals(json.get("hd95").asDouble() / 2, json.get("hd95_mm").asDouble(), 1e-12);
    assertEquals("swin-unet", json.get("empty_masks").asText());
    assertEquals(5, Files.readAllLines(cases).size());
    said = Ran.of("eval", "--weights", weights, "--data-path", data, "--spacing", "1,2,3,4");
    assertEquals(USAGE, said.code());
    assertTrue(said.errors().contains("--spacing must be millimetres"), said.errors());
    Path page = folder.resolve("page.html");
    said = Ran.of("eval", "--weights", weights, "--data-path", data, "--split", "all", "--report", page);
    assertEquals(OK, said.code(), said.errors());
    assertTrue(said.output().contains("20 pictures, 20 cases: Dice"), said.output());
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
    Ran said = Ran.of("predict", "--weights", always, picture, "--format", "csv");
    assertEquals(OK, said.code(), said.errors());
    assertTrue(said.errors().contains("clean-up  foreground: the largest part, and"), said.errors());
    assertTrue(said.output().contains(",foreground,all,0,"), said.output());
    said = Ran.of("predict", "--weights", always, picture, "--format", "csv", "--clean-up", "off");
    assertFalse(said.output().contains(",foreground,all,0,") || said.errors().contains("clean-up"),
        said.output());
    said = Ran.of("eval", "--weights", always, "--data-path", data, "--json", "--device", "cpu");
    JsonNode json = new ObjectMapper().readTree(said.output());
    assertEquals(0, json.get("dice").asDouble(), said.output());
    said =
        Ran.of("eval", "--weights", always, "--data-path", data, "--json", "--clean-up", "validation");
    json = new ObjectMapper().readTree(said.output());
    assertTrue(json.get("dice").asDouble() > 0.5, said.output());
    assertTrue(json.get("notes").toString().contains("the very ones that are measured"), said.output());
    said = Ran.of("predict", "--weights", always + "," + always, picture, "--format", "csv");
    assertEquals(OK, said.code(), said.errors());
    assertTrue(
        said.errors().contains("what the choices of all 2 models have in common")
            && said.output().contains(",foreground,all,0,"),
        said.errors() + said.output());
    Path never = folder.resolve("never.safetensors");
    Files.copy(weights, never);
    EngineCheckpoint.say(
        never, "clean_up", "{\"classes\":[{\"largest_only\":false,\"least_share\":0}]}");
    said = Ran.of("predict", "--weights", always + "," + never, picture, "--format", "csv");
    assertFalse(said.output().contains(",foreground,all,0,") || said.errors().contains("clean-up"),
        said.output());
    said = Ran.of("predict", "--weights", always, picture, "--clean-up", "validation");
    assertEquals(USAGE, said.code());
    assertTrue(said.errors().contains("needs pictures with masks"), said.errors());
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
    Ran said =
        Ran.of(
            "predict", "--weights", weights, large, "--masks", masks, "--overlays", overlays, "--windows",
            "--format", "csv", "--device", "cpu");
    assertEquals(OK, said.code(), said.errors());
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
    assertTrue(said.output().startsWith("file,class,component,area,share,slice,row,column"), said.output());
    assertTrue(said.output().contains(",foreground,all," + area + ","), said.output());
    byte[] before = Files.readAllBytes(masks.resolve("large.png"));
    assertEquals(
        OK,
        Ran.of("predict", "--weights", weights, large, "--masks", masks, "--windows", "--threads", 1).code());
    assertArrayEquals(before, Files.readAllBytes(masks.resolve("large.png")));
    said = Ran.of("predict", "--weights", weights, masks.resolve("large.png"), "--masks", masks);
    assertTrue(said.errors().contains("would take its own place"), said.errors());
  }

  /** Pictures of twice the size are brought to the training's, and what is found to theirs. */
  @Test
  void windowsGoOverPicturesThatWereResized() throws IOException {
    String scale = Safetensors.read(weights).metadata().get("training_scale");
    assertEquals("{\"rows\":1.0,\"columns\":1.0}", scale);
    Path twice = folder.resolve("twice");
    for (String part : new String[] {"images", "masks"}) {
      Files.createDirectories(twice.resolve(part));
      for (int i = 0; i < 4; i++) {
        String name = part + "/p" + i + ".png";
        int[] small = ImageIO.read(data.resolve(name).toFile()).getRaster()
            .getSamples(0, 0, MaskWorld.SIDE, MaskWorld.SIDE, 0, (int[]) null);
        int side = 2 * MaskWorld.SIDE;
        int[] levels = new int[side * side];
        for (int p = 0; p < levels.length; p++) {
          levels[p] = small[p / side / 2 * MaskWorld.SIDE + p % side / 2];
        }
        MaskWorld.grey(twice.resolve(name), side, side, levels);
      }
    }
    String[] views = {
      "each picture as a whole, resized", "windows over pictures resized by 0.5, overlap 0.5",
      "windows at the pictures' own resolution, overlap 0.5"};
    String[] options = {"--split=all", "--windows --scale 0.5", "--windows"};
    double[] dice = new double[views.length];
    for (int i = 0; i < views.length; i++) {
      List<Object> line =
          new ArrayList<>(
              List.of("eval", "--weights", weights, "--data-path", twice, "--json", "--device", "cpu"));
      line.addAll(List.of(options[i].split(" ")));
      Ran said = Ran.of(line.toArray());
      assertEquals(OK, said.code(), said.errors());
      JsonNode json = new ObjectMapper().readTree(said.output());
      assertEquals(views[i], json.get("views").asText());
      dice[i] = json.get("dice").asDouble();
    }
    assertEquals(dice[0], dice[1], 1e-9, "a window of the model's size is the picture as a whole");
    assertNotEquals(dice[0], dice[2], 1e-3);
    Path half = folder.resolve("half.safetensors");
    Files.copy(weights, half);
    EngineCheckpoint.say(half, "training_scale", "{\"rows\":0.5,\"columns\":0.5}");
    Path masks = folder.resolve("of-twice");
    Path picture = twice.resolve("images/p0.png");
    Ran said = Ran.of("predict", "--weights", half, picture, "--masks", masks, "--windows");
    assertEquals(OK, said.code(), said.errors());
    assertTrue(said.errors().contains("windows   pictures resized by 0.5 as in training"), said.errors());
    assertEquals(32, ImageIO.read(masks.resolve("p0.png").toFile()).getWidth());
    EngineCheckpoint.say(half, "training_scale", "{\"rows\":0,\"columns\":0.5}");
    said = Ran.of("predict", "--weights", half, picture, "--windows");
    assertTrue(
        said.code() == 1 && said.errors().contains("the training's scale cannot be read"), said.errors());
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
    Ran said =
        Ran.of(
            "train", "--data-path", data, "--cfg", folder.resolve("tiny.yaml"), "--pretrained", donor,
            "--epochs", 1, "--batch-size", 4, "--lr", "1e-9", "--output", folder.resolve("runs"), "--tag",
            "tuned", "--device", "cpu", "--json");
    assertEquals(OK, said.code(), said.errors());
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
      Ran said =
          Ran.of(
              "train", "--data-path", data, "--cfg", folder.resolve("tiny.yaml"), "--skips", skips,
              "--epochs",
              1, "--batch-size", 8, "--output", runs, "--tag", "skips-" + skips, "--device", "cpu", "--json");
      assertEquals(OK, said.code(), said.errors());
    }
    Ran said = Ran.of("runs", "compare", "skips-0", "skips-1", "--output", runs);
    assertEquals(OK, said.code(), said.errors());
    assertTrue(
        said.output().lines().findFirst().orElse("")
            .matches("run +state +epochs +Dice +IoU +object F1 +HD95.*"),
        said.output());
    String page = Files.readString(runs.resolve("compare.html"));
    assertTrue(page.contains("MODEL.SWIN.SKIPS") && page.contains("HD95 (px)"), "the table of the ablation");
  }

  @Test
  void whatIsForOtherModelsIsSaid() {
    Ran said = Ran.of("eval", "--weights", weights, "--data-path", data, "--tta", "hflip");
    assertEquals(USAGE, said.code());
    assertTrue(said.errors().contains("--mirror takes the mean over mirror images"), said.errors());
    said = Ran.of("train", "--task", "segment", "--model", "swin_tiny_patch4_window7_224");
    assertTrue(
        said.code() != OK && said.errors().contains("--task segment is for models that give each pixel"),
        said.code() + said.errors());
    said = Ran.of("train", "--task", "segment", "--mixup", "0.8", "--output", folder.resolve("none"));
    assertTrue(said.code() != OK && said.errors().contains("--mixup and --cutmix mix images"), said.errors());
    said = Ran.of("predict", "--weights", weights, data.resolve("images/p0.png"), "--overlap", "0.2");
    assertTrue(said.errors().contains("--overlap goes with --windows"), said.errors());
    said = Ran.of("predict", "--weights", weights, data.resolve("images/p0.png"), "--scale", "0.5");
    assertEquals(USAGE, said.code());
    assertTrue(said.errors().contains("--scale goes with --windows"), said.errors());
    said =
        Ran.of("eval", "--weights", weights, "--data-path", data, "--windows", "--scale", "half");
    assertEquals(USAGE, said.code());
    assertTrue(said.errors().contains("--scale must be auto or a factor"), said.errors());
  }
}
