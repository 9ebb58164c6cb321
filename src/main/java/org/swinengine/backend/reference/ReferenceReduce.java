package org.swinengine.backend.reference;

import org.swinengine.backend.ReduceKernels;
import org.swinengine.backend.Span;

/** Reduce family of the reference. */
final class ReferenceReduce implements ReduceKernels {
  @Override
  public void sum(long n, Span x, Span out) {
    double sum = 0;
    for (double value : ReferenceBuffer.read(x, n)) {
      sum += value;
    }
    ReferenceBuffer.write(new double[] {sum}, out);
  }

  @Override
  public void sumRows(int rows, long columns, Span x, Span out, boolean accumulate) {
    double[] values = ReferenceBuffer.read(x, rows * columns);
    double[] sums = new double[Math.toIntExact(columns)];
    for (int i = 0; i < values.length; i++) {
      sums[i % sums.length] += values[i];
    }
    ReferenceBuffer.writeIfWanted(sums, accumulate, out);
  }

  @Override
  public void meanTokens(int batch, int tokens, int channels, Span x, Span y) {
    double[] values = ReferenceBuffer.read(x, (long) batch * tokens * channels);
    double[] means = new double[batch * channels];
    for (int b = 0; b < batch; b++) {
      for (int c = 0; c < channels; c++) {
        double sum = 0;
        for (int t = 0; t < tokens; t++) {
          sum += values[(b * tokens + t) * channels + c];
        }
        means[b * channels + c] = sum / tokens;
      }
    }
    ReferenceBuffer.write(means, y);
  }

  @Override
  public void meanTokensBackward(int batch, int tokens, int channels, Span dy, Span dx) {
    double[] gradient = ReferenceBuffer.read(dy, (long) batch * channels);
    double[] result = new double[batch * tokens * channels];
    for (int b = 0; b < batch; b++) {
      for (int t = 0; t < tokens; t++) {
        for (int c = 0; c < channels; c++) {
          result[(b * tokens + t) * channels + c] = gradient[b * channels + c] / tokens;
        }
      }
    }
    ReferenceBuffer.write(result, dx);
  }

  @Override
  public void sumOfSquares(long n, Span x, Span out) {
    double sum = 0;
    for (double value : ReferenceBuffer.read(x, n)) {
      sum += value * value;
    }
    ReferenceBuffer.write(new double[] {sum}, out);
  }
}
