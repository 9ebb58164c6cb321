package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.data.segmentation.DicomWorld;
import org.swinengine.data.segmentation.MaskWorld;
import org.swinengine.data.segmentation.Nifti;
import org.swinengine.data.segmentation.Volume;
import org.swinengine.inference.EngineCheckpoint;
import org.swinengine.weights.Safetensors;

/** {@code train}, {@code eval} and {@code predict} where pixels may have several classes. */
class OverlappingCommandsTest {
  @TempDir
  static Path folder;
  private static Path data;
  private static Path weights;

  private static Ran train(Object... more) {
    Object[] usual = {
      "train", "--data-path", data, "--cfg", folder.resolve("tiny.yaml"), "--batch-size", 4, "--lr", "5e-3",
      "--warmup-steps", 2, "--output", folder.resolve("runs"), "--device", "cpu", "--threads", 2, "--json"};
    Object[] all = Arrays.copyOf(usual, usual.length + more.length);
    System.arraycopy(more, 0, all, usual.length, more.length);
    return Ran.of(all);
  }

  @BeforeAll
  static void train() throws IOException {
    data = MaskWorld.classes(folder.resolve("data"), 20);
    Files.writeString(
        folder.resolve("tiny.yaml"),
        """
        DATA: {IMG_SIZE: 16}
        MODEL:
          TYPE: swin_unet
          NAME: tiny
          NUM_CLASSES: 2
          SWIN: {PATCH_SIZE: 2, IN_CHANS: 1, EMBED_DIM: 8, DEPTHS: [2, 2], NUM_HEADS: [2, 2], WINDOW_SIZE: 4}
        """);
    train("--epochs", 10, "--tag", "nested", "--clean-up", "validation").succeeded();
    weights = folder.resolve("runs/nested/best.safetensors");
  }

  private static JsonNode json(Ran ran) throws IOException {
    return new ObjectMapper().readTree(ran.succeeded());
  }

  @Test
  void theCheckpointSaysIt() {
    assertEquals("true", Safetensors.read(weights).metadata().get(EngineCheckpoint.OVERLAPPING));
    assertEquals("[\"core\",\"whole\"]", Safetensors.read(weights).metadata().get("class_names"));
  }

  @Test
  void evalMeasuresEachClass() throws IOException {
    Path cases = folder.resolve("cases.csv");
    Path page = folder.resolve("page.html");
    JsonNode json =
        json(
            Ran.of(
                "eval", "--weights", weights, "--data-path", data, "--json", "--device", "cpu",
                "--predictions", cases, "--report", page));
    assertEquals(4, json.get("images").asInt());
    assertEquals(2, json.get("classes").size());
    assertEquals("core", json.get("classes").get(0).get("name").asText());
    assertTrue(json.get("classes").get(1).get("dice").asDouble() > 0.6, json.toString());
    assertTrue(json.get("per_case").get(0).get("classes").get("whole").has("hd95"), json.toString());
    assertEquals(9, Files.readAllLines(cases).size());
    String html = Files.readString(page);
    assertTrue(html.contains("Worst cases") && html.contains("whole") && html.contains("box"), "the page");
    double whole = json.get("dice").asDouble();
    json =
        json(
            Ran.of(
                "eval", "--weights", weights + "," + weights, "--data-path", data, "--json", "--clean-up",
                "off"));
    JsonNode alone =
        json(Ran.of("eval", "--weights", weights, "--data-path", data, "--json", "--clean-up", "off"));
    assertEquals(alone.get("dice").asDouble(), json.get("dice").asDouble(), 1e-9);
    assertTrue(Double.isFinite(whole));
    String said =
        Ran.of("eval", "--weights", weights, "--data-path", data, "--turns", "--mirror", "--clean-up",
            "validation").succeeded();
    assertTrue(said.contains("core") && said.contains("whole"), said);
  }

  @Test
  void predictWritesAMaskForEachClass() throws IOException {
    Path masks = folder.resolve("found");
    Path overlays = folder.resolve("seen");
    Path picture = data.resolve("images/p0.png");
    Ran said =
        Ran.of(
            "predict", "--weights", weights, picture, "--masks", masks, "--overlays", overlays, "--format",
            "csv", "--device", "cpu");
    String table = said.succeeded();
    long whole = area(masks.resolve("whole/p0.png"), null);
    long core = area(masks.resolve("core/p0.png"), null);
    long both = area(masks.resolve("whole/p0.png"), masks.resolve("core/p0.png"));
    assertTrue(both > 0 && both <= core && core < whole, whole + ", " + core + ", both " + both);
    assertTrue(table.contains(",whole,all," + whole + ",") && table.contains(",core,all," + core + ","),
        table);
    assertEquals(16, ImageIO.read(overlays.resolve("p0.png").toFile()).getWidth());
    // What is written is what training takes.
    Path again = folder.resolve("again");
    Files.createDirectories(again.resolve("images"));
    Files.copy(picture, again.resolve("images/p0.png"));
    for (String name : List.of("core", "whole")) {
      Files.createDirectories(again.resolve("masks/" + name));
      Files.copy(masks.resolve(name + "/p0.png"), again.resolve("masks/" + name + "/p0.png"));
    }
    JsonNode json = json(Ran.of("eval", "--weights", weights, "--data-path", again, "--json"));
    assertEquals(1, json.get("dice").asDouble(), json.toString());
    byte[] before = Files.readAllBytes(masks.resolve("core/p0.png"));
    Ran.of(
        "predict", "--weights", weights, picture, "--masks", masks, "--windows", "--threads", 1,
        "--largest-only").succeeded();
    assertArrayEquals(before, Files.readAllBytes(masks.resolve("core/p0.png")));
  }

