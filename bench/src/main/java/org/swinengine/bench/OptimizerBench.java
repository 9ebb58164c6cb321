package org.swinengine.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.OptimizerKernels.AdamW;
import org.swinengine.backend.OptimizerKernels.Lamb;
import org.swinengine.backend.OptimizerKernels.Sgd;

/** Updates of Swin-T's 28 million parameters. */
public class OptimizerBench extends BackendBench {
  private static final int PARAMETERS = 28_288_354;
  private static final AdamW STEP = new AdamW(1e-3, 0.9, 0.999, 1e-8, 0.05, 100);
  private static final Sgd DESCENT = new Sgd(1e-2, 0.9, false, 1e-4);

  private static final Lamb LAMB = new Lamb(0.9, 0.999, 1e-6, 0.05, 100, true, true);

  /** As many as Swin-T has parameters, here of one length. */
  private static final int STRETCHES = 173;

  private Buffer parameters;
  private Buffer gradients;
  private Buffer firstMoment;
  private Buffer secondMoment;
  private Buffer control;
  private Buffer bounds;
  private Buffer squares;

  @Override
  protected void prepare() {
    parameters = random(PARAMETERS);
    gradients = random(PARAMETERS);
    firstMoment = filled(PARAMETERS, 0);
    secondMoment = filled(PARAMETERS, 0);
    control = filled(3, 1);
    squares = filled(STRETCHES, 1);
    int[] places = new int[STRETCHES + 1];
    for (int s = 0; s <= STRETCHES; s++) {
      places[s] = (int) ((long) PARAMETERS * s / STRETCHES);
    }
    bounds = backend.memory().allocate(DType.INT32, places.length);
    backend.memory().upload(places, 0, bounds, places.length);
  }

  @Benchmark
  public void clipControl() {
    backend.optimizer().clipControl(gradients, null, 0, 5, firstMoment);
    backend.synchronize();
  }

  @Benchmark
  public void adamW() {
    backend
        .optimizer()
        .adamW(PARAMETERS, STEP, control, parameters, gradients, firstMoment, secondMoment, null);
    backend.synchronize();
  }

  @Benchmark
  public void sgd() {
    backend.optimizer().sgd(PARAMETERS, DESCENT, control, parameters, gradients, firstMoment, null);
    backend.synchronize();
  }

  @Benchmark
  public void clipValue() {
    backend.optimizer().clipValue(PARAMETERS, 1, gradients);
    backend.synchronize();
  }

  @Benchmark
  public void stretchSquares() {
    backend.optimizer().stretchSquares(STRETCHES, bounds, PARAMETERS, parameters, squares);
    backend.synchronize();
  }

  @Benchmark
  public void adaptiveClip() {
    backend
        .optimizer()
        .adaptiveClip(STRETCHES, bounds, PARAMETERS, 0.01, 1e-3, squares, squares, gradients);
    backend.synchronize();
  }

  @Benchmark
  public void lambDirection() {
    backend
        .optimizer()
        .lambDirection(PARAMETERS, LAMB, control, parameters, gradients, firstMoment, secondMoment);
    backend.synchronize();
  }

  @Benchmark
  public void trustStep() {
    backend
        .optimizer()
        .trustStep(
            STRETCHES, bounds, PARAMETERS, 1e-3, false, control, squares, squares, gradients, parameters,
            null);
    backend.synchronize();
  }

  @Benchmark
  public void movingAverage() {
    backend.optimizer().movingAverage(PARAMETERS, 0.9999, null, parameters, firstMoment);
    backend.synchronize();
  }
}
