package org.swinengine.models.vit;

import static org.swinengine.models.ModelCost.product;
import static org.swinengine.models.ModelCost.sum;
import static org.swinengine.models.ModelSpec.require;

import java.io.InputStream;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.swinengine.backend.Backend;
import org.swinengine.models.ConfigSection;
import org.swinengine.models.InputConvention;
import org.swinengine.models.Model;
import org.swinengine.models.ModelCost;
import org.swinengine.models.ModelDescription;
import org.swinengine.models.ModelFamily;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.ParameterPlace;
import org.swinengine.models.PositionTable;
import org.swinengine.models.RecognitionHints;
import org.swinengine.models.RecognitionNotes;
import org.swinengine.models.StateShapes;
import org.swinengine.models.StructureMatch;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.NameTable;

/** ViT, DeiT and DINOv2. */
public final class VitFamily extends ModelFamily {
  /** {@code MODEL.TYPE}. */
  public static final String TYPE = "vit";

  private static final Pattern BLOCK = Pattern.compile("blocks\\.(\\d{1,6})\\..+");
  private static final Set<String> EMBEDDINGS = Set.of("cls_token", "dist_token", "reg_token", "pos_embed");

  private static final Pattern OLD_LUCIDRAINS =
      Pattern.compile("(.*\\.)?transformer\\.layers\\.\\d+\\.0\\.fn\\.fn\\.to_qkv\\.weight");

  /** Attention within {@code ResidualAdd(nn.Sequential(norm, attention))} in an {@code nn.Sequential}. */
  private static final Pattern ZUPPICHINI =
      Pattern.compile("(.*\\.)?\\d+\\.0\\.fn\\.1\\.(qkv|queries)\\.weight");

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public List<String> keys() {
    return List.of(
        "PATCH_SIZE", "EMBED_DIM", "DEPTH", "NUM_HEADS", "MLP_RATIO", "QKV_BIAS", "POOL", "NORM_EPS",
        "CLASS_TOKEN", "DISTILLED", "REG_TOKENS", "NO_EMBED_CLASS", "INIT_VALUES", "REPRESENTATION_SIZE",
        "NORM_ORDER", "ACTIVATION", "LAST_NORM", "EMBED_NORM", "PRE_LOGITS", "PRE_LOGITS_NORM");
  }

  @Override
  public ModelSpec.Architecture read(ConfigSection own) {
    return new VitConfig(
        own.integer("PATCH_SIZE", 16),
        own.integer("EMBED_DIM", 768),
        own.integer("DEPTH", 12),
        own.integer("NUM_HEADS", 12),
        own.number("MLP_RATIO", 4),
        own.flag("QKV_BIAS", true),
        pool(own),
        own.optionalNumber("NORM_EPS"),
        own.flag("CLASS_TOKEN", true),
        own.flag("DISTILLED", false),
        own.integer("REG_TOKENS", 0),
        !own.flag("NO_EMBED_CLASS", false),
        own.optionalNumber("INIT_VALUES"),
        own.integer("REPRESENTATION_SIZE", 0),
        VitVariant.of(own));
  }

  private static VitConfig.Pool pool(ConfigSection own) {
    String pool = own.text("POOL", "token");
    for (VitConfig.Pool known : VitConfig.Pool.values()) {
      if (text(known).equals(pool)) {
        return known;
      }
    }
    require(false, "%s.POOL is %s; it must be token, avg or all", own.path(), pool);
    return VitConfig.Pool.TOKEN;
  }

  static String text(VitConfig.Pool pool) {
    return pool == VitConfig.Pool.AVERAGE ? "avg" : VitVariant.text(pool);
  }

  @Override
  public Map<String, Object> write(ModelSpec.Architecture architecture) {
    VitConfig vit = (VitConfig) architecture;
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("PATCH_SIZE", vit.patch());
    keys.put("EMBED_DIM", vit.embedDim());
    keys.put("DEPTH", vit.depth());
    keys.put("NUM_HEADS", vit.heads());
    keys.put("MLP_RATIO", vit.mlpRatio());
    keys.put("QKV_BIAS", vit.qkvBias());
    keys.put("POOL", text(vit.pool()));
    if (vit.normEpsilon() != null) {
      keys.put("NORM_EPS", vit.normEpsilon());
    }
    keys.put("CLASS_TOKEN", vit.classToken());
    keys.put("DISTILLED", vit.distilled());
    keys.put("REG_TOKENS", vit.registerTokens());
    keys.put("NO_EMBED_CLASS", !vit.embedPrefix());
    if (vit.layerScale() != null) {
      keys.put("INIT_VALUES", vit.layerScale());
    }
    keys.put("REPRESENTATION_SIZE", vit.representationSize());
    vit.variant().write(keys, vit.representationSize() > 0);
    return keys;
  }

