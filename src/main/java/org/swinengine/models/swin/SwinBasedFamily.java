package org.swinengine.models.swin;

import static org.swinengine.models.ModelSpec.require;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.models.ConfigSection;
import org.swinengine.models.InputConvention;
import org.swinengine.models.ModelFamily;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.ParameterPlace;
import org.swinengine.models.PositionResizing;
import org.swinengine.models.PositionTable;
import org.swinengine.models.RecognitionHints;
import org.swinengine.models.StateShapes;
import org.swinengine.nn.WindowPolicy;
import org.swinengine.weights.Dialect;

/** What families have in common whose models are stages of windowed blocks: {@code layers.i.blocks.j}. */
public abstract class SwinBasedFamily extends ModelFamily {
  private static final List<String> KEYS =
      List.of(
          "PATCH_SIZE", "EMBED_DIM", "DEPTHS", "NUM_HEADS", "WINDOW_SIZE", "WINDOW_SIZES", "MLP_RATIO",
          "QKV_BIAS", "APE",
          "PATCH_NORM", "NORM_EPS", "WINDOW_POLICY");

  private static final Pattern BLOCK = Pattern.compile("layers\\.(\\d{1,6})\\.blocks\\.(\\d{1,6})\\..+");
  private static final Pattern STAGE = Pattern.compile("layers\\.(\\d{1,6})\\..+");

  /** The keys of {@link #layout}, and more. */
  protected static List<String> keys(String... more) {
    List<String> all = new ArrayList<>(KEYS);
    all.addAll(List.of(more));
    return List.copyOf(all);
  }

  /**
   * The stages that a section of a configuration describes.
   *
   * @param qkScale factor on q; null: 1/√(head dim)
   */
  protected static SwinConfig layout(ConfigSection own, @Nullable Double qkScale) {
    List<Integer> windows = own.integers("WINDOW_SIZES", List.of());
    require(
        windows.isEmpty() || !own.hasAny("WINDOW_SIZE"),
        "%s has both WINDOW_SIZE, of all stages, and WINDOW_SIZES, of each stage; give one of them",
        own.path());
    int[] window = own.pair("WINDOW_SIZE", windows.isEmpty() ? 7 : Collections.max(windows));
    return new SwinConfig(
        own.integer("PATCH_SIZE", 4),
        own.integer("EMBED_DIM", 96),
        own.integers("DEPTHS", List.of(2, 2, 6, 2)),
        own.integers("NUM_HEADS", List.of(3, 6, 12, 24)),
        window[0],
        window[1],
        own.number("MLP_RATIO", 4),
        own.flag("QKV_BIAS", true),
        qkScale,
        own.flag("APE", false),
        own.flag("PATCH_NORM", true),
        own.number("NORM_EPS", 1e-5),
        own.choice("WINDOW_POLICY", WindowPolicy.class),
        windows);
  }

  /** What {@link #layout} reads back to equal stages. */
  protected static Map<String, Object> write(SwinConfig swin) {
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("PATCH_SIZE", swin.patch());
    keys.put("EMBED_DIM", swin.embedDim());
    keys.put("DEPTHS", swin.depths());
    keys.put("NUM_HEADS", swin.heads());
    if (swin.stageWindows().isEmpty()) {
      keys.put("WINDOW_SIZE", List.of(swin.windowHeight(), swin.windowWidth()));
    } else {
      keys.put("WINDOW_SIZES", swin.stageWindows());
    }
    keys.put("MLP_RATIO", swin.mlpRatio());
    keys.put("QKV_BIAS", swin.qkvBias());
    if (swin.qkScale() != null) {
      keys.put("QK_SCALE", swin.qkScale());
    }
    keys.put("APE", swin.absolutePositions());
    keys.put("PATCH_NORM", swin.patchNorm());
    keys.put("NORM_EPS", swin.normEpsilon());
    if (swin.policy() != null) {
      keys.put("WINDOW_POLICY", swin.policy().name().toLowerCase(Locale.ROOT));
    }
    return keys;
  }

