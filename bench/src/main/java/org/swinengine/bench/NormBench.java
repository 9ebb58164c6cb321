package org.swinengine.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.ExpandedRows;

/** Layer normalisation of the tokens of Swin-T's first and third stage, {@code rowsxcolumns}. */
public class NormBench extends BackendBench {
  @Param({"25088x96", "1568x384"})
  public String size;

  private int rows;
  private int columns;
  private Buffer x;
  private Buffer y;
  private Buffer dy;
  private Buffer gamma;
  private Buffer beta;
  private Buffer mean;
  private Buffer inverseDeviation;
  private Buffer dGamma;
  private Buffer dBeta;

  @Override
  protected void prepare() {
    rows = Integer.parseInt(size.substring(0, size.indexOf('x')));
    columns = Integer.parseInt(size.substring(size.indexOf('x') + 1));
    x = random((long) rows * columns);
    y = random((long) rows * columns);
    dy = random((long) rows * columns);
    gamma = random(columns);
    beta = random(columns);
    mean = filled(rows, 0);
    inverseDeviation = filled(rows, 1);
    dGamma = filled(columns, 0);
    dBeta = filled(columns, 0);
  }

  @Benchmark
  public void forward() {
    backend.norm().layerNorm(rows, columns, x, gamma, beta, 1e-5, y, mean, inverseDeviation);
    backend.synchronize();
  }

  @Benchmark
  public void backward() {
    backend
        .norm()
        .layerNormBackward(
            rows, columns, dy, x, mean, inverseDeviation, gamma, y, false, dGamma, dBeta, false);
    backend.synchronize();
  }

  /** Rows as the tokens of 2 × 2 that Swin-Unet's patch expanding makes of each. */
  @Benchmark
  public void expand() {
    backend.norm().layerNorm(places(), rows, columns, x, gamma, beta, 1e-5, y, mean, inverseDeviation);
    backend.synchronize();
  }

  @Benchmark
  public void expandBackward() {
    backend
        .norm()
        .layerNormBackward(
            places(), rows, columns, dy, x, mean, inverseDeviation, gamma, y, false, dGamma, dBeta, false);
    backend.synchronize();
  }

  private ExpandedRows places() {
    int width = 14;
    return new ExpandedRows(rows / (4 * width), width, 2);
  }
}
