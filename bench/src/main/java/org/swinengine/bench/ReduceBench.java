package org.swinengine.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.swinengine.backend.Buffer;

/** Sums: a gradient norm over 28 million parameters, rows of tokens, the mean over tokens. */
public class ReduceBench extends BackendBench {
  private static final int PARAMETERS = 28_288_354;

  private Buffer parameters;
  private Buffer result;
  private Buffer row;

  @Override
  protected void prepare() {
    parameters = random(PARAMETERS);
    result = filled(1, 0);
    row = filled(8 * 768, 0);
  }

  @Benchmark
  public void sumOfSquares() {
    backend.reduce().sumOfSquares(PARAMETERS, parameters, result);
    backend.synchronize();
  }

  @Benchmark
  public void sum() {
    backend.reduce().sum(PARAMETERS, parameters, result);
    backend.synchronize();
  }

  @Benchmark
  public void sumRows() {
    backend.reduce().sumRows(25088, 96, parameters, row, false);
    backend.synchronize();
  }

  @Benchmark
  public void meanTokensBackward() {
    backend.reduce().meanTokensBackward(8, 49, 768, row, parameters);
    backend.synchronize();
  }

  @Benchmark
  public void meanTokens() {
    backend.reduce().meanTokens(8, 49, 768, parameters, row);
    backend.synchronize();
  }
}
