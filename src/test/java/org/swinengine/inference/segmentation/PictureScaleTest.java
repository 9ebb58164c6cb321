package org.swinengine.inference.segmentation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.data.Interpolation;
import org.swinengine.data.RawImage;
import org.swinengine.data.segmentation.MaskWorld;
import org.swinengine.data.segmentation.SegmentationData;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.data.segmentation.SegmentationOptions;
import org.swinengine.data.segmentation.VolumeWorld;

/** By what pictures are resized before a model learns from them. */
class PictureScaleTest {
  @TempDir
  Path folder;

  private SegmentationDataset pictures(int[]... sizes) throws IOException {
    for (String part : new String[] {"images", "masks"}) {
      Files.createDirectories(folder.resolve(part));
      for (int i = 0; i < sizes.length; i++) {
        int[] levels = new int[sizes[i][0] * sizes[i][1]];
        levels[0] = 1;
        MaskWorld.grey(folder.resolve(part).resolve("p" + i + ".png"), sizes[i][0], sizes[i][1], levels);
      }
    }
    return SegmentationData.at(folder, SegmentationOptions.DEFAULT).all();
  }

  @Test
  void itIsTheMedianOfEachAxis() throws IOException {
    SegmentationDataset three = pictures(new int[] {16, 64}, new int[] {32, 64}, new int[] {64, 20});
    assertEquals(Optional.of(new PictureScale(0.5, 0.25)), PictureScale.of(three, 16, 16));
    assertEquals("0.5 of rows and 0.25 of columns", new PictureScale(0.5, 0.25).text());
    SegmentationDataset two = three.part(new int[] {0, 2});
    assertEquals(Optional.of(new PictureScale(0.625, 0.525)), PictureScale.of(two, 16, 16));
  }

  /** Whole volumes would take long, of each fold anew. */
  @Test
  void ofVolumesTheHeaderIsEnough() throws IOException {
    VolumeWorld.volume(folder, "a", 3, 16, 32, 1);
    SegmentationDataset slices = SegmentationData.at(folder, SegmentationOptions.DEFAULT).all();
    Files.write(folder.resolve("images/a.nii"), new byte[] {1, 2, 3});
    assertThrows(IOException.class, () -> slices.load(0));
    assertEquals(Optional.of(new PictureScale(0.5, 0.25)), PictureScale.of(slices, 8, 8));
  }

  /** Who learns from it says what is wrong with a file. */
  @Test
  void whatCannotBeReadIsLeftOut() throws IOException {
    SegmentationDataset two = pictures(new int[] {16, 16}, new int[] {32, 32});
    Files.write(folder.resolve("images/p1.png"), new byte[] {1, 2, 3});
    assertEquals(Optional.of(PictureScale.ONE), PictureScale.of(two, 16, 16));
    Files.write(folder.resolve("images/p0.png"), new byte[] {1, 2, 3});
    assertEquals(Optional.empty(), PictureScale.of(two, 16, 16));
  }

  @Test
  void picturesAreResizedAndTooLargeOnesRefused() {
    RawImage image = new RawImage(10, 30, 1, new byte[300]);
    RawImage smaller = new PictureScale(0.25, 0.5).apply(image, Interpolation.BILINEAR, 2);
    assertEquals(2, smaller.height());
    assertEquals(15, smaller.width());
    assertEquals(1, new PictureScale(0.01, 1).apply(image, Interpolation.BILINEAR, 2).height());
    assertSame(image, PictureScale.ONE.apply(image, Interpolation.BILINEAR, 2));
    String sentence =
        assertThrows(
            IllegalArgumentException.class,
            () -> new PictureScale(1e4, 1e4).apply(image, Interpolation.BILINEAR, 2)).getMessage();
    assertTrue(sentence.contains("30x10 at the scale 10000 would have 300000x100000 pixels"), sentence);
    // 1.2e8 pixels: fewer than the most, but 31 numbers of each are more than an array holds.
    RawImage large = new RawImage(1000, 1200, 1, new byte[1_200_000]);
    assertThrows(
        IllegalArgumentException.class,
        () -> new PictureScale(10, 10).apply(large, Interpolation.BILINEAR, 31));
    assertThrows(IllegalArgumentException.class, () -> new PictureScale(0, 1));
  }
}