  @Override
  public Model create(ModelSpec spec) {
    return new VisionTransformer(spec);
  }

  @Override
  public List<ModelCost.Stage> costs(ModelSpec spec) {
    VitConfig config = (VitConfig) spec.architecture();
    long patches =
        (long) (spec.imageHeight() / config.patch()) * (spec.imageWidth() / config.patch());
    long dim = config.embedDim();
    long tokens = patches + config.prefixTokens();
    long attention = ModelCost.attention(tokens, tokens, dim);
    long hidden = (long) (dim * config.mlpRatio());
    long embed = product(patches, dim, spec.channels(), config.patch(), config.patch());
    long blocks =
        product(config.depth(), sum(attention, product(2, tokens, dim, hidden), product(2, tokens, dim)));
    long allAttention = product(config.depth(), attention);
    return List.of(
        new ModelCost.Stage("patch_embed", "", embed, 0, 0),
        new ModelCost.Stage(
            "blocks", Long.toString(tokens), blocks, allAttention, allAttention),
        new ModelCost.Stage("norm, head", "", sum(product(tokens, dim), product(dim, spec.classes())), 0, 0));
  }

  @Override
  public ParameterPlace place(String path) {
    Matcher block = BLOCK.matcher(path);
    if (block.matches()) {
      return ParameterPlace.block(Integer.parseInt(block.group(1)));
    }
    if (path.startsWith("patch_embed.") || EMBEDDINGS.contains(path)) {
      return ParameterPlace.EMBEDDING;
    }
    return path.startsWith("head.") || path.startsWith("head_dist.") ? ParameterPlace.HEAD
        : ParameterPlace.OTHER;
  }

  @Override
  public void prepare(Backend backend) {
    backend.prepareAttention(false);
  }

  @Override
  public Optional<ModelSpec> smallest() {
    VitConfig config = VitConfig.plain(4, 8, 2, 2, 2, true, VitConfig.Pool.TOKEN, 1e-6);
    return Optional.of(new ModelSpec("small ViT", 8, 12, 3, 5, 0, 0, config));
  }

  @Override
  public InputStream configurations() {
    return VitFamily.class.getResourceAsStream("configurations.txt");
  }

  /** Those of SWAG (Singh et al. 2022) are fine-tuned at the size of its pictures. */
  @Override
  public Map<String, String> torchvisionNames() {
    return Map.of(
        "vit_b_16", "vit_base_patch16_224",
        "vit_b_32", "vit_base_patch32_224",
        "vit_l_16", "vit_large_patch16_224",
        "vit_l_32", "vit_large_patch32_224",
        "vit_h_14", "vit_huge_patch14_224",
        "vit_b_16.IMAGENET1K_SWAG_E2E_V1", "vit_base_patch16_384",
        "vit_l_16.IMAGENET1K_SWAG_E2E_V1", "vit_large_patch16_512",
        "vit_h_14.IMAGENET1K_SWAG_E2E_V1", "vit_huge_patch14_518");
  }

  @Override
  public List<NameTable> nameTables() {
    return VitNames.tables();
  }

  @Override
  public List<NameTable> nameTables(Collection<String> names) {
    return VitNames.tables(names);
  }

  /** timm's names say how a model computes only where they are the file's own. */
  @Override
  public void assumeOfRenamed(Dialect dialect, RecognitionHints said, RecognitionNotes notes) {
    if (!VitNames.isOfOnesOwn(dialect) && !said.own().containsKey("NORM_ORDER")) {
      notes.assume(
          "normOrder",
          "the rename rules make it one of " + dialect
              + "'s ViTs, whose blocks normalise first and use GELU, which nothing in the file says; this is"
              + " assumed, `normOrder` and `activation` say otherwise");
    }
  }

