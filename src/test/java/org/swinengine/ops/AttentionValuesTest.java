package org.swinengine.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;
import org.swinengine.backend.reference.ReferenceBackend;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** Worked examples of attention and of the window operations. */
class AttentionValuesTest {
  private final Backend backend = new ReferenceBackend();

  private Variable of(Shape shape, double... values) {
    return Variable.constant(Tensor.of(backend, shape, values));
  }

  /** Tokens with one channel each of Q, K and V. */
  private Variable qkv(Shape tokens, double[] q, double[] k, double[] v) {
    double[] rows = new double[3 * v.length];
    for (int i = 0; i < v.length; i++) {
      rows[3 * i] = q[i];
      rows[3 * i + 1] = k[i];
      rows[3 * i + 2] = v[i];
    }
    return of(tokens, rows);
  }

  private static double[] counting(int n) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = i;
    }
    return values;
  }

  private static WindowGeometry geometry(int height, int width, int window, int shift) {
    return new WindowGeometry(1, height, width, window, window, shift, shift, PaddingOrder.PAD_THEN_SHIFT);
  }

  @Test
  void shiftedWindowsAttendWithinTheirRegion() {
    // Equal logits: every token gets the mean of V over the tokens of its window that lie in its region. V is
    // the token's number. Windows after the shift by 1: the middle, two edges of two regions, the corners.
    double[] zero = new double[16];
    Variable qkv = qkv(Shape.of(1, 4, 4, 3), zero, zero, counting(16));
    Variable y = WindowAttentionOp.apply(qkv, geometry(4, 4, 2, 1), 1, 1, null, null, null, null);
    assertEquals(Shape.of(1, 4, 4, 1), y.shape());
    double[] expected = {
      0, 1.5, 1.5, 3,
      6, 7.5, 7.5, 9,
      6, 7.5, 7.5, 9,
      12, 13.5, 13.5, 15
    };
    assertArrayEquals(expected, y.value().toDoubles(), 1e-12);
  }

  @Test
  void paddedTokensTakePart() {
    // One image of 1×1 in a window of 2×2: the token and three paddings, whose V is 8.
    Variable qkv = qkv(Shape.of(1, 1, 1, 3), new double[1], new double[1], new double[] {4});
    Variable padded = of(Shape.of(3), 0, 0, 8);
    WindowGeometry geometry = geometry(1, 1, 2, 0);
    Variable y = WindowAttentionOp.apply(qkv, geometry, 1, 1, null, null, null, padded);
    assertEquals((4 + 3 * 8) / 4.0, y.value().item(), 1e-14);
    Variable zeros = WindowAttentionOp.apply(qkv, geometry, 1, 1, null, null, null, null);
    assertEquals(1, zeros.value().item(), 1e-14);
  }

  @Test
  void biasTableIsAddedByRelativePosition() {
    // A window of 1×2 has three rows of the table: key to the right, same place, key to the left.
    WindowGeometry geometry = new WindowGeometry(1, 1, 2, 1, 2, 0, 0, PaddingOrder.PAD_THEN_SHIFT);
    Variable qkv = qkv(Shape.of(1, 1, 2, 3), new double[2], new double[2], new double[] {4, 8});
    Variable table = of(Shape.of(3, 1), Math.log(3), 0, 0);
    Variable y = WindowAttentionOp.apply(qkv, geometry, 1, 1, table, null, null, null);
    // Token 0 sees token 1 with weight 3 to 1; token 1 sees both alike.
    assertArrayEquals(new double[] {7, 6}, y.value().toDoubles(), 1e-14);
    Variable matrix = of(Shape.of(1, 2, 2), 0, Math.log(3), 0, 0);
    Variable same = WindowAttentionOp.apply(qkv, geometry, 1, 1, null, matrix, null, null);
    assertArrayEquals(new double[] {7, 6}, same.value().toDoubles(), 1e-14);
  }

  @Test
  void cosineAttentionSeesDirectionsOnly() {
    WindowGeometry geometry = new WindowGeometry(1, 1, 2, 1, 2, 0, 0, PaddingOrder.PAD_THEN_SHIFT);
    // Cosines of one channel are signs: token 0 sees (1, −1), token 1 (−1, 1). Logits differ by twice the
    // factor, log 3.
    Variable qkv =
        qkv(Shape.of(1, 1, 2, 3), new double[] {2, -7}, new double[] {5, -3}, new double[] {4, 8});
    Variable factor = of(Shape.of(1), Math.log(3) / 2);
    Variable y = WindowAttentionOp.apply(qkv, geometry, 1, 123, null, null, factor, null);
    assertArrayEquals(new double[] {5, 7}, y.value().toDoubles(), 1e-14);
  }

  @Test
  void globalAttention() {
    // Two heads of one channel. Head 0: logits of token 0 are (log 3, 0); head 1: all alike.
    double half = Math.log(3) / 2;
    Variable qkv = of(Shape.of(1, 2, 6), 1, 0, half, 1, 4, 10, 0, 0, 0, 1, 8, 30);
    Variable y = GlobalAttentionOp.apply(qkv, 2, 2);
    assertEquals(Shape.of(1, 2, 2), y.shape());
    assertArrayEquals(new double[] {5, 20, 6, 20}, y.value().toDoubles(), 1e-14);
  }

  @Test
  void cyclicShift() {
    Variable x = of(Shape.of(1, 2, 3, 1), 0, 1, 2, 3, 4, 5);
    assertArrayEquals(
        new double[] {5, 3, 4, 2, 0, 1}, CyclicShiftOp.apply(x, 1, 1).value().toDoubles());
    assertArrayEquals(
        new double[] {1, 2, 0, 4, 5, 3}, CyclicShiftOp.apply(x, 0, -1).value().toDoubles());
  }

  @Test
  void windowsAndBack() {
    Variable x = of(Shape.of(1, 2, 4, 1), counting(8));
    Variable windows = WindowPartitionOp.apply(x, geometry(2, 4, 2, 0));
    assertEquals(Shape.of(2, 4, 1), windows.shape());
    assertArrayEquals(new double[] {0, 1, 4, 5, 2, 3, 6, 7}, windows.value().toDoubles());
    // Shifted by one and padded to 4×6.
    WindowGeometry padded = new WindowGeometry(1, 3, 5, 2, 3, 1, 1, PaddingOrder.PAD_THEN_SHIFT);
    Variable image = of(Shape.of(1, 3, 5, 1), counting(15));
    Variable cut = WindowPartitionOp.apply(image, padded);
    double[] first = {6, 7, 8, 11, 12, 13};
    double[] actual = cut.value().slice(0, Shape.of(6)).toDoubles();
    assertArrayEquals(first, actual);
    Variable back = WindowReverseOp.apply(cut, padded);
    assertEquals(image.shape(), back.shape());
    assertArrayEquals(counting(15), back.value().toDoubles());
  }
}
