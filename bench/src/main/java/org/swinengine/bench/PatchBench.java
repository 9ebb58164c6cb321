package org.swinengine.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.swinengine.backend.Buffer;

/**
 * The gathers of patch embedding, of Swin-T's first patch merging, and of Swin-Unet's last patch expanding.
 */
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
  public void embedScatter() {
    backend.patch().embedScatter(8, 3, 224, 224, patch, patches, image);
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

  @Benchmark
  public void expand() {
    backend.patch().exchange(8 * 28, 28, 2, 2 * 96, tokens, merged);
    backend.synchronize();
  }

  /** The nine channels of a segmentation's logits, from last to first. */
  @Benchmark
  public void channelsFirst() {
    backend.patch().exchange(5, 224 * 224, 9, 1, tokens, merged);
    backend.synchronize();
  }
}
