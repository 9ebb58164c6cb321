package org.swinengine.models.vit;

import static org.swinengine.models.ModelSpec.require;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.ModelDescription;
import org.swinengine.models.RecognitionHints;
import org.swinengine.models.RecognitionNotes;
import org.swinengine.models.StateShapes;
import org.swinengine.weights.Dialect;

/** ViT and DeiT. */
final class VitShapes {
  /** The first value of DeiT III's layer scale, which training has changed since. */
  private static final double LAYER_SCALE = 1e-6;

  /** A linear embedding under the name that it has while nothing says how its columns lie. */
  private static final String UNORDERED_PATCHES = "patch_embed.patches.weight";

  /** The same for the rows of queries, keys and values. */
  private static final String UNORDERED_ROWS = "blocks.0.attn.rows.weight";

  private final StateShapes shapes;
  private final RecognitionHints hints;
  private final RecognitionNotes notes;
  private final boolean ofOnesOwn;
  private final boolean lucidrains;

  /** @param dialect whose names may not say how the model computes, so that a user has to */
  VitShapes(StateShapes shapes, RecognitionHints hints, RecognitionNotes notes, Dialect dialect) {
    this.shapes = shapes;
    this.hints = hints;
    this.notes = notes;
    ofOnesOwn = VitNames.isOfOnesOwn(dialect);
    lucidrains = dialect.equals(VitNames.LUCIDRAINS);
  }

  /** @param epsilon LayerNorm's, which is the dialect's */
  ModelDescription describe(double epsilon) {
    if (ofOnesOwn && (shapes.has(UNORDERED_PATCHES) || shapes.has(UNORDERED_ROWS))) {
      requireAllSaid();
    }
    int dim = shapes.axis("patch_embed.proj.weight", 0, 4);
    int patch = shapes.axis("patch_embed.proj.weight", 2, 4);
    require(patch == shapes.axis("patch_embed.proj.weight", 3, 4), "the patches are not square");
    int depth = shapes.count("blocks.");
    require(depth > 0, "there is no array blocks.0.…");
    int rows = shapes.axis("blocks.0.attn.qkv.weight", 0, 2);
    require(
        rows == 3L * dim && shapes.axis("blocks.0.attn.qkv.weight", 1, 2) == dim,
        "attention works with %d channels instead of the %d of a token; this engine has no such ViT",
        rows / 3,
        dim);
    for (String foreign : List.of("norm_pre.weight", "attn_pool.latent", "blocks.0.attn.q_norm.weight")) {
      require(!shapes.has(foreign), "there is an array %s; this engine has no ViT with such a part", foreign);
    }
    Map<String, Object> own = new LinkedHashMap<>();
    own.put("PATCH_SIZE", patch);
    own.put("IN_CHANS", shapes.axis("patch_embed.proj.weight", 1, 4));
    own.put("EMBED_DIM", dim);
    own.put("DEPTH", depth);
    requireAllSaid();
    own.put("NUM_HEADS", heads(dim, depth));
    own.put("MLP_RATIO", shapes.ratio("blocks.0.mlp.fc1.weight", dim));
    own.put("QKV_BIAS", shapes.has("blocks.0.attn.qkv.bias"));
    own.put("NORM_EPS", epsilon);
    own.put("POOL", pool());
    if ((ofOnesOwn || lucidrains && shapes.has("cls_token")) && !hints.own().containsKey("POOL")) {
      notes.assume(
          "pool",
          (pool().equals("token") ? "that the head sees the class token"
              : "that the head sees the mean of the patches")
              + " cannot be seen in the file and is assumed, `pool` says otherwise");
    }
    own.put("LAST_NORM", lastNorm());
    for (String key : List.of("NORM_ORDER", "ACTIVATION", "PRE_LOGITS", "PRE_LOGITS_NORM")) {
      if (hints.own().containsKey(key)) {
        own.put(key, hints.own().get(key));
      }
    }
    own.put(
        "EMBED_NORM",
        VitVariant.text(
            VitVariant.NormPlace.of(
                shapes.has("patch_embed.norm_pre.weight"), shapes.has("patch_embed.norm.weight"))));
    boolean embedded = tokens(own);
    if (shapes.has("blocks.0.ls1.gamma")) {
      own.put("INIT_VALUES", LAYER_SCALE);
    }
    if (shapes.has("pre_logits.fc.weight")) {
      own.put("REPRESENTATION_SIZE", shapes.axis("pre_logits.fc.weight", 0, 2));
    }
    return new ModelDescription(VitFamily.TYPE, image(patch, embedded), shapes.headRows(hints, notes), own);
  }

