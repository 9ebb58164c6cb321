package org.swinengine.models.swin;

import org.swinengine.weights.ArrayData;
import org.swinengine.weights.StateDict;

/**
 * Buffers that torchvision's Swin Transformers keep in their state dicts, and without which
 * {@code load_state_dict} refuses a file. They follow from the window alone.
 */
public final class TorchvisionBuffers {
  private static final String TABLE = "attn.relative_position_bias_table";
  private static final String SCALE = "attn.logit_scale";

  private TorchvisionBuffers() {}

  /**
   * The state dict with the buffers behind the parameters to which they belong.
   *
   * @param window side of a V2 model's windows, which its parameters do not show; 0: leave its buffers out
   */
  public static StateDict add(StateDict named, int window) {
    StateDict.Builder builder = StateDict.builder().metadata(named.metadata());
    named.arrays()
        .forEach(
            (name, array) -> {
              builder.put(name, array);
              if (name.endsWith("." + TABLE)) {
                int side = tableWindow(array.shape());
                if (side > 0) {
                  builder.put(name.replace(TABLE, "attn.relative_position_index"), index(side));
                }
              } else if (name.endsWith("." + SCALE) && window > 1) {
                builder.put(name.replace(SCALE, "attn.relative_coords_table"), coordinates(window));
                builder.put(name.replace(SCALE, "attn.relative_position_index"), index(window));
              }
            });
    return builder.build();
  }

  /** The square window whose table has that shape; 0 if there is none. */
  private static int tableWindow(long[] shape) {
    int side = (int) Math.round(Math.sqrt(shape[0]));
    return side % 2 == 1 && (long) side * side == shape[0] ? (side + 1) / 2 : 0;
  }

  /** For each pair of tokens (query, key) the row of the table: {@code [window⁴]}. */
  static ArrayData index(int window) {
    int tokens = window * window;
    long[] rows = new long[tokens * tokens];
    for (int query = 0; query < tokens; query++) {
      for (int key = 0; key < tokens; key++) {
        int down = query / window - key / window + window - 1;
        int across = query % window - key % window + window - 1;
        rows[query * tokens + key] = (long) down * (2 * window - 1) + across;
      }
    }
    return ArrayData.ofLongs(new long[] {rows.length}, rows);
  }

  /** Log-spaced offsets of two tokens (Liu et al. 2022, equation 4): {@code [1, 2w − 1, 2w − 1, 2]}. */
  static ArrayData coordinates(int window) {
    int side = 2 * window - 1;
    float[] along = new float[side];
    for (int i = 0; i < side; i++) {
      double scaled = 8.0 * (i - window + 1) / (window - 1);
      double log = StrictMath.log(Math.abs(scaled) + 1) / StrictMath.log(8);
      along[i] = (float) (Math.signum(scaled) * log);
    }
    float[] table = new float[side * side * 2];
    for (int row = 0; row < side; row++) {
      for (int column = 0; column < side; column++) {
        table[(row * side + column) * 2] = along[row];
        table[(row * side + column) * 2 + 1] = along[column];
      }
    }
    return ArrayData.ofFloats(new long[] {1, side, side, 2}, table);
  }
}
