package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What folds are made of, and that they are the same everywhere. */
final class FoldedDataTest {
  private static Dataset samples(int[] labels, int classes, String[] groups) {
    return new GroupedSamples(labels, Datasets.numberedClasses(classes), groups);
  }

  /** Every sample is measured once, and what belongs together is never on both sides. */
  @Test
  void groupsNeverStraddleFolds() throws IOException {
    Random random = new Random(3);
    for (int round = 0; round < 60; round++) {
      int classes = 2 + random.nextInt(4);
      int folds = 2 + random.nextInt(6);
      int kinds = folds + random.nextInt(40);
      int size = 2 * kinds + random.nextInt(100);
      int[] labels = random.ints(size, 0, classes).toArray();
      String[] groups = new String[size];
      boolean some = round % 3 == 0;
      Arrays.setAll(
          groups, i -> some && random.nextBoolean() ? null : "g" + (i < kinds ? i : random.nextInt(kinds)));
      FoldedData data = FoldedData.of(samples(labels, classes, groups), folds, round);
      int[] foldOf = new int[size];
      Arrays.fill(foldOf, -1);
      Map<String, Integer> foldOfGroup = new HashMap<>();
      for (int fold = 0; fold < folds; fold++) {
        int[] members = data.members().get(fold);
        assertTrue(members.length > 0);
        assertEquals(members.length, data.folds().get(fold).validation().size());
        assertEquals(size - members.length, data.folds().get(fold).train().size());
        for (int i = 0; i < members.length; i++) {
          assertEquals(-1, foldOf[members[i]]);
          foldOf[members[i]] = fold;
          assertEquals("sample " + members[i], data.folds().get(fold).validation().name(i));
          String group = groups[members[i]];
          if (group != null) {
            assertEquals(fold, foldOfGroup.computeIfAbsent(group, name -> foldOf[members[0]]), group);
          }
        }
      }
      assertTrue(Arrays.stream(foldOf).allMatch(fold -> fold >= 0));
    }
  }

  private static String folds(String[] groups, long seed) throws IOException {
    int[] labels = new int[groups.length];
    Arrays.setAll(labels, i -> i * i % 7 % 3);
    FoldedData data = FoldedData.of(samples(labels, 3, groups), 4, seed);
    char[] foldOf = new char[groups.length];
    for (int fold = 0; fold < 4; fold++) {
      for (int member : data.members().get(fold)) {
        foldOf[member] = (char) ('1' + fold);
      }
    }
    return new String(foldOf);
  }

  /** Runs are resumed, and folds are measured again, on other machines and by later versions. */
  @Test
  void foldsAreTheSameEverywhere() throws IOException {
    String[] groups = new String[40];
    assertEquals("2142234432441233131241111442143324223313", folds(groups, 0));
    assertEquals("1333243241413121313341422212414132232444", folds(groups, 7));
    Arrays.setAll(groups, i -> "patient " + i * 5 % 17);
    assertEquals("2442112333241334124421123332413341244211", folds(groups, 0));
    assertEquals("2324434311121412323244343111214123232443", folds(groups, 7));
  }

  @Test
  void partsOfTheDataAreLeftAlone() throws IOException {
    Dataset train = samples(new int[] {0, 1, 0, 1, 0, 1}, 2, new String[6]);
    Dataset validation = samples(new int[] {0, 1, 1}, 2, new String[3]);
    Dataset test = samples(new int[] {0, 1}, 2, new String[2]);
    FoldedData given =
        FoldedData.of(new DataSplits(train, validation, Optional.empty(), "given"), 2, 0);
    assertEquals(6, given.whole().size());
    assertEquals(3, given.test().orElseThrow().size());
    FoldedData both = FoldedData.of(new DataSplits(train, validation, Optional.of(test), "both"), 2, 0);
    assertEquals(2, both.test().orElseThrow().size());
    assertTrue(both.notes().get(0).contains("3 images is not used"), () -> both.notes().toString());
    // What was set aside of the images goes back to them.
    FoldedData joined =
        FoldedData.of(
            new DataSplits(train, validation, Optional.empty(), "set aside", true, List.of()), 2, 0);
    assertEquals(9, joined.whole().size());
    assertTrue(joined.test().isEmpty());
  }
}
