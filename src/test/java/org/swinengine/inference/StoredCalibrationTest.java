package org.swinengine.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.swinengine.metrics.ConformalScores;
import org.swinengine.metrics.Predictions;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

final class StoredCalibrationTest {
  @TempDir
  Path folder;

  private static StoredCalibration some(int images, int classes, long seed) {
    Random random = new Random(seed);
    float[] logits = new float[images * classes];
    int[] labels = new int[images];
    for (int i = 0; i < images; i++) {
      labels[i] = random.nextInt(classes);
      for (int c = 0; c < classes; c++) {
        logits[i * classes + c] = (float) (random.nextGaussian() + (c == labels[i] ? 2 : 0));
      }
    }
    return new StoredCalibration(
        Optional.of(1.8125), ConformalScores.of(Predictions.ofLogits(logits, labels, classes)), classes,
        images,
        images, "0123456789abcdef");
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    StoredCalibration stored = some(5000, 4, 1);
    String json = stored.toJson();
    StoredCalibration read = StoredCalibration.of(json, "file");
    assertEquals(stored, read);
    assertEquals(json, read.toJson());
    assertArrayEquals(stored.sets(0.93).thresholds(), read.sets(0.93).thresholds());
    // A thousand scores of each class and of all, four bytes each, in base 64.
    assertTrue(json.length() < 5 * 1000 * 5.4 + 500, json.length() + " characters");
    StoredCalibration bare =
        new StoredCalibration(Optional.empty(), some(12, 3, 2).scores(), 3, 12, 4, null);
    assertEquals(bare, StoredCalibration.of(bare.toJson(), "file"));
    assertEquals(1, bare.divisor());
  }

  @Test
  void aCheckpointIsReplacedWithTheSameWeights() throws IOException {
    Path file = folder.resolve("best.safetensors");
    StateDict.Builder dict = StateDict.builder().metadata("epoch", "3");
    dict.put("a", ArrayData.ofFloats(new long[] {2}, new float[] {1.5f, -0f}));
    Safetensors.writeChecked(file, dict.build());
    byte[] before = Files.readAllBytes(file);
    StoredCalibration stored = some(40, 3, 1);
    assertTrue(EngineCheckpoint.calibrate(file, stored));
    byte[] once = Files.readAllBytes(file);
    assertFalse(EngineCheckpoint.calibrate(file, stored), "it says the same already");
    assertArrayEquals(once, Files.readAllBytes(file));
    StateDict read = Safetensors.read(file);
    assertEquals("3", read.metadata().get("epoch"));
    assertArrayEquals(new float[] {1.5f, -0f}, read.get("a").toFloats());
    read.get("a").verify();
    assertEquals(stored, StoredCalibration.of(read.metadata().get(StoredCalibration.KEY), "file"));
    assertTrue(EngineCheckpoint.calibrate(file, null));
    assertArrayEquals(before, Files.readAllBytes(file));
    try (var files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList(), "nothing else is left");
    }
  }

  private static String scores(float... scores) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * scores.length);
    bytes.asFloatBuffer().put(scores);
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  @ParameterizedTest
  @CsvSource(delimiter = ';', value = {
    "1.5; NaN; temperature is \"NaN\"", "1.5; 1e400; temperature is", "1.5; 0; temperature is 0",
    "1.5; -2; temperature is -2", "1.5; 1e9; temperature is", "1.5; \"warm\"; temperature is \"warm\"",
    "\"images\":2; \"images\":3; contradict", "\"images\":2; \"images\":-2; must be a number of things",
    "\"images\":2; \"images\":1e30; must be a number of things", "\"lac\"; \"aps\"; only lac",
    "\"classes\":2; \"classes\":3; scores of 2 classes", "\"all\"; \"al\"; all", "{; [; ",
    "=\"; !\"; base64"})
  void damageIsOneSentence(String what, String with, String part) {
    String good =
        "{\"temperature\":1.5,\"classes\":2,\"images\":2,\"groups\":2,\"score\":\"lac\","
            + "\"all\":{\"images\":2,\"scores\":\"" + scores(0.25f, 0.5f) + "\"},"
            + "\"by_class\":[{\"images\":1,\"scores\":\"" + scores(0.25f)
            + "\"},{\"images\":1,\"scores\":\"" + scores(0.5f) + "\"}]}";
    assertEquals(2, StoredCalibration.of(good, "best.safetensors").images());
    assertTrue(good.contains(what), good);
    String bad = good.replaceFirst(Pattern.quote(what),
        with.equals("NaN") ? "\"NaN\"" : with);
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> StoredCalibration.of(bad, "best.safetensors"), bad);
    assertTrue(e.getMessage().startsWith("best.safetensors: its calibration cannot be read ("),
        e::getMessage);
    assertTrue(part == null || e.getMessage().contains(part), e::getMessage);
    assertTrue(e.getMessage().lines().count() == 1 && e.getMessage().length() < 500, e::getMessage);
  }

  @Test
  void scoresThatAreNoneAreRefused() {
    String good = some(3, 2, 5).toJson();
    String old = scores(some(3, 2, 5).scores().all().scores());
    for (float[] bad : new float[][] {{0.5f, 0.25f, 0.75f}, {0.1f, Float.NaN, 0.3f}, {0, 0, 2}, {-1, 0, 0},
      {},
      {0, 0, 0, 0}, new float[5000]}) {
      String json = good.replace(old, scores(bad));
      assertThrows(CheckpointException.class, () -> StoredCalibration.of(json, "file"), json);
    }
    String huge = "{\"temperature\":1,\"all\":\"" + "A".repeat(30_000_000) + "\"}";
    CheckpointException e = assertThrows(CheckpointException.class, () -> StoredCalibration.of(huge, "file"));
    assertTrue(e.getMessage().length() < 600, e::getMessage);
  }

  @Test
  void anotherNumberOfClassesIsRefused() {
    StoredCalibration stored = some(30, 3, 4);
    CheckpointException e = assertThrows(CheckpointException.class, () -> stored.require(5, "file"));
    assertTrue(e.getMessage().contains("of 3 classes, but the model has 5"), e::getMessage);
  }

  @Test
  void theOrderOfClassesIsThatWithoutATemperature() {
    Random random = new Random(9);
    List<String> names = List.of("a", "b", "c", "d");
    for (int i = 0; i < 2000; i++) {
      float[] logits = new float[4];
      for (int c = 0; c < 4; c++) {
        logits[c] = random.nextInt(3) == 0 ? 1e-17f * random.nextInt(3) : random.nextInt(4);
      }
      Prediction plain = Prediction.of(logits, 0, names, 1);
      for (double temperature : new double[] {1e-3, 0.5, 4, 1e3}) {
        Prediction scaled = Prediction.of(logits, 0, names, temperature);
        assertEquals(indices(plain), indices(scaled));
        double sum = scaled.classes().stream().mapToDouble(Prediction.ClassProbability::probability).sum();
        assertEquals(1, sum, 1e-12);
      }
    }
    Prediction two = Prediction.of(new float[] {2, 0}, 0, List.of("a", "b"), 2);
    assertEquals(1 / (1 + Math.exp(-1)), two.first().probability(), 1e-15);
  }

  private static List<Integer> indices(Prediction prediction) {
    return prediction.classes().stream().map(Prediction.ClassProbability::index).toList();
  }
}
