package org.swinengine.data.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.data.Batch;
import org.swinengine.data.BatchLoader;
import org.swinengine.data.EpochOrder;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.Interpolation;
import org.swinengine.data.LoaderOptions;
import org.swinengine.data.Normalize;
import org.swinengine.data.Resize;
import org.swinengine.data.Transform;
import org.swinengine.data.augment.RandomHorizontalFlip;
import org.swinengine.data.augment.RandomRotation;
import org.swinengine.data.augment.RandomTurn;

/** Batches of pictures with their masks. */
class MaskedLoaderTest {
  private static final int SIDE = MaskWorld.SIDE;

  @TempDir
  Path folder;

  private record Read(float[] images, int[] labels) {}

  private List<Read> epoch(SegmentationDataset data, List<Transform> moves, int workers) throws IOException {
    List<Transform> steps = new ArrayList<>(List.of(Resize.exactly(SIDE, SIDE, Interpolation.BICUBIC)));
    steps.addAll(moves);
    ImagePipeline pipeline = ImagePipeline.of(1, SIDE, SIDE, steps, Normalize.ofEach(1));
    List<Read> read = new ArrayList<>();
    try (BatchLoader loader =
        new BatchLoader(
            data, new MaskedSource(data, pipeline), LoaderOptions.training(3, 11, workers),
            EpochOrder.SHUFFLED)) {
      loader.startEpoch(2, 0);
      for (Batch batch = loader.next(); batch != null; batch = loader.next()) {
        read.add(
            new Read(
                Arrays.copyOf(batch.images(), 3 * SIDE * SIDE),
                Arrays.copyOf(batch.labels(), 3 * SIDE * SIDE)));
        batch.release();
      }
    }
    return read;
  }

  @Test
  void anyNumberOfWorkersGivesTheSameBatches() throws IOException {
    MaskWorld.pairs(folder, 9, 255);
    SegmentationDataset data = SegmentationData.at(folder, SegmentationOptions.DEFAULT).all();
    List<Transform> moves =
        List.of(new RandomHorizontalFlip(0.5), new RandomTurn(true), new RandomRotation(20));
    List<Read> expected = epoch(data, moves, 0);
    assertEquals(3, expected.size());
    for (int workers : new int[] {1, 3}) {
      List<Read> others = epoch(data.cached(1 << 20), moves, workers);
      for (int i = 0; i < 3; i++) {
        assertArrayEquals(expected.get(i).images(), others.get(i).images());
        assertArrayEquals(expected.get(i).labels(), others.get(i).labels());
      }
    }
    int ignored = 0;
    for (Read batch : expected) {
      for (int label : batch.labels()) {
        assertTrue(label == 0 || label == 1 || label == SegmentationDataset.IGNORED);
        ignored += label == SegmentationDataset.IGNORED ? 1 : 0;
      }
    }
    assertTrue(ignored > 0, "corners that a rotation brings in count nowhere");
  }

  /** Squares are brighter than all else, so that the mask can be read from the picture. */
  @Test
  void masksMoveWithTheirPictures() throws IOException {
    MaskWorld.pairs(folder, 9, 1);
    SegmentationDataset data = SegmentationData.at(folder, SegmentationOptions.DEFAULT).all();
    List<Read> moved = epoch(data, List.of(new RandomHorizontalFlip(0.5), new RandomTurn(true)), 1);
    List<Read> still = epoch(data, List.of(), 1);
    int different = 0;
    for (int b = 0; b < moved.size(); b++) {
      Read batch = moved.get(b);
      different += Arrays.equals(batch.labels(), still.get(b).labels()) ? 0 : 1;
      for (int i = 0; i < 3; i++) {
        float least = Float.POSITIVE_INFINITY;
        float most = Float.NEGATIVE_INFINITY;
        double sum = 0;
        double squares = 0;
        for (int at = i * SIDE * SIDE; at < (i + 1) * SIDE * SIDE; at++) {
          float value = batch.images()[at];
          if (batch.labels()[at] == 1) {
            least = Math.min(least, value);
          } else {
            most = Math.max(most, value);
          }
          sum += value;
          squares += value * value;
        }
        assertTrue(least > most, "the mask is where the picture is bright");
        assertEquals(0, sum / (SIDE * SIDE), 1e-5);
        assertEquals(1, squares / (SIDE * SIDE), 1e-4);
      }
    }
    assertNotEquals(0, different);
  }
}
