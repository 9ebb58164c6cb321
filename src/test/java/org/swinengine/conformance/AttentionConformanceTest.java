package org.swinengine.conformance;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.AttentionKernels.FormGradients;
import org.swinengine.backend.Span;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;
import org.swinengine.conformance.Cases.Side;

@Tag("conformance")
@Tag("numerics")
class AttentionConformanceTest {
  /** A form's operands, drawn once; spans are made for each side. */
  private static final class RandomForm {
    final int heads;
    final int headDim;
    final double scale;
    final double[] biasTable;
    final double[] biasMatrix;
    final double[] logitScale;
    final double[] paddedQkv;

    RandomForm(Cases c, WindowGeometry geometry, boolean cosine) {
      int n = geometry.windowTokens();
      heads = c.choose("heads", 1, 2, 3);
      headDim = headDim(c);
      scale = c.flag("scale by head dim") ? 1 / Math.sqrt(headDim) : c.number("scale", 0.1, 0.5);
      boolean biased = c.choose("biased", 0, 1, 1) == 1;
      boolean ready = cosine && c.flag("bias is a matrix");
      biasTable = biased && !ready ? c.normal(geometry.biasTableRows() * heads) : null;
      biasMatrix = biased && ready ? c.normal(heads * n * n) : null;
      logitScale = cosine ? c.uniform(heads, 1, 20) : null;
      paddedQkv = geometry.isPadded() && c.flag("padded row") ? c.normal(3 * heads * headDim) : null;
    }

    int channels() {
      return heads * headDim;
    }

    AttentionForm form(Side side) {
      return new AttentionForm(
          heads, headDim, scale, side.master(biasTable), side.master(biasMatrix), side.master(logitScale),
          side.master(paddedQkv));
    }
  }

  private static int headDim(Cases c) {
    return c.choose("head dim", 32, 32, 32, 24, 64, 16, 8, 7, 1, 33, 80);
  }

  private static int tokens(WindowGeometry geometry) {
    return geometry.batch() * geometry.height() * geometry.width();
  }

  private static int statistics(WindowGeometry geometry, int heads) {
    return geometry.batch() * geometry.windows() * heads * geometry.windowTokens() * 2;
  }

  private static void windowForward(String name, int count, boolean cosine) {
    Cases.run(
        name,
        count,
        c -> {
          c.roundsBetween(Tolerance.HALF_BETWEEN);
          WindowGeometry geometry = WindowConformanceTest.geometry(c, 8, 11);
          RandomForm random = new RandomForm(c, geometry, cosine);
          double[] qkv = c.normal(tokens(geometry) * 3 * random.channels());
          boolean keep = c.flag("statistics kept");
          c.compare(
              side -> side.backend()
                  .attention()
                  .windowForward(
                      geometry, random.form(side), side.in(qkv),
                      side.out("out", tokens(geometry) * random.channels(), Tolerance.ATTENTION, 0.1),
                      keep ? side.masterScratch(statistics(geometry, random.heads)) : null));
        });
  }

  @Test
  void windowForward() {
    windowForward("windowForward", 50, false);
  }

  @Test
  void cosineWindowForward() {
    windowForward("cosine windowForward", 30, true);
  }

  /** Row maximum and sum of exponentials; of queries that are no padding. */
  @Test
  void statistics() {
    Cases.run(
        "statistics",
        30,
        c -> {
          c.roundsBetween(Tolerance.HALF_BETWEEN);
          WindowGeometry geometry =
              c.note(
                  "geometry",
                  new WindowGeometry(
                      2, 2 * c.size("h", 5), 2 * c.size("w", 5), 2, 2, c.choose("shift", 0, 1), 1,
                      PaddingOrder.PAD_THEN_SHIFT));
          RandomForm random = new RandomForm(c, geometry, c.flag("cosine"));
          double[] qkv = c.normal(tokens(geometry) * 3 * random.channels());
          c.compare(
              side -> side.backend()
                  .attention()
                  .windowForward(
                      geometry, random.form(side), side.in(qkv),
                      side.scratch(tokens(geometry) * random.channels()),
                      side.masterOut(
                          "statistics", statistics(geometry, random.heads), Tolerance.ATTENTION, 1)));
        });
  }

