package org.swinengine.report;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.swinengine.data.Interpolation;
import org.swinengine.data.RawImage;
import org.swinengine.data.Resize;
import org.swinengine.data.segmentation.ClassTable;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.inference.segmentation.MaskOverlay;
import org.swinengine.inference.segmentation.SegmentationEvaluation;
import org.swinengine.metrics.segmentation.LabelKind;
import org.swinengine.metrics.segmentation.PixelFigure;

/** From an evaluation of pixels' classes to what a page shows of it. */
public final class SegmentationSummarizer {
  /** Of each rank. */
  private static final int SAMPLES = 4;

  /** Of a volume. */
  private static final int MOST_SLICES = 32;

  /** Of a volume's pictures, in base 64. */
  private static final long MOST_CHARACTERS = 1_200_000;

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
              evaluation.figures(number, seed), boxes(evaluation, number)));
    }
    return new SegmentationSummary(
        evaluation.images(), evaluation.cases().size(), SegmentationEvaluation.DRAWS,
        evaluation.figures(seed), classes, samples(evaluation, dataset), volumes(evaluation, dataset));
  }

  private static Map<String, CaseBox> boxes(SegmentationEvaluation evaluation, int number) {
    Map<String, CaseBox> boxes = new LinkedHashMap<>();
    for (String key : SegmentationSection.BOXES) {
      PixelFigure figure = PixelFigure.of(key);
      CaseBox box =
          CaseBox.of(
              evaluation.cases().stream().mapToDouble(one -> figure.of(one.figures().get(number - 1)))
                  .toArray());
      if (box != null) {
        boxes.put(key, box);
      }
    }
    return boxes;
  }

  /** The worst, the middle and the best of those volumes of which all is kept. */
  private static List<SegmentationSummary.OfVolume> volumes(
      SegmentationEvaluation evaluation, SegmentationDataset dataset) throws IOException {
    Map<Integer, List<SegmentationEvaluation.Kept>> slices = new LinkedHashMap<>();
    for (SegmentationEvaluation.Kept kept : evaluation.kept()) {
      if (dataset.volume(kept.sample()).isPresent()) {
        slices.computeIfAbsent(kept.ofCase(), number -> new ArrayList<>()).add(kept);
      }
    }
    slices.values().removeIf(all -> all.size() < 2);
    List<Integer> order =
        slices.keySet().stream()
            .sorted(
                Comparator.comparingDouble((Integer number) -> evaluation.cases().get(number).dice())
                    .thenComparingInt(number -> number))
            .toList();
    Map<Integer, String> ranks = new LinkedHashMap<>();
    if (!order.isEmpty()) {
      ranks.put(order.get(0), "worst");
      ranks.putIfAbsent(order.get(order.size() - 1), "best");
      ranks.putIfAbsent(order.get(order.size() / 2), "median");
    }
    List<SegmentationSummary.OfVolume> volumes = new ArrayList<>();
    for (int number : order) {
      String rank = ranks.get(number);
      if (rank != null) {
        SegmentationEvaluation.Case of = evaluation.cases().get(number);
        List<SegmentationEvaluation.Kept> kept = Objects.requireNonNull(slices.get(number));
        boolean all = evaluation.kept().size() == evaluation.images();
        String said = all ? rank : rank + " of the volumes that fit into memory, perhaps not all slices";
        volumes.add(new SegmentationSummary.OfVolume(of.name(), said, of.dice(), slices(kept, dataset)));
      }
    }
    return volumes;
  }

  /** Those with something to see, evenly chosen; fewer where they would make the page large. */
  private static List<SegmentationSummary.Slice> slices(
      List<SegmentationEvaluation.Kept> all, SegmentationDataset dataset) throws IOException {
    List<SegmentationEvaluation.Kept> seen =
        all.stream().filter(kept -> foreground(kept) > 0 || found(kept)).toList();
    List<SegmentationEvaluation.Kept> from = seen.isEmpty() ? all : seen;
    int count = Math.min(MOST_SLICES, from.size());
    List<SegmentationSummary.Slice> slices = new ArrayList<>();
    long size = 0;
    for (int i = 0; i < count; i++) {
      SegmentationEvaluation.Kept kept = from.get((int) ((long) i * from.size() / count));
      List<Thumbnail> pictures = new ArrayList<>();
      for (RawImage picture : pictures(kept, dataset)) {
        pictures.add(Thumbnail.small(picture));
      }
      size += pictures.stream().mapToLong(picture -> picture.png().length()).sum();
      slices.add(new SegmentationSummary.Slice(kept.sample() - all.get(0).sample(), pictures));
    }
    while (size > MOST_CHARACTERS && slices.size() > 1) {
      size = 0;
      for (int i = slices.size() - 1; i >= 0; i--) {
        if (i % 2 == 1) {
          slices.remove(i);
        }
      }
      for (SegmentationSummary.Slice slice : slices) {
        size += slice.pictures().stream().mapToLong(picture -> picture.png().length()).sum();
      }
    }
    return slices;
  }

  private static boolean found(SegmentationEvaluation.Kept kept) {
    for (byte label : kept.prediction()) {
      if (label != 0) {
        return true;
      }
    }
    return false;
  }

  /** The picture, truth, prediction and difference. */
  private static List<RawImage> pictures(SegmentationEvaluation.Kept kept, SegmentationDataset dataset)
      throws IOException {
    RawImage image =
        Resize.exactly(kept.height(), kept.width(), Interpolation.BICUBIC)
            .apply(dataset.load(kept.sample()), null);
    ClassTable classes = dataset.classes();
    LabelKind kind = LabelKind.of(dataset.isOverlapping());
    return List.of(
        image, MaskOverlay.of(kind, image, kept.truth(), classes),
        MaskOverlay.of(kind, image, kept.prediction(), classes),
        MaskOverlay.difference(kind, image, kept.prediction(), kept.truth()));
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
    SegmentationEvaluation.Case of = evaluation.cases().get(kept.ofCase());
    List<Thumbnail> pictures = pictures(kept, dataset).stream().map(Thumbnail::of).toList();
    return new SegmentationSummary.Sample(
        dataset.name(kept.sample()), rank, of.dice(), pictures.get(0), pictures.get(1), pictures.get(2),
        pictures.get(3));
  }
}
