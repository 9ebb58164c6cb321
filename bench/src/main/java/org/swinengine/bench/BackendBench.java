package org.swinengine.bench;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.cpu.CpuBackend;

/**
 * What all kernel benchmarks share: a backend, its operands, and JMH's settings. A benchmark calls kernels
 * through the contract alone, so that it serves every device; sizes are those of Swin-T at 224 × 224, batch
 * 8, as a rule.
 *
 * <p>{@code java -jar target/benchmarks.jar NormBench -p threads=1,2}
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-XX:+UseG1GC", "-Xms2g", "-Xmx2g"})
public abstract class BackendBench {
  @Param("cpu")
  public String device;

  @Param({"1", "2"})
  public int threads;

  /** The device under test. */
  protected Backend backend;

  /** Opens the device, then makes the operands. */
  @Setup(Level.Trial)
  public final void open() {
    if (!device.equals("cpu")) {
      throw new IllegalArgumentException("device=" + device + " cannot be benchmarked; known: cpu");
    }
    backend = new CpuBackend(threads);
    prepare();
  }

  @TearDown(Level.Trial)
  public final void close() {
    backend.close();
  }

  /** Makes the operands. */
  protected abstract void prepare();

  /** A buffer of normally distributed numbers. */
  protected final Buffer random(long size) {
    Random random = new Random(size);
    float[] values = new float[(int) size];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    Buffer buffer = backend.memory().allocate(backend.computeType(), size);
    backend.memory().upload(values, 0, buffer, values.length);
    return buffer;
  }

  /** A buffer of one value. */
  protected final Buffer filled(long size, double value) {
    Buffer buffer = backend.memory().allocate(backend.computeType(), size);
    backend.memory().fill(buffer, size, value);
    return buffer;
  }

  /** A buffer of integers from 0 to {@code bound} − 1. */
  protected final Buffer integers(int size, int bound) {
    Buffer buffer = backend.memory().allocate(DType.INT32, size);
    backend.memory().upload(new Random(size).ints(size, 0, bound).toArray(), 0, buffer, size);
    return buffer;
  }
}
