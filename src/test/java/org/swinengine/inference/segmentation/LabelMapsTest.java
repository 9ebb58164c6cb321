package org.swinengine.inference.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.swinengine.data.RawImage;
import org.swinengine.data.segmentation.ClassTable;
import org.swinengine.data.segmentation.SegmentationDataset;
import org.swinengine.metrics.segmentation.Grid;
import org.swinengine.metrics.segmentation.LabelKind;

/** From logits to classes, regions and pictures. */
class LabelMapsTest {
  @Test
  void ofEqualLogitsTheLowestClassIsTaken() {
    float[] logits = {9, 9, 1, 0, 5, 2, 0, 6, 2};
    assertArrayEquals(new byte[] {0, 2, 1},
        LabelMaps.first(new float[] {1, 0, 0, 1, 0, 5, 0, 6, 5}, 0, 3, 3));
    assertArrayEquals(new byte[] {1, 2}, LabelMaps.first(logits, 2, 3, 2));
    assertEquals(9, logits[0]);
  }

  /** Numbers of PyTorch's interpolate(mode="bilinear", align_corners=False). */
  @Test
  void planesAreResizedBetweenTheMiddlesOfPixels() {
    float[] plane = {1, 2, 3, 4};
    assertSame(plane, LabelMaps.resize(plane, 1, 2, 2, 2, 2));
    assertArrayEquals(
        new float[] {1, 1.25f, 1.75f, 2, 2, 2.25f, 2.75f, 3, 3, 3.25f, 3.75f, 4},
        LabelMaps.resize(plane, 1, 2, 2, 3, 4), 1e-6f);
    assertArrayEquals(
        new float[] {2.5f, 25}, LabelMaps.resize(new float[] {1, 2, 3, 4, 10, 20, 30, 40}, 2, 2, 2, 1, 1),
        1e-6f);
  }

  @Test
  void aClassStandsBeforeItsParts() {
    int[] labels = {1, 0, 2, 1, 0, 0, 0, 0, 2};
    List<Region> regions = Region.of(labels, 3, Grid.plane(3, 3));
    assertEquals(new Region(1, 0, 1, 2, 2 / 9.0, 0, 0.5, 0), regions.get(0));
    assertEquals(new Region(1, 1, 1, 2, 2 / 9.0, 0, 0.5, 0), regions.get(1));
    assertEquals(new Region(2, 0, 2, 2, 2 / 9.0, 0, 1, 2), regions.get(2));
    assertEquals(new Region(2, 2, 2, 1, 1 / 9.0, 0, 2, 2), regions.get(4));
    assertEquals(5, regions.size());
  }

  /** A yes that is as sure as a no has its edge in the middle between them. */
  @Test
  void sureAnswersHaveTheirEdgeInTheMiddle() {
    for (float sure : new float[] {5, 30, 50, 900}) {
      double[] sums = new double[2];
      for (int i = 0; i < 4; i++) {
        LabelMaps.addProbabilities(LabelKind.SETS, new float[] {sure, -sure}, 1, 2, sums);
      }
      float[] logits = LabelMaps.logits(LabelKind.SETS, sums, 4);
      assertEquals(0, logits[0] + logits[1], 1e-3f * logits[0], "of " + sure);
      float[] resized = LabelMaps.resize(logits, 1, 1, 2, 1, 8);
      assertArrayEquals(
          new byte[] {1, 1, 1, 1, 0, 0, 0, 0}, LabelMaps.of(LabelKind.SETS, resized, 0, 1, 8));
    }
  }

  @Test
  void overlaysLeaveTheBackgroundAsItIs() {
    RawImage grey = new RawImage(1, 8, 1, new byte[] {100, 100, 100, 100, 100, 100, 100, 100});
    ClassTable classes = ClassTable.numbered(List.of("a", "b"));
    byte ignored = (byte) SegmentationDataset.IGNORED;
    byte[] truth = {0, 1, 1, 1, 1, 1, 1, ignored};
    byte[] pixels = MaskOverlay.of(grey, truth, classes).pixels();
    assertEquals(100, pixels[0]);
    assertEquals(128, pixels[3] & 255, "an edge is opaque");
    assertEquals(114, pixels[6], "half of 128 and half of 100");
    assertEquals(50, pixels[7]);
    assertEquals(128, pixels[18] & 255, "beside what counts nowhere too");
    byte[] found = {1, 1, 1, 1, 0, 0, 0, 0};
    byte[] difference = MaskOverlay.difference(grey, found, truth).pixels();
    assertEquals(0xE0, difference[0] & 255, "found wrongly: red");
    assertEquals((100 + 0xB0) / 2, difference[7] & 255, "right: green");
    assertEquals((100 + 0xF0) / 2, difference[17] & 255, "missed: blue");
    byte[] square = new byte[25];
    for (int i = 0; i < 9; i++) {
      square[(1 + i / 3) * 5 + 1 + i % 3] = 1;
    }
    pixels = MaskOverlay.of(new RawImage(5, 5, 1, new byte[25]), square, classes).pixels();
    for (int i = 0; i < 25; i++) {
      assertEquals(square[i] == 0 ? 0 : i == 12 ? 64 : 128, pixels[3 * i] & 255, "pixel " + i);
    }
  }
}
