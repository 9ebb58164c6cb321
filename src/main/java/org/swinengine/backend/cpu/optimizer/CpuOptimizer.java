package org.swinengine.backend.cpu.optimizer;

import org.swinengine.backend.OptimizerKernels;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.reduce.DoubleSums;
import org.swinengine.backend.cpu.runtime.Chunks;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.WorkerPool;

/** Optimizer family on the CPU: one pass over the arenas, in chunks. */
public final class CpuOptimizer implements OptimizerKernels {
  private final WorkerPool pool;
  private final OptimizerLoops loops;

  public CpuOptimizer(WorkerPool pool, OptimizerLoops loops) {
    this.pool = pool;
    this.loops = loops;
  }

  @Override
  public void clipControl(
      Span sumOfSquares, Span losses, int parts, double maximumNorm, Span control) {
    double norm = Math.sqrt(CpuBuffer.floats(sumOfSquares)[CpuBuffer.start(sumOfSquares, 1)]);
    boolean finite = Double.isFinite(norm);
    for (int i = 0; i < parts; i++) {
      finite &= Float.isFinite(CpuBuffer.floats(losses)[CpuBuffer.start(losses, parts) + i]);
    }
    float[] out = CpuBuffer.floats(control);
    int at = CpuBuffer.start(control, 3);
    out[at] = (float) norm;
    out[at + 1] = maximumNorm > 0 ? (float) Math.min(1, maximumNorm / (norm + 1e-6)) : 1;
    out[at + 2] = finite && out[at + 2] != 0 ? 1 : 0;
  }

  @Override
  public void clipValue(long n, double bound, Span gradients) {
    float[] g = CpuBuffer.floats(gradients);
    int at = CpuBuffer.start(gradients, n);
    float most = (float) bound;
    Chunks.elements(
        pool,
        (int) n,
        (from, to) -> {
          for (int i = at + from; i < at + to; i++) {
            g[i] = Math.min(Math.max(g[i], -most), most);
          }
        });
  }

  @Override
  public void stretchSquares(int count, Span bounds, long elements, Span x, Span sums) {
    int[] bound = CpuBuffer.ints(bounds);
    int boundAt = CpuBuffer.start(bounds, count + 1L);
    float[] values = CpuBuffer.floats(x);
    int at = CpuBuffer.start(x, bound[boundAt + count]);
    float[] out = CpuBuffer.floats(sums);
    int outAt = CpuBuffer.start(sums, count);
    stretches(
        count,
        elements,
        (from, to) -> {
          for (int s = from; s < to; s++) {
            int first = bound[boundAt + s];
            int n = bound[boundAt + s + 1] - first;
            out[outAt + s] = (float) DoubleSums.sumOfSquares(values, at + first, n);
          }
        });
  }

  @Override
  public void adaptiveClip(
      int count,
      Span bounds,
      long elements,
      double factor,
      double epsilon,
      Span parameterSquares,
      Span gradientSquares,
      Span gradients) {
    int[] bound = CpuBuffer.ints(bounds);
    int boundAt = CpuBuffer.start(bounds, count + 1L);
    float[] g = CpuBuffer.floats(gradients);
    int at = CpuBuffer.start(gradients, bound[boundAt + count]);
    float[] ofParameters = CpuBuffer.floats(parameterSquares);
    int ofParametersAt = CpuBuffer.start(parameterSquares, count);
    float[] ofGradients = CpuBuffer.floats(gradientSquares);
    int ofGradientsAt = CpuBuffer.start(gradientSquares, count);
    stretches(
        count,
        elements,
        (from, to) -> {
          for (int s = from; s < to; s++) {
            double most = factor * Math.max(Math.sqrt(ofParameters[ofParametersAt + s]), epsilon);
            double norm = Math.sqrt(ofGradients[ofGradientsAt + s]);
            if (!(norm < most)) {
              float by = (float) (most / Math.max(norm, 1e-6));
              for (int i = at + bound[boundAt + s]; i < at + bound[boundAt + s + 1]; i++) {
                g[i] *= by;
              }
            }
          }
        });
  }

  @Override
  public void lambDirection(
      long n, Lamb step, Span control, Span parameters, Span gradients, Span firstMoment, Span secondMoment) {
    float[] state = CpuBuffer.floats(control);
    int stateAt = CpuBuffer.start(control, 3);
    if (state[stateAt + 2] == 0) {
      return;
    }
    LambFactors factors = LambFactors.of(step, state[stateAt + 1]);
    float[] p = CpuBuffer.floats(parameters);
    float[] g = CpuBuffer.floats(gradients);
    float[] m = CpuBuffer.floats(firstMoment);
    float[] v = CpuBuffer.floats(secondMoment);
    int pAt = CpuBuffer.start(parameters, n);
    int gAt = CpuBuffer.start(gradients, n);
    int mAt = CpuBuffer.start(firstMoment, n);
    int vAt = CpuBuffer.start(secondMoment, n);
    Chunks.elements(
        pool,
        (int) n,
        (from, to) -> {
          int length = to - from;
          loops.lambDirection(factors, p, pAt + from, g, gAt + from, m, mAt + from, v, vAt + from, length);
        });
  }

