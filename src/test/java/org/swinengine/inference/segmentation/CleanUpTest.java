package org.swinengine.inference.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.inference.CheckpointException;
import org.swinengine.metrics.segmentation.CaseFigures;
import org.swinengine.metrics.segmentation.ClassFigures;
import org.swinengine.metrics.segmentation.Components;
import org.swinengine.metrics.segmentation.EmptyMasks;
import org.swinengine.metrics.segmentation.Grid;
import org.swinengine.metrics.segmentation.LabelKind;

/** What is taken away from predictions, and how it is chosen. */
class CleanUpTest {
  private static final int CLASSES = 3;

  private record Case(int[] prediction, int[] truth, Grid grid) {}

  /** Blobs with crumbs around them, and pixels that count nowhere. */
  private static List<Case> cases(long seed, boolean volumes) {
    Random random = new Random(seed);
    List<Case> cases = new ArrayList<>();
    for (int n = 0; n < 6; n++) {
      Grid grid = volumes ? Grid.volume(3, 14, 16) : Grid.plane(32, 32);
      int[] truth = new int[grid.elements()];
      int[] prediction = new int[truth.length];
      for (int i = 0; i < truth.length; i++) {
        int y = i / grid.width() % grid.height();
        int x = i % grid.width();
        truth[i] = n < 5 && y < grid.height() / 2 && x < 6 ? 1 : y > grid.height() - 5 && x > 8 ? 2 : 0;
        prediction[i] = random.nextInt(10) == 0 ? random.nextInt(CLASSES) : truth[i];
        truth[i] = random.nextInt(40) == 0 ? SegmentationDataset.IGNORED : truth[i];
      }
      cases.add(new Case(prediction, truth, grid));
    }
    return cases;
  }

  private static double dice(List<Case> cases, CleanUp cleanUp, EmptyMasks empty) {
    double sum = 0;
    for (Case one : cases) {
      List<ClassFigures> figures =
          CaseFigures.of(
              cleanUp.apply(one.prediction(), one.grid()), one.truth(), CLASSES, one.grid(), empty,
              SegmentationDataset.IGNORED);
      sum += CaseFigures.mean(figures, ClassFigures::dice);
    }
    return sum / cases.size();
  }

  /** All pairs of rules by the figures themselves. */
  @Test
  void theChoiceIsTheBestOfAll() {
    for (EmptyMasks empty : EmptyMasks.values()) {
      for (boolean volumes : new boolean[] {false, true}) {
        List<Case> cases = cases(volumes ? 3 : 4, volumes);
        CleanUpChoice choice = new CleanUpChoice(LabelKind.NUMBERS, CLASSES, empty);
        cases.forEach(one -> choice.add(one.prediction(), one.truth(), one.grid()));
        CleanUp chosen = choice.best();
        double best = 0;
        for (CleanUp.OfClass first : CleanUpChoice.rules()) {
          for (CleanUp.OfClass second : CleanUpChoice.rules()) {
            best = Math.max(best, dice(cases, new CleanUp(List.of(first, second)), empty));
          }
        }
        assertEquals(best, dice(cases, chosen, empty), 1e-12, empty + " " + chosen);
        assertTrue(best > dice(cases, CleanUp.NONE, empty), "there is something to take away");
      }
    }
  }

  @Test
  void equalRulesTakeTheLeast() {
    CleanUpChoice choice = new CleanUpChoice(LabelKind.NUMBERS, CLASSES, EmptyMasks.DEFINED);
    int[] map = new int[256];
    map[3] = 1;
    choice.add(map, map, Grid.plane(16, 16));
    assertFalse(choice.best().isOn(), choice.best().toString());
  }

  @Test
  void sizesAreSharesOfThePicture() {
    int[] map = {1, 1, 0, 0, 1, 0, 0, 2};
    Grid grid = Grid.plane(1, 8);
    CleanUp quarter = new CleanUp(List.of(new CleanUp.OfClass(false, 0.25), CleanUp.OfClass.NONE));
    assertArrayEquals(new int[] {1, 1, 0, 0, 0, 0, 0, 2}, quarter.apply(map, grid));
    CleanUp both = new CleanUp(List.of(new CleanUp.OfClass(true, 0.3), new CleanUp.OfClass(true, 0)));
    assertArrayEquals(new int[] {0, 0, 0, 0, 0, 0, 0, 2}, both.apply(map, grid));
    CleanUp largest = new CleanUp(List.of(new CleanUp.OfClass(true, 0), new CleanUp.OfClass(true, 0)));
    assertArrayEquals(
        Components.clean(map, 3, grid, Components.Neighbours.CORNERS, true, 0), largest.apply(map, grid));
    assertSame(map, CleanUp.NONE.apply(map, grid));
    assertEquals(
        "a: the largest part, and parts of at least 30.0 % of all pixels; b: the largest part",
        both.text(List.of("background", "a", "b")));
  }

  @Test
  void checkpointsKeepIt() {
    CleanUp cleanUp = new CleanUp(List.of(new CleanUp.OfClass(true, 1.0 / 512), CleanUp.OfClass.NONE));
    assertEquals(cleanUp, CleanUp.of(cleanUp.toJson(), 3, "x"));
    String sentence =
        assertThrows(CheckpointException.class, () -> CleanUp.of(cleanUp.toJson(), 2, "best.safetensors"))
            .getMessage();
    assertTrue(
        sentence.startsWith("best.safetensors: what it says of cleaning up")
            && sentence.contains("2 classes, not 1"),
        sentence);
    assertThrows(CheckpointException.class, () -> CleanUp.of("{\"classes\": 3", 2, "x"));
    assertThrows(
        CheckpointException.class,
        () -> CleanUp.of("{\"classes\":[{\"largest_only\":true,\"least_share\":-1}]}", 2, "x"));
  }
}
