package org.swinengine.backend.profile;

import java.util.function.Consumer;
import org.swinengine.backend.ReduceKernels;
import org.swinengine.backend.Span;

/** Work of the reduce family. */
final class ReduceWork implements ReduceKernels {
  private final Consumer<Work> called;

  ReduceWork(Consumer<Work> called) {
    this.called = called;
  }

  @Override
  public void sum(long n, Span x, Span out) {
    called.accept(new Work("sum " + n, n, Work.bytes(x, n) + Work.bytes(out, 1)));
  }

  @Override
  public void sumRows(int rows, long columns, Span x, Span out, boolean accumulate) {
    double n = (double) rows * columns;
    double bytes = Work.bytes(x, n) + Work.result(out, columns, accumulate);
    called.accept(new Work("sumRows " + rows + "x" + columns, n, bytes));
  }

  @Override
  public void meanTokens(int batch, int tokens, int channels, Span x, Span y) {
    mean("meanTokens ", batch, tokens, channels, x, y);
  }

  @Override
  public void meanTokensBackward(int batch, int tokens, int channels, Span dy, Span dx) {
    mean("meanTokensBackward ", batch, tokens, channels, dx, dy);
  }

  private void mean(String method, int batch, int tokens, int channels, Span all, Span means) {
    double n = (double) batch * tokens * channels;
    double bytes = Work.bytes(all, n) + Work.bytes(means, (double) batch * channels);
    called.accept(new Work(method + batch + "x" + tokens + "x" + channels, n, bytes));
  }

  @Override
  public void sumOfSquares(long n, Span x, Span out) {
    called.accept(new Work("sumOfSquares", 2.0 * n, Work.bytes(x, n) + Work.bytes(out, 1)));
  }
}
