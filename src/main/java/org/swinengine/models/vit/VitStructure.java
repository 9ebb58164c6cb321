package org.swinengine.models.vit;

import static org.swinengine.models.ModelSpec.require;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.RecognitionHints;
import org.swinengine.models.StateShapes;
import org.swinengine.models.StructureMatch;
import org.swinengine.weights.RenameRules;

/**
 * A ViT by the shapes of its arrays, whatever their names: equal blocks that are numbered, each of attention,
 * two norms and an MLP, between an embedding of patches with positions and a head. An array without a place
 * in that, or two that could change places, make it no match: a wrong guess would compute something else.
 */
final class VitStructure {
  static final String NORM_ORDER = "`normOrder` pre or post";
  static final String ACTIVATION = "`activation` gelu, relu or silu";
  static final String HEADS = "`heads` N";
  static final String LAST_NORM = "`lastNorm` before or after the mean";
  static final String PRE_LOGITS =
      "`preLogits` tanh, gelu, relu, silu or none, what is between the last two layers";
  static final String PRE_LOGITS_NORM = "`preLogitsNorm` before or after that function";
  static final String PATCH_ORDER =
      "`patchOrder` hwc or chw, how the embedding takes a patch's pixels ((p1 p2 c), or (c p1 p2) as"
          + " nn.Unfold does)";

  static final String QKV_ORDER =
      "`qkvOrder` qkv-h-d (timm's), h-qkv-d or h-d-qkv, how the rows of queries, keys and values lie by heads"
          + " h and their channels d";

  static final String QKV_ORDER_KEY = "QKV_ORDER";

  /** How the columns of a linear embedding lie, which is the file's matter and not the model's. */
  static final String PATCH_ORDER_KEY = "PATCH_ORDER";

  private static final Pattern ORDINARY_NAME = Pattern.compile("[A-Za-z0-9_.-]{1,200}");
  private static final Pattern PRE = Pattern.compile("(?i).*(pre_?norm|norm_?first).*");
  private static final Pattern POST = Pattern.compile("(?i).*post_?norm.*");
  private static final Pattern TANH = Pattern.compile("(?i)(.*\\.)?(pre_logits|pooler)(\\..*)?");

  private static final Pattern EMBEDDING =
      Pattern.compile("(?i).*(patch|embed|mapper|token|pre_|_pre|input|stem).*");

  private static final Pattern CLASS = Pattern.compile("(?i).*(cls|class).*");
  private static final Pattern POSITION = Pattern.compile("(?i).*pos.*");
  private static final Pattern POSITION_NUMBERS = Pattern.compile("(?i)(.*[._])?pos(ition)?s?_ids");
  private static final Pattern LUCIDRAINS_PATCH =
      Pattern.compile("(?:.*\\.)?(to_patch_embedding\\.\\d|patch_to_embedding)");

  /** More arrays are in no ViT, and only cost time. */
  private static final int MAX_NAMES = 5000;

  private final RecognitionHints hints;
  private final Map<String, long[]> shapes;
  private final VitBlockStructure block;
  private final List<NamedLayer> outside;

  /** By the file's names, for each array its name among timm's. */
  private final Map<String, String> targets = new LinkedHashMap<>();

  private final List<String> rules = new ArrayList<>();
  private final List<String> undecided = new ArrayList<>();
  private final List<String> assumptions = new ArrayList<>();
  private RecognitionHints told = RecognitionHints.NONE;

  private VitStructure(Map<String, long[]> shapes, VitBlockStructure block, RecognitionHints hints) {
    this.shapes = shapes;
    this.block = block;
    this.hints = hints;
    Map<String, long[]> others = new LinkedHashMap<>(shapes);
    others.keySet().removeIf(block::holds);
    outside = NamedLayer.of(others);
  }

  /** The match; empty if the arrays are not those of such a model. */
  static Optional<StructureMatch> of(Map<String, long[]> shapes, RecognitionHints hints) {
    boolean ordinary =
        shapes.size() <= MAX_NAMES
            && shapes.keySet().stream().allMatch(name -> ORDINARY_NAME.matcher(name).matches());
    return ordinary
        ? VitBlockStructure.of(shapes).flatMap(block -> new VitStructure(shapes, block, hints).match())
        : Optional.empty();
  }

  private Optional<StructureMatch> match() {
    if (!placeOutside()) {
      return Optional.empty();
    }
    for (int i = 0; i < block.depth() && block.start() > 0; i++) {
      rules.add("^" + escaped(block.prefix() + (block.start() + i)) + "\\.=>blocks." + i + ".");
    }
    String joined = joined();
    block.parts((layer, target) -> addBlockRule(layer, target.equals("attn.qkv") ? joined : target));
    if (!rulesGive()) {
      return Optional.empty();
    }
    tellOrAsk();
    String what = "a ViT with " + block.depth() + " blocks of " + block.dim() + " channels";
    return Optional.of(new StructureMatch(what, rules, VitNames.TORCH_VIT, told, undecided, assumptions));
  }

