package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.swinengine.data.augment.ColorJitter;
import org.swinengine.data.augment.RandomCrop;
import org.swinengine.data.augment.RandomErasing;
import org.swinengine.data.augment.RandomHorizontalFlip;
import org.swinengine.data.augment.RandomResizedCrop;

@Timeout(60)
class BatchLoaderTest {
  private static final int SIZE = 103;

  /** Small noisy images; {@code failing} throws {@code failure}. */
  private record NoisyDataset(int size, int failing, Exception failure) implements Dataset {
    @Override
    public List<String> classNames() {
      return List.of("even", "odd");
    }

    @Override
    public int label(int index) {
      return index % 2;
    }

    @Override
    public RawImage load(int index) throws IOException {
      if (index == failing && failure instanceof IOException e) {
        throw e;
      }
      if (index == failing && failure instanceof RuntimeException e) {
        throw e;
      }
      return TestImages.noise(9, 8, 3, index);
    }

    @Override
    public String name(int index) {
      return "noise " + index;
    }

    @Override
    public String description() {
      return "noise";
    }
  }

  private static final Dataset DATA = new NoisyDataset(SIZE, -1, null);

  private static ImagePipeline pipeline() {
    List<Transform> transforms =
        List.of(
            RandomResizedCrop.standard(8, 8, Interpolation.BICUBIC), new RandomHorizontalFlip(0.5),
            new RandomCrop(8, 8, 1), new ColorJitter(0.4, 0.4, 0.4));
    return ImagePipeline.of(3, 8, 8, transforms, Normalize.IMAGENET).withErasing(RandomErasing.standard(0.5));
  }

  private static LoaderOptions options(int workers, boolean shuffle, boolean dropLast, long seed) {
    return new LoaderOptions(10, shuffle, dropLast, seed, workers, 3);
  }

  /** A copy of all that a batch says. */
  private record Content(int number, int firstPosition, List<Long> samples, List<Integer> labels,
      int imagesHash) {
    static Content of(Batch batch) {
      List<Long> samples = Arrays.stream(batch.sampleIndices(), 0, batch.size()).boxed().toList();
      List<Integer> labels = Arrays.stream(batch.labels(), 0, batch.size()).boxed().toList();
      float[] images = Arrays.copyOf(batch.images(), batch.size() * 3 * 8 * 8);
      return new Content(batch.number(), batch.firstPosition(), samples, labels, Arrays.hashCode(images));
    }
  }

  private static List<Content> drain(BatchLoader loader) throws IOException {
    List<Content> contents = new ArrayList<>();
    for (Batch batch = loader.next(); batch != null; batch = loader.next()) {
      contents.add(Content.of(batch));
      batch.release();
    }
    return contents;
  }

  private static List<Content> epoch(LoaderOptions options, int epoch, int firstBatch) throws IOException {
    try (BatchLoader loader = new BatchLoader(DATA, pipeline(), options)) {
      loader.startEpoch(epoch, firstBatch);
      return drain(loader);
    }
  }

  @Test
  void anyNumberOfWorkersGivesTheSameBatches() throws IOException {
    List<Content> expected = epoch(options(0, true, false, 7), 2, 0);
    assertEquals(11, expected.size());
    for (int workers : new int[] {1, 2, 4}) {
      assertEquals(expected, epoch(options(workers, true, false, 7), 2, 0), workers + " workers");
    }
  }

  @Test
  void entersAnEpochInItsMiddle() throws IOException {
    List<Content> whole = epoch(options(0, true, true, 7), 2, 0);
    for (int workers : new int[] {0, 2}) {
      assertEquals(whole.subList(4, 10), epoch(options(workers, true, true, 7), 2, 4));
      assertEquals(List.of(), epoch(options(workers, true, true, 7), 2, 10));
    }
  }

  @Test
  void aNewEpochDropsWhatWasLeftOfTheOldOne() throws IOException {
    List<Content> second = epoch(options(0, true, true, 7), 1, 0);
    try (BatchLoader loader = new BatchLoader(DATA, pipeline(), options(2, true, true, 7))) {
      loader.startEpoch(0, 0);
      loader.next().release();
      loader.startEpoch(1, 0);
      assertEquals(second, drain(loader));
    }
  }

  @Test
  void everyEpochAndSeedHasItsOwnOrderOfAllSamples() throws IOException {
    Set<List<Long>> orders = new HashSet<>();
    Set<Integer> images = new HashSet<>();
    for (int seed = 0; seed < 2; seed++) {
      for (int epoch = 0; epoch < 2; epoch++) {
        List<Long> order = new ArrayList<>();
        for (Content content : epoch(options(0, true, false, seed), epoch, 0)) {
          order.addAll(content.samples());
        }
        orders.add(order);
        assertEquals(SIZE, new HashSet<>(order).size());
        // In order, so that only the transforms make the difference.
        images.add(epoch(options(0, false, false, seed), epoch, 0).get(0).imagesHash());
      }
    }
    assertEquals(4, orders.size());
    assertEquals(4, images.size());
  }

