package org.swinengine.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.swinengine.data.ImageDecoder;
import org.swinengine.data.RawImage;

/** Decoding a photo of 500 by 375 pixels on one thread. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class DecodeBench {
  @Param({"jpeg", "png"})
  public String format;

  private byte[] file;

  /** Makes the file. */
  @Setup
  public void prepare() {
    try {
      file = format.equals("jpeg") ? BenchPhoto.jpeg() : BenchPhoto.png();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Benchmark
  public RawImage decode() throws IOException {
    return ImageDecoder.decode(file, "the benchmark's photo");
  }
}
