package org.swinengine.data;

import java.util.Arrays;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Divides samples into parts that no group straddles and that have each class as nearly in the same
 * proportion as the groups allow.
 *
 * <p>What is made small is the mean over the classes of {@code Σ (share of the class in the part − share of
 * the part)²} over the parts, which is what scikit-learn's {@code StratifiedGroupKFold} aims at; a part
 * without a class that has groups enough for all parts, and an empty part, cost more than any other fault.
 * Few groups are divided in the best of all ways. More are dealt, the largest first, each to the part that
 * wants it most, then moved and exchanged while that helps; the best of some seeded orders is taken.
 *
 * <p>The result is a function of (labels, groups, shares, seed) alone.
 */
final class GroupedSplit {
  /** Ways to divide that are all tried. */
  private static final long ALL_WAYS = 1 << 16;

  /** Groups up to which pairs are exchanged. */
  private static final int EXCHANGED = 1000;

  private static final int PASSES = 20;

  /** Of the sizes of the parts, beside the classes. */
  private static final double SIZE_WEIGHT = 0.1;

  private static final double LEAST_GAIN = 1e-12;

  private final double[] shares;
  private final long seed;
  private final int[] groupOf;

  /** The classes of each group, and how often each is there. */
  private final int[][] classes;
  private final int[][] counts;

  private final int[] sizes;
  private final int[] classTotals;
  private final int[] groupsOfClass;
  private final double classWeight;

  private GroupedSplit(int[][] labels, int[] groupOf, int groups, int classCount, double[] shares,
      long seed) {
    this.shares = shares;
    this.seed = seed;
    this.groupOf = groupOf;
    sizes = new int[groups];
    classTotals = new int[classCount];
    groupsOfClass = new int[classCount];
    classes = new int[groups][0];
    counts = new int[groups][0];
    for (int i = 0; i < labels.length; i++) {
      int group = groupOf[i];
      sizes[group]++;
      for (int label : labels[i]) {
        classTotals[label]++;
        int at = Arrays.binarySearch(classes[group], label);
        if (at < 0) {
          classes[group] = inserted(classes[group], -at - 1, label);
          counts[group] = inserted(counts[group], -at - 1, 0);
          at = -at - 1;
          groupsOfClass[label]++;
        }
        counts[group][at]++;
      }
    }
    long present = Arrays.stream(classTotals).filter(total -> total > 0).count();
    classWeight = 1.0 / Math.max(1, present);
  }

  private static int[] inserted(int[] values, int at, int value) {
    int[] result = Arrays.copyOf(values, values.length + 1);
    System.arraycopy(values, at, result, at + 1, values.length - at);
    result[at] = value;
    return result;
  }

  /**
   * Divides samples.
   *
   * @param labels the classes of each sample
   * @param groups of each sample; one without a group, null or empty, is a group of its own
   * @param shares of the parts, positive, summing to 1
   * @return the part of each sample
   */
  static int[] assign(int[][] labels, @Nullable String[] groups, int classCount, double[] shares, long seed) {
    TreeMap<String, Integer> numbers = new TreeMap<>();
    for (String group : groups) {
      if (group != null && !group.isEmpty()) {
        numbers.put(group, 0);
      }
    }
    // Numbered by name, so that the order of the samples does not matter.
    int next = 0;
    for (var entry : numbers.entrySet()) {
      entry.setValue(next++);
    }
    int[] groupOf = new int[labels.length];
    for (int i = 0; i < groupOf.length; i++) {
      String group = groups[i];
      Integer number = group == null ? null : numbers.get(group);
      groupOf[i] = number == null ? next++ : number;
    }
    return new GroupedSplit(labels, groupOf, next, classCount, shares, seed).assign();
  }

  private int[] assign() {
    int[] best = sizes.length == 0 ? new int[0] : canTryAll() ? bestOfAll() : bestFound();
    return Arrays.stream(groupOf).map(group -> best[group]).toArray();
  }

  private boolean canTryAll() {
    double ways = StrictMath.pow(shares.length, sizes.length);
    return ways <= ALL_WAYS;
  }

  private int[] order(int round) {
    int[] order = IntStream.range(0, sizes.length).toArray();
    new SampleRandom(seed, 1, round, SampleRandom.SPLIT_STREAM).shuffle(order);
    return order;
  }

  private int[] bestOfAll() {
    int[] order = order(0);
    State state = new State();
    for (int group = 0; group < sizes.length; group++) {
      state.add(group, 0);
    }
    int[] best = state.partOf.clone();
    double least = state.cost();
    // Counting in the base of the parts, the first group of the order fastest.
    while (true) {
      int digit = 0;
      while (digit < order.length && state.partOf[order[digit]] == shares.length - 1) {
        state.move(order[digit++], 0);
      }
      if (digit == order.length) {
        return best;
      }
      state.move(order[digit], state.partOf[order[digit]] + 1);
      double cost = state.cost();
      if (cost < least - LEAST_GAIN) {
        least = cost;
        best = state.partOf.clone();
      }
    }
  }

