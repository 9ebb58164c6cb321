package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.PixelBatch;
import org.swinengine.data.augment.ColorJitter;
import org.swinengine.data.augment.RandomErasing;
import org.swinengine.data.augment.RandomHorizontalFlip;

/** Batches of pixels hold what those of floats do. */
class PixelsTest {
  private static final int HEIGHT = 16;
  private static final int WIDTH = 14;
  private static final int SIZE = 11;

  private static Dataset pictures(int channels) {
    return new ForwardedDataset(BuiltInData.train()) {
      @Override
      public int size() {
        return SIZE;
      }

      @Override
      public RawImage load(int index) {
        byte[] pixels = new byte[20 * 18 * channels];
        new SplittableRandom(index).nextBytes(pixels);
        return new RawImage(20, 18, channels, pixels);
      }
    };
  }

  private static ImagePipeline pipeline(Normalize normalize) {
    return ImagePipeline.of(
        normalize.channels(), HEIGHT, WIDTH,
        List.of(
            new RandomHorizontalFlip(0.5), new ColorJitter(0.3, 0.3, 0, 0), new CenterCrop(HEIGHT, WIDTH)),
        normalize);
  }

  private static BatchLoader loader(Dataset data, ImagePipeline pipeline, boolean pixels) {
    BatchLoader loader =
        new BatchLoader(data, pipeline, new LoaderOptions(4, true, false, 3, 2, 2, pixels));
    loader.startEpoch(0, 0);
    return loader;
  }

  /** Grey, coloured, and neighbouring slices; the last batch is smaller, and the arrays are used again. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5})
  void bothWaysGiveTheSameBits(int channels) throws IOException {
    float[] mean = new float[channels];
    float[] deviation = new float[channels];
    for (int c = 0; c < channels; c++) {
      mean[c] = 0.4f + 0.013f * c;
      deviation[c] = 0.2f + 0.017f * c;
    }
    ImagePipeline pipeline = pipeline(new Normalize(mean, deviation));
    int floats = pipeline.floatsPerImage();
    try (BatchLoader asFloats = loader(pictures(channels), pipeline, false);
        BatchLoader asPixels = loader(pictures(channels), pipeline, true)) {
      for (int epoch = 0; epoch < 2; epoch++) {
        asFloats.startEpoch(epoch, 0);
        asPixels.startEpoch(epoch, 0);
        for (Batch expected = asFloats.next(); expected != null; expected = asFloats.next()) {
          Batch batch = assertNotNull(asPixels.next());
          assertNull(expected.pixels());
          PixelBatch pixels = assertNotNull(batch.pixels());
          int n = batch.size();
          float[] made = new float[n * floats];
          pixels.toFloats(made, 0);
          float[] wanted = Arrays.copyOf(expected.images(), n * floats);
          assertArrayEquals(wanted, made);
          assertArrayEquals(wanted, Arrays.copyOf(batch.images(), n * floats));
          batch.images()[0] = 7; // whoever mixes changes them
          assertEquals(7, batch.images()[0]);
          assertNull(batch.pixels(), "what was changed counts");
          expected.release();
          batch.release();
        }
      }
    }
  }

  private static <T> T assertNotNull(T value) {
    org.junit.jupiter.api.Assertions.assertNotNull(value);
    return value;
  }

  /** Rectangles of noise, of a colour and of the mean, one or several, and pictures that are mixed. */
  @ParameterizedTest
  @CsvSource({"PIXEL, 1, BATCH", "RAND, 3, PAIR", "CONST, 2, ELEM", "PIXEL, 4, ELEM"})
  void whatIsErasedAndMixedHasTheSameBits(RandomErasing.Mode mode, int count, Mixup.Mode mixing)
      throws IOException {
    ImagePipeline pipeline =
        pipeline(Normalize.IMAGENET)
            .withErasing(RandomErasing.standard(0.7).withMode(mode).withCount(1, count));
    int floats = pipeline.floatsPerImage();
    Mixup mixup = new Mixup(0.8, 1, 0.8, 0.5, mixing, 0.1, 10);
    try (BatchLoader asFloats = loader(pictures(3), pipeline, false);
        BatchLoader asPixels = loader(pictures(3), pipeline, true)) {
      boolean erased = false;
      for (int epoch = 0; epoch < 4; epoch++) {
        asFloats.startEpoch(epoch, 0);
        asPixels.startEpoch(epoch, 0);
        for (Batch expected = asFloats.next(); expected != null; expected = asFloats.next()) {
          Batch batch = assertNotNull(asPixels.next());
          int n = batch.size();
          float[] targets = SoftTargets.of(expected.labels(), n, 10, 0.1);
          float[] mixed = mixup.apply(expected, targets, 3, HEIGHT, WIDTH, 6);
          assertArrayEquals(mixed, mixup.apply(batch, targets, 3, HEIGHT, WIDTH, 6));
          PixelBatch pixels = assertNotNull(batch.pixels());
          erased |= pixels.boxCount() > 0;
          float[] made = new float[n * floats];
          pixels.toFloats(made, 0);
          float[] wanted = Arrays.copyOf(expected.images(), n * floats);
          assertArrayEquals(wanted, made);
          assertArrayEquals(wanted, Arrays.copyOf(batch.images(), n * floats));
          expected.release();
          batch.release();
        }
      }
      assertTrue(erased);
    }
  }

  @Test
  void whatIsDoneToFloatsKeepsThem() throws IOException {
    ImagePipeline usual = pipeline(Normalize.IMAGENET);
    FloatTransform doubling = (image, offset, channels, height, width, random) -> image[offset] *= 2;
    for (ImagePipeline pipeline : List.of(usual.withErasing(doubling), pipeline(Normalize.ofEach(3)))) {
      assertNull(pipeline.levels());
      try (BatchLoader asFloats = loader(pictures(3), pipeline, false);
          BatchLoader asPixels = loader(pictures(3), pipeline, true)) {
        Batch batch = assertNotNull(asPixels.next());
        assertNull(batch.pixels());
        assertArrayEquals(assertNotNull(asFloats.next()).images(), batch.images());
      }
    }
  }
}
