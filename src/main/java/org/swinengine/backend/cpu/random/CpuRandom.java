package org.swinengine.backend.cpu.random;

import org.swinengine.backend.Philox;
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
  public void dropPathScale(RandomKey key, long firstSample, int samples, double keepProbability, Span out) {
    int threshold = threshold(keepProbability);
    float scale = (float) (1 / keepProbability);
    float[] factors = CpuBuffer.floats(out);
    int at = CpuBuffer.start(out, samples);
    int[] words = new int[4];
    for (int i = 0; i < samples; i++) {
      draw(key, firstSample + i, 0, words);
      factors[at + i] = words[0] >>> 8 < threshold ? scale : 0;
    }
  }

  @Override
  public void dropout(
      RandomKey key, long firstSample, int samples, long elements, double keepProbability, Span x, Span y) {
    int threshold = threshold(keepProbability);
    float scale = (float) (1 / keepProbability);
    int width = Math.toIntExact(elements);
    float[] in = CpuBuffer.floats(x);
    int inAt = CpuBuffer.start(x, samples * elements);
    float[] out = CpuBuffer.floats(y);
    int outAt = CpuBuffer.start(y, samples * elements);
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
            for (int e = from; e < to; e += 4) {
              draw(key, firstSample + s, e / 4, words);
              int count = Math.min(4, to - e);
              for (int i = 0; i < count; i++) {
                int place = row + e + i;
                out[outAt + place] = words[i] >>> 8 < threshold ? in[inAt + place] * scale : 0;
              }
            }
          }
        });
  }

  /** The four words of {@link RandomKey#uniform}'s definition for elements 4·quad to 4·quad + 3. */
  private static void draw(RandomKey key, long sample, int quad, int[] words) {
    Philox.block(
        (int) key.seed(),
        key.stream() ^ (int) (key.seed() >>> 32),
        quad,
        (int) sample,
        (int) (sample >>> 32),
        key.step(),
        words);
  }

  private static int threshold(double keepProbability) {
    if (!(keepProbability >= 0 && keepProbability <= 1)) {
      throw new IllegalArgumentException(
          "a probability to keep must be from 0 to 1, but is " + keepProbability);
    }
    return (int) Math.ceil(keepProbability * 0x1p24);
  }
}