  private int[] bestFound() {
    int rounds = sizes.length <= EXCHANGED ? 8 : 1;
    int[] best = new int[0];
    double least = Double.POSITIVE_INFINITY;
    for (int round = 0; round < rounds; round++) {
      State state = deal(order(round));
      double cost = state.cost();
      if (cost < least - LEAST_GAIN) {
        least = cost;
        best = state.partOf;
      }
    }
    return best;
  }

  private State deal(int[] order) {
    State state = new State();
    int[] largestFirst =
        Arrays.stream(order).boxed().sorted((a, b) -> sizes[b] - sizes[a]).mapToInt(i -> i).toArray();
    for (int group : largestFirst) {
      int wanting = 0;
      double least = Double.POSITIVE_INFINITY;
      for (int part = 0; part < shares.length; part++) {
        double change = state.changeOfAdding(group, part);
        if (change < least - LEAST_GAIN) {
          least = change;
          wanting = part;
        }
      }
      state.add(group, wanting);
    }
    boolean better = true;
    for (int pass = 0; better && pass < PASSES; pass++) {
      better = state.moveGroups(order);
      if (sizes.length <= EXCHANGED) {
        better |= state.exchangeGroups(order);
      }
    }
    return state;
  }

  /** Which group is in which part, and what that costs. */
  private final class State {
    private final int[] partOf = new int[sizes.length];
    private final int[][] inPart = new int[shares.length][classTotals.length];
    private final int[] sizeOfPart = new int[shares.length];

    void add(int group, int part) {
      partOf[group] = part;
      change(group, part, 1);
    }

    void move(int group, int part) {
      change(group, partOf[group], -1);
      add(group, part);
    }

    private void change(int group, int part, int sign) {
      sizeOfPart[part] += sign * sizes[group];
      for (int i = 0; i < classes[group].length; i++) {
        inPart[part][classes[group][i]] += sign * counts[group][i];
      }
    }

    private double ofClass(int label, int part) {
      int count = inPart[part][label];
      double fault = (double) count / classTotals[label] - shares[part];
      boolean missing = count == 0 && groupsOfClass[label] >= shares.length;
      return classWeight * (fault * fault + (missing ? 1 : 0));
    }

    private double ofSize(int part) {
      double fault = (double) sizeOfPart[part] / groupOf.length - shares[part];
      return SIZE_WEIGHT * fault * fault + (sizeOfPart[part] == 0 ? 2 : 0);
    }

    /** Of the classes that a group has, in a part. */
    private double ofGroup(int group, int part) {
      double cost = ofSize(part);
      for (int label : classes[group]) {
        cost += ofClass(label, part);
      }
      return cost;
    }

    double cost() {
      double cost = 0;
      for (int part = 0; part < shares.length; part++) {
        cost += ofSize(part);
        for (int label = 0; label < classTotals.length; label++) {
          cost += classTotals[label] == 0 ? 0 : ofClass(label, part);
        }
      }
      return cost;
    }

    double changeOfAdding(int group, int part) {
      double before = ofGroup(group, part);
      change(group, part, 1);
      double after = ofGroup(group, part);
      change(group, part, -1);
      return after - before;
    }

    private double changeOfMoving(int group, int part) {
      int own = partOf[group];
      change(group, own, -1);
      double taken = -changeOfAdding(group, own);
      double added = changeOfAdding(group, part);
      change(group, own, 1);
      return taken + added;
    }

    boolean moveGroups(int[] order) {
      boolean better = false;
      for (int group : order) {
        int target = partOf[group];
        double least = -LEAST_GAIN;
        for (int part = 0; part < shares.length; part++) {
          double change = part == partOf[group] ? 0 : changeOfMoving(group, part);
          if (change < least) {
            least = change;
            target = part;
          }
        }
        if (target != partOf[group]) {
          move(group, target);
          better = true;
        }
      }
      return better;
    }

    boolean exchangeGroups(int[] order) {
      boolean better = false;
      for (int i = 0; i < order.length; i++) {
        for (int j = i + 1; j < order.length; j++) {
          better |= exchange(order[i], order[j]);
        }
      }
      return better;
    }

    private boolean exchange(int one, int other) {
      int ofOne = partOf[one];
      int ofOther = partOf[other];
      if (ofOne == ofOther) {
        return false;
      }
      double change = changeOfMoving(one, ofOther);
      move(one, ofOther);
      change += changeOfMoving(other, ofOne);
      if (change < -LEAST_GAIN) {
        move(other, ofOne);
        return true;
      }
      move(one, ofOne);
      return false;
    }
  }
}