  /** Gives every array outside the blocks its place; false if one has none. */
  private boolean placeOutside() {
    int dim = block.dim();
    List<NamedLayer> firstNorms = new ArrayList<>();
    List<NamedLayer> norms = new ArrayList<>();
    List<NamedLayer> linears = new ArrayList<>();
    NamedLayer embedding = null;
    for (NamedLayer layer : outside) {
      // A safetensors file has its names in alphabetical order, which says nothing.
      boolean first = block.isOrdered() ? block.isAfter(layer) : EMBEDDING.matcher(layer.stem()).matches();
      boolean placed = true;
      if (POSITION_NUMBERS.matcher(layer.stem()).matches() && layer.separator().isEmpty()) {
        leaveOut(layer);
      } else if (isClassToken(layer)) {
        placed = place("cls_token", layer, true);
      } else if (isPositions(layer)) {
        placed = place("pos_embed", layer, true);
      } else if (layer.isPatchConvolution(dim) || first && isLinearPatch(layer)) {
        placed = embedding == null;
        embedding = layer;
      } else if (layer.isVectors() && first) {
        firstNorms.add(layer);
      } else if (layer.isVectors()) {
        norms.add(layer);
      } else if (layer.isMatrix(-1, -1) && layer.hasBias() && !first) {
        linears.add(layer);
      } else {
        placed = false;
      }
      if (!placed) {
        return false;
      }
    }
    return embedding != null
        && targets.containsValue("pos_embed")
        && placeEmbedding(embedding, firstNorms)
        && placeHead(linears, norms)
        && placeNorms(norms, linears);
  }

  private boolean isClassToken(NamedLayer layer) {
    boolean named = CLASS.matcher(layer.stem()).matches();
    return layer.isSingle(1, 1, block.dim())
        || named && (layer.isSingle(block.dim()) || layer.isTable(1, block.dim()));
  }

  /** {@code [1, N, C]}; with a name that says so {@code [N, C]}, {@code [N, 1, C]} or an embedding's. */
  private boolean isPositions(NamedLayer layer) {
    int dim = block.dim();
    return layer.isPositions(dim)
        || POSITION.matcher(layer.stem()).matches()
            && (layer.isTable(-1, dim) || layer.separator().isEmpty() && layer.weight().length == 3
                && layer.isSingle(layer.weight()[0], 1, dim));
  }

  private boolean isLinearPatch(NamedLayer layer) {
    return layer.isMatrix(block.dim(), -1)
        && layer.hasBias()
        && (StateShapes.side(layer.weight()[1]) > 1 || isColoured(layer));
  }

  /** The pixels of a patch with one channel have one order; those of three have several. */
  private static boolean isColoured(NamedLayer layer) {
    long columns = layer.weight()[1];
    return columns % 3 == 0 && StateShapes.side(columns / 3) > 0;
  }

