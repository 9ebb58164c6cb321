package org.swinengine.inference.segmentation;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.RawImage;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.data.segmentation.Spacing;
import org.swinengine.metrics.segmentation.CaseFigures;
import org.swinengine.metrics.segmentation.ClassFigures;
import org.swinengine.metrics.segmentation.Grid;
import org.swinengine.metrics.segmentation.LabelKind;

/**
 * All slices of a case, one after the other: a picture is one.
 *
 * @param slices in the order of the data, of one size
 * @param volume whether slices above and below are neighbours
 * @param kind what labels say
 */
record CaseSlices(List<SegmentationEvaluation.Kept> slices, boolean volume, LabelKind kind) {
  private SegmentationEvaluation.Kept first() {
    return slices.get(0);
  }

  Grid grid() {
    return volume
        ? Grid.volume(slices.size(), first().height(), first().width())
        : Grid.plane(first().height(), first().width());
  }

  /** Labels, of predictions or of the truth. */
  int[] labels(boolean ofTruth) {
    int plane = first().height() * first().width();
    int[] labels = new int[Math.multiplyExact(plane, slices.size())];
    for (int z = 0; z < slices.size(); z++) {
      byte[] from = ofTruth ? slices.get(z).truth() : slices.get(z).prediction();
      LabelMaps.unpack(kind, from, plane, labels, z * plane);
    }
    return labels;
  }

  /** Puts other predictions in the place of these. */
  void replace(int[] labels) {
    int plane = first().height() * first().width();
    for (int z = 0; z < slices.size(); z++) {
      LabelMaps.pack(kind, labels, z * plane, plane, slices.get(z).prediction());
    }
  }

  /**
   * All figures.
   *
   * @throws IOException when spacing or objects cannot be read
   */
  List<ClassFigures> figures(SegmentationDataset dataset, int classes, Measuring how) throws IOException {
    Spacing spacing = spacing(dataset, how.spacing());
    Grid grid = grid();
    return CaseFigures.of(
        kind, labels(false), labels(true), classes, grid,
        spacing == null ? null
            : grid.withSpacing(volume ? spacing.slice() : 1, spacing.row(), spacing.column()),
        objects(dataset), how.emptyMasks(), kind.ignored());
  }

  /** Of what was measured, which may be another size than the file's; null: not known. */
  private @Nullable Spacing spacing(SegmentationDataset dataset, @Nullable Spacing given)
      throws IOException {
    Spacing own = given != null ? given : dataset.spacing(first().sample()).orElse(null);
    if (own == null) {
      return null;
    }
    RawImage image = dataset.load(first().sample());
    return own.resized(image.height(), image.width(), first().height(), first().width());
  }

  /** As the data number them, at this size by nearest pixels; null: they do not, or not within a volume. */
  private int @Nullable [] objects(SegmentationDataset dataset) throws IOException {
    if (volume || dataset.objects(first().sample()).isEmpty()) {
      return null;
    }
    int[] own = dataset.objects(first().sample()).get();
    int height = first().height();
    int width = first().width();
    RawImage image = dataset.load(first().sample());
    if (image.height() == height && image.width() == width) {
      return own;
    }
    int[] resized = new int[height * width];
    for (int y = 0; y < height; y++) {
      int row = (int) ((y + 0.5) * image.height() / height);
      for (int x = 0; x < width; x++) {
        resized[y * width + x] = own[row * image.width() + (int) ((x + 0.5) * image.width() / width)];
      }
    }
    return resized;
  }
}
