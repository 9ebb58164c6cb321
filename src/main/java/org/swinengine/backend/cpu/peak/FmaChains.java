package org.swinengine.backend.cpu.peak;

/** {@link FmaPeak}'s loop: independent sums, each of which takes a multiply-add in every round. */
public interface FmaChains {
  /**
   * Independent sums. A processor begins two multiply-adds a cycle and has each result four cycles later
   * (Haswell: five), so eight to ten keep it busy.
   */
  int CHAINS = 12;

  /** Factors; powers of two, so that the sums are exact. */
  float A = 0x1p-1f;

  float B = 0x1p-9f;

  /** Floats of a sum: 1 where it is a scalar. */
  int lanes();

  /**
   * Runs the chains on the calling thread; they begin with 0 to 11.
   *
   * @param rounds multiply-adds of each chain
   * @return the sum of all floats of all chains
   */
  float run(int rounds);
}
