package org.swinengine.bench;

import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the processor can do at most: fused multiply-adds on registers, on all threads. A score of s million
 * vector operations a second is {@code 2·lanes·s/1000} GFLOP/s; compare matrix products with it in the same run.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Threads(Threads.MAX)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PeakBench {
  private static final VectorSpecies<Float> FLOAT = FloatVector.SPECIES_PREFERRED;
  private static final int ROUNDS = 40_000;
  private static final int CHAINS = 10;

  private final float[] result = new float[FLOAT.length()];

  /** Ten chains: more than latency times ports. */
  @Benchmark
  @OperationsPerInvocation(ROUNDS * CHAINS)
  public float[] fma() {
    FloatVector a = FloatVector.broadcast(FLOAT, 0.999f);
    FloatVector b = FloatVector.broadcast(FLOAT, 0.001f);
    FloatVector c0 = FloatVector.zero(FLOAT);
    FloatVector c1 = FloatVector.broadcast(FLOAT, 1f);
    FloatVector c2 = FloatVector.broadcast(FLOAT, 2f);
    FloatVector c3 = FloatVector.broadcast(FLOAT, 3f);
    FloatVector c4 = FloatVector.broadcast(FLOAT, 4f);
    FloatVector c5 = FloatVector.broadcast(FLOAT, 5f);
    FloatVector c6 = FloatVector.broadcast(FLOAT, 6f);
    FloatVector c7 = FloatVector.broadcast(FLOAT, 7f);
    FloatVector c8 = FloatVector.broadcast(FLOAT, 8f);
    FloatVector c9 = FloatVector.broadcast(FLOAT, 9f);
    for (int i = 0; i < ROUNDS; i++) {
      c0 = a.fma(b, c0);
      c1 = a.fma(b, c1);
      c2 = a.fma(b, c2);
      c3 = a.fma(b, c3);
      c4 = a.fma(b, c4);
      c5 = a.fma(b, c5);
      c6 = a.fma(b, c6);
      c7 = a.fma(b, c7);
      c8 = a.fma(b, c8);
      c9 = a.fma(b, c9);
    }
    FloatVector low = c0.add(c1).add(c2).add(c3).add(c4).add(c5);
    low.add(c6).add(c7).add(c8).add(c9).intoArray(result, 0);
    return result;
  }
}