  @Override
  public void trustStep(
      int count,
      Span bounds,
      long elements,
      double learningRate,
      boolean trustAtMostOne,
      Span control,
      Span parameterSquares,
      Span directionSquares,
      Span directions,
      Span parameters,
      Span copy) {
    if (isNotFinite(control)) {
      return;
    }
    int[] bound = CpuBuffer.ints(bounds);
    int boundAt = CpuBuffer.start(bounds, count + 1L);
    float[] u = CpuBuffer.floats(directions);
    int uAt = CpuBuffer.start(directions, bound[boundAt + count]);
    float[] p = CpuBuffer.floats(parameters);
    int pAt = CpuBuffer.start(parameters, bound[boundAt + count]);
    boolean adapts = parameterSquares != null;
    float[] ofParameters = adapts ? CpuBuffer.floats(parameterSquares) : new float[0];
    int ofParametersAt = adapts ? CpuBuffer.start(parameterSquares, count) : 0;
    float[] ofDirections = adapts ? CpuBuffer.floats(directionSquares) : new float[0];
    int ofDirectionsAt = adapts ? CpuBuffer.start(directionSquares, count) : 0;
    stretches(
        count,
        elements,
        (from, to) -> {
          for (int s = from; s < to; s++) {
            double trust = 1;
            if (adapts && ofParameters[ofParametersAt + s] > 0 && ofDirections[ofDirectionsAt + s] > 0) {
              trust =
                  Math.sqrt(ofParameters[ofParametersAt + s]) / Math.sqrt(ofDirections[ofDirectionsAt + s]);
              trust = trustAtMostOne ? Math.min(trust, 1) : trust;
            }
            float by = (float) (-learningRate * trust);
            for (int i = bound[boundAt + s]; i < bound[boundAt + s + 1]; i++) {
              p[pAt + i] += by * u[uAt + i];
            }
          }
        });
  }

  private static boolean isNotFinite(Span control) {
    return CpuBuffer.floats(control)[CpuBuffer.start(control, 3) + 2] == 0;
  }

  /** Shares stretches out: so many to a chunk that one of the mean length is filled. */
  private void stretches(int count, long elements, Chunks.Range range) {
    Chunks.rows(pool, count, elements / Math.max(1, count), range);
  }

  @Override
  public void adamW(
      long n,
      AdamW step,
      Span control,
      Span parameters,
      Span gradients,
      Span firstMoment,
      Span secondMoment,
      Span copy) {
    float[] state = CpuBuffer.floats(control);
    int stateAt = CpuBuffer.start(control, 3);
    if (state[stateAt + 2] == 0) {
      return;
    }
    AdamWFactors factors = AdamWFactors.of(step, state[stateAt + 1]);
    float[] p = CpuBuffer.floats(parameters);
    float[] g = CpuBuffer.floats(gradients);
    float[] m = CpuBuffer.floats(firstMoment);
    float[] v = CpuBuffer.floats(secondMoment);
    int pAt = CpuBuffer.start(parameters, n);
    int gAt = CpuBuffer.start(gradients, n);
    int mAt = CpuBuffer.start(firstMoment, n);
    int vAt = CpuBuffer.start(secondMoment, n);
    Chunks.elements(
        pool,
        (int) n,
        (from, to) -> {
          int count = to - from;
          loops.adamW(factors, p, pAt + from, g, gAt + from, m, mAt + from, v, vAt + from, count);
        });
  }

  @Override
  public void sgd(
      long n, Sgd step, Span control, Span parameters, Span gradients, Span momentumBuffer, Span copy) {
    float[] state = CpuBuffer.floats(control);
    int stateAt = CpuBuffer.start(control, 3);
    if (state[stateAt + 2] == 0) {
      return;
    }
    SgdFactors factors = SgdFactors.of(step, state[stateAt + 1]);
    boolean remembers = step.momentum() > 0;
    float[] p = CpuBuffer.floats(parameters);
    float[] g = CpuBuffer.floats(gradients);
    float[] b = remembers ? CpuBuffer.floats(momentumBuffer) : new float[0];
    int pAt = CpuBuffer.start(parameters, n);
    int gAt = CpuBuffer.start(gradients, n);
    int bAt = remembers ? CpuBuffer.start(momentumBuffer, n) : 0;
    Chunks.elements(
        pool,
        (int) n,
        (from, to) -> {
          int count = to - from;
          if (remembers) {
            loops.sgdMomentum(factors, p, pAt + from, g, gAt + from, b, bAt + from, count);
          } else {
            loops.sgd(factors, p, pAt + from, g, gAt + from, count);
          }
        });
  }

  @Override
  public void movingAverage(long n, double decay, Span control, Span parameters, Span average) {
    if (control != null && isNotFinite(control)) {
      return;
    }
    float[] p = CpuBuffer.floats(parameters);
    float[] a = CpuBuffer.floats(average);
    int pAt = CpuBuffer.start(parameters, n);
    int aAt = CpuBuffer.start(average, n);
    float rest = (float) (1 - decay);
    if (rest == 1) { // a copy: p − average would round
      System.arraycopy(p, pAt, a, aAt, (int) n);
      return;
    }
    Chunks.elements(
        pool,
        (int) n,
        (from, to) -> loops.movingAverage(rest, p, pAt + from, a, aAt + from, to - from));
  }
}
