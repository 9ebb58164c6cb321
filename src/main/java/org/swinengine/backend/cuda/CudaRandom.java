package org.swinengine.backend.cuda;

import org.swinengine.backend.DType;
import org.swinengine.backend.RandomKernels;
import org.swinengine.backend.RandomKey;
import org.swinengine.backend.Span;

/** Random family on the GPU: {@code random.cu}. */
final class CudaRandom implements RandomKernels {
  private static final String FAMILY = "random";

  /** What a grid may have on its second axis. */
  private static final int MOST_SAMPLES_AT_ONCE = 65535;

  private final CudaDevice device;

  CudaRandom(CudaDevice device) {
    this.device = device;
  }

  @Override
  public void dropPathScale(RandomKey key, long firstSample, int samples, double keepProbability, Span out) {
    if (samples == 0) {
      return;
    }
    CudaBuffer.checkType("dropPathScale", "the result", out, DType.FLOAT32);
    key(device.launch(device.kernel(FAMILY, "dropPathScale_f32")), key, firstSample)
        .grid(Grids.blocks(samples, Grids.THREADS))
        .size("samples", samples)
        .word(threshold(keepProbability))
        .real(1 / keepProbability)
        .span(out, samples)
        .whereNumbersAre()
        .run();
  }

  @Override
  public void dropout(
      RandomKey key, long firstSample, int samples, long elements, double keepProbability, Span x, Span y) {
    if (samples == 0 || elements == 0) {
      return;
    }
    String name = Grids.named("dropout", x);
    CudaBuffer.checkType(name, "the result", y, x.buffer().dtype());
    long fours = Grids.blocks(elements, 4);
    int threads = Words.threads(fours);
    key(device.launch(device.kernel(FAMILY, name)), key, firstSample)
        .grid(Grids.blocks(fours, threads), Math.min(samples, MOST_SAMPLES_AT_ONCE), 1)
        .block(threads)
        .size("samples", samples)
        .longSize("elements", elements)
        .word(threshold(keepProbability))
        .real(1 / keepProbability)
        .span(x, samples * elements)
        .span(y, samples * elements)
        .whereNumbersAre()
        .run();
  }

  private static Launch key(Launch launch, RandomKey key, long firstSample) {
    return launch
        .word((int) key.seed())
        .word(key.stream() ^ (int) (key.seed() >>> 32))
        .number(key.step())
        .longSize("first sample", firstSample);
  }

  /** The uniform numbers k/2²⁴ that are below a probability are those with k below this. */
  private static int threshold(double probability) {
    return (int) Math.ceil(probability * 0x1p24);
  }
}
