package org.swinengine.inference.segmentation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.metrics.segmentation.ClassFigures;
import org.swinengine.metrics.segmentation.EmptyMasks;
import org.swinengine.metrics.segmentation.LabelKind;
import org.swinengine.metrics.segmentation.OverlapCounts;

/** Adds up predictions, in the order of the data, to the figures of cases. */
final class SegmentationTally {
  private static final long MOST_KEPT = 64L << 20;

  private final SegmentationDataset dataset;
  private final LabelKind kind;
  private final int classes;
  private final @Nullable Measuring how;
  private final List<SegmentationEvaluation.Case> cases = new ArrayList<>();
  private final List<SegmentationEvaluation.Kept> kept = new ArrayList<>();
  private final List<SegmentationEvaluation.Kept> slices = new ArrayList<>();
  private @Nullable String volume;
  private long bytes;

  /**
   * @param how surfaces and objects are compared; null: overlap alone
   */
  SegmentationTally(SegmentationDataset dataset, @Nullable Measuring how) {
    this.dataset = dataset;
    this.how = how;
    kind = LabelKind.of(dataset.isOverlapping());
    classes = dataset.classes().size();
  }

  /**
   * Adds a picture or slice.
   *
   * @param prediction label of each pixel; not copied, and changed where it is to be cleaned up
   * @param truth likewise; not copied
   */
  void add(int sample, int height, int width, byte[] prediction, byte[] truth) throws IOException {
    String own = dataset.volume(sample).orElse(null);
    if (own == null || !own.equals(volume)) {
      finishCase();
    }
    volume = own;
    SegmentationEvaluation.Kept one =
        new SegmentationEvaluation.Kept(sample, cases.size(), height, width, prediction, truth);
    slices.add(one);
    if (bytes + 2L * prediction.length <= MOST_KEPT) {
      bytes += 2L * prediction.length;
      kept.add(one);
    }
  }

  private void finishCase() throws IOException {
    if (slices.isEmpty()) {
      return;
    }
    int first = slices.get(0).sample();
    String name = volume == null ? dataset.name(first) : volume;
    cases.add(
        new SegmentationEvaluation.Case(
            name, dataset.group(first).orElse(null), first, how == null ? counts() : withDistances(how)));
    slices.clear();
  }

  private List<ClassFigures> counts() {
    return kind == LabelKind.SETS ? countsOfSets() : countsOfNumbers();
  }

  private List<ClassFigures> countsOfSets() {
    long[][] counts = new long[classes][4];
    for (SegmentationEvaluation.Kept slice : slices) {
      int pixels = slice.height() * slice.width();
      int[] truth = new int[pixels];
      int[] prediction = new int[pixels];
      LabelMaps.unpack(kind, slice.truth(), pixels, truth, 0);
      LabelMaps.unpack(kind, slice.prediction(), pixels, prediction, 0);
      for (int i = 0; i < pixels; i++) {
        for (int number = 1; truth[i] != kind.ignored() && number < classes; number++) {
          int said = kind.has(prediction[i], number) ? 2 : 0;
          counts[number][said + (kind.has(truth[i], number) ? 1 : 0)]++;
        }
      }
    }
    List<ClassFigures> figures = new ArrayList<>();
    for (int number = 1; number < classes; number++) {
      long[] of = counts[number];
      figures.add(
          ClassFigures
              .ofCounts(number, new OverlapCounts(of[3], of[2], of[1], of[0]), EmptyMasks.DEFINED));
    }
    return figures;
  }

  private List<ClassFigures> countsOfNumbers() {
    long[][] confusion = new long[classes][classes];
    for (SegmentationEvaluation.Kept slice : slices) {
      for (int i = 0; i < slice.truth().length; i++) {
        int truth = slice.truth()[i] & 255;
        if (truth != SegmentationDataset.IGNORED) {
          confusion[truth][slice.prediction()[i] & 255]++;
        }
      }
    }
    List<ClassFigures> figures = new ArrayList<>();
    for (int number = 1; number < classes; number++) {
      figures.add(ClassFigures.ofCounts(number, counts(confusion, number), EmptyMasks.DEFINED));
    }
    return figures;
  }

  private OverlapCounts counts(long[][] confusion, int number) {
    long predicted = 0;
    long real = 0;
    long all = 0;
    for (int other = 0; other < classes; other++) {
      predicted += confusion[other][number];
      real += confusion[number][other];
      for (long count : confusion[other]) {
        all += count;
      }
    }
    long both = confusion[number][number];
    return new OverlapCounts(both, predicted - both, real - both, all - predicted - real + both);
  }

  private List<ClassFigures> withDistances(Measuring measuring) throws IOException {
    CaseSlices all = new CaseSlices(List.copyOf(slices), volume != null, kind);
    if (measuring.cleanUp().isOn()) {
      all.replace(measuring.cleanUp().apply(kind, all.labels(false), all.grid()));
    }
    return all.figures(dataset, classes, measuring);
  }

  /** All of it. */
  SegmentationEvaluation result(double loss) throws IOException {
    finishCase();
    return new SegmentationEvaluation(
        dataset.size(), loss, dataset.classes().names(), List.copyOf(cases), List.copyOf(kept));
  }
}
