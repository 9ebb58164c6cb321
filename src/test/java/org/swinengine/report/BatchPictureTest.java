package org.swinengine.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.data.Batch;
import org.swinengine.data.BatchLoader;
import org.swinengine.data.Dataset;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.Interpolation;
import org.swinengine.data.LoaderOptions;
import org.swinengine.data.Normalize;
import org.swinengine.data.RawImage;
import org.swinengine.data.Resize;
import org.swinengine.data.augment.RandomErasing;
import org.swinengine.data.augment.RandomHorizontalFlip;

class BatchPictureTest {
  /** Mean and deviation of each picture are gone: grey is shown in the middle, two deviations at the ends. */
  @Test
  void aPictureThatWasNormalizedByItselfIsShownByItsDeviations() {
    ImagePipeline each =
        ImagePipeline.of(1, 1, 5, List.of(Resize.exactly(1, 5, Interpolation.BICUBIC)), Normalize.ofEach(1));
    byte[] shown = ShownInput.of(new float[] {-9, -2, 0, 1, 2}, 0, each).pixels();
    assertArrayEquals(
        new byte[] {0, 0, 0, 0, 0, 0, (byte) 128, (byte) 128, (byte) 128, (byte) 191, (byte) 191, (byte) 191,
          (byte) 255, (byte) 255, (byte) 255},
        shown);
  }

  /** Ten pictures of 32 pixels, a gradient each. */
  private static final Dataset DATA = new Dataset() {
    @Override
    public List<String> classNames() {
      return List.of("Äpfel", "a name that is much too long for its picture", "東京");
    }

    @Override
    public int label(int index) {
      return index % 3;
    }

    @Override
    public RawImage load(int index) {
      byte[] pixels = new byte[32 * 32 * 3];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (byte) (i / 3 % 32 * 7 + 3 * index + i % 3 * 5);
      }
      return new RawImage(32, 32, 3, pixels);
    }

    @Override
    public String name(int index) {
      return "picture " + index;
    }

    @Override
    public int size() {
      return 10;
    }

    @Override
    public String description() {
      return "ten gradients";
    }
  };

  private static final ImagePipeline PIPELINE =
      ImagePipeline.of(
          3, 32, 32, List.of(Resize.exactly(32, 32, Interpolation.BICUBIC), new RandomHorizontalFlip(0.5)),
          Normalize.IMAGENET).withErasing(RandomErasing.standard(0.4).withMode(RandomErasing.Mode.CONST));

  @Test
  void showsThePixelsOfTheFirstBatch(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("batch.png");
    BatchPicture.write(file, DATA, PIPELINE, 7, 3, 6);
    BufferedImage grid = ImageIO.read(file.toFile());
    // Three columns of 3 × 32 pixels and two rows.
    assertEquals(6 + 3 * (96 + 6), grid.getWidth());
    int cell = 96 + 12 + 8;
    assertEquals(6 + 2 * cell, grid.getHeight());
    try (BatchLoader loader =
        new BatchLoader(DATA, PIPELINE, new LoaderOptions(6, true, false, 7, 0, 1))) {
      loader.startEpoch(3, 0);
      Batch batch = loader.next();
      int erased = 0;
      for (int i = 0; i < 6; i++) {
        for (int pixel = 0; pixel < 32 * 32; pixel++) {
          int x = 6 + i % 3 * 102 + pixel % 32 * 3 + 1;
          int y = 6 + i / 3 * cell + pixel / 32 * 3 + 1;
          int rgb = 0;
          for (int c = 0; c < 3; c++) {
            float value = batch.images()[(i * 3 + c) * 32 * 32 + pixel];
            erased += value == 0 ? 1 : 0;
            double share = value * Normalize.IMAGENET.std()[c] + Normalize.IMAGENET.mean()[c];
            rgb = rgb << 8 | (int) Math.round(255 * share);
          }
          assertEquals(rgb, grid.getRGB(x, y) & 0xFFFFFF, "picture " + i + ", pixel " + pixel);
        }
      }
      assertTrue(erased > 0, "nothing is erased, so nothing shows that it would be seen");
    }
    // Each picture has dark pixels below it: its name.
    for (int i = 0; i < 6; i++) {
      int dark = 0;
      for (int at = 0; at < 96 * 8; at++) {
        int rgb = grid.getRGB(6 + i % 3 * 102 + at % 96, 6 + i / 3 * cell + 96 + 3 + at / 96);
        dark += (rgb & 255) < 128 ? 1 : 0;
      }
      assertTrue(dark > 10, dark + " pixels of a name below picture " + i);
    }
  }

  @Test
  void theSameAgainAndAnotherEpochOtherwise(@TempDir Path folder) throws IOException {
    List<byte[]> files = new ArrayList<>();
    for (int epoch : new int[] {0, 0, 1}) {
      Path file = folder.resolve("batch.png");
      BatchPicture.write(file, DATA, PIPELINE, 1, epoch, 100);
      files.add(Files.readAllBytes(file));
    }
    assertArrayEquals(files.get(0), files.get(1));
    assertFalse(java.util.Arrays.equals(files.get(0), files.get(2)));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(1, left.count(), "a temporary file is left");
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> BatchPicture.write(folder.resolve("x.png"), DATA, PIPELINE, 1, 0, 0));
    Path nowhere = folder.resolve("none/batch.png");
    String message =
        assertThrows(IOException.class, () -> BatchPicture.write(nowhere, DATA, PIPELINE, 1, 0, 4))
            .getMessage();
    assertTrue(message.contains("cannot write") && message.contains("batch.png"), message);
  }

  @Test
  void namesFitBelowTheirPictures() {
    assertEquals("Apfel", Glyphs.fitting("Äpfel", 96, 1));
    assertEquals("??", Glyphs.fitting("東京", 96, 1));
    assertEquals("a name that is..", Glyphs.fitting("a name that is much too long", 96, 1));
    assertEquals("a n", Glyphs.fitting("a name", 18, 1));
  }
}
