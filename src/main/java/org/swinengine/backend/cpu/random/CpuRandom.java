package org.swinengine.backend.cpu.random;

import java.util.List;
import org.swinengine.backend.RandomKernels;
import org.swinengine.backend.RandomKey;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.runtime.Chunks;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.WorkerPool;

/**
 * Random family on the CPU. A uniform number is an integer below 2²⁴ divided by 2²⁴, so it is below {@code
 * keep} just when the integer is below ⌈keep·2²⁴⌉, and the comparison is one of integers.
 */
public final class CpuRandom implements RandomKernels {
  /** What an element's random word costs, in elements of a plain loop. */
  private static final int COST = 8;

  private final WorkerPool pool;

  public CpuRandom(WorkerPool pool) {
    this.pool = pool;
  }

  @Override
  public void dropPathScales(
      long seed, int step, List<Branch> branches, long firstSample, int samples, Span out) {
    float[] factors = CpuBuffer.floats(out);
    int at = CpuBuffer.start(out, (long) branches.size() * samples);
    int[] words = new int[4];
    for (Branch branch : branches) {
      RandomKey key = new RandomKey(seed, branch.stream(), step);
      int threshold = RandomKey.threshold(branch.keepProbability());
      float scale = (float) (1 / branch.keepProbability());
      for (int i = 0; i < samples; i++) {
        key.words(firstSample + i, 0, words);
        factors[at++] = words[0] >>> 8 < threshold ? scale : 0;
      }
    }
  }

  @Override
  public void dropout(
      RandomKey key, long firstSample, int samples, long elements, double keepProbability,
      Span rowScale, Span x, Span y) {
    int threshold = RandomKey.threshold(keepProbability);
    float scale = (float) (1 / keepProbability);
    int width = Math.toIntExact(elements);
    float[] in = CpuBuffer.floats(x);
    int inAt = CpuBuffer.start(x, samples * elements);
    float[] out = CpuBuffer.floats(y);
    int outAt = CpuBuffer.start(y, samples * elements);
    float[] factors = rowScale == null ? null : CpuBuffer.floats(rowScale);
    int factorsAt = rowScale == null ? 0 : CpuBuffer.start(rowScale, samples);
    // Parts of a sample start at multiples of four, as a draw gives four numbers.
    Chunks.rectangles(
        pool,
        samples,
        width,
        COST,
        (fromSample, toSample, from, to) -> {
          int[] words = new int[4];
          for (int s = fromSample; s < toSample; s++) {
            int row = s * width;
            float factor = factors == null ? 1 : factors[factorsAt + s];
            for (int e = from; e < to; e += 4) {
              key.words(firstSample + s, e / 4, words);
              int count = Math.min(4, to - e);
              for (int i = 0; i < count; i++) {
                int place = row + e + i;
                out[outAt + place] = words[i] >>> 8 < threshold ? in[inAt + place] * factor * scale : 0;
              }
            }
          }
        });
  }
}