  /** Nobody can guess these of a model that somebody made: another value is another model. */
  private void requireAllSaid() {
    if (!ofOnesOwn) {
      return;
    }
    List<String> missing = new ArrayList<>();
    if (shapes.has(UNORDERED_PATCHES)) {
      missing.add(VitStructure.PATCH_ORDER);
    }
    if (shapes.has(UNORDERED_ROWS) && !hints.own().containsKey(VitStructure.QKV_ORDER_KEY)) {
      missing.add(VitStructure.QKV_ORDER);
    }
    if (!hints.own().containsKey("NORM_ORDER")) {
      missing.add(VitStructure.NORM_ORDER);
    }
    if (!hints.own().containsKey("ACTIVATION")) {
      missing.add(VitStructure.ACTIVATION);
    }
    if (hints.heads() == null) {
      missing.add(VitStructure.HEADS);
    }
    boolean mean = !pool().equals("token");
    boolean open = shapes.has("norm.weight") && !shapes.has("fc_norm.weight");
    if (mean && open && !hints.own().containsKey("LAST_NORM")) {
      missing.add(VitStructure.LAST_NORM);
    }
    if (shapes.has("pre_logits.fc.weight") && !hints.own().containsKey("PRE_LOGITS")) {
      missing.add(VitStructure.PRE_LOGITS);
    }
    if (shapes.has("pre_logits.norm.weight") && !hints.own().containsKey("PRE_LOGITS_NORM")) {
      missing.add(VitStructure.PRE_LOGITS_NORM);
    }
    if (!missing.isEmpty()) {
      throw new ModelConfigException(
          "the arrays of a ViT that was made of PyTorch's layers are the same for any of these: say "
              + String.join("; ", missing));
    }
  }

  private String pool() {
    String said = hints.own().get("POOL");
    if (said != null) {
      return said;
    }
    boolean classToken = shapes.has("cls_token");
    return classToken && (lucidrains || !shapes.has("fc_norm.weight") || shapes.has("norm.weight")) ? "token"
        : "avg";
  }

  /** The arrays say it. */
  private String lastNorm() {
    boolean before = shapes.has("norm.weight");
    boolean after = shapes.has("fc_norm.weight");
    if (before && after) {
      return "both";
    }
    // PyTorch's encoder has none unless it is given one; timm's models have one, and a file without it is
    // not complete.
    boolean mayLack = ofOnesOwn || "post".equals(hints.own().get("NORM_ORDER"));
    return before ? "before"
        : after ? "after" : mayLack ? "none" : pool().equals("token") ? "before" : "after";
  }

  /** The tokens before the patches; whether they have rows in the position embedding. */
  private boolean tokens(Map<String, Object> own) {
    if (!shapes.has("cls_token")) {
      own.put("CLASS_TOKEN", false);
    }
    if (shapes.has("dist_token")) {
      own.put("DISTILLED", true);
    }
    if (shapes.has("reg_token")) {
      own.put("REG_TOKENS", shapes.axis("reg_token", 1, 3));
    }
    int rows = shapes.axis("pos_embed", 1, 3);
    boolean embedded = prefix() == 0 || StateShapes.side(rows - prefix()) > 0 || StateShapes.side(rows) == 0;
    if (!embedded) {
      own.put("NO_EMBED_CLASS", true);
    }
    return embedded;
  }

  private int prefix() {
    int registers = shapes.has("reg_token") ? shapes.axis("reg_token", 1, 3) : 0;
    return registers + (shapes.has("cls_token") ? 1 : 0) + (shapes.has("dist_token") ? 1 : 0);
  }

  private int heads(int dim, int depth) {
    if (hints.heads() != null) {
      return hints.heads();
    }
    int heads = dim % 64 == 0 ? dim / 64 : 1;
    if (dim % 64 == 0 && depth >= 32 && dim > 1024) {
      heads = 16; // huge, giant and gigantic
    } else if (dim % 64 != 0 && dim % 3 == 0) {
      heads = 3;
    }
    notes.assume(
        "heads",
        "the number of heads cannot be seen in the weights of a ViT; " + heads
            + (dim % 64 == 0 ? ", the published models' for " : ", a guess for ") + dim
            + " channels, is assumed, `heads` says otherwise");
    return heads;
  }

  private int[] image(int patch, boolean embedded) {
    if (hints.imageHeight() != null && hints.imageWidth() != null) {
      int grid = shapes.axis("pos_embed", 1, 3) - (embedded ? prefix() : 0);
      require(
          StateShapes.side(grid) > 0
              || (long) (hints.imageHeight() / patch) * (hints.imageWidth() / patch) == grid,
          "pos_embed has rows for %d patches, which images of %d×%d do not have; say the `imageSize` of the"
              + " training",
          grid,
          hints.imageHeight(),
          hints.imageWidth());
      return new int[] {hints.imageHeight(), hints.imageWidth()};
    }
    int rows = shapes.axis("pos_embed", 1, 3);
    int tokens = embedded ? prefix() : 0;
    int side = StateShapes.side(rows - tokens);
    require(
        side > 0,
        "pos_embed has %d rows, which are not %d and a square image's; say `imageSize` HEIGHTxWIDTH",
        rows,
        tokens);
    return new int[] {side * patch, side * patch};
  }
}
