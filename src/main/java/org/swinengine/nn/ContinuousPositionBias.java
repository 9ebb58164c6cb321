package org.swinengine.nn;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.ops.ContinuousPositionBiasOp;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * Swin Transformer V2's log-spaced continuous position bias (section 3.3): a network of two layers, {@code 0}
 * and {@code 2} as in the original's {@code nn.Sequential} with ReLU between them, from relative positions to
 * a bias table. Weight decay does not apply to it.
 */
final class ContinuousPositionBias extends Module {
  private static final int HIDDEN = 512;

  /** Offsets are scaled so that the window's (or the pretrained window's) edge is at 8. */
  private static final int EDGE = 8;

  private static final double LN_2 = 0.6931471805599453;

  private final float[] coordinates;
  private final Linear first;
  private final Linear second;
  private @Nullable Tensor onDevice;

  /**
   * @param window {height, width} for which the table is made
   * @param pretrainedWindow side of the window of the pre-training, whose coordinates the network knows; 0:
   *     the window itself
   */
  ContinuousPositionBias(int[] window, int pretrainedWindow, int heads) {
    coordinates = coordinates(window, pretrainedWindow);
    first = add("0", Linear.withoutDecay(2, HIDDEN, true));
    second = add("2", Linear.withoutDecay(HIDDEN, heads, false));
  }

  /**
   * The relative positions' log-spaced coordinates, {@code [(2·height − 1)·(2·width − 1), 2]}, row before
   * column: {@code sign(d)·log₂(1 + |d|)/log₂(8)} where d is 8 at an offset of {@code window − 1}. The
   * original's {@code relative_coords_table}, rounded as it rounds there.
   */
  static float[] coordinates(int[] window, int pretrainedWindow) {
    float[] rows = axis(window[0], pretrainedWindow);
    float[] columns = axis(window[1], pretrainedWindow);
    float[] table = new float[2 * rows.length * columns.length];
    for (int i = 0; i < table.length / 2; i++) {
      table[2 * i] = rows[i / columns.length];
      table[2 * i + 1] = columns[i % columns.length];
    }
    return table;
  }

  private static float[] axis(int window, int pretrainedWindow) {
    int edge = (pretrainedWindow > 0 ? pretrainedWindow : window) - 1;
    float[] values = new float[2 * window - 1];
    for (int i = 0; i < values.length; i++) {
      int offset = i - (window - 1);
      // A window of one token has the offset 0 alone; the original divides it by 0.
      float scaled = offset == 0 ? 0 : (float) offset / edge * EDGE;
      float log = (float) (StrictMath.log(Math.abs(scaled) + 1f) / LN_2);
      values[i] = Math.signum(scaled) * log / 3f;
    }
    return values;
  }

  /** The bias table {@code [(2·height − 1)·(2·width − 1), heads]}. */
  Variable table() {
    Variable x = Variable.constant(onDevice(first.weight.backend()));
    return ContinuousPositionBiasOp.apply(x, first.weight, Objects.requireNonNull(first.bias), second.weight);
  }

  /** The coordinates where the parameters are; several threads may predict with one model. */
  private synchronized Tensor onDevice(Backend backend) {
    if (onDevice == null) {
      try (Scope scope = Scope.detached()) {
        onDevice = Tensor.emptyMaster(backend, Shape.of(coordinates.length / 2, 2));
      }
      backend.memory().upload(coordinates, 0, onDevice, coordinates.length);
    }
    return onDevice;
  }
}
