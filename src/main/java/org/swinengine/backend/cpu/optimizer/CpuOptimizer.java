package org.swinengine.backend.cpu.optimizer;

import org.swinengine.backend.OptimizerKernels;
import org.swinengine.backend.Span;
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
  public void clipControl(Span sumOfSquares, double maximumNorm, Span control) {
    double norm = Math.sqrt(CpuBuffer.floats(sumOfSquares)[CpuBuffer.start(sumOfSquares, 1)]);
    float[] out = CpuBuffer.floats(control);
    int at = CpuBuffer.start(control, 3);
    out[at] = (float) norm;
    out[at + 1] = maximumNorm > 0 ? (float) Math.min(1, maximumNorm / (norm + 1e-6)) : 1;
    out[at + 2] = Double.isFinite(norm) ? 1 : 0;
  }

  @Override
  public void adamW(
      long n,
      AdamW step,
      Span control,
      Span parameters,
      Span gradients,
      Span firstMoment,
      Span secondMoment) {
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
  public void sgd(long n, Sgd step, Span control, Span parameters, Span gradients, Span momentumBuffer) {
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
  public void movingAverage(long n, double decay, Span parameters, Span average) {
    float[] p = CpuBuffer.floats(parameters);
    float[] a = CpuBuffer.floats(average);
    int pAt = CpuBuffer.start(parameters, n);
    int aAt = CpuBuffer.start(average, n);
    float rest = (float) (1 - decay);
    Chunks.elements(
        pool,
        (int) n,
        (from, to) -> loops.movingAverage((float) decay, rest, p, pAt + from, a, aAt + from, to - from));
  }
}