  private static void windowBackward(String name, int count, boolean cosine) {
    Cases.run(
        name,
        count,
        c -> {
          c.roundsBetween(Tolerance.HALF_BETWEEN);
          WindowGeometry geometry = WindowConformanceTest.geometry(c, 7, 9);
          RandomForm random = new RandomForm(c, geometry, cosine);
          int n = tokens(geometry) * random.channels();
          double[] qkv = c.normal(3 * n);
          double[] dOut = c.normal(n);
          boolean parameters = c.choose("parameters", 0, 1, 1) == 1;
          int windows = geometry.batch() * geometry.windows();
          c.compare(
              side -> {
                AttentionForm form = random.form(side);
                Span input = side.in(qkv);
                Span statistics = side.masterScratch(statistics(geometry, random.heads));
                side.backend().attention().windowForward(geometry, form, input, side.scratch(n), statistics);
                Span dQkv = side.out("dQkv", 3 * n, Tolerance.ATTENTION_GRADIENT, 0.1);
                FormGradients gradients =
                    parameters
                        ? new FormGradients(
                            gradient(side, "dBiasTable", random.biasTable, 1),
                            gradient(side, "dBiasMatrix", random.biasMatrix, 1),
                            gradient(side, "dLogitScale", random.logitScale, Math.sqrt(windows)),
                            gradient(side, "dPaddedQkv", random.paddedQkv, 1))
                        : FormGradients.NONE;
                side.backend()
                    .attention()
                    .windowBackward(geometry, form, input, statistics, side.in(dOut), dQkv, gradients);
              });
        });
  }

  private static Span gradient(Side side, String name, double[] operand, double scale) {
    return operand == null ? null : side.masterOut(name, operand.length, Tolerance.ATTENTION_GRADIENT, scale);
  }

  @Test
  void windowBackward() {
    windowBackward("windowBackward", 50, false);
  }

  @Test
  void cosineWindowBackward() {
    windowBackward("cosine windowBackward", 30, true);
  }

  /** Windows of 7, 8 and 12 as models have them, heads of 32. */
  @Test
  void windowsOfModels() {
    int[][] sizes = {{14, 14, 7, 3}, {8, 16, 8, 4}, {12, 24, 12, 6}, {7, 7, 7, 0}, {10, 9, 7, 3}};
    for (int[] size : sizes) {
      for (PaddingOrder order : PaddingOrder.values()) {
        Cases.run(
            "windows of " + size[2] + " in " + size[0] + "×" + size[1] + " " + order,
            1,
            c -> {
              c.roundsBetween(Tolerance.HALF_BETWEEN);
              WindowGeometry geometry =
                  new WindowGeometry(1, size[0], size[1], size[2], size[2], size[3], size[3], order);
              int heads = BackendsUnderTest.isEmulated() ? 1 : 3;
              int n = tokens(geometry) * heads * 32;
              double[] qkv = c.normal(3 * n);
              double[] table = c.normal(geometry.biasTableRows() * heads);
              double[] padded = c.normal(3 * heads * 32);
              double[] dOut = c.normal(n);
              c.compare(
                  side -> {
                    AttentionForm form =
                        AttentionForm.table(
                            heads, 32, 1 / Math.sqrt(32), side.master(table), side.master(padded));
                    Span input = side.in(qkv);
                    Span statistics = side.masterScratch(statistics(geometry, heads));
                    Span out = side.out("out", n, Tolerance.ATTENTION, 0.1);
                    side.backend().attention().windowForward(geometry, form, input, out, statistics);
                    side.backend()
                        .attention()
                        .windowBackward(
                            geometry, form, input, statistics, side.in(dOut),
                            side.out("dQkv", 3 * n, Tolerance.ATTENTION_GRADIENT, 0.1),
                            new FormGradients(
                                gradient(side, "dBiasTable", table, 1), null, null,
                                gradient(side, "dPaddedQkv", padded, 1)));
                  });
            });
      }
    }
  }

  /**
   * More windows than a GPU's blocks: a block goes over several of them and sums what they share. Windows of
   * one tile, and heads so wide that they take the kernels for larger windows. Cosine attention takes two
   * channels at least: one, divided by its length, is 1 or -1, and its gradient nothing but rounding.
   */
  @Test
  void manyWindows() {
    manyWindows(1, false);
    manyWindows(65, true);
  }

  @Test
  @Tag("slow")
  void manyMoreWindows() {
    manyWindows(2, true);
    manyWindows(65, false);
  }

  private static void manyWindows(int headDim, boolean cosine) {
    Cases.run(
        "many windows, cosine " + cosine + ", head dim " + headDim,
        1,
        c -> {
          c.roundsBetween(Tolerance.HALF_BETWEEN);
          int heads = headDim == 1 ? 24 : 12;
          // Forward, a block takes a second window beyond 4224 heads of windows; backward, beyond 1056.
          int rows = headDim == 1 ? 18 : 9;
          WindowGeometry geometry = new WindowGeometry(1, rows, 19, 1, 2, 0, 1, PaddingOrder.SHIFT_THEN_PAD);
          int n = tokens(geometry) * heads * headDim;
          double[] qkv = c.normal(3 * n);
          double[] dOut = c.normal(n);
          double[] table = cosine ? null : c.normal(geometry.biasTableRows() * heads);
          double[] matrix = cosine ? c.normal(heads * 4) : null;
          double[] logitScale = cosine ? c.uniform(heads, 1, 20) : null;
          double[] padded = c.normal(3 * heads * headDim);
          forwardAndBackward(c, geometry, heads, headDim, qkv, table, matrix, logitScale, padded, dOut);
        });
  }

