package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.inference.EngineCheckpoint;
import org.swinengine.inference.StoredCalibration;
import org.swinengine.metrics.ConformalScores;
import org.swinengine.metrics.Predictions;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.ModelWeights;
import org.swinengine.models.Models;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;
import picocli.CommandLine;

/** Temperatures and sets of classes on the command line. */
final class CertaintyTest {
  @TempDir
  static Path folder;
  private static Path plain;
  private static Path calibrated;
  private static StoredCalibration stored;

  @BeforeAll
  static void write() throws IOException {
    for (String color : List.of("green", "red")) {
      TinyWorld.pictures(folder.resolve("data").resolve(color), 15);
    }
    ModelSpec spec =
        ModelConfigFile.parse(
            """
            DATA: {IMG_SIZE: 8}
            MODEL:
              NAME: tiny
              NUM_CLASSES: 2
              SWIN: {PATCH_SIZE: 2, EMBED_DIM: 8, DEPTHS: [2], NUM_HEADS: [2], WINDOW_SIZE: 2}
            """,
            "tiny");
    plain = folder.resolve("plain.safetensors");
    calibrated = folder.resolve("calibrated.safetensors");
    try (Backend backend = Backends.open("reference", 1)) {
      Model model = Models.create(spec);
      new ParameterArena(backend, model.parameters(), 3);
      StateDict.Builder dict =
          StateDict.builder().metadata("model", ModelConfigFile.write(spec))
              .metadata("class_names", "[\"green\",\"red\"]");
      ModelWeights.save(model).arrays().forEach(dict::put);
      Safetensors.writeChecked(plain, dict.build());
    }
    // Both classes are nearly as likely for a model without training; the scores are of probabilities so too.
    Random random = new Random(2);
    float[] logits = new float[80];
    for (int i = 0; i < 80; i++) {
      logits[i] = 0.01f * (float) random.nextGaussian();
    }
    int[] labels = new int[40];
    for (int i = 0; i < 40; i++) {
      labels[i] = i < 36 ? 0 : 1;
    }
    stored =
        new StoredCalibration(
            Optional.of(0.25), ConformalScores.of(Predictions.ofLogits(logits, labels, 2)), 2, 40, 40, null);
    write(calibrated, stored);
  }

  private static void write(Path file, StoredCalibration calibration) {
    Safetensors.writeChecked(file, EngineCheckpoint.calibrated(Safetensors.read(plain), calibration));
  }

  private record Ran(int exitCode, String output, String errors) {
    Ran expect(int code, String... parts) {
      assertEquals(code, exitCode, this::toString);
      for (String part : parts) {
        assertTrue((code == 0 ? output : errors).contains(part), () -> part + " is not in " + this);
      }
      return this;
    }

    JsonNode json() throws IOException {
      return new ObjectMapper().readTree(output);
    }
  }

