package org.swinengine.backend.reference;

import java.util.List;
import org.swinengine.backend.RandomKernels;
import org.swinengine.backend.RandomKey;
import org.swinengine.backend.Span;

/** Random family of the reference: {@link RandomKey#uniform}, one number at a time. */
final class ReferenceRandom implements RandomKernels {
  @Override
  public void dropPathScales(
      long seed, int step, List<Branch> branches, long firstSample, int samples, Span out) {
    int[] scratch = new int[4];
    double[] scales = new double[branches.size() * samples];
    int at = 0;
    for (Branch branch : branches) {
      RandomKey key = new RandomKey(seed, branch.stream(), step);
      double keep = branch.keepProbability();
      for (int s = 0; s < samples; s++) {
        scales[at++] = key.uniform(firstSample + s, 0, scratch) < keep ? 1 / keep : 0;
      }
    }
    ReferenceBuffer.write(scales, out);
  }

  @Override
  public void dropout(
      RandomKey key, long firstSample, int samples, long elements, double keepProbability, Span x, Span y) {
    int[] scratch = new int[4];
    double[] values = ReferenceBuffer.read(x, samples * elements);
    for (int s = 0; s < samples; s++) {
      for (int e = 0; e < elements; e++) {
        int i = Math.toIntExact(s * elements + e);
        boolean kept = key.uniform(firstSample + s, e, scratch) < keepProbability;
        values[i] = kept ? values[i] / keepProbability : 0;
      }
    }
    ReferenceBuffer.write(values, y);
  }
}
