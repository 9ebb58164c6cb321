package org.swinengine.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.RandomKey;

/** Dropout of the tokens of Swin-T's first stage, and the DropPath factors of a batch. */
public class RandomBench extends BackendBench {
  private static final RandomKey KEY = new RandomKey(1, RandomKey.streamOf("layers.0.blocks.0"), 1);

  private Buffer x;
  private Buffer y;

  @Override
  protected void prepare() {
    x = random(8 * 3136 * 96);
    y = random(8 * 3136 * 96);
  }

  @Benchmark
  public void dropout() {
    backend.random().dropout(KEY, 0, 8, 3136 * 96, 0.9, x, y);
    backend.synchronize();
  }

  @Benchmark
  public void dropPathScale() {
    backend.random().dropPathScale(KEY, 0, 128, 0.9, y);
    backend.synchronize();
  }
}