  /** How a dialect's implementation fits windows to an image. */
  protected static WindowPolicy policy(Dialect dialect) {
    if (dialect.equals(Dialect.TIMM)) {
      return WindowPolicy.TIMM;
    }
    if (dialect.equals(Dialect.TORCHVISION)) {
      return WindowPolicy.TORCHVISION;
    }
    return dialect.equals(Dialect.HUGGING_FACE) ? WindowPolicy.HUGGING_FACE : WindowPolicy.MICROSOFT;
  }

  @Override
  public ParameterPlace place(String path) {
    Matcher block = BLOCK.matcher(path);
    if (block.matches()) {
      return ParameterPlace.block(Integer.parseInt(block.group(1)), Integer.parseInt(block.group(2)));
    }
    Matcher stage = STAGE.matcher(path);
    if (stage.matches()) {
      return ParameterPlace.stage(Integer.parseInt(stage.group(1)));
    }
    if (path.startsWith("patch_embed.") || path.equals("absolute_pos_embed")) {
      return ParameterPlace.EMBEDDING;
    }
    return path.startsWith(head()) ? ParameterPlace.HEAD : ParameterPlace.OTHER;
  }

  /** What the paths of the last layer's parameters begin with. */
  protected String head() {
    return "head.";
  }

  @Override
  public void prepare(Backend backend) {
    backend.prepareAttention(true);
  }

  /** Microsoft's own, but for the implementations that have another. */
  @Override
  public PositionResizing resizing(Dialect dialect) {
    boolean microsoft = dialect.equals(Dialect.MICROSOFT) || dialect.equals(Dialect.ENGINE);
    return microsoft ? PositionResizing.MICROSOFT : super.resizing(dialect);
  }

  /** The table of an absolute position embedding; empty if the parameter is another one. */
  protected static Optional<PositionTable> embedding(String path, ModelSpec spec, int patch) {
    return path.equals("absolute_pos_embed")
        ? Optional.of(new PositionTable(spec.imageHeight() / patch, spec.imageWidth() / patch, 0, false))
        : Optional.empty();
  }

  /**
   * A table of position biases; empty if the parameter is another one, or its rows are not those of such a
   * window.
   *
   * @param shape {@code [rows, heads]}
   */
  protected static Optional<PositionTable> biases(String path, long[] shape, SwinConfig swin,
      ModelSpec spec) {
    if (!path.endsWith("relative_position_bias_table")) {
      return Optional.empty();
    }
    // A stage may be smaller than its window on one axis alone; a square of as many rows would be another
    // table.
    Optional<PositionTable> own = stageTable(path, shape, swin, spec);
    int side = StateShapes.side(shape[0]);
    return own.isPresent() || side == 0 ? own : Optional.of(new PositionTable(side, side, 0, true));
  }

  private static Optional<PositionTable> stageTable(String path, long[] shape, SwinConfig swin,
      ModelSpec spec) {
    Matcher block = BLOCK.matcher(path);
    boolean ofAStage = block.matches() && Integer.parseInt(block.group(1)) < swin.stages();
    int[] window = {swin.windowHeight(), swin.windowWidth()};
    if (ofAStage) {
      int stage = Integer.parseInt(block.group(1));
      int[] resolution = swin.windowResolution(spec, stage);
      window = swin.windowPolicy().tableWindow(resolution[0], resolution[1], swin.window(stage));
    }
    int height = 2 * window[0] - 1;
    int width = 2 * window[1] - 1;
    return (long) height * width == shape[0]
        ? Optional.of(new PositionTable(height, width, 0, true))
        : Optional.empty();
  }

  /** The image size and the windows; heads and epsilon stand in the weights, or are the same for all. */
  @Override
  public RecognitionHints heeded(RecognitionHints said) {
    return new RecognitionHints(
        null, said.imageHeight(), said.imageWidth(), said.window(), said.pretrainedWindows(), said.classes(),
        null,
        Map.of());
  }

  @Override
  public InputConvention input(Dialect dialect, int rows, Set<String> parameters, String name) {
    return dialect.equals(Dialect.TORCHVISION)
        ? InputConvention.imageNet(rows > 224 ? 256.0 / 260 : 224.0 / 238, false, "bicubic")
        : InputConvention.usual(dialect, rows);
  }
}
