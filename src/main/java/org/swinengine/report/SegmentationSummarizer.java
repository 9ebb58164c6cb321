package org.swinengine.report;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.swinengine.data.Interpolation;
import org.swinengine.data.RawImage;
import org.swinengine.data.Resize;
import org.swinengine.data.segmentation.ClassTable;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.inference.segmentation.MaskOverlay;
import org.swinengine.inference.segmentation.SegmentationEvaluation;

/** From an evaluation of pixels' classes to what a page shows of it. */
public final class SegmentationSummarizer {
  /** Of each rank. */
  private static final int SAMPLES = 4;

  private SegmentationSummarizer() {}

  /**
   * Measures all figures.
   *
   * @param dataset that was measured
   * @param seed of the intervals' draws
   * @throws IOException if a sample's picture cannot be read
   */
  public static SegmentationSummary of(
      SegmentationEvaluation evaluation, SegmentationDataset dataset, long seed) throws IOException {
    List<SegmentationSummary.OfClass> classes = new ArrayList<>();
    for (int number = 1; number < evaluation.classNames().size(); number++) {
      classes.add(
          new SegmentationSummary.OfClass(
              evaluation.classNames().get(number),
              String.format(Locale.ROOT, "#%06x", dataset.classes().colour(number)),
              evaluation.figures(number, seed)));
    }
    return new SegmentationSummary(
        evaluation.images(), evaluation.cases().size(), SegmentationEvaluation.DRAWS,
        evaluation.figures(seed), classes, samples(evaluation, dataset));
  }

  /** Of cases whose predictions are kept, those with the lowest, the middle and the highest Dice. */
  private static List<SegmentationSummary.Sample> samples(
      SegmentationEvaluation evaluation, SegmentationDataset dataset) throws IOException {
    Map<Integer, SegmentationEvaluation.Kept> ofCases = new LinkedHashMap<>();
    evaluation.kept().forEach(
        kept -> ofCases.merge(kept.ofCase(), kept, (a, b) -> foreground(b) > foreground(a) ? b : a));
    List<SegmentationEvaluation.Kept> order =
        ofCases.values().stream()
            .sorted(
                Comparator.comparingDouble(
                    (SegmentationEvaluation.Kept kept) -> evaluation.cases().get(kept.ofCase()).dice())
                    .thenComparingInt(SegmentationEvaluation.Kept::sample))
            .toList();
    Map<String, List<SegmentationEvaluation.Kept>> ranks = new LinkedHashMap<>();
    int middle = Math.max(0, (order.size() - SAMPLES) / 2);
    ranks.put("worst", order.subList(0, Math.min(SAMPLES, order.size())));
    ranks.put("median", order.subList(middle, Math.min(middle + SAMPLES, order.size())));
    ranks.put("best", order.subList(Math.max(0, order.size() - SAMPLES), order.size()));
    List<SegmentationSummary.Sample> samples = new ArrayList<>();
    Set<Integer> shown = new LinkedHashSet<>();
    for (Map.Entry<String, List<SegmentationEvaluation.Kept>> rank : ranks.entrySet()) {
      for (SegmentationEvaluation.Kept kept : rank.getValue()) {
        if (shown.add(kept.sample())) {
          samples.add(sample(evaluation, dataset, kept, rank.getKey()));
        }
      }
    }
    return samples;
  }

  /** Of a volume the slice is shown that has most to show. */
  private static long foreground(SegmentationEvaluation.Kept kept) {
    long count = 0;
    for (byte label : kept.truth()) {
      count += label != 0 && (label & 255) != SegmentationDataset.IGNORED ? 1 : 0;
    }
    return count;
  }

  private static SegmentationSummary.Sample sample(
      SegmentationEvaluation evaluation, SegmentationDataset dataset, SegmentationEvaluation.Kept kept,
      String rank) throws IOException {
    RawImage image =
        Resize.exactly(kept.height(), kept.width(), Interpolation.BICUBIC)
            .apply(dataset.load(kept.sample()), null);
    ClassTable classes = dataset.classes();
    SegmentationEvaluation.Case of = evaluation.cases().get(kept.ofCase());
    return new SegmentationSummary.Sample(
        dataset.name(kept.sample()), rank, of.dice(), Thumbnail.of(image),
        Thumbnail.of(MaskOverlay.of(image, kept.truth(), classes)),
        Thumbnail.of(MaskOverlay.of(image, kept.prediction(), classes)),
        Thumbnail.of(MaskOverlay.difference(image, kept.prediction(), kept.truth())));
  }
}
