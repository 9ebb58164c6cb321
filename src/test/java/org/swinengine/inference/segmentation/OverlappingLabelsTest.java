package org.swinengine.inference.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.data.RawImage;
import org.swinengine.data.segmentation.ClassTable;
import org.swinengine.metrics.segmentation.CaseFigures;
import org.swinengine.metrics.segmentation.ClassFigures;
import org.swinengine.metrics.segmentation.Components;
import org.swinengine.metrics.segmentation.EmptyMasks;
import org.swinengine.metrics.segmentation.Grid;
import org.swinengine.metrics.segmentation.LabelKind;

/** Maps whose pixels may have several classes: figures, parts, clean-ups and overlays of each class. */
class OverlappingLabelsTest {
  private static final int SIDE = 12;
  private static final Grid GRID = Grid.plane(SIDE, SIDE);

  private static int[] blobs(long seed) {
    Random random = new Random(seed);
    int[] sets = new int[SIDE * SIDE];
    for (int blob = 0; blob < 6; blob++) {
      int top = random.nextInt(SIDE - 3);
      int left = random.nextInt(SIDE - 3);
      int number = blob % 3;
      for (int i = 0; i < sets.length; i++) {
        int row = i / SIDE - top;
        int column = i % SIDE - left;
        sets[i] |= row >= 0 && row < 4 && column >= 0 && column < 3 ? 1 << number : 0;
      }
    }
    return sets;
  }

  private static int[] only(int[] sets, int number) {
    int[] numbers = new int[sets.length];
    for (int i = 0; i < sets.length; i++) {
      numbers[i] = sets[i] < 0 ? 255 : sets[i] >> number - 1 & 1;
    }
    return numbers;
  }

  /** The figures of a class are those of its mask alone. */
  @Test
  void eachClassHasTheFiguresOfItsOwnMask() {
    for (long seed = 0; seed < 5; seed++) {
      int[] prediction = blobs(seed);
      int[] truth = blobs(seed + 10);
      truth[7] = -1;
      List<ClassFigures> found =
          CaseFigures.of(
              LabelKind.SETS, prediction, truth, 4, GRID, GRID.withSpacing(1, 2, 3), null, EmptyMasks.DEFINED,
              -1);
      for (int number = 1; number <= 3; number++) {
        ClassFigures expected =
            CaseFigures.of(
                only(prediction, number), only(truth, number), 2, GRID, GRID.withSpacing(1, 2, 3), null,
                EmptyMasks.DEFINED, 255).get(0);
        ClassFigures own = found.get(number - 1);
        assertEquals(number, own.classNumber());
        assertEquals(expected.counts(), own.counts());
        assertEquals(expected.hausdorff95(), own.hausdorff95());
        assertEquals(expected.physical(), own.physical());
        assertEquals(expected.objects().f1(0.5), own.objects().f1(0.5));
        List<Region> regions =
            Region.of(LabelKind.SETS, prediction, 4, GRID).stream()
                .filter(region -> region.component() == 0).toList();
        assertEquals(own.counts().predicted() + (LabelKind.SETS.has(prediction[7], number) ? 1 : 0),
            regions.get(number - 1).area());
      }
    }
    String sentence =
        assertThrows(
            IllegalArgumentException.class,
            () -> CaseFigures.of(
                LabelKind.SETS, new int[] {8}, new int[] {0}, 4, Grid.plane(1, 1), null, null,
                EmptyMasks.DEFINED, -1))
            .getMessage();
    assertEquals("the prediction has the set 8 (element 0), but there are 0 to 3", sentence);
  }