  private static Ran run(String... words) {
    StringWriter out = new StringWriter();
    StringWriter errors = new StringWriter();
    CommandLine line = Main.commandLine(words);
    line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(errors, true));
    return new Ran(line.execute(words), out.toString(), errors.toString());
  }

  private static Ran predict(Path weights, String... more) {
    List<String> words =
        new ArrayList<>(List.of("predict", "--weights", weights.toString(), "--device", "cpu",
            folder.resolve("data/red/0.png").toString(), folder.resolve("data/green/1.png").toString()));
    words.addAll(List.of(more));
    return run(words.toArray(new String[0]));
  }

  private static Ran eval(Path weights, String... more) {
    List<String> words =
        new ArrayList<>(List.of("eval", "--weights", weights.toString(), "--device", "cpu", "--split", "all",
            "--data-path", folder.resolve("data").toString()));
    words.addAll(List.of(more));
    return run(words.toArray(new String[0]));
  }

  @Test
  void probabilitiesAreCalibratedUnlessThatIsOff() throws IOException {
    JsonNode raw = predict(plain, "--json").expect(0).json();
    JsonNode scaled = predict(calibrated, "--json").expect(0).json();
    assertEquals(raw, predict(calibrated, "--json", "--calibration", "off").expect(0).json());
    for (int i = 0; i < raw.size(); i++) {
      assertEquals(1, raw.get(i).get("temperature").asDouble());
      assertEquals(0.25, scaled.get(i).get("temperature").asDouble());
      JsonNode before = raw.get(i).get("predictions");
      JsonNode after = scaled.get(i).get("predictions");
      assertEquals(before.get(0).get("index"), after.get(0).get("index"));
      assertEquals(before.get(0).get("logit"), after.get(0).get("logit"));
      double gap = before.get(0).get("logit").asDouble() - before.get(1).get("logit").asDouble();
      assertEquals(1 / (1 + Math.exp(-gap / 0.25)), after.get(0).get("probability").asDouble(), 1e-6);
    }
    List<String> csv =
        predict(calibrated, "--format", "csv", "--top", "1").expect(0).output().lines().toList();
    assertEquals("file,class_1,probability_1,temperature", csv.get(0));
    assertTrue(csv.get(1).endsWith(",0.25"), csv::toString);
    assertTrue(
        predict(plain, "--format", "csv").output().startsWith("file,class_1,probability_1,class_2,prob"));
    Ran table = predict(calibrated).expect(0);
    assertTrue(table.errors().contains("temperature 0.25"), table::toString);
    assertFalse(predict(plain).errors().contains("temperature"));
    Ran views = predict(calibrated, "--tta", "hflip", "--json").expect(0);
    assertEquals(1, views.json().get(0).get("temperature").asDouble());
    assertTrue(views.errors().contains("pictures alone"), views::toString);
    predict(plain, "--calibration", "warm").expect(2, "--calibration");
  }

  @Test
  void setsOfClassesAreInEveryFormat() throws IOException {
    double[] thresholds = stored.sets(0.9).thresholds();
    Ran ran = predict(calibrated, "--json", "--coverage", "0.9").expect(0);
    assertTrue(ran.errors().contains("the class red with the threshold of all classes"), ran::toString);
    JsonNode off = predict(calibrated, "--json", "--coverage", "0.9", "--calibration", "off").json();
    for (int i = 0; i < 2; i++) {
      List<String> expected = new ArrayList<>();
      for (JsonNode one : off.get(i).get("predictions")) {
        if (1 - one.get("probability").asDouble() <= thresholds[one.get("index").asInt()]) {
          expected.add(one.get("class").asText());
        }
      }
      List<String> set = new ArrayList<>();
      ran.json().get(i).get("set").forEach(name -> set.add(name.asText()));
      assertEquals(expected, set);
      assertEquals(off.get(i).get("set"), ran.json().get(i).get("set"), "sets know no temperature");
      String csv =
          predict(calibrated, "--format", "csv", "--coverage", "0.9").output().lines().toList().get(i + 1);
      assertTrue(csv.contains("," + String.join("|", expected) + ",0.25"), csv);
      String line = predict(calibrated, "--coverage", "0.9").output().lines().toList().get(i);
      assertTrue(line.endsWith("  {" + String.join(", ", expected) + "}"), line);
    }
    predict(plain, "--coverage", "0.9").expect(1, "plain.safetensors has no scores", "--store-calibration");
    predict(calibrated, "--coverage", "0.99").expect(1, "--coverage is 0.99",
        "at least 99 validation images");
    for (String wrong : List.of("0", "1", "90", "-1", "NaN")) {
      predict(calibrated, "--coverage", wrong).expect(2, "--coverage", "above 0 and below 1");
    }
    predict(calibrated, "--coverage", "0.9", "--tta", "hflip").expect(2, "--coverage goes without --tta");
  }

  @Test
  void evalMeasuresWhatIsStored() throws IOException {
    JsonNode json = eval(calibrated, "--coverage", "0.9", "--json").expect(0).json();
    assertEquals(0.25, json.get("calibration").get("temperature").asDouble());
    assertEquals(json.get("ece").asDouble(), json.get("calibration").get("ece_before").asDouble(), 1e-12);
    assertFalse(json.get("calibration").get("cross_fitted").asBoolean());
    JsonNode sets = json.get("sets");
    assertEquals(0.9, sets.get("asked").asDouble());
    assertEquals("red", sets.get("with_threshold_of_all").get(0).asText());
    double mean = 0;
    for (JsonNode one : sets.get("classes")) {
      assertEquals(15, one.get("images").asInt());
      mean += one.get("coverage").asDouble() / 2;
    }
    assertEquals(mean, sets.get("coverage").asDouble(), 1e-12);
    assertEquals(2, sets.get("intervals").get("set_size").size());
    eval(calibrated, "--coverage", "0.9").expect(0, "with temperature 0.2500: calibration error ",
        "sets of classes for a coverage of 90 %: ", "classes in a set: ");
    eval(plain, "--coverage", "0.9").expect(1, "has no scores");
    eval(calibrated, "--coverage", "1.5").expect(2, "above 0 and below 1");
    assertFalse(eval(plain, "--json").expect(0).json().has("calibration"));
  }

  @Test
  void aNewCheckpointIsWritten() throws IOException {
    Path made = folder.resolve("new.safetensors");
    byte[] before = Files.readAllBytes(plain);
    Ran ran = eval(plain, "--store-calibration", made.toString(), "--coverage", "0.8").expect(0,
        "stored    " + made, "sets of classes: of 30 validation images, for each class");
    assertTrue(ran.output().contains("each half of them measured with the scores of the other half"),
        ran::toString);
    assertArrayEquals(before, Files.readAllBytes(plain));
    Safetensors.read(plain).arrays().forEach(
        (name, array) -> assertArrayEquals(array.toFloats(), Safetensors.read(made).get(name).toFloats()));
    predict(made, "--coverage", "0.9").expect(0, "{");
    JsonNode again = eval(made, "--coverage", "0.8", "--json").expect(0).json();
    assertTrue(again.get("sets").get("cross_fitted").asBoolean(), "these are the images that it is from");
    byte[] once = Files.readAllBytes(made);
    eval(plain, "--store-calibration", made.toString()).expect(1, "exists already");
    assertArrayEquals(once, Files.readAllBytes(made));
    eval(plain, "--store-calibration", folder.resolve("new.pth").toString()).expect(2, ".safetensors");
    eval(plain, "--store-calibration", folder.resolve("x.safetensors").toString(), "--tta", "hflip").expect(2,
        "without --tta");
    run("inspect", made.toString()).expect(0, "scores of 30 images for sets of classes of each class");
    Path converted = folder.resolve("converted.safetensors");
    run("convert", calibrated.toString(), converted.toString()).expect(0);
    assertEquals(stored.toJson(), Safetensors.read(converted).metadata().get(StoredCalibration.KEY));
    run("inspect", "--json", converted.toString()).expect(0, "\"calibration\":\"temperature 0.25");
  }

  @Test
  void aDamagedOneIsOneSentence() {
    Path damaged = folder.resolve("damaged.safetensors");
    StateDict.Builder dict = StateDict.builder().metadata(Safetensors.read(plain).metadata());
    dict.metadata(StoredCalibration.KEY, "{\"temperature\":\"NaN\"}");
    Safetensors.read(plain).arrays().forEach(dict::put);
    Safetensors.writeChecked(damaged, dict.build());
    Ran ran = predict(damaged).expect(1, "its calibration cannot be read", "damaged.safetensors");
    assertEquals(1, ran.errors().lines().filter(line -> line.startsWith("swin-engine: ")).count());
    run("inspect", damaged.toString()).expect(0, "its calibration cannot be read");
    Path other = folder.resolve("other.safetensors");
    write(other,
        new StoredCalibration(Optional.of(2.0), new ConformalScores(stored.scores().all(), List.of()), 5,
            40, 40, null));
    predict(other).expect(1, "of 5 classes, but the model has 2");
  }
}
