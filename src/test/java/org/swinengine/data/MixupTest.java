package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.data.Mixup.Mode;
import org.swinengine.optim.Reference;

/** Mixed batches beside timm's, with timm's random numbers ({@code mixup.py}). */
class MixupTest {
  private static final JsonNode TABLE = Reference.table(MixupTest.class, "mixup.json");
  private static final int SIZE = TABLE.get("shape").get(0).asInt();
  private static final int CHANNELS = TABLE.get("shape").get(1).asInt();
  private static final int HEIGHT = TABLE.get("shape").get(2).asInt();
  private static final int WIDTH = TABLE.get("shape").get(3).asInt();

  static Stream<JsonNode> cases() {
    return StreamSupport.stream(TABLE.get("cases").spliterator(), false);
  }

  private static Mixup mixup(JsonNode options) {
    return new Mixup(
        options.get("mixup_alpha").asDouble(),
        options.get("cutmix_alpha").asDouble(),
        options.get("prob").asDouble(),
        options.get("switch_prob").asDouble(),
        Arrays.stream(Mode.values())
            .filter(mode -> mode.label().equals(options.get("mode").asText()))
            .findFirst()
            .orElseThrow(),
        options.get("label_smoothing").asDouble(),
        TABLE.get("classes").asInt());
  }

  /** timm draws a whole row; the middle of it is the same one. */
  private static double place(double row, int rows) {
    return row < 0 ? 0 : (row + 0.5) / rows;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void picturesAndTargetsAreTimms(JsonNode one) {
    Mixup mixup = mixup(one.get("options"));
    float[] images = new float[SIZE * CHANNELS * HEIGHT * WIDTH];
    for (int i = 0; i < images.length; i++) {
      images[i] = i * 37 % 101 / 128f;
    }
    int[] labels = new int[SIZE];
    Arrays.setAll(labels, i -> one.get("labels").get(i).asInt());
    Mixup.Mix[] mixes = new Mixup.Mix[mixup.decisions(SIZE)];
    assertEquals(one.get("draws").size(), mixes.length);
    for (int i = 0; i < mixes.length; i++) {
      double[] drawn = Reference.numbers(one.get("draws").get(i));
      mixes[i] =
          mixup.decide(
              new Mixup.Draw(
                  drawn[0], drawn[1], drawn[2], drawn[3], place(drawn[4], HEIGHT), place(drawn[5], WIDTH)),
              HEIGHT, WIDTH);
    }
    mixup.mix(mixes, images, SIZE, CHANNELS, HEIGHT, WIDTH);
    assertArrayEquals(Reference.numbers(one.get("mixed")), doubles(images), 1e-7, "pictures");
    float[] targets =
        mixup.mixed(
            mixes, SoftTargets.of(labels, SIZE, mixup.classes(), mixup.labelSmoothing()), SIZE);
    assertArrayEquals(Reference.numbers(one.get("targets")), doubles(targets), 1e-7, "targets");
  }

  private static double[] doubles(float[] values) {
    double[] result = new double[values.length];
    Arrays.setAll(result, i -> values[i]);
    return result;
  }

  /** The table covers each kind of decision: blended, cut, and left as they are. */
  @Test
  void theTableHasAllKinds() {
    int blended = 0;
    int cut = 0;
    int left = 0;
    for (JsonNode one : TABLE.get("cases")) {
      for (JsonNode draw : one.get("draws")) {
        cut += draw.get(4).asDouble() >= 0 ? 1 : 0;
        boolean mixes = draw.get(0).asDouble() < one.get("options").get("prob").asDouble();
        left += mixes ? 0 : 1;
        blended += mixes && draw.get(4).asDouble() < 0 ? 1 : 0;
      }
    }
    assertTrue(blended > 4 && cut > 4 && left > 1, blended + ", " + cut + ", " + left);
  }

  @Test
  void whatIsDrawnDependsOnSeedEpochAndBatch() {
    Mixup mixup = Mixup.swin(0.1, 3);
    assertEquals(mixup.draw(1, 2, 3, 0), mixup.draw(1, 2, 3, 0));
    assertNotEquals(mixup.draw(1, 2, 3, 0), mixup.draw(2, 2, 3, 0));
    assertNotEquals(mixup.draw(1, 2, 3, 0), mixup.draw(1, 3, 3, 0));
    assertNotEquals(mixup.draw(1, 2, 3, 0), mixup.draw(1, 2, 4, 0));
    assertNotEquals(mixup.draw(1, 2, 3, 0), mixup.draw(1, 2, 3, 1));
    float[] once = new float[4 * 3 * 8 * 8];
    for (int i = 0; i < once.length; i++) {
      once[i] = i;
    }
    float[] again = once.clone();
    float[] untouched = once.clone();
    float[] targets = mixup.apply(once, new int[] {0, 1, 2, 0}, 4, 3, 8, 8, 7, 0, 5);
    assertArrayEquals(targets, mixup.apply(again, new int[] {0, 1, 2, 0}, 4, 3, 8, 8, 7, 0, 5));
    assertArrayEquals(once, again);
    assertFalse(Arrays.equals(untouched, once));
  }

  /** λ of Beta(α, α): mean ½, variance 1/(4(2α + 1)); 20,000 numbers. */
  @Test
  void lambdasAreBetaDistributed() {
    for (double alpha : new double[] {0.2, 0.8, 1, 2.5}) {
      SampleRandom random = new SampleRandom(5, 0, 0, 0);
      int n = 20000;
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < n; i++) {
        double lambda = random.beta(alpha);
        assertTrue(lambda >= 0 && lambda <= 1);
        sum += lambda;
        squares += (lambda - 0.5) * (lambda - 0.5);
      }
      // Five standard errors of the mean; the variance's own is below a hundredth of it times two.
      double variance = 1 / (4 * (2 * alpha + 1));
      assertEquals(0.5, sum / n, 5 * Math.sqrt(variance / n), "mean, alpha " + alpha);
      assertEquals(variance, squares / n, 0.05 * variance, "variance, alpha " + alpha);
    }
  }

