package org.swinengine.backend;

/**
 * Philox4x32-10, the counter-based random number generator of Salmon et al., "Parallel random numbers: as
 * easy as 1, 2, 3" (SC 2011).
 *
 * <p>There is no state: 128 bits of counter and 64 bits of key give 128 random bits. Whoever knows what a
 * number is for (seed, sample, step) can draw it in any order and on any thread or device and gets the same
 * bits, so results do not depend on how work is split. The known answers of the authors' library Random123
 * hold.
 */
public final class Philox {
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final int ROUNDS = 10;
  private static final float TWO_TO_MINUS_24 = 0x1p-24f;

  private Philox() {}

  /**
   * Computes one block of four random words.
   *
   * @param key0 low word of the key
   * @param key1 high word of the key
   * @param c0 word 0 of the counter
   * @param c1 word 1 of the counter
   * @param c2 word 2 of the counter
   * @param c3 word 3 of the counter
   * @param out4 receives the four words at indices 0 to 3
   */
  public static void block(int key0, int key1, int c0, int c1, int c2, int c3, int[] out4) {
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = MULTIPLIER_0 * (c0 & 0xFFFFFFFFL);
      long product1 = MULTIPLIER_1 * (c2 & 0xFFFFFFFFL);
      c0 = (int) (product1 >>> 32) ^ c1 ^ key0;
      c1 = (int) product1;
      c2 = (int) (product0 >>> 32) ^ c3 ^ key1;
      c3 = (int) product0;
      key0 += WEYL_0;
      key1 += WEYL_1;
    }
    out4[0] = c0;
    out4[1] = c1;
    out4[2] = c2;
    out4[3] = c3;
  }

  /**
   * Turns a random word into a uniform number: its upper 24 bits times 2<sup>-24</sup>, which a float holds
   * exactly.
   *
   * @param bits a word from {@link #block}
   * @return a multiple of 2<sup>-24</sup> in [0, 1)
   */
  public static float uniform(int bits) {
    return (bits >>> 8) * TWO_TO_MINUS_24;
  }
}
