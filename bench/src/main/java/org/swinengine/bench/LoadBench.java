package org.swinengine.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
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
import org.openjdk.jmh.infra.Blackhole;
import org.swinengine.autograd.Parameter;
import org.swinengine.models.Models;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;
import org.swinengine.weights.TorchWriter;
import org.swinengine.weights.WeightFiles;

/**
 * Opening a checkpoint of 113 MB, that of a Swin-T, and reading every tensor to floats, as {@code torch.load}
 * does. The file is the benchmark's own and in the page cache; with {@code -p file=PATH} another one is read.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-XX:+UseG1GC", "-Xms2g", "-Xmx2g"})
public class LoadBench {
  @Param({"model.pth", "model.safetensors"})
  public String file;

  private Path folder;
  private Path path;

  /** Writes the file, unless it is there. */
  @Setup(Level.Trial)
  public void write() {
    path = Path.of(file);
    if (Files.exists(path)) {
      return;
    }
    try {
      folder = Files.createTempDirectory("load-bench");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    path = folder.resolve(file);
    StateDict.Builder weights = StateDict.builder();
    Random random = new Random(1);
    for (Parameter parameter : Models.create(Models.spec("swin_tiny_patch4_window7_224")).parameters()) {
      float[] values = new float[Math.toIntExact(parameter.shape().elements())];
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextFloat();
      }
      weights.put(parameter.path(), ArrayData.ofFloats(parameter.shape().longDims(), values));
    }
    if (file.endsWith(".pth")) {
      TorchWriter.write(path, weights.build(), "model");
    } else {
      Safetensors.write(path, weights.build());
    }
  }

  @TearDown(Level.Trial)
  public void delete() throws IOException {
    if (folder != null) {
      Files.delete(path);
      Files.delete(folder);
    }
  }

  @Benchmark
  public void load(Blackhole sink) {
    StateDict weights = WeightFiles.read(path);
    for (ArrayData array : weights.arrays().values()) {
      sink.consume(array.type().isIntegral() ? array.toLongs() : array.toFloats());
    }
  }
}
