package org.swinengine.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.swinengine.data.Batch;
import org.swinengine.data.BatchLoader;
import org.swinengine.data.EpochOrder;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.LoaderOptions;
import org.swinengine.data.Mixup;
import org.swinengine.data.WeightedSampling;
import org.swinengine.inference.Preprocessing;
import org.swinengine.train.Tiny;
import org.swinengine.train.settings.Augmentation;
import org.swinengine.train.settings.Colours;

final class SeenPicturesTest {
  private static final long SEED = 5;
  private static final int SHOWN = 12;

  private final Tiny.Pictures data = new Tiny.Pictures(80, 1);

  private static ImagePipeline pipeline() {
    return Augmentation.of(Map.of("cropPadding", 2, "colorJitter", 0.3, "erasing", 0.5))
        .pipeline(Preprocessing.of(Tiny.model(), 1), Colours.NONE);
  }

  private static byte[] pixels(Thumbnail thumbnail) throws Exception {
    BufferedImage image =
        ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(thumbnail.png())));
    byte[] pixels = new byte[image.getWidth() * image.getHeight() * 3];
    for (int i = 0; i < pixels.length; i++) {
      int rgb = image.getRGB(i / 3 % image.getWidth(), i / 3 / image.getWidth());
      pixels[i] = (byte) (rgb >> 16 - 8 * (i % 3));
    }
    return pixels;
  }

  /** They are those of a run's loader, mixed as a run mixes them, though most of a batch is not read. */
  @ParameterizedTest
  @CsvSource({"16,BATCH,false", "40,BATCH,false", "40,PAIR,false", "75,ELEM,false", "40,BATCH,true"})
  void theyAreTheFirstOfTheRun(int batchSize, Mixup.Mode mode, boolean weighted) throws Exception {
    Mixup mixup = new Mixup(0.8, 1, 0.9, 0.5, mode, 0.1, 3);
    double[] weights = new double[80];
    Arrays.setAll(weights, i -> i % 5 == 0 ? 10 : 1);
    EpochOrder order = weighted ? new WeightedSampling(weights) : EpochOrder.SHUFFLED;
    List<SeenPicture> seen = SeenPictures.of(data, pipeline(), order, batchSize, SEED, mixup);
    assertEquals(SHOWN, seen.size());
    try (BatchLoader loader =
        new BatchLoader(data, pipeline(), LoaderOptions.training(batchSize, SEED, 1), order)) {
      loader.startEpoch(0, 0);
      Batch batch = loader.next();
      float[] targets =
          mixup.apply(batch.images(), batch.labels(), batchSize, 1, 8, 8, SEED, 0, batch.number());
      boolean anyMixed = false;
      for (int i = 0; i < SHOWN; i++) {
        assertArrayEquals(
            ShownInput.of(batch.images(), i * 64, pipeline()).pixels(), pixels(seen.get(i).picture()),
            "picture " + i);
        float[] own = Arrays.copyOfRange(targets, 3 * i, 3 * i + 3);
        for (SeenPicture.Label label : seen.get(i).labels()) {
          float target = own[Tiny.CLASSES.indexOf(label.name())];
          assertEquals(target, label.share() * 0.9 + 0.1 / 3, 1e-4);
        }
        assertEquals(1, seen.get(i).labels().stream().mapToDouble(SeenPicture.Label::share).sum(), 1e-4);
        anyMixed |= seen.get(i).labels().size() == 2;
      }
      assertTrue(anyMixed, "no two classes were mixed");
    }
  }

  @Test
  void withoutMixingEachHasItsLabel() throws Exception {
    List<SeenPicture> seen = SeenPictures.of(data, pipeline(), EpochOrder.SHUFFLED, 64, SEED, null);
    int[] order = EpochOrder.SHUFFLED.of(80, SEED, 0);
    for (int i = 0; i < SHOWN; i++) {
      assertEquals(
          List.of(new SeenPicture.Label(Tiny.CLASSES.get(data.label(order[i])), 1)), seen.get(i).labels());
    }
    assertEquals(5, SeenPictures.of(data, pipeline(), EpochOrder.SHUFFLED, 5, SEED, null).size());
  }

  @Test
  void heatMapsAreOfMistakesAndCanBeStopped() throws Exception {
    RunPictures all = Demo.pictures(300, 10);
    assertEquals(8, all.heats().size());
    EvaluationSummary summary = Summarizer.of(Demo.evaluation(300, 10), i -> "x", 1);
    for (EvaluationSummary.Sample sample : summary.samples()) {
      assertEquals(sample.actual() != sample.predicted(), all.heatOf(sample) != null, sample.name());
    }
    assertNull(RunPictures.NONE.heatOf(summary.samples().get(0)));
    int[] asked = new int[1];
    List<HeatPicture> some =
        HeatPictures.of(
            Demo.evaluation(300, 10).samples(), Demo.HEAT, Preprocessing.of(Tiny.model(), 1), 12,
            () -> asked[0]++ == 3);
    assertEquals(all.heats().subList(0, 3), some);
  }
}
