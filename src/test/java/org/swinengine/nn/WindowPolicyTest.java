package org.swinengine.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;
import org.swinengine.tensor.ShapeException;

/** The rules by which implementations fit windows to images; facts of the original repositories. */
final class WindowPolicyTest {
  private static final int[] SEVEN = {7, 7};

  private static WindowGeometry of(WindowPolicy policy, int height, int width) {
    return policy.geometry(1, height, width, SEVEN, true);
  }

  @Test
  void microsoftShrinksBothAxesToTheShorterSide() {
    assertEquals(new WindowGeometry(1, 56, 56, 7, 7, 3, 3, PaddingOrder.PAD_THEN_SHIFT),
        of(WindowPolicy.MICROSOFT, 56, 56));
    assertEquals(new WindowGeometry(1, 7, 7, 7, 7, 0, 0, PaddingOrder.PAD_THEN_SHIFT),
        of(WindowPolicy.MICROSOFT, 7, 7));
    assertEquals(new WindowGeometry(1, 4, 12, 4, 4, 0, 0, PaddingOrder.PAD_THEN_SHIFT),
        of(WindowPolicy.MICROSOFT, 4, 12));
    assertThrows(ShapeException.class, () -> of(WindowPolicy.MICROSOFT, 50, 56));
  }

  @Test
  void timmTreatsEachAxisForItselfAndPadsAfterTheShift() {
    assertEquals(new WindowGeometry(1, 4, 12, 4, 7, 0, 3, PaddingOrder.SHIFT_THEN_PAD),
        of(WindowPolicy.TIMM, 4, 12));
  }

  @Test
  void torchvisionNeverShrinksAndDropsTheShiftOfAnAxisWithOneWindow() {
    assertEquals(new WindowGeometry(1, 4, 12, 7, 7, 0, 3, PaddingOrder.PAD_THEN_SHIFT),
        of(WindowPolicy.TORCHVISION, 4, 12));
    assertEquals(new WindowGeometry(1, 8, 6, 7, 7, 3, 0, PaddingOrder.PAD_THEN_SHIFT),
        of(WindowPolicy.TORCHVISION, 8, 6));
  }

  @Test
  void huggingFaceShrinksLikeTheOriginalButPads() {
    assertEquals(new WindowGeometry(1, 15, 11, 7, 7, 3, 3, PaddingOrder.PAD_THEN_SHIFT),
        of(WindowPolicy.HUGGING_FACE, 15, 11));
    assertEquals(new WindowGeometry(1, 5, 12, 5, 5, 0, 0, PaddingOrder.PAD_THEN_SHIFT),
        of(WindowPolicy.HUGGING_FACE, 5, 12));
  }

  /** A stage of 9 columns merges to 5; timm builds its windows for 4 and pads when it runs. */
  @Test
  void theResolutionOfTheBuildDecidesAndTheImageIsPadded() {
    assertEquals(
        new WindowGeometry(1, 8, 5, 7, 4, 3, 0, PaddingOrder.SHIFT_THEN_PAD),
        WindowPolicy.TIMM.geometry(1, 8, 5, new int[] {8, 4}, SEVEN, true));
    assertEquals(
        new WindowGeometry(1, 13, 7, 6, 6, 0, 0, PaddingOrder.PAD_THEN_SHIFT),
        WindowPolicy.HUGGING_FACE.geometry(1, 13, 7, new int[] {6, 6}, SEVEN, true));
  }

  @Test
  void evenBlocksDoNotShift() {
    WindowGeometry geometry = WindowPolicy.MICROSOFT.geometry(2, 56, 56, SEVEN, false);
    assertEquals(0, geometry.shiftHeight() + geometry.shiftWidth());
  }
}
