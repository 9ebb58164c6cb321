package org.swinengine.models;

import static org.swinengine.models.ModelSpec.require;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.ModelFamily;

/** Swin Transformer V1 and V2 and Swin-Unet, whose encoder is a Swin Transformer. */
final class SwinShapes {
  private static final int LARGEST_IMAGE = 1 << 16;

  private final StateShapes shapes;
  private final ModelFamily family;
  private final Dialect dialect;
  private final RecognitionHints hints;
  private final List<String> notes;
  private final int stages;

  SwinShapes(
      StateShapes shapes,
      ModelFamily family,
      Dialect dialect,
      RecognitionHints hints,
      List<String> notes) {
    this.shapes = shapes;
    this.family = family;
    this.dialect = dialect;
    this.hints = hints;
    this.notes = notes;
    stages = shapes.count("layers.");
  }

  ModelDescription describe() {
    require(stages > 0, "there is no array layers.0.…");
    int embedDim = shapes.axis("patch_embed.proj.weight", 0, 4);
    int patch = shapes.axis("patch_embed.proj.weight", 2, 4);
    require(patch == shapes.axis("patch_embed.proj.weight", 3, 4), "the patches are not square");
    List<Integer> depths = new ArrayList<>();
    List<Integer> heads = new ArrayList<>();
    for (int i = 0; i < stages; i++) {
      stage(i, embedDim, depths, heads);
    }
    List<Integer> windows = windows();
    int window = windows.stream().mapToInt(Integer::intValue).max().orElseThrow();
    Map<String, Object> own = new LinkedHashMap<>();
    own.put("PATCH_SIZE", patch);
    own.put("IN_CHANS", shapes.axis("patch_embed.proj.weight", 1, 4));
    own.put("EMBED_DIM", embedDim);
    own.put("DEPTHS", depths);
    own.put("NUM_HEADS", heads);
    int[] image = image(patch, windows, window);
    // A stage smaller than the window has one of its own size; any other difference is the model's.
    if (isV2() || smallest(windows) == window || oneWindowExplains(windows, window, image[0] / patch)) {
      own.put("WINDOW_SIZE", window);
    } else {
      own.put("WINDOW_SIZES", windows);
    }
    own.put("MLP_RATIO", shapes.ratio("layers.0.blocks.0.mlp.fc1.weight", embedDim));
    own.put(
        "QKV_BIAS",
        shapes.has("layers.0.blocks.0.attn.qkv.bias") || shapes.has("layers.0.blocks.0.attn.q_bias"));
    own.put("APE", shapes.has("absolute_pos_embed"));
    own.put("PATCH_NORM", shapes.has("patch_embed.norm.weight"));
    if (isV2()) {
      own.put("PRETRAINED_WINDOW_SIZES", pretrainedWindows(windows));
    }
    if (family == ModelFamily.SWIN_UNET) {
      skips(patch, own);
    }
    String type =
        switch (family) {
          case SWIN_V2 -> "swinv2";
          case SWIN_UNET -> "swin_unet";
          default -> "swin";
        };
    return new ModelDescription(type, isV2() ? "SWINV2" : "SWIN", image, classes(), own);
  }

