package org.swinengine.backend.reference;

import java.util.List;
import org.swinengine.backend.DropoutMask;
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
      RandomKey key, long firstSample, int samples, long elements, double keepProbability,
      Span rowScale, Span x, Span y) {
    int[] scratch = new int[4];
    double[] values = ReferenceBuffer.read(x, samples * elements);
    double[] scales = ReferenceBuffer.readIfGiven(rowScale, samples);
    for (int s = 0; s < samples; s++) {
      for (int e = 0; e < elements; e++) {
        int i = Math.toIntExact(s * elements + e);
        boolean kept = key.uniform(firstSample + s, e, scratch) < keepProbability;
        double scaled = scales == null ? values[i] : values[i] * scales[s];
        values[i] = kept ? scaled / keepProbability : 0;
      }
    }
    ReferenceBuffer.write(values, y);
  }

  /** Whether an element of a matrix is kept. */
  static boolean keeps(DropoutMask mask, int row, int column, int columns) {
    int samples = row / mask.rowsPerSample();
    long element = (long) (row % mask.rowsPerSample()) * columns + column;
    return mask.key().uniform(mask.firstSample() + samples, element, new int[4]) < mask.keepProbability();
  }
}
