package org.swinengine.bench;

import java.util.Collections;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.RandomKernels.Branch;
import org.swinengine.backend.RandomKey;

/** Dropout of the tokens of Swin-T's first stage, and the DropPath factors of its branches for a batch. */
public class RandomBench extends BackendBench {
  private static final RandomKey KEY = new RandomKey(1, RandomKey.streamOf("layers.0.blocks.0"), 1);

  private static final List<Branch> BRANCHES = Collections.nCopies(22, new Branch(KEY.stream(), 0.9));

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
  public void dropPathScales() {
    backend.random().dropPathScales(1, 1, BRANCHES, 0, 128, y);
    backend.synchronize();
  }
}
