package org.swinengine.models.swinv2;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.swinengine.models.RecognitionHints;
import org.swinengine.models.RecognitionNotes;
import org.swinengine.models.StateShapes;
import org.swinengine.models.swin.SwinShapes;
import org.swinengine.weights.Dialect;

/** What arrays show of a Swin V2. */
final class SwinV2Shapes extends SwinShapes {
  private static final int USUAL_WINDOW = 8;

  SwinV2Shapes(StateShapes shapes, Dialect dialect, RecognitionHints hints, RecognitionNotes notes) {
    super(SwinV2Family.TYPE, shapes, dialect, hints, notes);
  }

  @Override
  protected void addOwn(Map<String, Object> own, int patch, List<Integer> windows) {
    String attention = "layers.0.blocks.0.attn.";
    own.put("QKV_BIAS", shapes.has(attention + "qkv.bias") || shapes.has(attention + "q_bias"));
    own.put("PRETRAINED_WINDOW_SIZES", pretrainedWindows(windows));
  }

  @Override
  protected boolean haveOneWindow() {
    return true;
  }

  @Override
  protected int heads(String attention) {
    return shapes.axis(attention + "logit_scale", 0, 3);
  }

  @Override
  protected List<Integer> windows() {
    List<Integer> windows = new ArrayList<>();
    for (int i = 0; i < stages; i++) {
      windows.add(shownWindow(i));
    }
    if (windows.contains(0)) {
      int window = hints.window() == null ? USUAL_WINDOW : hints.window();
      if (hints.window() == null) {
        notes.assume(
            "window",
            "neither the window nor that of an earlier training can be seen in the weights of a Swin"
                + " Transformer V2; 8 and none are assumed, `window` or `model` says otherwise");
      } else {
        notes.add("the window of " + window + " is as given");
      }
      windows.replaceAll(seen -> window);
    }
    return windows;
  }

  /** The side of a stage's windows, by its buffers; 0 where it cannot be seen. */
  private int shownWindow(int stage) {
    String attention = "layers." + stage + ".blocks.0.attn.";
    long[] index = shapes.buffer(attention + "relative_position_index");
    if (index == null) {
      index = shapes.buffer("features." + (2 * stage + 1) + ".0.attn.relative_position_index");
    }
    if (index == null || index.length == 0 || index.length > 2) {
      return 0;
    }
    long tokens = index.length == 2 ? index[0] : StateShapes.side(index[0]);
    return StateShapes.side(tokens);
  }

  /**
   * The window with which each stage was pre-trained. The table of coordinates ends at log2(8·(w − 1)/(p − 1)
   * + 1)/3 for the window w and p, the pre-training's.
   */
  private List<Integer> pretrainedWindows(List<Integer> windows) {
    if (hints.pretrainedWindows() != null && hints.pretrainedWindows().size() == stages) {
      return hints.pretrainedWindows();
    }
    List<Integer> pretrained = new ArrayList<>();
    for (int i = 0; i < stages; i++) {
      String end = "layers." + i + ".blocks.0.attn.relative_coords_table";
      int window = windows.get(i);
      long[] shape = shapes.buffer(end);
      int former = 0;
      if (shape != null && shape.length == 4 && shape[1] == 2L * window - 1 && shape[2] == shape[1]) {
        float[] values = shapes.bufferValues(end);
        double last = values[values.length - 1];
        double ratio = (StrictMath.pow(8, last) - 1) / 8;
        former = ratio > 0 && ratio < 100 ? (int) Math.round((window - 1) / ratio) + 1 : 0;
      }
      pretrained.add(former == window || former < 2 ? 0 : former);
    }
    return pretrained;
  }
}
