package org.swinengine.backend.profile;

import java.util.function.Consumer;
import org.swinengine.backend.PatchKernels;
import org.swinengine.backend.Span;

/** Work of the patch family: copies. */
final class PatchWork implements PatchKernels {
  private final Consumer<Work> called;

  PatchWork(Consumer<Work> called) {
    this.called = called;
  }

  @Override
  public void embedGather(int batch, int channels, int height, int width, int patch, Span image, Span rows) {
    embed("embedGather ", batch, channels, height, width, patch, image, rows);
  }

  @Override
  public void embedScatter(int batch, int channels, int height, int width, int patch, Span rows, Span image) {
    embed("embedScatter ", batch, channels, height, width, patch, image, rows);
  }

  private void embed(
      String method, int batch, int channels, int height, int width, int patch, Span image, Span rows) {
    double patches = (double) batch * ceilDiv(height, patch) * ceilDiv(width, patch);
    double bytes =
        Work.bytes(image, (double) batch * channels * height * width)
            + Work.bytes(rows, patches * channels * patch * patch);
    called.accept(new Work(method + sizes(batch, channels, height, width) + " by " + patch, 0, bytes));
  }

  @Override
  public void mergeGather(int batch, int height, int width, int channels, Span x, Span merged) {
    merge("mergeGather ", batch, height, width, channels, x, merged);
  }

  @Override
  public void mergeGather(
      int batch, int height, int width, int channels, Span x, Span merged, Span rowStatistics) {
    merge("mergeGather +statistics ", batch, height, width, channels, x, merged);
  }

  @Override
  public void mergeScatter(int batch, int height, int width, int channels, Span merged, Span x) {
    merge("mergeScatter ", batch, height, width, channels, x, merged);
  }

  private void merge(String method, int batch, int height, int width, int channels, Span x, Span merged) {
    double tokens = (double) batch * ceilDiv(height, 2) * ceilDiv(width, 2);
    double bytes =
        Work.bytes(x, (double) batch * height * width * channels) + Work.bytes(merged, tokens * 4 * channels);
    called.accept(new Work(method + sizes(batch, height, width, channels), 0, bytes));
  }

  @Override
  public void exchange(int outer, int rows, int columns, int run, Span x, Span y) {
    double n = (double) outer * rows * columns * run;
    String kind = "exchange " + sizes(outer, rows, columns, run);
    called.accept(new Work(kind, 0, Work.bytes(x, n) + Work.bytes(y, n)));
  }

  private static String sizes(int a, int b, int c, int d) {
    return a + "x" + b + "x" + c + "x" + d;
  }

  private static int ceilDiv(int a, int b) {
    return (a + b - 1) / b;
  }
}
