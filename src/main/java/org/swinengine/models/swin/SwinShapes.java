package org.swinengine.models.swin;

import static org.swinengine.models.ModelSpec.require;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.swinengine.models.ModelDescription;
import org.swinengine.models.RecognitionHints;
import org.swinengine.models.RecognitionNotes;
import org.swinengine.models.StateShapes;
import org.swinengine.weights.Dialect;

/**
 * The stages that a file's arrays show, {@code layers.i.blocks.j}; what its relatives show beside that is
 * theirs to add.
 */
public class SwinShapes {
  private static final int LARGEST_IMAGE = 1 << 16;

  protected final StateShapes shapes;
  protected final RecognitionHints hints;
  protected final RecognitionNotes notes;

  /** Number of stages. */
  protected final int stages;

  private final String type;
  private final Dialect dialect;

  /**
   * @param type the family's
   * @param dialect whose names the arrays have
   * @param hints what arrays cannot show
   * @param notes for what had to be assumed
   */
  public SwinShapes(
      String type, StateShapes shapes, Dialect dialect, RecognitionHints hints, RecognitionNotes notes) {
    this.type = type;
    this.shapes = shapes;
    this.dialect = dialect;
    this.hints = hints;
    this.notes = notes;
    stages = shapes.count("layers.");
  }

  /**
   * The model.
   *
   * @throws org.swinengine.models.ModelConfigException saying what contradicts a Swin Transformer
   */
  public final ModelDescription describe() {
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
    if (haveOneWindow() || smallest(windows) == window
        || oneWindowExplains(windows, window, image[0] / patch)) {
      own.put("WINDOW_SIZE", window);
    } else {
      own.put("WINDOW_SIZES", windows);
    }
    own.put("MLP_RATIO", shapes.ratio("layers.0.blocks.0.mlp.fc1.weight", embedDim));
    own.put("QKV_BIAS", shapes.has("layers.0.blocks.0.attn.qkv.bias"));
    own.put("APE", shapes.has("absolute_pos_embed"));
    own.put("PATCH_NORM", shapes.has("patch_embed.norm.weight"));
    addOwn(own, patch, windows);
    return new ModelDescription(type, image, classes(), own);
  }

  /**
   * Adds or replaces keys.
   *
   * @param own the architecture's section
   * @param patch side of a patch
   * @param windows of each stage
   */
  protected void addOwn(Map<String, Object> own, int patch, List<Integer> windows) {}

  /** Whether all stages have the one window, whatever their arrays show. */
  protected boolean haveOneWindow() {
    return false;
  }

  /** The number of classes. */
  protected int classes() {
    return shapes.headRows(hints, notes);
  }

  /**
   * The heads of a block.
   *
   * @param attention what the names of its attention begin with
   */
  protected int heads(String attention) {
    return shapes.axis(attention + "relative_position_bias_table", 1, 2);
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
    heads.add(heads(first + "attn."));
  }

  /** The side of each stage's windows. */
  protected List<Integer> windows() {
    return IntStream.range(0, stages).map(this::window).boxed().toList();
  }

  private int window(int stage) {
    String name = "layers." + stage + ".blocks.0.attn.relative_position_bias_table";
    int rows = shapes.axis(name, 0, 2);
    int side = StateShapes.side(rows);
    require(
        side % 2 == 1,
        "%s has %d rows, which are not those of a square window; name the model with `model` or `config`",
        name,
        rows);
    return (side + 1) / 2;
  }

  /** From the position embedding, the masks, or the windows of small stages, in this order. */
  private int[] image(int patch, List<Integer> windows, int window) {
    if (hints.imageHeight() != null) {
      return new int[] {hints.imageHeight(), hints.imageWidth()};
    }
    if (shapes.has("absolute_pos_embed")) {
      int side = StateShapes.side(shapes.axis("absolute_pos_embed", 1, 3));
      require(side > 0, "absolute_pos_embed is not for a square image; say `imageSize` HEIGHTxWIDTH");
      return square(side, patch);
    }
    long[] masks = shapes.buffer("layers.0.blocks.1.attn_mask");
    if (masks != null && masks.length == 3 && masks[1] == (long) windows.get(0) * windows.get(0)) {
      int windowsAcross = StateShapes.side(masks[0]);
      if (windowsAcross > 0) {
        return square((long) windowsAcross * windows.get(0), patch);
      }
    }
    for (int i = 0; i < stages && !dialect.equals(Dialect.TORCHVISION); i++) {
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
    if (notes.isAssumed("window")) {
      notes.follows("imageSize");
    }
    notes.add(
        "the image size cannot be seen in the file; " + image[0]
            + ", whose last stage is one window, is assumed");
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
    return dialect.equals(Dialect.TIMM) || dialect.equals(Dialect.TORCHVISION)
        || dialect.equals(Dialect.HUGGING_FACE);
  }

  private boolean oneWindowExplains(List<Integer> windows, int window, long tokens) {
    return !dialect.equals(Dialect.TORCHVISION) && explains(tokens, windows, window);
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
