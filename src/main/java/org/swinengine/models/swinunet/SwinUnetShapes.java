package org.swinengine.models.swinunet;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.swinengine.models.RecognitionHints;
import org.swinengine.models.RecognitionNotes;
import org.swinengine.models.StateShapes;
import org.swinengine.models.swin.SwinShapes;
import org.swinengine.weights.Dialect;

/** What arrays show of a Swin-Unet, whose encoder is a Swin Transformer. */
final class SwinUnetShapes extends SwinShapes {
  SwinUnetShapes(StateShapes shapes, Dialect dialect, RecognitionHints hints, RecognitionNotes notes) {
    super(SwinUnetFamily.TYPE, shapes, dialect, hints, notes);
  }

  /** A scale without a skip connection has no layer that brings both sides together. */
  @Override
  protected void addOwn(Map<String, Object> own, int patch, List<Integer> windows) {
    List<String> scales = new ArrayList<>();
    for (int i = stages - 2; i >= 0; i--) {
      if (shapes.has("concat_back_dim." + (stages - 1 - i) + ".weight")) {
        scales.add("1/" + (patch << i));
      }
    }
    if (scales.size() < stages - 1) {
      own.put("SKIPS", scales.isEmpty() ? "none" : String.join(",", scales));
    }
  }

  @Override
  protected int classes() {
    return shapes.axis("output.weight", 0, 4);
  }
}
