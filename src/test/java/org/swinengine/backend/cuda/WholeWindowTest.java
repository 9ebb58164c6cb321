package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.AttentionKernels.FormGradients;
import org.swinengine.backend.DType;
import org.swinengine.backend.Span;
import org.swinengine.backend.TestBuffers;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;

/**
 * Window attention in the form that has kernels of its own ({@code windowAttentionWhole.cuh}), against the
 * kernels for every form, which compute it where activations do not start on 16 bytes. Both round the same
 * values to bf16 in between, from sums that differ in their last places.
 */
@Tag("cuda")
final class WholeWindowTest {
  private static final int HEAD_DIM = 32;
  private static final double SCALE = 0.1767766952966369;

  private CudaBackend backend;

  @BeforeEach
  void open() {
    backend = (CudaBackend) CudaBackendsForTests.open(DType.BF16);
  }

  @AfterEach
  void close() {
    if (backend != null) {
      backend.close();
    }
    CudaBackendsForTests.schedule(0);
  }

  private static WindowGeometry geometry(
      int batch, int height, int width, int windowHeight, int windowWidth, int shiftHeight, int shiftWidth) {
    return new WindowGeometry(
        batch, height, width, windowHeight, windowWidth, shiftHeight, shiftWidth,
        PaddingOrder.PAD_THEN_SHIFT);
  }

  /** Result, statistics, gradients of qkv and of the bias table. */
  private List<double[]> run(WindowGeometry geometry, int heads, boolean biased, boolean aligned) {
    SplittableRandom random = new SplittableRandom(heads + geometry.height());
    TestBuffers buffers = new TestBuffers(backend, aligned);
    int n = geometry.batch() * geometry.height() * geometry.width() * heads * HEAD_DIM;
    int rows = geometry.batch() * geometry.windows() * heads * geometry.windowTokens();
    Span qkv = buffers.of(random.doubles(3 * n, -2, 2).toArray());
    Span dOut = buffers.of(random.doubles(n, -1, 1).toArray());
    int tableSize = geometry.biasTableRows() * heads;
    Span table =
        biased ? buffers.of(DType.FLOAT32, random.doubles(tableSize, -2, 2).toArray()) : null;
    AttentionForm form = new AttentionForm(heads, HEAD_DIM, SCALE, table, null, null, null);
    Span out = buffers.result(n);
    Span statistics = buffers.result(DType.FLOAT32, 2 * rows);
    backend.attention().windowForward(geometry, form, qkv, out, statistics);
    Span dQkv = buffers.result(3 * n);
    Span dTable = biased ? buffers.result(DType.FLOAT32, tableSize) : null;
    backend.attention().windowBackward(
        geometry, form, qkv, statistics, dOut, dQkv, new FormGradients(dTable, null, null, null));
    List<double[]> results = new ArrayList<>(
        List.of(buffers.read(out), buffers.read(statistics), buffers.read(dQkv)));
    if (biased) {
      results.add(buffers.read(dTable));
    }
    buffers.assertGuardsIntact();
    buffers.release();
    return results;
  }

  private static void assertNear(List<double[]> expected, List<double[]> found, String what) {
    assertEquals(expected.size(), found.size());
    for (int i = 0; i < expected.size(); i++) {
      double largest = Arrays.stream(expected.get(i)).map(Math::abs).max().orElseThrow();
      for (int j = 0; j < expected.get(i).length; j++) {
        // Half a unit of bf16 of the result, or of terms of such a size.
        double difference = Math.abs(expected.get(i)[j] - found.get(i)[j]);
        assertTrue(difference <= 0x1p-8 * largest,
            what + ", result " + i + ", element " + j + ": " + expected.get(i)[j] + ", " + found.get(i)[j]);
      }
    }
  }

  /** The same bits in every order of warps and copies. */
  private void compare(WindowGeometry geometry, int heads, boolean biased) {
    String what = geometry + ", " + heads + " heads, biased " + biased;
    List<double[]> expected = run(geometry, heads, biased, false);
    List<double[]> first = run(geometry, heads, biased, true);
    assertNear(expected, first, what);
    for (int schedule : CudaBackendsForTests.schedules()) {
      CudaBackendsForTests.schedule(schedule);
      List<double[]> again = run(geometry, heads, biased, true);
      for (int i = 0; i < first.size(); i++) {
        assertArrayEquals(first.get(i), again.get(i), 0.0, what + ", schedule " + schedule);
      }
    }
    CudaBackendsForTests.schedule(0);
  }

  @Test
  void windowsOfSwin() {
    compare(geometry(2, 14, 21, 7, 7, 3, 3), 3, true);
    compare(geometry(1, 14, 14, 7, 7, 0, 0), 2, true);
    compare(geometry(1, 16, 8, 8, 8, 4, 4), 1, true);
    compare(geometry(1, 16, 16, 8, 8, 4, 0), 2, false);
  }

  @Test
  void windowsThatAreNoSquaresOrSmall() {
    compare(geometry(2, 8, 12, 4, 6, 0, 5), 2, true);
    compare(geometry(1, 6, 20, 6, 10, 2, 3), 1, true); // one window from top to bottom
    compare(geometry(3, 6, 6, 1, 3, 0, 1), 2, true);
    compare(geometry(1, 9, 9, 3, 3, 1, 2), 4, true);
  }

  /** So many windows that a block goes over several, from row to row and from image to image. */
  @Test
  void blocksOfManyWindows() {
    WindowGeometry geometry = geometry(3, 20, 18, 1, 2, 0, 1);
    int heads = 8;
    List<double[]> expected = run(geometry, heads, true, false);
    CudaBackendsForTests.schedule(2);
    List<double[]> found = run(geometry, heads, true, true);
    assertNear(expected, found, "540 windows");
    assertFalse(Arrays.equals(expected.get(1), found.get(1)), "another kernel has other last places");
  }
}
