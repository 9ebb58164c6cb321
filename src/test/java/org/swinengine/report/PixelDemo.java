package org.swinengine.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.swinengine.data.RawImage;
import org.swinengine.data.segmentation.ClassTable;
import org.swinengine.data.segmentation.ImageAndMask;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.inference.segmentation.SegmentationEvaluation;
import org.swinengine.metrics.segmentation.CaseFigures;
import org.swinengine.metrics.segmentation.EmptyMasks;
import org.swinengine.metrics.segmentation.Grid;

/** Results of a run over volumes, or pictures, with three classes that never was, for pages. */
final class PixelDemo implements SegmentationDataset {
  private static final int SIDE = 40;
  private static final int CLASSES = 4;

  private final int cases;
  private final int slices;

  private PixelDemo(int cases, int slices) {
    this.cases = cases;
    this.slices = slices;
  }

  /** @param slices of a volume; 1: pictures */
  static SegmentationSummary summary(int cases, int slices) {
    PixelDemo data = new PixelDemo(cases, slices);
    List<SegmentationEvaluation.Case> of = new ArrayList<>();
    List<SegmentationEvaluation.Kept> kept = new ArrayList<>();
    for (int c = 0; c < cases; c++) {
      int[] truth = new int[slices * SIDE * SIDE];
      int[] prediction = new int[truth.length];
      for (int z = 0; z < slices; z++) {
        byte[] real = data.labels(c * slices + z, 0);
        byte[] found = data.labels(c * slices + z, c * c % 7);
        kept.add(new SegmentationEvaluation.Kept(c * slices + z, c, SIDE, SIDE, found, real));
        for (int i = 0; i < real.length; i++) {
          truth[z * real.length + i] = real[i];
          prediction[z * real.length + i] = found[i];
        }
      }
      Grid grid = slices == 1 ? Grid.plane(SIDE, SIDE) : Grid.volume(slices, SIDE, SIDE);
      of.add(
          new SegmentationEvaluation.Case(
              data.name(c * slices), null, c * slices,
              CaseFigures.of(
                  prediction, truth, CLASSES, grid, grid.withSpacing(slices == 1 ? 1 : 5, 0.7, 0.7), null,
                  EmptyMasks.DEFINED, IGNORED)));
    }
    try {
      return SegmentationSummarizer.of(
          new SegmentationEvaluation(data.size(), 0.3, data.classNames(), of, kept), data, 1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Three discs, moved a little. */
  private byte[] labels(int sample, int moved) {
    byte[] labels = new byte[SIDE * SIDE];
    for (int number = 1; number < CLASSES; number++) {
      int radius = 9 - number - Math.abs(sample % slices - slices / 2);
      for (int i = 0; i < labels.length; i++) {
        int y = i / SIDE - 10 - 8 * (number - 1) - moved * (number - 1) / 2;
        int x = i % SIDE - 10 - 9 * (number - 1) - moved / 2;
        labels[i] = y * y + x * x < radius * Math.abs(radius) ? (byte) number : labels[i];
      }
    }
    return labels;
  }

  @Override
  public ClassTable classes() {
    return ClassTable.numbered(List.of("background", "liver", Demo.HOSTILE, "left kidney, with a long name"));
  }

  @Override
  public int size() {
    return cases * slices;
  }

  @Override
  public String name(int index) {
    return index / slices == 1 ? Demo.HOSTILE : "case " + index / slices;
  }

  @Override
  public Optional<String> volume(int index) {
    return slices == 1 ? Optional.empty() : Optional.of("volume " + index / slices);
  }

  @Override
  public String description() {
    return Demo.HOSTILE;
  }

  @Override
  public ImageAndMask pair(int index) {
    byte[] labels = labels(index, 0);
    byte[] grey = new byte[labels.length];
    Random random = new Random(index);
    for (int i = 0; i < grey.length; i++) {
      grey[i] = (byte) (60 + 40 * labels[i] + random.nextInt(30));
    }
    return new ImageAndMask(new RawImage(SIDE, SIDE, 1, grey), new RawImage(SIDE, SIDE, 1, labels));
  }

  @Override
  public SegmentationDataset part(int[] indices) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SegmentationDataset cached(long bytes) {
    return this;
  }
}
