package org.swinengine.bench;

import java.util.concurrent.TimeUnit;
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
import org.swinengine.backend.cpu.peak.FmaChains;
import org.swinengine.backend.cpu.peak.FmaPeak;
import org.swinengine.backend.cpu.peak.VectorFmaChains;

/**
 * What the processor can do at most: fused multiply-adds on registers, on all threads. A score of s million
 * vector operations a second is {@code 2·lanes·s/1000} GFLOP/s. {@code swin-engine bench} measures the same
 * loop as {@code fma_gflops} in the process whose products it times.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Threads(Threads.MAX)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PeakBench {
  private final FmaChains chains = new VectorFmaChains();

  @Benchmark
  @OperationsPerInvocation(FmaPeak.ROUNDS * FmaChains.CHAINS)
  public float fma() {
    return chains.run(FmaPeak.ROUNDS);
  }
}
