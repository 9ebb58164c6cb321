package org.swinengine.inference.explain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.data.CropMode;
import org.swinengine.data.Interpolation;
import org.swinengine.data.Normalize;
import org.swinengine.data.RawImage;
import org.swinengine.inference.PicturePart;
import org.swinengine.inference.Preprocessing;

class HeatMapTest {
  @TempDir
  Path folder;

  @Test
  void scalesFromTheColdestToTheHottest() {
    assertArrayEquals(
        new float[] {0, 0.5f, 1, 0.25f}, new HeatMap(2, 2, new float[] {2, 4, 6, 3}).scaled().values());
    assertArrayEquals(new float[2], new HeatMap(1, 2, new float[] {7, 7}).scaled().values());
    assertThrows(IllegalArgumentException.class, () -> new HeatMap(2, 2, new float[3]));
  }

  /** {@code interpolate(tensor([[[[0, 1, 4], [2, 8, 3]]]]), (4, 6), mode="bilinear")} of PyTorch. */
  @Test
  void isInterpolatedAsPyTorchDoes() {
    float[] expected = {
      0, 0.25f, 0.75f, 1.75f, 3.25f, 4,
      0.5f, 1.0625f, 2.1875f, 3, 3.5f, 3.75f,
      1.5f, 2.6875f, 5.0625f, 5.5f, 4, 3.25f,
      2, 3.5f, 6.5f, 6.75f, 4.25f, 3};
    HeatMap heat = new HeatMap(2, 3, new float[] {0, 1, 4, 2, 8, 3});
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], heat.at((i / 6 + 0.5) / 4, (i % 6 + 0.5) / 6), 1e-6f, "at " + i);
    }
  }

  private static Preprocessing preprocessing(int height, int width, double ratio, CropMode mode) {
    return new Preprocessing(
        1, height, width, ratio, mode, Interpolation.BILINEAR,
        new Normalize(new float[] {0}, new float[] {1 / 255f}));
  }

  /**
   * A picture whose pixels say their own place, run through the pipeline: what arrives at a place of the
   * model's input stood where the part that is seen says.
   */
  @Test
  void thePartThatIsSeenIsWhereThePipelineTakesItsPixels() {
    int[][] sizes = {{200, 130}, {120, 251}, {90, 90}};
    Preprocessing[] all = {
      preprocessing(56, 56, 0.875, CropMode.CENTER), preprocessing(56, 56, 1, CropMode.SQUASH),
      preprocessing(56, 56, 0.5, CropMode.SQUASH), preprocessing(56, 56, 1, CropMode.CENTER),
      preprocessing(40, 64, 0.9, CropMode.CENTER)};
    for (int[] size : sizes) {
      for (Preprocessing preprocessing : all) {
        PicturePart seen = preprocessing.seenOf(size[0], size[1]);
        for (boolean down : new boolean[] {true, false}) {
          byte[] pixels = new byte[size[0] * size[1]];
          for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (down ? i / size[1] : i % size[1]);
          }
          float[] out = new float[preprocessing.height() * preprocessing.width()];
          preprocessing.pipeline().run(new RawImage(size[0], size[1], 1, pixels), 0, 0, 0, out, 0);
          int length = down ? preprocessing.height() : preprocessing.width();
          for (int place : new int[] {length / 4, length / 2, 3 * length / 4}) {
            float found = out[down ? place * preprocessing.width() : place];
            double expected =
                (down ? seen.top() : seen.left())
                    + (place + 0.5) * (down ? seen.height() : seen.width()) / length - 0.5;
            assertEquals(expected, found, 0.75, preprocessing + " of " + Arrays.toString(size));
          }
        }
      }
    }
  }

  @Test
  void theOverlayHasThePicturesSizeAndLeavesWhatWasNotSeen() throws Exception {
    byte[] pixels = new byte[40 * 20 * 3];
    Arrays.fill(pixels, (byte) 100);
    RawImage picture = new RawImage(20, 40, 3, pixels);
    HeatMap heat = new HeatMap(1, 2, new float[] {0, 3});
    Path file = folder.resolve("heat.png");
    HeatOverlay.write(file, picture, heat, preprocessing(8, 8, 1, CropMode.CENTER));
    BufferedImage image = ImageIO.read(Files.newInputStream(file));
    assertEquals(40, image.getWidth());
    assertEquals(20, image.getHeight());
    // The middle square alone was seen.
    for (int x : new int[] {0, 9, 30, 39}) {
      assertEquals(0xff646464, image.getRGB(x, 10), "at " + x);
    }
    int cold = image.getRGB(11, 10);
    int hot = image.getRGB(28, 10);
    assertTrue((cold & 255) > (cold >> 16 & 255) && (hot >> 16 & 255) > (hot & 255),
        Integer.toHexString(cold) + " " + Integer.toHexString(hot));
  }
}
