package org.swinengine.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;

/** Shift, partition and reverse of Swin-T's first stage; each reads and writes {@code 4·8·3136·96} bytes. */
public class WindowBench extends BackendBench {
  private static final int SIDE = 56;
  private static final int CHANNELS = 96;

  private WindowGeometry geometry;
  private Buffer image;
  private Buffer result;

  @Override
  protected void prepare() {
    geometry = new WindowGeometry(8, SIDE, SIDE, 7, 7, 3, 3, PaddingOrder.SHIFT_THEN_PAD);
    image = random(8 * SIDE * SIDE * CHANNELS);
    result = filled(8 * SIDE * SIDE * CHANNELS, 0);
  }

  @Benchmark
  public void cyclicShift() {
    backend.window().cyclicShift(8, SIDE, SIDE, CHANNELS, -3, -3, image, result);
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
