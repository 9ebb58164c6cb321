package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Groups are never divided, and classes as evenly as the groups allow. */
class GroupedSplitTest {
  private static final List<String> CLASSES = List.of("a", "b", "c");

  private static final double[] FIFTH = {0.8, 0.2};

  /** Samples of some groups, each of which prefers a class. */
  private record Samples(int[][] labels, String[] groups, int classes) {
    static Samples random(Random random, int groups, int classes) {
      List<int[]> labels = new ArrayList<>();
      List<String> of = new ArrayList<>();
      for (int group = 0; group < groups; group++) {
        int own = random.nextInt(classes);
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
          labels.add(new int[] {random.nextInt(3) > 0 ? own : random.nextInt(classes)});
          of.add("patient " + group);
        }
      }
      return new Samples(labels.toArray(int[][]::new), of.toArray(String[]::new), classes);
    }

    int[] divide(double[] shares, long seed) {
      return GroupedSplit.assign(labels, groups, classes, shares, seed);
    }

    /** What the class's Javadoc says is made small, computed plainly. */
    double cost(int[] part, double[] shares) {
      double cost = 0;
      long present = Arrays.stream(labels).flatMapToInt(Arrays::stream).distinct().count();
      for (int label = 0; label < classes; label++) {
        int wanted = label;
        int[] members = IntStream.range(0, part.length)
            .filter(i -> Arrays.stream(labels[i]).anyMatch(l -> l == wanted)).toArray();
        long ofGroups = Arrays.stream(members).mapToObj(i -> groups[i]).distinct().count();
        for (int p = 0; p < shares.length && members.length > 0; p++) {
          int number = p;
          double count = Arrays.stream(members).filter(i -> part[i] == number).count();
          double fault = count / members.length - shares[p];
          cost += (fault * fault + (count == 0 && ofGroups >= shares.length ? 1 : 0)) / present;
        }
      }
      for (int p = 0; p < shares.length; p++) {
        int number = p;
        double size = Arrays.stream(part).filter(own -> own == number).count();
        double fault = size / part.length - shares[p];
        cost += 0.1 * fault * fault + (size == 0 ? 2 : 0);
      }
      return cost;
    }
  }

  private static void assertUndivided(Samples samples, int[] part) {
    Map<String, Integer> partOf = new HashMap<>();
    for (int i = 0; i < part.length; i++) {
      Integer before = partOf.putIfAbsent(samples.groups()[i], part[i]);
      assertTrue(before == null || before == part[i], samples.groups()[i] + " is in two parts");
    }
  }

  @Test
  void groupsAreNeverDivided() {
    Random random = new Random(1);
    for (int round = 0; round < 300; round++) {
      Samples samples = Samples.random(random, 2 + random.nextInt(60), 1 + random.nextInt(6));
      double[] shares = round % 2 == 0 ? FIFTH : new double[] {0.25, 0.25, 0.25, 0.25};
      int[] part = samples.divide(shares, round);
      assertUndivided(samples, part);
      if (new HashSet<>(Arrays.asList(samples.groups())).size() >= shares.length) {
        assertEquals(shares.length, Arrays.stream(part).distinct().count(), "no part is empty");
      }
    }
  }

  /** Up to 16 groups in two parts: no other way to divide them is better. */
  @Test
  void fewGroupsAreDividedInTheBestWay() {
    Random random = new Random(2);
    for (int round = 0; round < 40; round++) {
      Samples samples = Samples.random(random, 2 + random.nextInt(9), 1 + random.nextInt(4));
      double own = samples.cost(samples.divide(FIFTH, round), FIFTH);
      List<String> names = Arrays.stream(samples.groups()).distinct().toList();
      double best = Double.POSITIVE_INFINITY;
      for (int way = 0; way < 1 << names.size(); way++) {
        int chosen = way;
        int[] part =
            Arrays.stream(samples.groups()).mapToInt(group -> chosen >> names.indexOf(group) & 1).toArray();
        best = Math.min(best, samples.cost(part, FIFTH));
      }
      assertEquals(best, own, 1e-9, "round " + round);
    }
  }

  /** More groups: moving any of them, or exchanging any two, makes it no better. */
  @Test
  void manyGroupsCannotBeImprovedByOneStep() {
    Random random = new Random(3);
    for (int round = 0; round < 4; round++) {
      Samples samples = Samples.random(random, 40, 4);
      int[] part = samples.divide(FIFTH, round);
      double own = samples.cost(part, FIFTH);
      List<String> names = Arrays.stream(samples.groups()).distinct().toList();
      for (String one : names) {
        for (String other : names) {
          int[] changed = part.clone();
          for (int i = 0; i < changed.length; i++) {
            boolean moved = samples.groups()[i].equals(one) || samples.groups()[i].equals(other);
            changed[i] = moved ? 1 - changed[i] : changed[i];
          }
          boolean step = one.equals(other) || part[first(samples, one)] != part[first(samples, other)];
          assertTrue(!step || samples.cost(changed, FIFTH) >= own - 1e-9, one + " and " + other);
        }
      }
    }
  }

  private static int first(Samples samples, String group) {
    return Arrays.asList(samples.groups()).indexOf(group);
  }

  /** The order of the samples and the names' hash codes do not matter; the seed does. */
  @Test
  void theResultDependsOnLabelsGroupsAndSeedAlone() {
    Samples samples = Samples.random(new Random(4), 50, 3);
    int[] part = samples.divide(FIFTH, 5);
    assertArrayEquals(part, samples.divide(FIFTH, 5));
    int n = part.length;
    Samples reversed =
        new Samples(
            IntStream.range(0, n).mapToObj(i -> samples.labels()[n - 1 - i]).toArray(int[][]::new),
            IntStream.range(0, n).mapToObj(i -> samples.groups()[n - 1 - i]).toArray(String[]::new), 3);
    int[] backwards = reversed.divide(FIFTH, 5);
    assertArrayEquals(part, IntStream.range(0, n).map(i -> backwards[n - 1 - i]).toArray());
    assertFalse(Arrays.equals(part, samples.divide(FIFTH, 6)));
    // As computed once: the same on every machine.
    assertEquals(
        "00000000110000000001100001110000000000000000111000000000000000000000000011000000000001"
            + "10000000000000000"
            + "000000000111111000000000000000000000000000111000000000000000111111111111110000000000",
        text(part));
  }

  private static String text(int[] part) {
    StringBuilder text = new StringBuilder();
    Arrays.stream(part).forEach(text::append);
    return text.toString();
  }

  /** Classes as evenly in the folds as scikit-learn's best of 20 seeds, or more so. */
  @Test
  void foldsAreAsEvenAsThoseOfScikitLearn() throws IOException {
    String table = new String(
        TestImages.resource("groups/stratified_group_k_fold.csv"), StandardCharsets.US_ASCII);
    List<String> lines = table.lines().toList();
    assertEquals(12, lines.size());
    for (String line : lines) {
      String[] cells = line.split(";");
      int folds = Integer.parseInt(cells[0]);
      int[] labels = Arrays.stream(cells[1].split(" ")).mapToInt(Integer::parseInt).toArray();
      String[] groups = cells[2].split(" ");
      int classes = Arrays.stream(labels).max().orElseThrow() + 1;
      double[] shares = new double[folds];
      Arrays.fill(shares, 1.0 / folds);
      int[][] sets = Arrays.stream(labels).mapToObj(label -> new int[] {label}).toArray(int[][]::new);
      for (long seed = 0; seed < 3; seed++) {
        int[] fold = GroupedSplit.assign(sets, groups, classes, shares, seed);
        assertUndivided(new Samples(sets, groups, classes), fold);
        double quality = quality(labels, fold, folds, classes);
        assertTrue(quality <= Double.parseDouble(cells[3]), quality + " is worse than " + cells[3]);
      }
    }
  }

  private static double quality(int[] labels, int[] fold, int folds, int classes) {
    double sum = 0;
    int present = 0;
    for (int label = 0; label < classes; label++) {
      int wanted = label;
      double all = Arrays.stream(labels).filter(l -> l == wanted).count();
      if (all == 0) {
        continue;
      }
      present++;
      double squares = 0;
      for (int f = 0; f < folds; f++) {
        int number = f;
        double share =
            IntStream.range(0, labels.length).filter(i -> labels[i] == wanted && fold[i] == number).count()
                / all;
        squares += (share - 1.0 / folds) * (share - 1.0 / folds);
      }
      sum += Math.sqrt(squares / folds);
    }
    return sum / present;
  }

  @Test
  void everySampleIsMeasuredOnceInFolds() throws IOException {
    Random random = new Random(8);
    int[] labels = IntStream.range(0, 90).map(i -> i % 3).toArray();
    String[] groups = new String[90];
    for (boolean grouped : new boolean[] {false, true}) {
      Arrays.setAll(groups, i -> grouped && i % 10 != 0 ? "g" + random.nextInt(25) : null);
      Dataset whole = new GroupedSamples(labels, CLASSES, groups);
      List<DataSplits> folds = Folds.of(whole, 5, 1);
      assertEquals(5, folds.size());
      Set<String> measured = new HashSet<>();
      for (DataSplits fold : folds) {
        assertEquals(90, fold.train().size() + fold.validation().size());
        Set<String> training = new HashSet<>();
        for (int i = 0; i < fold.train().size(); i++) {
          fold.train().group(i).ifPresent(training::add);
        }
        int[] counts = new int[3];
        for (int i = 0; i < fold.validation().size(); i++) {
          assertTrue(measured.add(fold.validation().name(i)));
          assertFalse(fold.validation().group(i).filter(training::contains).isPresent());
          counts[fold.validation().label(i)]++;
        }
        for (int count : counts) {
          assertTrue(grouped ? count >= 4 && count <= 8 : count == 6, Arrays.toString(counts));
        }
      }
      assertEquals(90, measured.size());
    }
    assertThrows(IllegalArgumentException.class,
        () -> Folds.of(new GroupedSamples(labels, CLASSES, groups), 1, 0));
    Arrays.fill(groups, 0, 45, "one");
    Arrays.fill(groups, 45, 90, "two");
    String message =
        assertThrows(DatasetException.class,
            () -> Folds.of(new GroupedSamples(labels, CLASSES, groups), 3, 0)).getMessage();
    assertTrue(message.contains("only 2 groups"), message);
  }
}
