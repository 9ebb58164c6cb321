package org.swinengine.inference.segmentation;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import org.swinengine.metrics.segmentation.ClassFigures;
import org.swinengine.metrics.segmentation.Components;
import org.swinengine.metrics.segmentation.EmptyMasks;
import org.swinengine.metrics.segmentation.Grid;
import org.swinengine.metrics.segmentation.LabelKind;
import org.swinengine.metrics.segmentation.OverlapCounts;

/**
 * Chooses what to take away from predictions by the mean Dice over cases. A class's Dice depends on its own
 * parts alone, so the best rule of each class gives the best of all together.
 */
public final class CleanUpChoice {
  /** Sizes that are tried: 2⁻¹³ of a picture are two pixels of 128×128. */
  private static final List<Double> SHARES =
      DoubleStream.concat(
          DoubleStream.of(0),
          DoubleStream.iterate(1.0 / (1 << 13), share -> share <= 1.0 / (1 << 6), share -> 2 * share))
          .boxed().toList();

  private final LabelKind kind;
  private final EmptyMasks empty;
  private final double[][] sums;
  private int cases;

  /**
   * @param kind what labels say
   * @param classes the background among them
   */
  CleanUpChoice(LabelKind kind, int classes, EmptyMasks empty) {
    this.kind = kind;
    this.empty = empty;
    sums = new double[classes - 1][rules().size()];
  }

  /** The rules for a class that are tried, those that take less first. */
  public static List<CleanUp.OfClass> rules() {
    List<CleanUp.OfClass> rules = new ArrayList<>();
    for (boolean largest : new boolean[] {false, true}) {
      SHARES.forEach(share -> rules.add(new CleanUp.OfClass(largest, share)));
    }
    return rules;
  }

  /** Number of the first of the largest, from 0; −1 if there is none. */
  static int largest(long[] sizes) {
    int largest = -1;
    for (int i = 0; i < sizes.length; i++) {
      largest = largest < 0 || sizes[i] > sizes[largest] ? i : largest;
    }
    return largest;
  }

  /**
   * Adds a case.
   *
   * @param truth with {@link LabelKind#ignored} where nothing counts
   */
  void add(int[] prediction, int[] truth, Grid grid) {
    cases++;
    for (int number = 1; number <= sums.length; number++) {
      boolean[] mask = new boolean[prediction.length];
      long real = 0;
      for (int i = 0; i < mask.length; i++) {
        mask[i] = kind.has(prediction[i], number);
        real += kind.has(truth[i], number) ? 1 : 0;
      }
      Components found = Components.of(mask, grid, Components.Neighbours.CORNERS);
      int[] of = found.labels();
      long[] counting = new long[found.count()];
      long[] right = new long[found.count()];
      for (int i = 0; i < of.length; i++) {
        if (of[i] > 0) {
          counting[of[i] - 1] += truth[i] != kind.ignored() ? 1 : 0;
          right[of[i] - 1] += kind.has(truth[i], number) ? 1 : 0;
        }
      }
      add(number, found.sizes(), counting, right, real, prediction.length);
    }
  }

  /** A rule's Dice is that of the parts which it keeps. */
  private void add(int number, long[] sizes, long[] counting, long[] right, long real, int all) {
    int largest = largest(sizes);
    List<CleanUp.OfClass> rules = rules();
    for (int r = 0; r < rules.size(); r++) {
      long both = 0;
      long predicted = 0;
      for (int part = 0; part < sizes.length; part++) {
        if (rules.get(r).keeps(part == largest, sizes[part], all)) {
          both += right[part];
          predicted += counting[part];
        }
      }
      OverlapCounts counts =
          new OverlapCounts(both, predicted - both, real - both, all - predicted - real + both);
      sums[number - 1][r] += ClassFigures.ofCounts(number, counts, empty).dice();
    }
  }

  /** The best rule of each class; of equal ones the one that takes the least. */
  CleanUp best() {
    List<CleanUp.OfClass> rules = rules();
    List<CleanUp.OfClass> best = new ArrayList<>();
    for (double[] ofClass : sums) {
      int at = 0;
      for (int r = 1; r < ofClass.length; r++) {
        // A difference that is not rounding.
        at = ofClass[r] > ofClass[at] + 1e-9 * cases ? r : at;
      }
      best.add(rules.get(at));
    }
    return new CleanUp(best);
  }
}
