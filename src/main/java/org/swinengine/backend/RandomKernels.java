package org.swinengine.backend;

/**
 * Random family: counter-based (Philox 4×32-10, Salmon et al. 2011), so that a value depends on its key and
 * place alone: not on batches, workers, recomputation or backends. Element e of global sample s under a key
 * is word {@code e mod 4} of {@code Philox(key = (seed, stream ^ high half of seed), counter = (e/4, s low, s
 * high, step))}, and its uniform number is the word's upper 24 bits / 2²⁴; see {@link RandomKey#uniform}.
 */
public interface RandomKernels {
  /**
   * DropPath's factors (Huang et al. 2016): {@code out[i]} = 1/keep with probability keep, else 0, for
   * samples firstSample … firstSample + samples − 1 (element 0 of each: kept where its uniform number is
   * below keep).
   */
  void dropPathScale(RandomKey key, long firstSample, int samples, double keepProbability, Span out);

  /**
   * Dropout: {@code y = x/keep} where the element's uniform number is below keep, else 0; {@code [samples,
   * elements]}. Its gradient is the same call on dy.
   */
  void dropout(
      RandomKey key, long firstSample, int samples, long elements, double keepProbability, Span x, Span y);
}