  private boolean placeEmbedding(NamedLayer embedding, List<NamedLayer> norms) {
    boolean linear = embedding.weight().length == 2;
    String order = linear ? patchOrder(embedding) : "";
    String target = linear ? switch (order) {
      case "hwc" -> "linear";
      case "chw" -> "unfold";
      default -> "patches";
    } : "proj";
    if (!place("patch_embed." + target, embedding, false)) {
      return false;
    }
    for (NamedLayer norm : norms) {
      boolean listed = norm.isBefore(embedding) || embedding.isBefore(norm);
      boolean beside = listed || !embedding.parent().isEmpty() && isAloneBeside(norm, embedding);
      boolean before =
          linear && norm.isNorm((int) embedding.weight()[1])
              && (listed ? norm.isBefore(embedding) : norm.weight()[0] != block.dim());
      boolean after =
          !before && norm.isNorm(block.dim()) && (listed ? embedding.isBefore(norm) : beside);
      String place = before ? "patch_embed.norm_" + target : "patch_embed.norm";
      if (!beside || !before && !after || !place(place, norm, false)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a norm belongs to the embedding of patches alone: positions are not in the same module. */
  private boolean isAloneBeside(NamedLayer norm, NamedLayer embedding) {
    String parent = embedding.parent();
    return norm.parent().equals(parent)
        && targets.entrySet().stream()
            .noneMatch(e -> e.getValue().equals("pos_embed") && e.getKey().startsWith(parent));
  }

  /** hwc or chw; empty if nothing says which. */
  private String patchOrder(NamedLayer embedding) {
    if (!isColoured(embedding)) {
      return "hwc";
    }
    String known = LUCIDRAINS_PATCH.matcher(embedding.stem()).matches() ? "hwc" : "";
    String order = hints.own().getOrDefault(PATCH_ORDER_KEY, known);
    require(
        order.isEmpty() || order.equals("hwc") || order.equals("chw"),
        "`patchOrder` is %s; it must be hwc or chw", order);
    if (order.isEmpty()) {
      undecided.add(PATCH_ORDER);
    } else {
      told = told.withOwn(PATCH_ORDER_KEY, order);
    }
    return order;
  }

  /** Gives the last one or two linear layers their names, and takes the norm between them from the others. */
  private boolean placeHead(List<NamedLayer> linears, List<NamedLayer> norms) {
    if (linears.size() == 1) {
      return linears.get(0).isMatrix(-1, block.dim()) && place("head", linears.get(0), false);
    }
    if (linears.size() != 2) {
      return linears.isEmpty();
    }
    NamedLayer a = linears.get(0);
    NamedLayer b = linears.get(1);
    boolean inOrder = follow(a, b) && !b.isBefore(a);
    if (inOrder == (follow(b, a) && !a.isBefore(b))) {
      return false;
    }
    NamedLayer first = inOrder ? a : b;
    NamedLayer last = inOrder ? b : a;
    if (!place("pre_logits.fc", first, false) || !place("head", last, false)) {
      return false;
    }
    int width = (int) first.weight()[0];
    for (NamedLayer norm : List.copyOf(norms)) {
      boolean between = first.isBefore(norm) && norm.isBefore(last);
      if (between || norm.isNorm(width) && width != block.dim()) {
        norms.remove(norm);
        if (!norm.isNorm(width) || !place("pre_logits.norm", norm, false)) {
          return false;
        }
        placeInHead(first, norm, last);
      }
    }
    return true;
  }

  /** In a list without room on one side of the norm the function is on the other. */
  private void placeInHead(NamedLayer first, NamedLayer norm, NamedLayer last) {
    boolean listed = first.isBefore(norm) && norm.isBefore(last);
    boolean follows = listed && norm.member() == first.member() + 1;
    boolean precedes = listed && last.member() == norm.member() + 1;
    if (follows != precedes) {
      told = told.withOwn("PRE_LOGITS_NORM", follows ? "before" : "after");
    }
  }

  private boolean follow(NamedLayer first, NamedLayer second) {
    return first.isMatrix(-1, block.dim()) && second.isMatrix(-1, (int) first.weight()[0]);
  }

  private String pool() {
    return hints.own().getOrDefault("POOL", targets.containsValue("cls_token") ? "token" : "avg");
  }

  private boolean placeNorms(List<NamedLayer> norms, List<NamedLayer> linears) {
    if (norms.stream().anyMatch(norm -> !norm.isNorm(block.dim()))) {
      return false;
    }
    boolean token = pool().equals("token");
    String said = hints.own().get("LAST_NORM");
    if (norms.isEmpty()) {
      return true;
    }
    norms.sort(Comparator.comparing(norm -> isInHead(norm, linears)));
    boolean lastInHead = isInHead(norms.get(norms.size() - 1), linears);
    if (norms.size() == 1) {
      if (token) {
        return place("norm", norms.get(0), false);
      }
      if (lastInHead) {
        told = told.withOwn("LAST_NORM", "after");
      } else if (said == null) {
        undecided.add(LAST_NORM);
      }
      return place(lastInHead || "after".equals(said) ? "fc_norm" : "norm", norms.get(0), false);
    }
    return norms.size() == 2
        && lastInHead
        && !isInHead(norms.get(0), linears)
        && place("norm", norms.get(0), false)
        && place("fc_norm", norms.get(1), false);
  }

  /** Whether a norm stands before a linear layer in the same list of layers. */
  private static boolean isInHead(NamedLayer norm, List<NamedLayer> linears) {
    return linears.stream().anyMatch(norm::isBefore);
  }

  /** An array that says nothing. */
  private void leaveOut(NamedLayer layer) {
    targets.put(layer.stem(), "");
    rules.add("^" + escaped(layer.stem()) + "$=>");
  }

  /**
   * Gives a layer outside the blocks a name; false if it is taken.
   *
   * @param alone whether the name is that of its only array
   */
  private boolean place(String target, NamedLayer layer, boolean alone) {
    for (String name : layer.names()) {
      String wanted = alone || layer.kind(name).isEmpty() ? target : target + "." + layer.kind(name);
      if (targets.containsValue(wanted)) {
        return false;
      }
      targets.put(name, wanted);
    }
    boolean single = alone || layer.kind(layer.names().get(0)).isEmpty();
    if (!layer.names().get(0).equals(targets.get(layer.names().get(0)))) {
      rules.add(
          single
              ? "^" + escaped(layer.names().get(0)) + "$=>" + target
              : "^" + escaped(layer.stem() + layer.separator()) + "(weight|bias)$=>" + target + ".$1");
    }
    return true;
  }

  /** Where queries, keys and values in one array go: to a name that says how its rows lie. */
  private String joined() {
    if (!block.isJoined() || block.isPytorchs()) {
      return "attn.qkv";
    }
    String order = hints.own().get(QKV_ORDER_KEY);
    if (order == null) {
      undecided.add(QKV_ORDER);
      return "attn.rows";
    }
    told = told.withOwn(QKV_ORDER_KEY, order);
    Integer heads = hints.heads();
    return switch (order) {
      case "qkv-h-d" -> "attn.qkv";
      case "h-qkv-d" -> heads == null ? "attn.rows" : "attn.heads" + heads + "_qkv";
      case "h-d-qkv" -> heads == null ? "attn.rows" : "attn.heads" + heads + "_dim_qkv";
      default -> throw new ModelConfigException(
          "`qkvOrder` is " + order + "; it must be qkv-h-d, h-qkv-d or h-d-qkv");
    };
  }

  /** @param target below the block, in which {@code #} stands for the number of a head */
  private void addBlockRule(NamedLayer layer, String target) {
    String stem = layer.stem();
    int head = target.indexOf('#');
    String pattern = escaped(stem);
    String replacement = "blocks.$1." + target + ".$2";
    if (head >= 0) {
      int[] digits = layer.headDigits();
      if (digits[0] >= 0) {
        if (layer.headNumber() > 0) {
          // The rule of the first head serves all.
          block.names(layer)
              .forEach((name, number) -> targets.put(name, wanted(layer, target, name, number)));
          return;
        }
        pattern = escaped(stem.substring(0, digits[0])) + "(\\d+)" + escaped(stem.substring(digits[1]));
        replacement = "blocks.$1." + target.replace("#", "$2") + ".$3";
      }
    }
    block.names(layer).forEach((name, number) -> targets.put(name, wanted(layer, target, name, number)));
    String before = block.start() > 0 ? "blocks." : block.prefix();
    String rule =
        "^" + escaped(before) + "(\\d+)\\." + pattern + escaped(layer.separator())
            + "(weight|bias)$=>" + replacement;
    if (!block.names(layer).keySet().stream().allMatch(name -> name.equals(targets.get(name)))) {
      rules.add(rule);
    }
  }

  private static String wanted(NamedLayer layer, String target, String name, int number) {
    String head = target.replace("#", String.valueOf(layer.headNumber()));
    return "blocks." + number + "." + head + "." + (name.endsWith("weight") ? "weight" : "bias");
  }

  private static String escaped(String text) {
    return text.replaceAll("([^A-Za-z0-9_])", "\\\\$1");
  }

  /** Whether the rules, one after the other, give all arrays their names. */
  private boolean rulesGive() {
    RenameRules all = RenameRules.parse(rules);
    return targets.size() == shapes.size()
        && targets.entrySet().stream().allMatch(entry -> all.apply(entry.getKey()).equals(entry.getValue()));
  }

  private void tellOrAsk() {
    boolean pre = shapes.keySet().stream().anyMatch(name -> PRE.matcher(name).matches());
    boolean post = shapes.keySet().stream().anyMatch(name -> POST.matcher(name).matches());
    if (pre != post) {
      told = told.withOwn("NORM_ORDER", pre ? "pre" : "post");
    }
    if (block.heads() > 0) {
      told = told.withHeads(block.heads());
    }
    boolean tanh = targets.entrySet().stream()
        .anyMatch(
            entry -> entry.getValue().startsWith("pre_logits.") && TANH.matcher(entry.getKey()).matches());
    if (tanh) {
      told = told.withOwn("PRE_LOGITS", "tanh");
    }
    if (!block.isPytorchs()) {
      assumptions.add(
          "attention is taken to be the usual one, as PyTorch's and timm's is: heads one after the other,"
              + " scores divided by the root of a head's channels before the softmax; nothing in the"
              + " file says so");
    }
    RecognitionHints known = hints.orElse(told);
    ask(known.own().containsKey("NORM_ORDER"), NORM_ORDER);
    ask(known.own().containsKey("ACTIVATION"), ACTIVATION);
    ask(known.heads() != null, HEADS);
    ask(
        known.own().containsKey("PRE_LOGITS") || !targets.containsValue("pre_logits.fc.weight"), PRE_LOGITS);
    ask(
        known.own().containsKey("PRE_LOGITS_NORM") || !targets.containsValue("pre_logits.norm.weight"),
        PRE_LOGITS_NORM);
  }

  private void ask(boolean known, String setting) {
    if (!known) {
      undecided.add(setting);
    }
  }
}
