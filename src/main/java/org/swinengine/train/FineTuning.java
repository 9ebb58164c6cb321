package org.swinengine.train;

import java.nio.file.Path;

/**
 * How a run starts from weights, and when it ends early.
 *
 * @param weights a file of first weights; null: fresh ones
 * @param reading how that file is to be read
 * @param freeze which parameters stay as they are
 * @param patience epochs without a better result after which the run ends; 0: never
 */
public record FineTuning(Path weights, OpenOptions reading, Freeze freeze, int patience) {
  /** From scratch, all epochs. */
  public static final FineTuning NONE = new FineTuning(null, OpenOptions.DEFAULT, Freeze.NONE, 0);

  /** Checks the range. */
  public FineTuning {
    if (patience < 0) {
      throw new IllegalArgumentException("patience is " + patience + ", but must be at least 0");
    }
  }

  /** The same from other weights. */
  public FineTuning withWeights(Path file, OpenOptions how) {
    return new FineTuning(file, how, freeze, patience);
  }

  /** The same with other parameters frozen. */
  public FineTuning withFreeze(Freeze what) {
    return new FineTuning(weights, reading, what, patience);
  }

  /** The same with another patience. */
  public FineTuning withPatience(int epochs) {
    return new FineTuning(weights, reading, freeze, epochs);
  }
}
