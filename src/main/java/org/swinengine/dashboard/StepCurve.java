package org.swinengine.dashboard;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A run's steps in so few points that a page can draw them: each is the mean of as many steps as it takes for
 * all to find room, and that number doubles when it no longer suffices.
 */
final class StepCurve {
  /** As many as a chart is wide, about. */
  static final int POINTS = 1024;

  private static final String[] NAMES = {"loss", "lr", "speed"};

  private final float[] at = new float[POINTS];
  private final float[][] values = new float[NAMES.length][POINTS];
  private final double[] sums = new double[NAMES.length];
  private int size;
  private int each = 1;
  private int waiting;

  /**
   * A step.
   *
   * @param epochs passes over the data until now
   */
  void add(double epochs, double loss, double learningRate, double imagesPerSecond) {
    sums[0] += loss;
    sums[1] += learningRate;
    sums[2] += imagesPerSecond;
    if (++waiting < each) {
      return;
    }
    if (size == POINTS) {
      halve();
      // The two halves of a point of twice the length.
      if (waiting < each) {
        return;
      }
    }
    at[size] = (float) epochs;
    for (int i = 0; i < sums.length; i++) {
      values[i][size] = (float) (sums[i] / waiting);
      sums[i] = 0;
    }
    waiting = 0;
    size++;
  }

  private void halve() {
    size /= 2;
    each *= 2;
    for (int point = 0; point < size; point++) {
      at[point] = at[2 * point + 1];
      for (float[] value : values) {
        value[point] = (value[2 * point] + value[2 * point + 1]) / 2;
      }
    }
  }

  void writeTo(ObjectNode node) {
    node.put("each", each);
    write(node.putArray("epochs"), at);
    for (int i = 0; i < NAMES.length; i++) {
      write(node.putArray(NAMES[i]), values[i]);
    }
  }

  private void write(ArrayNode array, float[] numbers) {
    for (int i = 0; i < size; i++) {
      if (Float.isFinite(numbers[i])) {
        array.add(numbers[i]);
      } else {
        array.addNull();
      }
    }
  }
}
