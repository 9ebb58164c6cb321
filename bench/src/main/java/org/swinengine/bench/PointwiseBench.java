package org.swinengine.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.UnaryFunction;

/** Pointwise kernels on a small array, and on the tokens of Swin-T's first stage. */
public class PointwiseBench extends BackendBench {
  /** Without values named, JMH takes every constant: {@code -p function=SILU} chooses. */
  @State(Scope.Benchmark)
  public static class EachFunction {
    @Param
    public UnaryFunction function;
  }

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
  public void scale() {
    backend.pointwise().scale(elements, 0.5, a, y);
    backend.synchronize();
  }

  @Benchmark
  public void multiply() {
    backend.pointwise().multiply(elements, a, b, y);
    backend.synchronize();
  }

  @Benchmark
  public void addRow() {
    backend.pointwise().addRow(8, elements / 8, a, b, y);
    backend.synchronize();
  }

  @Benchmark
  public void multiplyRow() {
    backend.pointwise().multiplyRow(8, elements / 8, a, b, y);
    backend.synchronize();
  }

  @Benchmark
  public void scaleRows() {
    backend.pointwise().scaleRows(8, elements / 8, a, factors, y);
    backend.synchronize();
  }

  @Benchmark
  public void unary(EachFunction each) {
    backend.pointwise().unary(each.function, elements, a, y);
    backend.synchronize();
  }

  @Benchmark
  public void unaryBackward(EachFunction each) {
    backend.pointwise().unaryBackward(each.function, elements, a, b, y);
    backend.synchronize();
  }

  @Benchmark
  public void expAtMost() {
    backend.pointwise().expAtMost(elements, 1, a, y);
    backend.synchronize();
  }

  @Benchmark
  public void expAtMostBackward() {
    backend.pointwise().expAtMostBackward(elements, 1, a, b, y);
    backend.synchronize();
  }
}
