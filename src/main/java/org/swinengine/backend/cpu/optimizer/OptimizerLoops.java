package org.swinengine.backend.cpu.optimizer;

/** The optimizer family's loops over n parameters. Both implementations give the same bits. */
public interface OptimizerLoops {
  /** AdamW and Adam in the order of operations of PyTorch's single-tensor form. */
  void adamW(
      AdamWFactors by, float[] p, int pAt, float[] g, int gAt, float[] m, int mAt, float[] v, int vAt,
      int n);

  /** SGD without momentum. */
  void sgd(SgdFactors by, float[] p, int pAt, float[] g, int gAt, int n);

  /** SGD with momentum in the buffer b. */
  void sgdMomentum(
      SgdFactors by, float[] p, int pAt, float[] g, int gAt, float[] b, int bAt, int n);

  /** LAMB's direction, which takes the gradient's place. */
  void lambDirection(
      LambFactors by, float[] p, int pAt, float[] g, int gAt, float[] m, int mAt, float[] v, int vAt,
      int n);

  /**
   * {@code average + rest·(p − average)}. In place of {@code decay·average + rest·p}: rounding the decay to
   * float32 would be an error of the same sign in every step, and 1/rest steps add up.
   *
   * @param rest 1 less the decay
   */
  void movingAverage(float rest, float[] p, int pAt, float[] average, int averageAt, int n);
}
