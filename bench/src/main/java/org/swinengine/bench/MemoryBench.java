package org.swinengine.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.PixelBatch;

/** The pool's round trip, copies, fills, and the way from the host and back. */
public class MemoryBench extends BackendBench {
  @Param({"1000", "2408448"})
  public int elements;

  private Buffer from;
  private Buffer to;
  private float[] host;
  private byte[] pixels;
  private final float[] levels = new float[3 * 256];

  @Override
  protected void prepare() {
    from = random(elements);
    to = random(elements);
    host = new float[elements];
    pixels = new byte[elements];
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
  public void copyRows() {
    backend.memory().copyRows(elements / 100, 99, from, 100, to, 100);
    backend.synchronize();
  }

  @Benchmark
  public void upload() {
    backend.memory().upload(host, 0, to, elements);
    backend.synchronize();
  }

  @Benchmark
  public void uploadPixels() {
    int side = (int) Math.sqrt(elements / 3.0);
    backend.memory().uploadPixels(new PixelBatch(pixels, 1, 3, side, side, levels, null), to);
    backend.synchronize();
  }

  @Benchmark
  public void download() {
    backend.memory().download(from, host, 0, elements);
  }

  @Benchmark
  public void fill() {
    backend.memory().fill(to, elements, 0);
    backend.synchronize();
  }
}
