package org.swinengine.models.vit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
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
  static final String PRE_LOGITS = "`preLogits` tanh, if that is between the last two layers";

  private static final Pattern ORDINARY_NAME = Pattern.compile("[A-Za-z0-9_.-]{1,200}");
  private static final Pattern PRE = Pattern.compile("(?i).*(pre_?norm|norm_?first).*");
  private static final Pattern POST = Pattern.compile("(?i).*post_?norm.*");
  private static final Pattern TANH = Pattern.compile("(?i)(.*\\.)?(pre_logits|pooler)(\\..*)?");

  private static final Pattern EMBEDDING =
      Pattern.compile("(?i).*(patch|embed|mapper|token|pre_|_pre|input|stem).*");

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
    block.parts(this::addBlockRule);
    if (!rulesGive()) {
      return Optional.empty();
    }
    tellOrAsk();
    String what = "a ViT with " + block.depth() + " blocks of " + block.dim() + " channels";
    return Optional.of(new StructureMatch(what, rules, VitNames.TORCH_VIT, told, undecided));
  }

  /** Gives every array outside the blocks its place; false if one has none. */
  private boolean placeOutside() {
    List<NamedLayer> norms = new ArrayList<>();
    List<NamedLayer> linears = new ArrayList<>();
    for (NamedLayer layer : outside) {
      // A safetensors file has its names in alphabetical order, which says nothing.
      boolean first = block.isOrdered() ? block.isAfter(layer) : EMBEDDING.matcher(layer.stem()).matches();
      if (layer.isSingle(1, 1, block.dim())) {
        if (!place("cls_token", layer)) {
          return false;
        }
      } else if (layer.isPositions(block.dim())) {
        if (!place("pos_embed", layer)) {
          return false;
        }
      } else if (layer.isPatchConvolution(block.dim())) {
        if (!place("patch_embed.proj", layer)) {
          return false;
        }
      } else if (first && layer.isMatrix(block.dim(), -1) && isGreyPatch(layer)) {
        if (!place("patch_embed.linear", layer)) {
          return false;
        }
      } else if (layer.isNorm(block.dim()) && !first) {
        norms.add(layer);
      } else if (layer.isMatrix(-1, -1) && layer.hasBias() && !first) {
        linears.add(layer);
      } else {
        return false;
      }
    }
    boolean embedded = targets.containsValue("patch_embed.proj.weight") != targets
        .containsValue("patch_embed.linear.weight");
    return embedded && targets.containsValue("pos_embed") && placeHead(linears) && placeNorms(norms, linears);
  }

  /** The pixels of a patch with one channel have one order; with three nothing says which it is. */
  private static boolean isGreyPatch(NamedLayer layer) {
    return layer.hasBias() && StateShapes.side(layer.weight()[1]) > 1;
  }

  private boolean placeHead(List<NamedLayer> linears) {
    if (linears.size() == 1) {
      return linears.get(0).isMatrix(-1, block.dim()) && place("head", linears.get(0));
    }
    if (linears.size() == 2) {
      boolean inOrder = follow(linears.get(0), linears.get(1));
      if (inOrder == follow(linears.get(1), linears.get(0))) {
        return false;
      }
      return place("pre_logits.fc", linears.get(inOrder ? 0 : 1))
          && place("head", linears.get(inOrder ? 1 : 0));
    }
    return linears.isEmpty();
  }

  private boolean follow(NamedLayer first, NamedLayer second) {
    return first.isMatrix(-1, block.dim()) && second.isMatrix(-1, (int) first.weight()[0]);
  }

  private String pool() {
    return hints.own().getOrDefault("POOL", targets.containsValue("cls_token") ? "token" : "avg");
  }

  private boolean placeNorms(List<NamedLayer> norms, List<NamedLayer> linears) {
    boolean token = pool().equals("token");
    String said = hints.own().get("LAST_NORM");
    if (norms.isEmpty()) {
      return true;
    }
    norms.sort(Comparator.comparing(norm -> isInHead(norm, linears)));
    boolean lastInHead = isInHead(norms.get(norms.size() - 1), linears);
    if (norms.size() == 1) {
      if (token) {
        return place("norm", norms.get(0));
      }
      if (lastInHead) {
        told = told.withOwn("LAST_NORM", "after");
      } else if (said == null) {
        undecided.add(LAST_NORM);
      }
      return place(lastInHead || "after".equals(said) ? "fc_norm" : "norm", norms.get(0));
    }
    return norms.size() == 2
        && lastInHead
        && !isInHead(norms.get(0), linears)
        && place("norm", norms.get(0))
        && place("fc_norm", norms.get(1));
  }

  /** Whether a norm stands before a linear layer in the same list of layers. */
  private static boolean isInHead(NamedLayer norm, List<NamedLayer> linears) {
    return linears.stream().anyMatch(norm::isBefore);
  }

  /** Gives a layer outside the blocks a name; false if it is taken. */
  private boolean place(String target, NamedLayer layer) {
    for (String name : layer.names()) {
      String wanted = layer.kind(name).isEmpty() ? target : target + "." + layer.kind(name);
      if (targets.containsValue(wanted)) {
        return false;
      }
      targets.put(name, wanted);
    }
    boolean single = layer.kind(layer.names().get(0)).isEmpty();
    if (!layer.names().get(0).equals(targets.get(layer.names().get(0)))) {
      rules.add(
          single
              ? "^" + escaped(layer.stem()) + "$=>" + target
              : "^" + escaped(layer.stem() + layer.separator()) + "(weight|bias)$=>" + target + ".$1");
    }
    return true;
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
    String rule =
        "^" + escaped(block.prefix()) + "(\\d+)\\." + pattern + escaped(layer.separator())
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
    RecognitionHints known = hints.orElse(told);
    ask(known.own().containsKey("NORM_ORDER"), NORM_ORDER);
    ask(known.own().containsKey("ACTIVATION"), ACTIVATION);
    ask(known.heads() != null, HEADS);
    ask(
        known.own().containsKey("PRE_LOGITS") || !targets.containsValue("pre_logits.fc.weight"), PRE_LOGITS);
  }

  private void ask(boolean known, String setting) {
    if (!known) {
      undecided.add(setting);
    }
  }
}
