package org.swinengine.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
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
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;
import org.swinengine.backend.cpu.CpuBackend;

/** Shift, partition and reverse of Swin-T's first stage; each reads and writes {@code 4·batch·3136·96} bytes. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-Xmx4g"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class WindowBench {
  private static final int SIDE = 56;
  private static final int CHANNELS = 96;

  @Param("8")
  public int batch;

  @Param("2")
  public int threads;

  private Backend backend;
  private WindowGeometry geometry;
  private Buffer image;
  private Buffer result;

  /** Makes an image. */
  @Setup(Level.Trial)
  public void allocate() {
    backend = new CpuBackend(threads);
    geometry = new WindowGeometry(batch, SIDE, SIDE, 7, 7, 3, 3, PaddingOrder.SHIFT_THEN_PAD);
    int size = batch * SIDE * SIDE * CHANNELS;
    image = backend.memory().allocate(DType.FLOAT32, size);
    result = backend.memory().allocate(DType.FLOAT32, size);
    backend.memory().fill(image, size, 1);
    backend.memory().fill(result, size, 0);
  }

  /** Ends the backend's threads. */
  @TearDown(Level.Trial)
  public void close() {
    backend.close();
  }

  @Benchmark
  public void cyclicShift() {
    backend.window().cyclicShift(batch, SIDE, SIDE, CHANNELS, -3, -3, image, result);
    backend.synchronize();
  }

  @Benchmark
  public void partition() {
    backend.window().partition(geometry, CHANNELS, image, result);
    backend.synchronize();
  }

  @Benchmark
  public void reverse() {
    backend.window().reverse(geometry, CHANNELS, image, result);
    backend.synchronize();
  }
}
