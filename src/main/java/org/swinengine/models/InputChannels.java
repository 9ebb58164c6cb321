package org.swinengine.models;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.swinengine.weights.ArrayData;

/**
 * The first layer's kernel for pictures of another number of channels, as timm's {@code adapt_input_conv}
 * makes it: for one channel the filters' sum, which sees of a grey picture what they saw of it in every
 * channel; for others the filters again and again, in proportion.
 */
final class InputChannels {
  private InputChannels() {}

  /**
   * Values for a kernel of other channels; null if the array is no kernel, or differs in more than that.
   *
   * @param array {@code [filters, channels, height, width]}
   * @param wanted the shape that is needed
   */
  static float @Nullable [] adapt(ArrayData array, long[] wanted) {
    long[] given = array.shape();
    boolean kernel =
        given.length == 4
            && wanted.length == 4
            && given[1] != wanted[1]
            && given[0] == wanted[0]
            && Arrays.equals(given, 2, 4, wanted, 2, 4);
    // Of two numbers above one only three channels are known to mean something.
    if (!kernel || given[1] != 1 && given[1] != 3) {
      return null;
    }
    int from = Math.toIntExact(given[1]);
    int to = Math.toIntExact(wanted[1]);
    int plane = Math.toIntExact(given[2] * given[3]);
    float[] values = array.toFloats();
    float[] adapted = new float[Math.toIntExact(wanted[0] * to * plane)];
    float factor = to == 1 ? 1 : (float) from / to;
    for (int filter = 0; filter < wanted[0]; filter++) {
      for (int i = 0; i < plane; i++) {
        for (int channel = 0; channel < to; channel++) {
          float value = values[(filter * from + channel % from) * plane + i];
          for (int other = 1; to == 1 && other < from; other++) {
            value += values[(filter * from + other) * plane + i];
          }
          adapted[(filter * to + channel) * plane + i] = value * factor;
        }
      }
    }
    return adapted;
  }
}