  @Test
  void volumesHaveAFileForEachClassAndSegmentsThatOverlap() throws IOException {
    Path series = DicomWorld.unpack("tilted", folder.resolve("series"));
    Path masks = folder.resolve("volumes");
    JsonNode json =
        json(
            Ran.of(
                "predict", "--weights", weights, series, "--masks", masks, "--dicom-seg", "--format", "json",
                "--clean-up", "off", "--device", "cpu"))
            .get(0);
    long[] areas = new long[2];
    for (int c = 0; c < 2; c++) {
      JsonNode one = json.get("classes").get(c);
      areas[c] = one.get("area").asLong();
      Volume written = Nifti.read(Path.of(one.get("mask").asText()));
      long inside = 0;
      for (float value : written.values()) {
        inside += value == 1 ? 1 : 0;
      }
      assertEquals(areas[c], inside);
    }
    assertTrue(areas[0] + areas[1] > 0, json.toString());
    // The segments are read back as they were written.
    Path again = folder.resolve("segments");
    Files.createDirectories(again.resolve("images"));
    Files.createDirectories(again.resolve("labels"));
    DicomWorld.unpack("tilted", again.resolve("images/a"));
    try (var files = Files.newDirectoryStream(masks, "*-seg.dcm")) {
      Files.copy(files.iterator().next(), again.resolve("labels/a.dcm"));
    }
    json =
        json(Ran.of("eval", "--weights", weights, "--data-path", again, "--json", "--clean-up", "off"));
    assertEquals(1, json.get("dice").asDouble(), json.toString());
  }

  private static long area(Path file, Path and) throws IOException {
    int[] first = ImageIO.read(file.toFile()).getRaster().getSamples(0, 0, 16, 16, 0, (int[]) null);
    int[] second =
        and == null ? first
            : ImageIO.read(and.toFile()).getRaster().getSamples(0, 0, 16, 16, 0, (int[]) null);
    long area = 0;
    for (int i = 0; i < first.length; i++) {
      area += first[i] == 255 && second[i] == 255 ? 1 : 0;
    }
    return area;
  }

  @Test
  void foldersStayWithinTheOneThatWasNamed() throws IOException {
    Path masks = Path.of("m");
    assertEquals(masks.resolve("_").resolve("a.png"), ClassFolders.file(masks, "..", "a.png"));
    assertEquals(masks.resolve("left_right").resolve("a.png"),
        ClassFolders.file(masks, "left/right", "a.png"));
    Path table = folder.resolve("alike.csv");
    Files.writeString(table, "0,background\n1,a/b\n2,a:b\n");
    Ran said =
        Ran.of(
            "predict", "--weights", weights, data.resolve("images/p0.png"), "--masks",
            folder.resolve("alike"), "--class-table", table);
    assertEquals(2, said.code());
    assertTrue(said.errors().contains("two classes would have one folder of --masks"), said.errors());
  }

  @Test
  void foldsAreMeasuredTogether() throws IOException {
    train("--epochs", 1, "--tag", "folds", "--folds", 2).succeeded();
    assertEquals(41, Files.readAllLines(folder.resolve("runs/folds/cases.csv")).size());
    JsonNode json =
        json(
            Ran.of(
                "eval", "--weights", folder.resolve("runs/folds"), "--data-path", data, "--json", "--device",
                "cpu"));
    assertEquals(20, json.get("images").asInt());
  }

  @Test
  void whatDoesNotFitIsSaid() {
    Ran said = train("--epochs", 1, "--tag", "off", "--overlapping-labels", "off");
    assertEquals(1, said.code(), said.errors());
    assertTrue(
        said.errors().contains("it would be core and whole; a pixel has one class unless --overlapping-labels"
            + " is on"),
        said.errors());
    said = train("--epochs", 1, "--tag", "edges", "--pixel-loss", "boundary");
    assertNotEquals(0, said.code());
    assertTrue(said.errors().contains("--pixel-loss boundary is for pixels of one class"), said.errors());
    Path single = MaskWorld.pairs(folder.resolve("single"), 4, 255);
    said = Ran.of("eval", "--weights", weights, "--data-path", single);
    assertNotEquals(0, said.code());
    assertTrue(said.errors().lines().count() == 1, said.errors());
  }
}
