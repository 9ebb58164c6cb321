package org.swinengine.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.swinengine.data.Dataset;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.LoaderOptions;
import org.swinengine.data.Normalize;
import org.swinengine.data.RawImage;

final class LowFrequenciesTest {
  private static final int HEIGHT = 20;
  private static final int WIDTH = 16;

  /** The first is even, the second a wave of 3 half periods down and 2 across. */
  private static final class Waves implements Dataset {
    @Override
    public List<String> classNames() {
      return List.of("a", "b");
    }

    @Override
    public int size() {
      return 2;
    }

    @Override
    public int label(int index) {
      return index;
    }

    @Override
    public RawImage load(int index) {
      byte[] pixels = new byte[HEIGHT * WIDTH];
      for (int i = 0; i < pixels.length; i++) {
        double wave =
            Math.cos(Math.PI * (i / WIDTH + 0.5) * 3 / HEIGHT)
                * Math.cos(Math.PI * (i % WIDTH + 0.5) * 2 / WIDTH);
        pixels[i] = (byte) (index == 0 ? 51 : Math.round(127.5 + 127 * wave));
      }
      return new RawImage(HEIGHT, WIDTH, 1, pixels);
    }

    @Override
    public String name(int index) {
      return "wave " + index;
    }

    @Override
    public String description() {
      return "waves";
    }
  }

  private static final ModelInput.Images IMAGES =
      new ModelInput.Images(
          new Waves(),
          ImagePipeline.of(
              1, HEIGHT, WIDTH, List.of(), new Normalize(new float[] {0}, new float[] {1})));

  @Test
  void aWaveIsOneNumber() throws IOException {
    float[] found = LowFrequencies.of(IMAGES, LoaderOptions.evaluation(1, 0), () -> false);
    assertEquals(2 * 78, found.length);
    // An even picture has its mean and nothing else.
    assertEquals(0.2, found[0], 1e-6);
    for (int i = 1; i < 78; i++) {
      assertEquals(0, found[i], 1e-6);
    }
    // Rows of 12, 11, 10, then the third across; half of a half, as the mean of a squared cosine is.
    int wave = 78 + 12 + 11 + 10 + 2;
    for (int i = 78; i < 156; i++) {
      double expected = i == 78 ? 0.5 : i == wave ? 127 / 255.0 / 4 : 0;
      assertEquals(expected, found[i], 2e-3, "number " + i);
    }
  }

  @Test
  void itEndsWhereItIsNotWanted() {
    assertThrows(
        CancellationException.class,
        () -> LowFrequencies.of(IMAGES, LoaderOptions.evaluation(1, 0), () -> true));
  }
}
