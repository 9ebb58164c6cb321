package org.swinengine.backend;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Random family: counter-based (Philox 4×32-10, Salmon et al. 2011), so that a value depends on its key and
 * place alone: not on batches, workers, recomputation or backends. Element e of global sample s under a key
 * is word {@code e mod 4} of {@code Philox(key = (seed, stream ^ high half of seed), counter = (e/4, s low, s
 * high, step))}, and its uniform number is the word's upper 24 bits / 2²⁴; see {@link RandomKey#uniform}.
 */
public interface RandomKernels {
  /**
   * A branch that DropPath drops.
   *
   * @param stream number of its random stream, {@link RandomKey#stream}
   * @param keepProbability from 0 to 1
   */
  record Branch(int stream, double keepProbability) {}

  /**
   * DropPath's factors (Huang et al. 2016) of many branches at once: {@code out[b, i]} = 1/keep with branch
   * b's probability keep, else 0, for samples firstSample … firstSample + samples − 1 (element 0 of each:
   * kept where its uniform number is below keep).
   *
   * @param seed of all keys, as in {@link RandomKey}
   * @param step of all keys
   * @param out {@code [branches, samples]} of the master type
   */
  void dropPathScales(
      long seed, int step, List<Branch> branches, long firstSample, int samples, Span out);

  /** The same of one branch: {@code [samples]}. */
  default void dropPathScale(
      RandomKey key, long firstSample, int samples, double keepProbability, Span out) {
    dropPathScales(
        key.seed(), key.step(), List.of(new Branch(key.stream(), keepProbability)), firstSample, samples,
        out);
  }

  /**
   * Dropout: {@code y = x/keep} where the element's uniform number is below keep, else 0; {@code [samples,
   * elements]}. Its gradient is the same call on dy.
   */
  default void dropout(
      RandomKey key, long firstSample, int samples, long elements, double keepProbability, Span x, Span y) {
    dropout(key, firstSample, samples, elements, keepProbability, null, x, y);
  }

  /**
   * The same of {@code s·x}: the gradient of what DropPath follows.
   *
   * @param rowScale factors s {@code [samples]} of the master type; null: all are 1
   */
  void dropout(
      RandomKey key, long firstSample, int samples, long elements, double keepProbability,
      @Nullable Span rowScale, Span x, Span y);
}
