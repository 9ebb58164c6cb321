package org.swinengine.backend.reference;

/**
 * One head of self-attention among the tokens of one window or sequence, with all logits written out:
 * {@code logits = factor·q·kᵀ + added}, {@code out = softmax(logits)·v}. In cosine attention q and k are
 * divided by max(their norm, 1e-12) first.
 */
final class AttentionHead {
  /** PyTorch's {@code F.normalize} divides by no less. */
  private static final double SMALLEST_NORM = 1e-12;

  private final int tokens;
  private final int headDim;
  private final boolean cosine;
  private final double factor;
  private final double[][] q;
  private final double[][] k;
  private final double[][] v;
  private final double[][] unitQ;
  private final double[][] unitK;
  private final double[][] similarity;

  /** {@code factor·similarity + added}, {@code [query][key]}. */
  final double[][] logits;

  /**
   * @param q queries {@code [tokens][headDim]}
   * @param k keys
   * @param v values
   * @param added bias and mask {@code [query][key]}
   */
  AttentionHead(double[][] q, double[][] k, double[][] v, boolean cosine, double factor, double[][] added) {
    this.tokens = q.length;
    this.headDim = q[0].length;
    this.cosine = cosine;
    this.factor = factor;
    this.q = q;
    this.k = k;
    this.v = v;
    this.unitQ = cosine ? normalize(q) : q;
    this.unitK = cosine ? normalize(k) : k;
    this.similarity = new double[tokens][tokens];
    this.logits = new double[tokens][tokens];
    for (int i = 0; i < tokens; i++) {
      for (int j = 0; j < tokens; j++) {
        similarity[i][j] = dot(unitQ[i], unitK[j]);
        logits[i][j] = factor * similarity[i][j] + added[i][j];
      }
    }
  }

  /** Maximum of a query's logits and the sum of exp(logit − maximum). */
  double[] rowStatistics(int query) {
    double maximum = Double.NEGATIVE_INFINITY;
    for (double logit : logits[query]) {
      maximum = Math.max(maximum, logit);
    }
    double sum = 0;
    for (double logit : logits[query]) {
      sum += StrictMath.exp(logit - maximum);
    }
    return new double[] {maximum, sum};
  }

  /** softmax of a query's logits. */
  double[] probabilities(int query, double maximum, double sum) {
    double[] row = new double[tokens];
    for (int j = 0; j < tokens; j++) {
      row[j] = StrictMath.exp(logits[query][j] - maximum) / sum;
    }
    return row;
  }

  /** The result of one query, {@code [headDim]}. */
  double[] attend(double[] probabilities) {
    double[] out = new double[headDim];
    for (int j = 0; j < tokens; j++) {
      for (int d = 0; d < headDim; d++) {
        out[d] += probabilities[j] * v[j][d];
      }
    }
    return out;
  }

  /** Gradients of a head's operands, shaped like them; {@code added}'s is {@code dLogits}. */
  record Gradients(double[][] dq, double[][] dk, double[][] dv, double[][] dLogits, double dFactor) {}

  /**
   * @param probabilities of all queries
   * @param dOut gradient of the result, {@code [tokens][headDim]}
   */
  Gradients backward(double[][] probabilities, double[][] dOut) {
    double[][] dUnitQ = new double[tokens][headDim];
    double[][] dUnitK = new double[tokens][headDim];
    double[][] dv = new double[tokens][headDim];
    double[][] dLogits = new double[tokens][tokens];
    double dFactor = 0;
    for (int i = 0; i < tokens; i++) {
      double[] dProbabilities = new double[tokens];
      double expected = 0;
      for (int j = 0; j < tokens; j++) {
        dProbabilities[j] = dot(dOut[i], v[j]);
        expected += probabilities[i][j] * dProbabilities[j];
      }
      for (int j = 0; j < tokens; j++) {
        dLogits[i][j] = probabilities[i][j] * (dProbabilities[j] - expected);
        dFactor += dLogits[i][j] * similarity[i][j];
        for (int d = 0; d < headDim; d++) {
          dv[j][d] += probabilities[i][j] * dOut[i][d];
          dUnitQ[i][d] += factor * dLogits[i][j] * unitK[j][d];
          dUnitK[j][d] += factor * dLogits[i][j] * unitQ[i][d];
        }
      }
    }
    double[][] dq = cosine ? normalizeBackward(q, unitQ, dUnitQ) : dUnitQ;
    double[][] dk = cosine ? normalizeBackward(k, unitK, dUnitK) : dUnitK;
    return new Gradients(dq, dk, dv, dLogits, dFactor);
  }

  private static double[][] normalize(double[][] x) {
    double[][] unit = new double[x.length][];
    for (int i = 0; i < x.length; i++) {
      double divisor = Math.max(Math.sqrt(dot(x[i], x[i])), SMALLEST_NORM);
      unit[i] = new double[x[i].length];
      for (int d = 0; d < x[i].length; d++) {
        unit[i][d] = x[i][d] / divisor;
      }
    }
    return unit;
  }

  private static double[][] normalizeBackward(double[][] x, double[][] unit, double[][] dUnit) {
    double[][] dx = new double[x.length][];
    for (int i = 0; i < x.length; i++) {
      double norm = Math.sqrt(dot(x[i], x[i]));
      boolean clamped = norm < SMALLEST_NORM; // then the divisor is a constant
      double along = clamped ? 0 : dot(unit[i], dUnit[i]);
      double divisor = clamped ? SMALLEST_NORM : norm;
      dx[i] = new double[x[i].length];
      for (int d = 0; d < x[i].length; d++) {
        dx[i][d] = (dUnit[i][d] - unit[i][d] * along) / divisor;
      }
    }
    return dx;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int d = 0; d < a.length; d++) {
      sum += a[d] * b[d];
    }
    return sum;
  }
}
