package org.swinengine.backend;

/** Philox 4×32-10, a counter-based random number generator (Salmon et al., SC 2011). */
public final class Philox {
  private Philox() {}

  /** Writes the four words of a counter under a key. */
  public static void block(int key0, int key1, int c0, int c1, int c2, int c3, int[] out4) {
    for (int round = 0; round < 10; round++) {
      long product0 = 0xD2511F53L * (c0 & 0xFFFFFFFFL);
      long product1 = 0xCD9E8D57L * (c2 & 0xFFFFFFFFL);
      int next0 = (int) (product1 >>> 32) ^ c1 ^ key0;
      int next2 = (int) (product0 >>> 32) ^ c3 ^ key1;
      c1 = (int) product1;
      c3 = (int) product0;
      c0 = next0;
      c2 = next2;
      key0 += 0x9E3779B9;
      key1 += 0xBB67AE85;
    }
    out4[0] = c0;
    out4[1] = c1;
    out4[2] = c2;
    out4[3] = c3;
  }
}