  @Override
  public Set<String> fileKeys() {
    return Set.of(VitStructure.PATCH_ORDER_KEY, VitStructure.QKV_ORDER_KEY);
  }

  @Override
  public Optional<StructureMatch> structure(Map<String, long[]> shapes, RecognitionHints hints) {
    return relative(shapes.keySet()).isEmpty() ? VitStructure.of(shapes, hints) : Optional.empty();
  }

  @Override
  public ModelSpec.Architecture as(Dialect dialect, ModelSpec.Architecture architecture) {
    VitConfig vit = (VitConfig) architecture;
    return vit.normEpsilon() == null ? vit.withNormEpsilon(epsilon(dialect)) : vit;
  }

  /** LayerNorm's epsilon in a dialect's models. */
  private static double epsilon(Dialect dialect) {
    if (dialect.equals(Dialect.HUGGING_FACE)) {
      return 1e-12;
    }
    return dialect.equals(VitNames.LUCIDRAINS) || VitNames.isOfOnesOwn(dialect) ? 1e-5 : 1e-6;
  }

  @Override
  public ModelDescription recognise(
      StateShapes shapes, Dialect dialect, RecognitionHints hints, RecognitionNotes notes) {
    return new VitShapes(shapes, hints, notes, dialect)
        .describe(hints.normEpsilon() != null ? hints.normEpsilon() : epsilon(dialect));
  }

  @Override
  public ModelSpec.Architecture comparable(ModelSpec spec) {
    VitConfig vit = (VitConfig) spec.architecture();
    return vit.withNormEpsilon(null).withLayerScale(vit.layerScale() == null ? null : 0.0);
  }

  @Override
  public String relative(Set<String> names) {
    if (names.stream().anyMatch(name -> OLD_LUCIDRAINS.matcher(name).matches())) {
      return "these are the names of an early vit-pytorch, whose attention is scaled by all channels"
          + " instead of a head's, and which has no last norm; this engine has no such ViT";
    }
    return names.stream().anyMatch(name -> ZUPPICHINI.matcher(name).matches())
        ? "these are the names of the ViT of F. Zuppichini's article, whose attention is divided by the root"
            + " of all channels after its softmax; this engine has no such ViT"
        : "";
  }

  @Override
  public RecognitionHints hints(ModelSpec spec) {
    return RecognitionHints.NONE.withHeads(((VitConfig) spec.architecture()).heads());
  }

  /** Heads and epsilon; the image size stands in the weights. */
  @Override
  public RecognitionHints heeded(RecognitionHints said) {
    return new RecognitionHints(said.heads(), null, null, null, null, said.classes(), said.normEpsilon(),
        said.own());
  }

  @Override
  public Set<String> transformersTypes() {
    return Set.of("vit", "deit");
  }

  @Override
  public Optional<PositionTable> positions(String path, long[] shape, ModelSpec spec) {
    VitConfig vit = (VitConfig) spec.architecture();
    int patch = vit.patch();
    return path.equals("pos_embed")
        ? Optional.of(
            new PositionTable(
                spec.imageHeight() / patch, spec.imageWidth() / patch, vit.embeddedPrefix(), false))
        : Optional.empty();
  }

  /** DeiT differs from other ViTs in this alone. */
  @Override
  public InputConvention input(Dialect dialect, int rows, Set<String> parameters, String name) {
    boolean deit = parameters.contains("dist_token") || name.startsWith("deit");
    boolean large = rows >= InputConvention.LARGE;
    if (dialect.equals(Dialect.TIMM)) {
      double ratio = large ? 1 : 0.9;
      return deit
          ? InputConvention.imageNet(ratio, false, "bicubic")
          : InputConvention.half(ratio, false, "bicubic");
    }
    if (dialect.equals(Dialect.TORCHVISION)) {
      return InputConvention.imageNet(large ? 1 : 224.0 / 256, false, "bilinear");
    }
    if (dialect.equals(Dialect.HUGGING_FACE)) {
      return deit
          ? InputConvention.imageNet(0.875, true, "bicubic")
          : InputConvention.half(1, true, "bilinear");
    }
    if (dialect.equals(VitNames.LUCIDRAINS) || VitNames.isOfOnesOwn(dialect)) {
      return InputConvention.half(1, true, "bicubic");
    }
    return InputConvention.half(large ? 1 : 0.9, false, "bicubic");
  }
}