  @Test
  void unshuffledBatchesAreInOrderWithTheirOwnContent() throws IOException {
    try (BatchLoader loader = new BatchLoader(DATA, pipeline(), options(2, false, false, 3))) {
      assertEquals(11, loader.batchesPerEpoch());
      assertEquals(SIZE, loader.samplesPerEpoch());
      loader.startEpoch(5, 0);
      long next = 0;
      float[] expected = new float[3 * 8 * 8];
      for (Batch batch = loader.next(); batch != null; batch = loader.next()) {
        assertEquals(next, batch.firstPosition());
        assertEquals(5, batch.epoch());
        assertEquals(next == 100 ? 3 : 10, batch.size());
        for (int i = 0; i < batch.size(); i++, next++) {
          assertEquals(next, batch.sampleIndices()[i]);
          assertEquals(next % 2, batch.labels()[i]);
          pipeline().run(DATA.load((int) next), 3, 5, (int) next, expected, 0);
          assertArrayEquals(expected, Arrays.copyOfRange(batch.images(), i * 192, i * 192 + 192));
        }
        batch.release();
      }
      assertEquals(SIZE, next);
      assertNull(loader.next());
    }
  }

  @Test
  void dropsAnIncompleteLastBatch() throws IOException {
    List<Content> batches = epoch(options(1, false, true, 0), 0, 0);
    assertEquals(10, batches.size());
    assertTrue(batches.stream().allMatch(batch -> batch.samples().size() == 10));
  }

  @Test
  void releasedBatchesAreUsedAgain() throws IOException {
    Set<Batch> objects = Collections.newSetFromMap(new IdentityHashMap<>());
    try (BatchLoader loader = new BatchLoader(DATA, pipeline(), options(2, true, true, 0))) {
      for (int epoch = 0; epoch < 20; epoch++) {
        loader.startEpoch(epoch, 0);
        for (Batch batch = loader.next(); batch != null; batch = loader.next()) {
          objects.add(batch);
          batch.release();
        }
      }
    }
    // At most 3 ready or in the making, and one with the consumer.
    assertTrue(objects.size() <= 4, objects.size() + " batches were allocated");
  }

  @Test
  void batchesThatAreHeldAreNotOverwritten() throws IOException {
    List<Content> expected = epoch(options(0, true, true, 7), 0, 0);
    try (BatchLoader loader = new BatchLoader(DATA, pipeline(), options(2, true, true, 7))) {
      loader.startEpoch(0, 0);
      List<Batch> held = new ArrayList<>();
      for (Batch batch = loader.next(); batch != null; batch = loader.next()) {
        held.add(batch);
      }
      assertEquals(expected, held.stream().map(Content::of).toList());
      held.get(0).release();
      assertThrows(IllegalStateException.class, () -> held.get(0).release());
    }
  }

  @Test
  void anExceptionOfAWorkerArrivesAsItIsAfterTheBatchesBeforeIt() throws IOException {
    for (Exception failure : List.of(new DatasetException("gone"), new IllegalStateException("broken"))) {
      Dataset data = new NoisyDataset(SIZE, 45, failure);
      for (int workers : new int[] {0, 1, 4}) {
        try (BatchLoader loader = new BatchLoader(data, pipeline(), options(workers, false, true, 0))) {
          loader.startEpoch(0, 0);
          for (int i = 0; i < 4; i++) {
            Batch batch = loader.next();
            assertEquals(i, batch.number());
            batch.release();
          }
          assertSame(failure, assertThrows(Exception.class, loader::next));
          assertSame(failure, assertThrows(Exception.class, loader::next));
          loader.startEpoch(0, 5);
          assertEquals(5, drain(loader).size());
        }
      }
    }
  }

  @Test
  void closeEndsTheWorkers() throws IOException {
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    BatchLoader loader = new BatchLoader(DATA, pipeline(), options(3, true, true, 0));
    loader.startEpoch(0, 0);
    List<Thread> workers =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> !before.contains(thread) && thread.getName().startsWith("swin-data-"))
            .toList();
    assertEquals(3, workers.size());
    loader.next();
    loader.close();
    assertTrue(workers.stream().noneMatch(Thread::isAlive));
    assertThrows(IllegalStateException.class, loader::next);
    loader.close();
  }

  @Test
  void aBatchLargerThanTheDataIsRefused() {
    LoaderOptions options = LoaderOptions.training(104, 0, 1);
    String message =
        assertThrows(IllegalArgumentException.class, () -> new BatchLoader(DATA, pipeline(),
            options)).getMessage();
    assertTrue(message.contains("104") && message.contains("at most 103"), message);
    assertThrows(
        IllegalArgumentException.class,
        () -> new BatchLoader(new NoisyDataset(0, -1, null), pipeline(), LoaderOptions.evaluation(4, 0)));
  }

  @Test
  void loadsTheBuiltInDataWithFlips() throws IOException {
    ImagePipeline flips =
        ImagePipeline.of(1, 28, 28, List.of(new RandomHorizontalFlip(0.5)), BuiltInData.NORMALIZE);
    Dataset test = BuiltInData.test();
    float[] plain = new float[28 * 28];
    int flipped = 0;
    try (BatchLoader loader = new BatchLoader(test, flips, LoaderOptions.training(64, 0, 1))) {
      loader.startEpoch(0, 0);
      Batch batch = loader.next();
      for (int i = 0; i < 64; i++) {
        int sample = (int) batch.sampleIndices()[i];
        assertEquals(test.label(sample), batch.labels()[i]);
        BuiltInData.NORMALIZE.apply(test.load(sample), plain, 0);
        flipped += Arrays.equals(plain, Arrays.copyOfRange(batch.images(), i * 784, i * 784 + 784)) ? 0 : 1;
      }
    }
    assertTrue(flipped > 16 && flipped < 48, "flipped " + flipped + " of 64");
  }
}