  /** What is taken away of a class leaves the others there. */
  @Test
  void cleaningUpTakesOneClassAlone() {
    for (long seed = 0; seed < 5; seed++) {
      int[] sets = blobs(seed);
      CleanUp cleanUp =
          new CleanUp(
              List.of(new CleanUp.OfClass(true, 0), CleanUp.OfClass.NONE, new CleanUp.OfClass(true, 0)));
      int[] cleaned = cleanUp.apply(LabelKind.SETS, sets, GRID);
      int[] all =
          Components.clean(LabelKind.SETS, sets, 4, GRID, Components.Neighbours.CORNERS, true, 0);
      CleanUp first = new CleanUp(List.of(new CleanUp.OfClass(true, 0)));
      for (int number = 1; number <= 3; number++) {
        int[] own = only(sets, number);
        int[] largest = first.apply(own, GRID);
        assertArrayEquals(number == 2 ? own : largest, only(cleaned, number), "class " + number);
        assertArrayEquals(largest, only(all, number), "class " + number);
      }
    }
  }

  /** The choice for a class is that of its mask alone. */
  @Test
  void cleanUpsAreChosenForEachClass() {
    CleanUpChoice together = new CleanUpChoice(LabelKind.SETS, 4, EmptyMasks.DEFINED);
    CleanUpChoice[] alone = new CleanUpChoice[3];
    for (int c = 0; c < 3; c++) {
      alone[c] = new CleanUpChoice(LabelKind.NUMBERS, 2, EmptyMasks.DEFINED);
    }
    for (long seed = 0; seed < 6; seed++) {
      int[] truth = blobs(seed + 20);
      int[] prediction = truth.clone();
      prediction[(int) (13 * seed) % prediction.length] ^= 1 << (int) seed % 3;
      truth[5] = -1;
      together.add(prediction, truth, GRID);
      for (int c = 0; c < 3; c++) {
        alone[c].add(only(prediction, c + 1), only(truth, c + 1), GRID);
      }
    }
    for (int c = 0; c < 3; c++) {
      assertEquals(alone[c].best().classes().get(0), together.best().classes().get(c));
    }
  }

  @Test
  void overlaysMixColoursAndKeepEdges(@TempDir Path folder) throws IOException {
    Path table = folder.resolve("classes.csv");
    Files.writeString(table, "0,background\n1,whole,#ff0000\n2,core,#00ff00\n");
    ClassTable classes = ClassTable.read(table);
    byte[] sets = new byte[81];
    for (int i = 0; i < 81; i++) {
      int depth = Math.min(Math.min(i / 9, 8 - i / 9), Math.min(i % 9, 8 - i % 9));
      sets[i] = (byte) (depth >= 3 ? 3 : depth >= 1 ? 1 : 0);
    }
    sets[80] = -1;
    RawImage black = new RawImage(9, 9, 1, new byte[81]);
    RawImage painted = MaskOverlay.of(LabelKind.SETS, black, sets, classes);
    assertEquals(0x000000, rgb(painted, 0, 0));
    assertEquals(0xFF0000, rgb(painted, 1, 4), "the edge of the whole");
    assertEquals(0x660000, rgb(painted, 2, 4), "in the whole");
    assertEquals(0x00FF00, rgb(painted, 3, 4), "the edge of the core");
    assertEquals(0x333300, rgb(painted, 4, 4), "in both: the mean of their colours");
    assertEquals(0x333333, rgb(painted, 8, 8), "what counts nowhere is grey");
    byte[] said = sets.clone();
    said[40] = 1;
    said[0] = 2;
    said[80] = 1;
    RawImage difference = MaskOverlay.difference(LabelKind.SETS, black, said, sets);
    assertTrue((rgb(difference, 4, 4) & 255) > 100 && rgb(difference, 4, 4) >> 16 < 64, "missed is blue");
    assertTrue(rgb(difference, 0, 0) >> 16 > 100 && (rgb(difference, 0, 0) & 255) < 64, "wrong is red");
    assertEquals(rgb(difference, 3, 4), rgb(difference, 2, 4), "right is green");
  }

  private static int rgb(RawImage image, int row, int column) {
    int at = 3 * (row * image.width() + column);
    return (image.pixels()[at] & 255) << 16 | (image.pixels()[at + 1] & 255) << 8
        | image.pixels()[at + 2] & 255;
  }
}