  /** A scale without a skip connection has no layer that brings both sides together. */
  private void skips(int patch, Map<String, Object> own) {
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

  private boolean isV2() {
    return family == ModelFamily.SWIN_V2;
  }

  private int classes() {
    return family == ModelFamily.SWIN_UNET
        ? shapes.axis("output.weight", 0, 4)
        : VitShapes.classes(shapes, hints, notes);
  }

  private void stage(int i, int embedDim, List<Integer> depths, List<Integer> heads) {
    String first = "layers." + i + ".blocks.0.";
    int depth = shapes.count("layers." + i + ".blocks.");
    require(depth > 0, "stage %d has no block", i);
    depths.add(depth);
    int dim = shapes.axis(first + "norm1.weight", 0, 1);
    require(
        dim == (long) embedDim << i,
        "stage %d has %d channels; a Swin Transformer with %d has twice as many in each next stage",
        i,
        dim,
        embedDim);
    heads.add(
        isV2()
            ? shapes.axis(first + "attn.logit_scale", 0, 3)
            : shapes.axis(first + "attn.relative_position_bias_table", 1, 2));
  }

  /** The side of each stage's windows; 0 where it cannot be seen. */
  private List<Integer> windows() {
    List<Integer> windows = new ArrayList<>();
    for (int i = 0; i < stages; i++) {
      windows.add(isV2() ? secondWindow(i) : firstWindow(i));
    }
    if (windows.contains(0)) {
      int window = hints.window() == null ? 8 : hints.window();
      notes.add(
          hints.window() == null
              ? "neither the window nor that of an earlier training can be seen in the weights of a Swin"
                  + " Transformer V2; 8 and none are assumed"
              : "the window of " + window + " is as given");
      windows.replaceAll(seen -> window);
    }
    return windows;
  }

  private int firstWindow(int stage) {
    String name = "layers." + stage + ".blocks.0.attn.relative_position_bias_table";
    int rows = shapes.axis(name, 0, 2);
    int side = StateShapes.side(rows);
    require(
        side % 2 == 1,
        "%s has %d rows, which are not those of a square window; name the model with --model or --cfg",
        name,
        rows);
    return (side + 1) / 2;
  }

  private int secondWindow(int stage) {
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

  /** From the position embedding, the masks, or the windows of small stages, in this order. */
  private int[] image(int patch, List<Integer> windows, int window) {
    if (hints.imageHeight() != null) {
      return new int[] {hints.imageHeight(), hints.imageWidth()};
    }
    if (shapes.has("absolute_pos_embed")) {
      int side = StateShapes.side(shapes.axis("absolute_pos_embed", 1, 3));
      require(side > 0, "absolute_pos_embed is not for a square image; say --image-size HEIGHTxWIDTH");
      return square(side, patch);
    }
    long[] masks = shapes.buffer("layers.0.blocks.1.attn_mask");
    if (masks != null && masks.length == 3 && masks[1] == (long) windows.get(0) * windows.get(0)) {
      int windowsAcross = StateShapes.side(masks[0]);
      if (windowsAcross > 0) {
        return square((long) windowsAcross * windows.get(0), patch);
      }
    }
    for (int i = 0; i < stages && dialect != Dialect.TORCHVISION; i++) {
      if (windows.get(i) < window) {
        long tokens = tokensOf(windows, window, i);
        if (tokens > 0) {
          return square(tokens, patch);
        }
        break;
      }
    }
    if (smallest(windows) < window) {
      int[] image = square((long) windows.get(stages - 1) << stages - 1, patch);
      notes.add(
          "the stages have windows of their own, " + windows + ", and the image size cannot be seen in the"
              + " file; " + image[0] + ", whose last stage is one window, is assumed");
      return image;
    }
    int[] image = square((long) window << stages - 1, patch);
    notes.add(
        "the image size cannot be seen in the file; " + image[0] + ", whose last stage is one window, is assumed");
    return image;
  }

  private static int[] square(long tokens, int patch) {
    long side = tokens * patch;
    require(side <= LARGEST_IMAGE, "the windows are those of images with %d rows, which is too much", side);
    return new int[] {(int) side, (int) side};
  }

  /**
   * From a stage whose windows are smaller than the others', because it is one window as large as itself.
   * Merging rounds up, so that several sizes may lead to it; 0 if none does.
   */
  private long tokensOf(List<Integer> windows, int window, int stage) {
    long most = (long) windows.get(stage) << stage;
    for (long tokens = most; tokens > most - (1L << stage); tokens--) {
      if (explains(tokens, windows, window)) {
        return tokens;
      }
    }
    return 0;
  }

  private static int smallest(List<Integer> windows) {
    return windows.stream().mapToInt(Integer::intValue).min().orElseThrow();
  }

  /** Whether sizes need not be multiples of the window. */
  private boolean pads() {
    return dialect == Dialect.TIMM || dialect == Dialect.TORCHVISION || dialect == Dialect.HUGGING_FACE;
  }

  private boolean oneWindowExplains(List<Integer> windows, int window, long tokens) {
    return dialect != Dialect.TORCHVISION && explains(tokens, windows, window);
  }

  private boolean explains(long tokens, List<Integer> windows, int window) {
    long side = tokens;
    for (int seen : windows) {
      if (seen != Math.min(side, window) || !pads() && side % seen != 0) {
        return false;
      }
      side = (side + 1) / 2;
    }
    return true;
  }
}
