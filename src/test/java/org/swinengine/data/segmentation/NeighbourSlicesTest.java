package org.swinengine.data.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.data.DatasetException;
import org.swinengine.data.Decoding;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.Interpolation;
import org.swinengine.data.Normalize;
import org.swinengine.data.RawImage;
import org.swinengine.data.Resize;
import org.swinengine.data.SampleRange;

/** Slices are seen with those below and above. */
class NeighbourSlicesTest {
  private static final SegmentationOptions ONE =
      SegmentationOptions.DEFAULT.withNeighbours(1)
          .withDecoding(Decoding.DEFAULT.withRange(SampleRange.window(0, 255)));

  @TempDir
  Path folder;

  private static byte[] channel(RawImage image, int channel) {
    byte[] values = new byte[image.height() * image.width()];
    for (int i = 0; i < values.length; i++) {
      values[i] = image.pixels()[i * image.channels() + channel];
    }
    return values;
  }

  @Test
  void beyondTheEndsTheLastSliceStandsAgain() {
    byte[] volume = {0, 1, 2, 3, 4, 5};
    RawImage first = NeighbourSlices.of(volume, 3, 1, 2, 0, 2);
    assertEquals(5, first.channels());
    assertArrayEquals(new byte[] {0, 0, 0, 2, 4, 1, 1, 1, 3, 5}, first.pixels());
    assertArrayEquals(
        new byte[] {0, 0, 2, 4, 4, 1, 1, 3, 5, 5}, NeighbourSlices.of(volume, 3, 1, 2, 1, 2).pixels());
    assertArrayEquals(new byte[] {4, 5}, NeighbourSlices.of(volume, 3, 1, 2, 2, 0).pixels());
  }

  @Test
  void slicesOfVolumesHaveTheirNeighbours() throws IOException {
    for (int k = 0; k < 2; k++) {
      VolumeWorld.volume(folder, "case" + k, 4, 6, 5, k);
    }
    SegmentationDataset with = SegmentationData.at(folder, ONE).all();
    SegmentationDataset without = SegmentationData.at(folder, ONE.withNeighbours(0)).all();
    assertEquals(8, with.size());
    int[][] around = {{0, 0, 1}, {0, 1, 2}, {1, 2, 3}, {2, 3, 3}, {4, 4, 5}, {4, 5, 6}, {5, 6, 7}, {6, 7, 7}};
    for (int i = 0; i < 8; i++) {
      ImageAndMask pair = with.pair(i);
      assertArrayEquals(without.pair(i).mask().pixels(), pair.mask().pixels());
      for (int c = 0; c < 3; c++) {
        assertArrayEquals(without.pair(around[i][c]).image().pixels(), channel(pair.image(), c));
      }
    }
    assertEquals(without.fingerprint().orElseThrow().digest(), with.fingerprint().orElseThrow().digest());
  }

  @Test
  void slicesThatAreFilesHaveTheirNeighboursToo() throws IOException {
    for (int k = 0; k < 2; k++) {
      VolumeWorld.volume(folder.resolve("volumes"), "case" + k, 4, 6, 5, k);
    }
    Path out = folder.resolve("out");
    PreparedSlices.make(
        folder.resolve("volumes"), out,
        new PreparedSlices.Options(SampleRange.FULL, 0, 0, Map.of()), line -> {});
    Files.delete(out.resolve("train_npz/case0_slice002.npz"));
    SegmentationDataset with = SegmentationData.at(out, SegmentationOptions.DEFAULT.withNeighbours(2)).all();
    SegmentationDataset without = SegmentationData.at(out, SegmentationOptions.DEFAULT).all();
    // 0, 1, 3 of the first case: what follows a missing slice is no neighbour.
    int[][] around = {{0, 0, 0, 1, 1}, {0, 0, 1, 1, 1}, {2, 2, 2, 2, 2}, {3, 3, 3, 4, 5}};
    for (int i = 0; i < around.length; i++) {
      for (int c = 0; c < 5; c++) {
        assertArrayEquals(
            without.pair(around[i][c]).image().pixels(), channel(with.pair(i).image(), c), i + " " + c);
      }
    }
  }

  @Test
  void picturesHaveNone() {
    MaskWorld.pairs(folder, 2, 1);
    String message =
        assertThrows(DatasetException.class, () -> SegmentationData.at(folder, ONE)).getMessage();
    assertTrue(message.contains("no slice of a volume"), message);
  }

  @Test
  void channelsArePreparedOneByOne() {
    byte[] volume = new byte[5 * 7 * 9];
    new Random(4).nextBytes(volume);
    RawImage image = NeighbourSlices.of(volume, 5, 7, 9, 2, 2);
    Normalize each = new Normalize(new float[] {.1f, .2f, .3f, .4f, .5f}, new float[] {1, 1, 1, 1, 1});
    ImagePipeline pipeline =
        ImagePipeline.of(5, 4, 4, List.of(Resize.exactly(4, 4, Interpolation.BICUBIC)), each);
    float[] out = new float[5 * 16];
    pipeline.run(image, 0, 0, 0, out, 0);
    for (int c = 0; c < 5; c++) {
      Normalize own = new Normalize(new float[] {each.mean()[c]}, new float[] {1});
      float[] expected = new float[16];
      ImagePipeline.of(1, 4, 4, List.of(Resize.exactly(4, 4, Interpolation.BICUBIC)), own)
          .run(new RawImage(7, 9, 1, channel(image, c)), 0, 0, 0, expected, 0);
      for (int i = 0; i < 16; i++) {
        assertEquals(expected[i], out[16 * c + i]);
      }
    }
    assertArrayEquals(channel(image, 2), image.withChannels(1).pixels());
  }
}
