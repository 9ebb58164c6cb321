package org.swinengine.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.OptimizerKernels.AdamW;
import org.swinengine.backend.OptimizerKernels.Sgd;

/** Updates of Swin-T's 28 million parameters. */
public class OptimizerBench extends BackendBench {
  private static final int PARAMETERS = 28_288_354;
  private static final AdamW STEP = new AdamW(1e-3, 0.9, 0.999, 1e-8, 0.05, 100);
  private static final Sgd DESCENT = new Sgd(1e-2, 0.9, false, 1e-4);

  private Buffer parameters;
  private Buffer gradients;
  private Buffer firstMoment;
  private Buffer secondMoment;
  private Buffer control;

  @Override
  protected void prepare() {
    parameters = random(PARAMETERS);
    gradients = random(PARAMETERS);
    firstMoment = filled(PARAMETERS, 0);
    secondMoment = filled(PARAMETERS, 0);
    control = filled(3, 1);
  }

  @Benchmark
  public void clipControl() {
    backend.optimizer().clipControl(gradients, 5, firstMoment);
    backend.synchronize();
  }

  @Benchmark
  public void adamW() {
    backend
        .optimizer()
        .adamW(PARAMETERS, STEP, control, parameters, gradients, firstMoment, secondMoment);
    backend.synchronize();
  }

  @Benchmark
  public void sgd() {
    backend.optimizer().sgd(PARAMETERS, DESCENT, control, parameters, gradients, firstMoment);
    backend.synchronize();
  }

  @Benchmark
  public void movingAverage() {
    backend.optimizer().movingAverage(PARAMETERS, 0.9999, parameters, firstMoment);
    backend.synchronize();
  }
}