  /** A bias table and a bias matrix at once, with windows of one and of several tiles. */
  @Test
  void tableAndMatrix() {
    int[][] windows = {{3, 4}, {5, 14}, {16, 16}};
    for (int[] window : windows) {
      Cases.run(
          "table and matrix, window " + window[0] + "×" + window[1],
          1,
          c -> {
            c.roundsBetween(Tolerance.HALF_BETWEEN);
            WindowGeometry geometry =
                new WindowGeometry(
                    1, window[0], window[1], window[0], window[1], 1, 1, PaddingOrder.PAD_THEN_SHIFT);
            int heads = 2;
            int n = tokens(geometry) * heads * 16;
            double[] qkv = c.normal(3 * n);
            double[] dOut = c.normal(n);
            double[] table = c.normal(geometry.biasTableRows() * heads);
            double[] matrix = c.normal(heads * geometry.windowTokens() * geometry.windowTokens());
            forwardAndBackward(c, geometry, heads, 16, qkv, table, matrix, null, null, dOut);
          });
    }
  }

  /** All results of both passes; scales as in {@link #windowBackward}. */
  private static void forwardAndBackward(
      Cases c,
      WindowGeometry geometry,
      int heads,
      int headDim,
      double[] qkv,
      double[] table,
      double[] matrix,
      double[] logitScale,
      double[] padded,
      double[] dOut) {
    int windows = geometry.batch() * geometry.windows();
    c.compare(
        side -> {
          AttentionForm form =
              new AttentionForm(
                  heads, headDim, 1 / Math.sqrt(headDim), side.master(table), side.master(matrix),
                  side.master(logitScale), side.master(padded));
          Span input = side.in(qkv);
          Span out = side.out("out", dOut.length, Tolerance.ATTENTION, 0.1);
          Span statistics =
              side.masterOut("statistics", statistics(geometry, heads), Tolerance.ATTENTION, 1);
          side.backend().attention().windowForward(geometry, form, input, out, statistics);
          Span dQkv = side.out("dQkv", qkv.length, Tolerance.ATTENTION_GRADIENT, 0.1);
          FormGradients gradients =
              new FormGradients(
                  gradient(side, "dBiasTable", table, 1),
                  gradient(side, "dBiasMatrix", matrix, 1),
                  gradient(side, "dLogitScale", logitScale, Math.sqrt(windows)),
                  gradient(side, "dPaddedQkv", padded, 1));
          side.backend()
              .attention()
              .windowBackward(geometry, form, input, statistics, side.in(dOut), dQkv, gradients);
        });
  }

  /** Large logits of both signs: the row maximum must be taken off before exp. */
  @Test
  void largeLogits() {
    Cases.run(
        "large logits",
        10,
        c -> {
          c.roundsBetween(Tolerance.HALF_BETWEEN);
          WindowGeometry geometry = WindowConformanceTest.geometry(c, 5, 9);
          int n = tokens(geometry) * 8;
          double[] qkv = c.uniform(3 * n, -12, 12);
          // The rounding of a logit of several hundred becomes a relative error of a probability.
          double tolerance = 200 * Tolerance.ATTENTION;
          c.compare(
              side -> side.backend()
                  .attention()
                  .windowForward(
                      geometry, AttentionForm.plain(1, 8), side.in(qkv),
                      side.out("out", n, tolerance), null));
        });
  }

  private static void global(String name, int count, boolean backward) {
    Cases.run(
        name,
        count,
        c -> {
          c.roundsBetween(Tolerance.HALF_BETWEEN); // probabilities and their gradients are rounded
          int batch = c.choose("batch", 1, 2, 3);
          int tokens = c.size("tokens", backward ? 100 : 180);
          int heads = c.choose("heads", 1, 2, 3);
          int headDim = headDim(c);
          int n = batch * tokens * heads * headDim;
          double[] qkv = c.normal(3 * n);
          double[] dOut = c.normal(n);
          c.compare(
              side -> {
                AttentionForm form = AttentionForm.plain(heads, headDim);
                Span input = side.in(qkv);
                Span out = side.out("out", n, Tolerance.ATTENTION, 0.1);
                if (!backward) {
                  side.backend()
                      .attention()
                      .globalForward(batch, tokens, form, input, out, null);
                  return;
                }
                Span statistics =
                    side.masterOut("statistics", batch * heads * tokens * 2, Tolerance.ATTENTION, 1);
                side.backend().attention().globalForward(batch, tokens, form, input, out, statistics);
                side.backend()
                    .attention()
                    .globalBackward(
                        batch, tokens, form, input, out, statistics, side.in(dOut),
                        side.out("dQkv", 3 * n, Tolerance.ATTENTION_GRADIENT, 0.1));
              });
        });
  }

  @Test
  void globalForward() {
    global("globalForward", 25, false);
  }

  @Test
  void globalBackward() {
    global("globalBackward", 25, true);
  }
}
