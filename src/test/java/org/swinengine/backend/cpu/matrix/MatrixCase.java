package org.swinengine.backend.cpu.matrix;

import java.util.Random;

/** The operands of a product, of normally distributed numbers that depend on its sizes alone. */
final class MatrixCase {
  final Random random;
  final int rows;
  final int in;
  final int out;
  final float[] x;
  final float[] weight;
  final float[] bias;
  final float[] old;
  final float[] residual;
  final float[] other;
  final float[] scale;
  final float[] gamma;
  final float[] beta;

  MatrixCase(int rows, int in, int out) {
    random = new Random(rows * 31L + in * 7L + out);
    this.rows = rows;
    this.in = in;
    this.out = out;
    x = random(rows * in);
    weight = random(out * in);
    bias = random(out);
    old = random(rows * out);
    residual = random(rows * out);
    other = random(rows * out);
    scale = random((rows + 1) / 2);
    gamma = random(in);
    beta = random(in);
  }

  float[] random(int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
