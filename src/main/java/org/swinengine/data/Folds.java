package org.swinengine.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Cross-validation: data divided so often that each sample is in a validation part once. {@link FoldedData}
 * also knows what of the data is left alone.
 */
public final class Folds {
  private Folds() {}

  /**
   * Divides a data set. Each fold has each class in the same proportion, as far as the {@link Dataset#group
   * groups} allow, none of which is divided. The folds are a function of the labels, the groups and the seed.
   *
   * @param count number of folds, at least 2
   * @return for each fold what is learnt from, which is all of the others, and what is measured on
   * @throws DatasetException if there are fewer groups, or samples, than folds
   */
  public static List<DataSplits> of(Dataset whole, int count, long seed) throws DatasetException {
    DatasetOptions how = DatasetOptions.DEFAULT.withSeed(seed).withFolds(count);
    return of(whole, assigned(whole, count, seed), List.of(), how);
  }

  /**
   * The folds of samples that have been divided.
   *
   * @param notes for a person, which the first fold tells
   * @param how the data were read; its seed divided them, and it says the number of folds
   */
  static List<DataSplits> of(Dataset whole, int[] foldOf, List<String> notes, DatasetOptions how) {
    List<DataSplits> folds = new ArrayList<>();
    for (int fold = 0; fold < how.folds(); fold++) {
      Dataset train = whole.view(others(foldOf, fold));
      Dataset validation = whole.view(members(foldOf, fold));
      String remark = "fold " + (fold + 1) + " of " + how.folds() + " by seed " + how.seed();
      folds.add(
          new DataSplits(
              train, validation, Optional.empty(),
              Datasets.describe(whole.description(), train, validation, remark), true,
              fold == 0 ? notes : List.of(), how));
    }
    return List.copyOf(folds);
  }

  /**
   * In which fold each sample is measured, from 0.
   *
   * @throws DatasetException if there are fewer groups, or samples, than folds
   */
  static int[] assigned(Dataset whole, int count, long seed) throws DatasetException {
    if (count < 2) {
      throw new IllegalArgumentException("there are to be " + count + " folds, but must be at least 2");
    }
    int[] foldOf = assign(whole, count, seed);
    long used = Arrays.stream(foldOf).distinct().count();
    if (used < count) {
      throw new DatasetException(
          whole.description() + " cannot be divided into " + count + " folds: it has only "
              + (hasGroups(whole) ? groups(whole) + " groups" : whole.size() + " samples") + ".");
    }
    return foldOf;
  }

  /** The samples that a fold is measured on, ascending. */
  static int[] members(int[] foldOf, int fold) {
    return IntStream.range(0, foldOf.length).filter(i -> foldOf[i] == fold).toArray();
  }

  /** The samples that a fold learns from, ascending. */
  private static int[] others(int[] foldOf, int fold) {
    return IntStream.range(0, foldOf.length).filter(i -> foldOf[i] != fold).toArray();
  }

  static boolean hasGroups(Dataset dataset) {
    return IntStream.range(0, dataset.size()).anyMatch(i -> dataset.group(i).isPresent());
  }

  private static long groups(Dataset dataset) {
    long named = IntStream.range(0, dataset.size()).boxed().flatMap(i -> dataset.group(i).stream()).distinct()
        .count();
    return named + IntStream.range(0, dataset.size()).filter(i -> dataset.group(i).isEmpty()).count();
  }

  /**
   * The fold of each sample, from 0; as {@link #of} divides, but where there are fewer samples or groups than
   * folds, some folds stay empty.
   *
   * @param count number of folds, at least 2
   */
  public static int[] numbers(Dataset whole, int count, long seed) {
    return assign(whole, count, seed);
  }

  private static int[] assign(Dataset whole, int count, long seed) {
    if (!whole.isMultiLabel() && !hasGroups(whole)) {
      return deal(whole, count, seed);
    }
    int[][] labels = new int[whole.size()][];
    @Nullable String[] groups = new String[whole.size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = whole.labels(i);
      groups[i] = whole.group(i).orElse(null);
    }
    double[] shares = new double[count];
    Arrays.fill(shares, 1.0 / count);
    return GroupedSplit.assign(labels, groups, whole.classNames().size(), shares, seed);
  }

  /** Deals each class in a seeded order, and goes on with the next class where the last one ended. */
  private static int[] deal(Dataset whole, int count, long seed) {
    int[] foldOf = new int[whole.size()];
    int next = 0;
    for (int label = 0; label < whole.classNames().size(); label++) {
      int wanted = label;
      int[] members = IntStream.range(0, foldOf.length).filter(i -> whole.label(i) == wanted).toArray();
      new SampleRandom(seed, 0, label, SampleRandom.SPLIT_STREAM).shuffle(members);
      for (int member : members) {
        foldOf[member] = next;
        next = (next + 1) % count;
      }
    }
    return foldOf;
  }
}
