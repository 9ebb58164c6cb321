package org.swinengine.data.augment;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DrawnTransform;
import org.swinengine.data.GeometricTransform;
import org.swinengine.data.Interpolation;
import org.swinengine.data.SampleRandom;

/**
 * Applies some operations of a list at one level (Cubuk et al., "RandAugment", 2019), as timm does it: {@code
 * rand-m9-mstd0.5-inc1} is what Swin and DeiT were trained with. {@link AugmentationPolicy#parse} reads such
 * texts.
 */
public final class RandAugment implements GeometricTransform {
  private final String text;
  private final int count;
  private final List<LeveledOperation> operations;

  /** One for each operation; null where each is as likely and may come twice. */
  private final double @Nullable [] weights;

  private final Painting painting;

  private RandAugment(
      String text, int count, List<LeveledOperation> operations, double @Nullable [] weights,
      Painting painting) {
    this.text = text;
    this.count = count;
    this.operations = operations;
    this.weights = weights;
    this.painting = painting;
  }

  static RandAugment parse(String text, Painting painting) {
    PolicyText settings = new PolicyText(text, "rand");
    double level = settings.whole("m", 10, 0, 1000);
    int count = settings.whole("n", 2, 1, 100);
    double probability = settings.number("p", 0.5, 0, 1);
    double deviation = settings.number("mstd", 0, 0, Double.MAX_VALUE);
    int most = settings.whole("mmax", 0, 0, 1000);
    boolean increasing = settings.whole("inc", 0, 0, 1) == 1;
    OperationSet set = settings.operationSet(increasing);
    settings.requireAllKnown(
        "m (level), n (operations), p (probability), mstd (deviation of the level), mmax (highest level),"
            + " inc (0 or 1) and t (set of operations)");
    List<LeveledOperation> operations = new ArrayList<>();
    for (TimmOperation operation : set.operations()) {
      operations.add(
          new LeveledOperation(
              operation, probability, level, deviation > 100 ? Double.POSITIVE_INFINITY : deviation,
              most > 0 ? most : LeveledOperation.USUAL_MOST));
    }
    if (set.weights() != null && count > operations.size()) {
      throw new IllegalArgumentException(
          "the policy " + text + " chooses " + count + " different operations, but there are only "
              + operations.size() + " (n)");
    }
    return new RandAugment(text, count, List.copyOf(operations), set.weights(), painting);
  }

  /** The same with one filter in place of bilinear or bicubic at random, as timm has it by default. */
  public RandAugment withInterpolation(Interpolation filter) {
    return new RandAugment(text, count, operations, weights, new Painting(filter, painting.fill()));
  }

  int count() {
    return count;
  }

  List<LeveledOperation> operations() {
    return operations;
  }

  double @Nullable [] weights() {
    return weights;
  }

  @Override
  public DrawnTransform draw(int height, int width, SampleRandom random) {
    // Which ones comes first, so that it does not depend on what they draw.
    List<LeveledOperation> chosen = new ArrayList<>();
    double[] left = weights == null ? null : weights.clone();
    for (int i = 0; i < count; i++) {
      chosen.add(
          operations.get(left == null ? random.uniformInt(operations.size()) : takeOne(left, random)));
    }
    List<DrawnTransform> steps = new ArrayList<>();
    for (LeveledOperation operation : chosen) {
      steps.add(operation.draw(height, width, painting, random));
    }
    return new DrawnSequence(steps);
  }

  /** Chooses by weight, and sets the chosen one's weight to 0. */
  private static int takeOne(double[] weights, SampleRandom random) {
    double sum = 0;
    for (double weight : weights) {
      sum += weight;
    }
    double place = random.uniform(0, sum);
    int chosen = -1;
    for (int i = 0; i < weights.length && (chosen < 0 || place >= 0); i++) {
      if (weights[i] > 0) {
        chosen = i;
        place -= weights[i];
      }
    }
    weights[chosen] = 0;
    return chosen;
  }

  /** What was parsed. */
  @Override
  public String toString() {
    return "RandAugment[" + text + "]";
  }
}
