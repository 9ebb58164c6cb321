package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.swinengine.data.augment.ColorJitter;
import org.swinengine.data.augment.RandomResizedCrop;
import org.swinengine.train.settings.PictureCache;

class DecodedCacheTest {
  private static final int SIZE = 60;

  /** Pictures of different sizes, which counts who asked for them. */
  private static final class Counting implements Dataset {
    final AtomicIntegerArray loads = new AtomicIntegerArray(SIZE);

    @Override
    public List<String> classNames() {
      return List.of("a", "b");
    }

    @Override
    public int label(int index) {
      return index % 2;
    }

    @Override
    public RawImage load(int index) {
      loads.incrementAndGet(index);
      return TestImages.noise(10 + index % 7, 12, 3, index + 1);
    }

    @Override
    public String name(int index) {
      return "picture " + index;
    }

    @Override
    public int size() {
      return SIZE;
    }

    @Override
    public String description() {
      return "noise";
    }

    int total() {
      return IntStream.range(0, SIZE).map(loads::get).sum();
    }
  }

  private static float[] epochs(Dataset dataset, int workers) throws IOException {
    ImagePipeline pipeline =
        ImagePipeline.of(
            3, 8, 8,
            List.of(
                RandomResizedCrop.standard(8, 8, Interpolation.BICUBIC), new ColorJitter(0.4, 0.4, 0.4)),
            Normalize.IMAGENET);
    float[] all = new float[3 * SIZE * pipeline.floatsPerImage()];
    int at = 0;
    try (BatchLoader loader =
        new BatchLoader(dataset, pipeline, new LoaderOptions(7, true, false, 5, workers, workers + 1))) {
      for (int epoch = 0; epoch < 3; epoch++) {
        loader.startEpoch(epoch, 0);
        for (Batch batch = loader.next(); batch != null; batch = loader.next()) {
          int floats = batch.size() * pipeline.floatsPerImage();
          System.arraycopy(batch.images(), 0, all, at, floats);
          at += floats;
          batch.release();
        }
      }
    }
    assertEquals(all.length, at);
    return all;
  }

  @Test
  void laterEpochsDecodeNothingAndGetTheSameBits() throws IOException {
    Counting plain = new Counting();
    float[] expected = epochs(plain, 0);
    assertEquals(3 * SIZE, plain.total());
    for (int workers : new int[] {0, 4}) {
      Counting counting = new Counting();
      DecodedCache cache = new DecodedCache(counting, 1 << 20);
      assertArrayEquals(expected, epochs(cache, workers));
      assertEquals(SIZE, counting.total());
    }
  }

  @Test
  void theLimitHolds() throws IOException {
    Counting counting = new Counting();
    long limit = 9_000;
    DecodedCache cache = new DecodedCache(counting, limit);
    assertArrayEquals(epochs(new Counting(), 0), epochs(cache, 3));
    assertTrue(cache.bytes() <= limit, cache.bytes() + " bytes");
    // A picture more, of 640 bytes at most, would not have fitted.
    assertTrue(cache.bytes() > limit - 700, cache.bytes() + " bytes");
    int kept = (int) IntStream.range(0, SIZE).filter(i -> counting.loads.get(i) == 1).count();
    assertTrue(kept >= 12 && kept <= 20, kept + " pictures are kept");
    Counting again = new Counting();
    epochs(new DecodedCache(again, 0), 0);
    assertEquals(3 * SIZE, again.total());
  }

  @Test
  void manyThreadsAskForTheSamePictures() {
    Counting counting = new Counting();
    DecodedCache cache = new DecodedCache(counting, 1 << 20);
    IntStream.range(0, 40 * SIZE).parallel().forEach(i -> {
      try {
        assertArrayEquals(counting.load(i % SIZE).pixels(), cache.load(i % SIZE).pixels());
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    });
    long bytes = IntStream.range(0, SIZE).mapToLong(i -> counting.load(i).pixels().length + 64).sum();
    assertEquals(bytes, cache.bytes(), "a picture that came twice is counted once");
  }

  @Test
  void itIsTheDataSetOtherwise() throws IOException {
    Counting counting = new Counting();
    DecodedCache cache = new DecodedCache(counting, 100);
    assertEquals(SIZE, cache.size());
    assertEquals(counting.classNames(), cache.classNames());
    assertEquals(1, cache.label(3));
    assertEquals("picture 3", cache.name(3));
    assertEquals("noise", cache.description());
    assertEquals(counting.fingerprint(), cache.fingerprint());
    assertEquals(SampleRange.FULL, cache.sampleRange());
    String message =
        assertThrows(IllegalArgumentException.class, () -> new DecodedCache(counting, -1)).getMessage();
    assertTrue(message.contains("-1 bytes"), message);
  }

  /** Pictures of one class or both, three of a group. */
  private static final class Grouped implements Dataset {
    private final Counting pictures = new Counting();

    @Override
    public List<String> classNames() {
      return pictures.classNames();
    }

    @Override
    public int label(int index) {
      throw new IllegalArgumentException("several");
    }

    @Override
    public boolean isMultiLabel() {
      return true;
    }

    @Override
    public int[] labels(int index) {
      return index % 2 == 0 ? new int[] {0} : new int[] {0, 1};
    }

    @Override
    public Optional<String> group(int index) {
      return Optional.of("patient " + index / 3);
    }

    @Override
    public RawImage load(int index) {
      return pictures.load(index);
    }

    @Override
    public String name(int index) {
      return pictures.name(index);
    }

    @Override
    public int size() {
      return SIZE;
    }

    @Override
    public String description() {
      return "groups";
    }
  }

  @Test
  void itHasTheDataSetsClassesAndGroups() {
    DecodedCache cache = new DecodedCache(new Grouped(), 100);
    assertTrue(cache.isMultiLabel());
    assertArrayEquals(new int[] {0, 1}, cache.labels(5));
    assertEquals(Optional.of("patient 2"), cache.group(7));
    assertFalse(cache.isDecoded());
  }

  @Test
  void whatLiesInMemoryIsNotKeptOnceMore() {
    byte[][] pixels = {new byte[4 * 6]};
    Dataset array =
        new ArrayDataset(2, 3, 1, pixels, 4, new int[] {0, 1, 0, 1}, List.of("a", "b"), "train", "array");
    Dataset view = DatasetView.of(array, new int[] {1, 2});
    PictureCache cache = PictureCache.of("1MB");
    assertSame(array, cache.around(array, 4));
    assertSame(view, cache.around(view, 4));
    Dataset joined = new JoinedDataset(List.of(array, array), "both");
    assertSame(joined, cache.around(joined, 8));
    Dataset partly = new JoinedDataset(List.of(array, new Counting()), "both");
    assertInstanceOf(DecodedCache.class, cache.around(partly, 64));
  }
}
