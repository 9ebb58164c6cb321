package org.swinengine.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;

/** The pool's round trip, copies and fills. */
public class MemoryBench extends BackendBench {
  @Param({"1000", "2408448"})
  public int elements;

  private Buffer from;
  private Buffer to;

  @Override
  protected void prepare() {
    from = random(elements);
    to = random(elements);
  }

  @Benchmark
  public void allocateAndRelease() {
    backend.memory().allocate(DType.FLOAT32, elements).release();
  }

  @Benchmark
  public void copy() {
    backend.memory().copy(from, to, elements);
    backend.synchronize();
  }

  @Benchmark
  public void fill() {
    backend.memory().fill(to, elements, 0);
    backend.synchronize();
  }
}
