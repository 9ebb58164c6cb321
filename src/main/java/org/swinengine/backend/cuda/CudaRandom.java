package org.swinengine.backend.cuda;

import java.util.List;
import org.swinengine.backend.DType;
import org.swinengine.backend.RandomKernels;
import org.swinengine.backend.RandomKey;
import org.swinengine.backend.Span;

/** Random family on the GPU: {@code random.cu}. */
final class CudaRandom implements RandomKernels {
  private static final String FAMILY = "random";

  /** What a grid may have on its second axis. */
  private static final int MOST_SAMPLES_AT_ONCE = 65535;

  /** {@code MOST_BRANCHES} of random.cu. */
  private static final int MOST_BRANCHES_AT_ONCE = 100;

  private static final int WORDS_OF_A_BRANCH = 2;

  private final CudaDevice device;

  CudaRandom(CudaDevice device) {
    this.device = device;
  }

  @Override
  public void dropPathScales(
      long seed, int step, List<Branch> branches, long firstSample, int samples, Span out) {
    CudaBuffer.checkType("dropPathScales", "the result", out, DType.FLOAT32);
    int most = MOST_BRANCHES_AT_ONCE;
    for (int first = 0; first < branches.size() && samples > 0; first += most) {
      List<Branch> some = branches.subList(first, Math.min(first + most, branches.size()));
      long[] table = new long[WORDS_OF_A_BRANCH * some.size()];
      int at = 0;
      for (Branch branch : some) {
        double keep = branch.keepProbability();
        table[at++] = Launch.pair(branch.stream() ^ (int) (seed >>> 32), RandomKey.threshold(keep));
        table[at++] = Launch.pair(Float.floatToRawIntBits((float) (1 / keep)), 0);
      }
      device.launch(device.kernel(FAMILY, "dropPathScales_f32"))
          .grid(Grids.blocks(samples, Grids.THREADS), some.size(), 1)
          .word((int) seed)
          .number(step)
          .longSize("first sample", firstSample)
          .size("samples", samples)
          .span(Part.of(out, (long) first * samples), (long) some.size() * samples)
          .whereNumbersAre()
          .table(table)
          .run();
    }
  }

  @Override
  public void dropout(
      RandomKey key, long firstSample, int samples, long elements, double keepProbability,
      Span rowScale, Span x, Span y) {
    if (samples == 0 || elements == 0) {
      return;
    }
    String name = Grids.named(rowScale == null ? "dropout" : "scaledDropout", x);
    CudaBuffer.checkType(name, "the result", y, x.buffer().dtype());
    CudaBuffer.checkType(name, "the factors of rows", rowScale, DType.FLOAT32);
    long fours = Grids.blocks(elements, 4);
    int threads = Words.threads(fours);
    Launch launch =
        key(device.launch(device.kernel(FAMILY, name)), key, firstSample)
            .grid(Grids.blocks(fours, threads), Math.min(samples, MOST_SAMPLES_AT_ONCE), 1)
            .block(threads)
            .size("samples", samples)
            .longSize("elements", elements)
            .word(RandomKey.threshold(keepProbability))
            .real(1 / keepProbability)
            .span(x, samples * elements)
            .span(y, samples * elements)
            .whereNumbersAre();
    if (rowScale != null) {
      launch.span(rowScale, samples);
    }
    launch.run();
  }

  /** The arguments that say what is drawn. */
  static Launch key(Launch launch, RandomKey key, long firstSample) {
    return launch
        .word((int) key.seed())
        .word(key.stream() ^ (int) (key.seed() >>> 32))
        .number(key.step())
        .longSize("first sample", firstSample);
  }
}
