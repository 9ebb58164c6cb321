package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Npy;

/** Compares what {@code infer} writes. */
final class LogitsFiles {
  private LogitsFiles() {}

  /**
   * Two files hold logits of one shape.
   *
   * @param tolerance what the largest difference may be, relative to the largest logit
   */
  static void assertClose(Path expectedFile, Path actualFile, double tolerance) {
    ArrayData expected = Npy.read(expectedFile);
    ArrayData actual = Npy.read(actualFile);
    assertArrayEquals(expected.shape(), actual.shape());
    double largest = 0;
    double error = 0;
    double[] wanted = expected.toDoubles();
    double[] found = actual.toDoubles();
    for (int i = 0; i < wanted.length; i++) {
      largest = Math.max(largest, Math.abs(wanted[i]));
      double difference = Math.abs(wanted[i] - found[i]);
      error = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(error, difference);
    }
    assertTrue(error <= tolerance * largest, "error " + error + " of " + largest);
  }
}
