package org.swinengine.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.swinengine.backend.Buffer;

/** The gathers of patch embedding and of Swin-T's first patch merging. */
public class PatchBench extends BackendBench {
  @Param({"4", "16"})
  public int patch;

  private Buffer image;
  private Buffer patches;
  private Buffer tokens;
  private Buffer merged;

  @Override
  protected void prepare() {
    image = random(8 * 3 * 224 * 224);
    patches = random(8 * 3 * 224 * 224);
    tokens = random(8 * 56 * 56 * 96);
    merged = random(8 * 56 * 56 * 96);
  }

  @Benchmark
  public void embedGather() {
    backend.patch().embedGather(8, 3, 224, 224, patch, image, patches);
    backend.synchronize();
  }

  @Benchmark
  public void mergeGather() {
    backend.patch().mergeGather(8, 56, 56, 96, tokens, merged);
    backend.synchronize();
  }

  @Benchmark
  public void mergeScatter() {
    backend.patch().mergeScatter(8, 56, 56, 96, merged, tokens);
    backend.synchronize();
  }
}
