package org.swinengine.backend.cpu.peak;

/** {@link FmaPeak}'s loop on scalars. */
public final class ScalarFmaChains implements FmaChains {
  @Override
  public int lanes() {
    return 1;
  }

  @Override
  public float run(int rounds) {
    float c0 = 0;
    float c1 = 1;
    float c2 = 2;
    float c3 = 3;
    float c4 = 4;
    float c5 = 5;
    float c6 = 6;
    float c7 = 7;
    float c8 = 8;
    float c9 = 9;
    float c10 = 10;
    float c11 = 11;
    for (int i = 0; i < rounds; i++) {
      c0 = Math.fma(A, B, c0);
      c1 = Math.fma(A, B, c1);
      c2 = Math.fma(A, B, c2);
      c3 = Math.fma(A, B, c3);
      c4 = Math.fma(A, B, c4);
      c5 = Math.fma(A, B, c5);
      c6 = Math.fma(A, B, c6);
      c7 = Math.fma(A, B, c7);
      c8 = Math.fma(A, B, c8);
      c9 = Math.fma(A, B, c9);
      c10 = Math.fma(A, B, c10);
      c11 = Math.fma(A, B, c11);
    }
    return c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11;
  }
}
