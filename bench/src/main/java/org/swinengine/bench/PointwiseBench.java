package org.swinengine.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.swinengine.backend.Buffer;

/** Pointwise kernels on a small array, and on the tokens of Swin-T's first stage. */
public class PointwiseBench extends BackendBench {
  @Param({"9408", "2408448"})
  public int elements;

  private Buffer a;
  private Buffer b;
  private Buffer y;
  private Buffer factors;

  @Override
  protected void prepare() {
    a = random(elements);
    b = random(elements);
    y = random(elements);
    factors = random(8);
  }

  @Benchmark
  public void add() {
    backend.pointwise().add(elements, a, b, y);
    backend.synchronize();
  }

  @Benchmark
  public void scaleRows() {
    backend.pointwise().scaleRows(8, elements / 8, a, factors, y);
    backend.synchronize();
  }

  @Benchmark
  public void gelu() {
    backend.pointwise().gelu(elements, a, y);
    backend.synchronize();
  }

  @Benchmark
  public void relu() {
    backend.pointwise().relu(elements, a, y);
    backend.synchronize();
  }

  @Benchmark
  public void reluBackward() {
    backend.pointwise().reluBackward(elements, a, b, y);
    backend.synchronize();
  }

  @Benchmark
  public void sigmoid() {
    backend.pointwise().sigmoid(elements, a, y);
    backend.synchronize();
  }

  @Benchmark
  public void sigmoidBackward() {
    backend.pointwise().sigmoidBackward(elements, a, b, y);
    backend.synchronize();
  }

  @Benchmark
  public void geluBackward() {
    backend.pointwise().geluBackward(elements, a, b, y);
    backend.synchronize();
  }
}
