package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.swinengine.data.augment.RandomResizedCrop;

class WeightedSamplingTest {
  private static final int[] LABELS = {0, 0, 0, 0, 0, 0, 1, 1, 2};

  @Test
  void weightsOfClasses() {
    long[] counts = ClassWeights.count(LABELS, 4);
    assertArrayEquals(new long[] {6, 2, 1, 0}, counts);
    // sklearn.utils.class_weight.compute_class_weight("balanced") of the three that there are.
    assertArrayEquals(
        new double[] {0.5, 1.5, 3}, ClassWeights.balanced(new long[] {6, 2, 1}), 1e-15);
    assertArrayEquals(new double[] {0.375, 1.125, 2.25, 0}, ClassWeights.balanced(counts), 1e-15);
    // (1 − 0.9)/(1 − 0.9ⁿ) is 0.2134203, 0.5263158, 1 for n of 6, 2 and 1: over their mean 0.5799120.
    assertArrayEquals(
        new double[] {0.3680218, 0.9075787, 1.7243995, 0}, ClassWeights.effectiveNumber(counts, 0.9), 1e-7);
    assertArrayEquals(new double[] {1, 1, 1, 0}, ClassWeights.effectiveNumber(counts, 0), 1e-15);
    assertEquals(6 * 0.5 + 2 * 1.5 + 3, ClassWeights.sum(LABELS, 9, new double[] {0.5, 1.5, 3}), 1e-15);
    assertEquals(1.5, ClassWeights.sum(LABELS, 3, new double[] {0.5, 1.5, 3}), 1e-15);
    String wrong =
        assertThrows(IllegalArgumentException.class, () -> ClassWeights.count(LABELS, 2)).getMessage();
    assertEquals("label 2 of sample 8 is not one of the 2 classes, 0 to 1", wrong);
  }

  private static WeightedSampling balanced() {
    double[] ofClasses = ClassWeights.balanced(ClassWeights.count(LABELS, 3));
    return new WeightedSampling(ClassWeights.ofSamples(LABELS, ofClasses));
  }

  @Test
  void classesComeAlikeOften() {
    int[] drawn = new int[3];
    int[] samples = new int[LABELS.length];
    int epochs = 4000;
    for (int epoch = 0; epoch < epochs; epoch++) {
      for (int sample : balanced().of(LABELS.length, 11, epoch)) {
        drawn[LABELS[sample]]++;
        samples[sample]++;
      }
    }
    int n = epochs * LABELS.length;
    for (int c = 0; c < 3; c++) { // five standard deviations of a third of n
      assertEquals(n / 3.0, drawn[c], 5 * Math.sqrt(n * 2 / 9.0), Arrays.toString(drawn));
    }
    for (int i = 0; i < 6; i++) {
      assertEquals(n / 18.0, samples[i], 5 * Math.sqrt(n / 18.0), Arrays.toString(samples));
    }
  }

  @Test
  void anEpochIsAFunctionOfSeedAndEpoch() {
    int[] order = balanced().of(9, 11, 4);
    assertArrayEquals(order, balanced().of(9, 11, 4));
    assertFalse(Arrays.equals(order, balanced().of(9, 11, 5)));
    assertFalse(Arrays.equals(order, balanced().of(9, 12, 4)));
  }

  @Test
  void whatWeighsNothingNeverComes() {
    WeightedSampling sampling = new WeightedSampling(new double[] {0, 2, 0, 0, 1, 0});
    boolean[] seen = new boolean[6];
    for (int epoch = 0; epoch < 200; epoch++) {
      for (int sample : sampling.of(6, 1, epoch)) {
        seen[sample] = true;
      }
    }
    assertArrayEquals(new boolean[] {false, true, false, false, true, false}, seen);
    assertThrows(IllegalArgumentException.class, () -> new WeightedSampling(new double[] {0, 0}));
    assertThrows(IllegalArgumentException.class, () -> new WeightedSampling(new double[] {1, Double.NaN}));
  }

  private record Noise() implements Dataset {
    @Override
    public int size() {
      return LABELS.length;
    }

    @Override
    public List<String> classNames() {
      return List.of("many", "some", "one");
    }

    @Override
    public int label(int index) {
      return LABELS[index];
    }

    @Override
    public RawImage load(int index) {
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

  private static final int FLOATS = 3 * 6 * 6;
  private static final ImagePipeline PIPELINE =
      ImagePipeline.of(
          3, 6, 6, List.of(RandomResizedCrop.standard(6, 6, Interpolation.BICUBIC)), Normalize.IMAGENET);

  /** The samples of epoch 4 and their pictures. */
  private static List<float[]> epoch(int workers, EpochOrder order, List<Long> samples) throws IOException {
    List<float[]> pictures = new ArrayList<>();
    LoaderOptions options = new LoaderOptions(2, true, false, 11, workers, 2);
    try (BatchLoader loader = new BatchLoader(new Noise(), PIPELINE, options, order)) {
      loader.startEpoch(4, 0);
      for (Batch batch = loader.next(); batch != null; batch = loader.next()) {
        for (int i = 0; i < batch.size(); i++) {
          samples.add(batch.sampleIndices()[i]);
          assertEquals(LABELS[(int) batch.sampleIndices()[i]], batch.labels()[i]);
          pictures.add(Arrays.copyOfRange(batch.images(), i * FLOATS, (i + 1) * FLOATS));
        }
        batch.release();
      }
    }
    return pictures;
  }

  @Test
  void theLoaderFollowsTheOrder() throws IOException {
    long[] expected = Arrays.stream(balanced().of(9, 11, 4)).asLongStream().toArray();
    List<float[]> first = epoch(0, balanced(), new ArrayList<>());
    for (int workers : new int[] {0, 1, 3}) {
      List<Long> samples = new ArrayList<>();
      List<float[]> pictures = epoch(workers, balanced(), samples);
      assertArrayEquals(expected, samples.stream().mapToLong(Long::longValue).toArray());
      for (int i = 0; i < first.size(); i++) {
        assertArrayEquals(first.get(i), pictures.get(i), workers + " workers, place " + i);
      }
    }
  }

  /** A sample that comes again is cropped otherwise; the first time as in an epoch without replacement. */
  @Test
  void repeatedSamplesDiffer() throws IOException {
    EpochOrder order = (size, seed, epoch) -> new int[] {2, 0, 2, 2, 1, 1, 3, 4, 5};
    List<float[]> pictures = epoch(0, order, new ArrayList<>());
    List<float[]> listed = epoch(0, EpochOrder.LISTED, new ArrayList<>());
    assertArrayEquals(listed.get(2), pictures.get(0));
    assertArrayEquals(listed.get(0), pictures.get(1));
    assertFalse(Arrays.equals(pictures.get(0), pictures.get(2)));
    assertFalse(Arrays.equals(pictures.get(2), pictures.get(3)));
    assertFalse(Arrays.equals(pictures.get(0), pictures.get(3)));
  }
}
