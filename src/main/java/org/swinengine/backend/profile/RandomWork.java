package org.swinengine.backend.profile;

import java.util.List;
import java.util.function.Consumer;
import org.swinengine.backend.RandomKernels;
import org.swinengine.backend.RandomKey;
import org.swinengine.backend.Span;

/** Work of the random family; the integer arithmetic of the random numbers does not count. */
final class RandomWork implements RandomKernels {
  private final Consumer<Work> called;

  RandomWork(Consumer<Work> called) {
    this.called = called;
  }

  @Override
  public void dropPathScales(
      long seed, int step, List<Branch> branches, long firstSample, int samples, Span out) {
    called.accept(new Work("dropPathScales", 0, Work.bytes(out, (double) branches.size() * samples)));
  }

  @Override
  public void dropout(
      RandomKey key, long firstSample, int samples, long elements, double keepProbability,
      Span rowScale, Span x, Span y) {
    double n = (double) samples * elements;
    double bytes = Work.bytes(x, n) + Work.bytes(rowScale, samples) + Work.bytes(y, n);
    called.accept(
        new Work("dropout " + samples + "x" + elements, rowScale == null ? n : 2 * n, bytes));
  }
}