  /** The middle picture of an odd batch has nobody to be mixed with but itself. */
  @Test
  void oddBatches() {
    for (Mode mode : Mode.values()) {
      Mixup mixup = new Mixup(0.8, 1, 1, 0.5, mode, 0, 3);
      float[] images = new float[3 * 2 * 2];
      Arrays.fill(images, 4, 8, 0.5f);
      float[] targets = mixup.apply(images, new int[] {0, 1, 2}, 3, 1, 2, 2, 1, 0, 0);
      for (int p = 4; p < 8; p++) {
        assertEquals(0.5f, images[p], 1e-7f);
      }
      assertArrayEquals(new float[] {0, 1, 0}, Arrays.copyOfRange(targets, 3, 6), 1e-7f);
    }
  }

  @Test
  void softTargets() {
    assertArrayEquals(
        new float[] {0.05f, 0.95f, 0.95f, 0.05f}, SoftTargets.of(new int[] {1, 0}, 2, 2, 0.1), 1e-7f);
    float[] targets = {0.2f, 0.21f, 0, 1};
    SoftTargets.decide(targets, 0.2);
    assertArrayEquals(new float[] {0.2f > 0.2 ? 1 : 0, 1, 0, 1}, targets);
  }

  @Test
  void whatCannotBeMixedIsSaid() {
    assertEquals(
        "mixup's alpha is 0.0 and cutmix's 0.0, but must be at least 0, and one of them above it",
        assertThrows(IllegalArgumentException.class, () -> new Mixup(0, 0, 1, 0.5, Mode.BATCH, 0, 3))
            .getMessage());
    assertThrows(IllegalArgumentException.class, () -> new Mixup(0.8, 1, 1.5, 0.5, Mode.BATCH, 0, 3));
  }
}
