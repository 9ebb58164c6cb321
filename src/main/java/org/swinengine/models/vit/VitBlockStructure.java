package org.swinengine.models.vit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The blocks of a ViT among arrays of any names: numbered one after the other, all of the same arrays, and
 * what each of these is.
 */
final class VitBlockStructure {
  private static final Pattern NUMBERED = Pattern.compile("([^.]*?)(\\d{1,4})");

  private static final Pattern MEMBER = Pattern.compile("(\\d{1,4})\\..*");

  /** Two norms, attention's two layers and the MLP's, of which one may lack a bias. */
  private static final int LEAST_ARRAYS = 11;

  private static final Pattern QKV = Pattern.compile("(?i).*(qkv|in_proj|to_qkv).*");
  private static final Pattern SECOND_NORM =
      Pattern.compile("(?i).*(mlp|ffn|feed_?forward|(^|[._])ff([._0-9]|$)|after|post_attention).*");
  private static final Pattern FIRST_NORM = Pattern.compile("(?i).*(attn|attention|msa|mha|before|input).*");

  private final String prefix;
  private final int start;
  private final int depth;
  private final int firstIndex;
  private final List<String> order;
  private final List<NamedLayer> layers;
  private final Map<NamedLayer, String> parts = new LinkedHashMap<>();
  private int dim;
  private int heads;

  /** Blocks in a list that may have other members. */
  private record Run(String prefix, int start, int depth, Map<String, long[]> arrays) {
    int size() {
      return depth * arrays.size();
    }
  }

  private VitBlockStructure(Run run, List<String> order) {
    prefix = run.prefix;
    start = run.start;
    depth = run.depth;
    this.order = order;
    firstIndex = IntStream.range(0, order.size()).filter(i -> holds(order.get(i))).findFirst().orElse(0);
    layers = NamedLayer.of(run.arrays);
  }

  /** The blocks that have most of the arrays; empty if there are none whose every array has one place. */
  static Optional<VitBlockStructure> of(Map<String, long[]> shapes) {
    Map<String, TreeMap<Integer, Map<String, long[]>>> lists = new LinkedHashMap<>();
    shapes.forEach(
        (name, shape) -> {
          int from = 0;
          for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', from)) {
            Matcher numbered = NUMBERED.matcher(name.substring(from, dot));
            if (numbered.matches()) {
              lists
                  .computeIfAbsent(name.substring(0, from) + numbered.group(1), key -> new TreeMap<>())
                  .computeIfAbsent(Integer.parseInt(numbered.group(2)), key -> new LinkedHashMap<>())
                  .put(name.substring(dot + 1), shape);
            }
            from = dot + 1;
          }
        });
    Run best = null;
    for (Map.Entry<String, TreeMap<Integer, Map<String, long[]>>> list : lists.entrySet()) {
      for (Run run : runs(list.getKey(), list.getValue())) {
        best = best == null || run.size() > best.size() ? run : best;
      }
    }
    if (best == null) {
      return Optional.empty();
    }
    VitBlockStructure found = new VitBlockStructure(best, List.copyOf(shapes.keySet()));
    return found.classify() ? Optional.of(found) : Optional.empty();
  }

  /** Members of a list that follow each other and have the same arrays. */
  private static List<Run> runs(String prefix, TreeMap<Integer, Map<String, long[]>> list) {
    List<Run> runs = new ArrayList<>();
    int start = -1;
    int depth = 0;
    Map<String, long[]> first = Map.of();
    for (Map.Entry<Integer, Map<String, long[]>> member : list.entrySet()) {
      if (depth > 0 && member.getKey() == start + depth && areEqual(first, member.getValue())) {
        depth++;
        runs.set(runs.size() - 1, new Run(prefix, start, depth, first));
      } else {
        start = member.getKey();
        first = member.getValue();
        depth = 1;
        runs.add(new Run(prefix, start, depth, first));
      }
    }
    runs.removeIf(run -> run.arrays.size() < LEAST_ARRAYS);
    return runs;
  }

  private static boolean areEqual(Map<String, long[]> a, Map<String, long[]> b) {
    return a.keySet().equals(b.keySet())
        && a.entrySet().stream().allMatch(e -> Arrays.equals(e.getValue(), b.get(e.getKey())));
  }

  private boolean classify() {
    List<NamedLayer> norms = layers.stream().filter(layer -> layer.weight().length == 1).toList();
    if (norms.size() != 2) {
      return false;
    }
    dim = (int) norms.get(0).weight()[0];
    List<NamedLayer> matrices = new ArrayList<>(layers);
    matrices.removeAll(norms);
    boolean sound =
        norms.stream().allMatch(norm -> norm.isNorm(dim))
            && matrices.stream().allMatch(layer -> layer.isMatrix(-1, -1));
    return sound && placeAttention(matrices) && placeMlp(matrices) && matrices.isEmpty() && placeNorms(norms);
  }

  /** Takes attention's layers out of the list. */
  private boolean placeAttention(List<NamedLayer> matrices) {
    List<NamedLayer> joined =
        new ArrayList<>(matrices.stream().filter(layer -> layer.isMatrix(3 * dim, dim)).toList());
    if (joined.size() > 1) {
      // An MLP may be as wide; then the name has to tell.
      joined.removeIf(layer -> !QKV.matcher(layer.stem()).matches());
    }
    if (joined.size() == 1) {
      parts.put(joined.get(0), "attn.qkv");
      matrices.remove(joined.get(0));
    } else if (!joined.isEmpty() || !placeParts(matrices)) {
      return false;
    }
    List<NamedLayer> squares = matrices.stream().filter(layer -> layer.isMatrix(dim, dim)).toList();
    if (squares.size() != 1 || !squares.get(0).hasBias() || squares.get(0).role() != ' ') {
      return false;
    }
    parts.put(squares.get(0), "attn.proj");
    matrices.remove(squares.get(0));
    return true;
  }

  /** Queries, keys and values apart, perhaps of each head: names have to tell which is which. */
  private boolean placeParts(List<NamedLayer> matrices) {
    Map<Character, List<NamedLayer>> roles = new HashMap<>();
    for (NamedLayer layer : matrices) {
      if (layer.role() != ' ' && layer.isMatrix(-1, dim)) {
        roles.computeIfAbsent(layer.role(), key -> new ArrayList<>()).add(layer);
      }
    }
    List<NamedLayer> queries = roles.getOrDefault('q', List.of());
    int count = queries.size();
    if (count == 0 || dim % count != 0) {
      return false;
    }
    boolean biased = queries.get(0).hasBias();
    for (char role : new char[] {'q', 'k', 'v'}) {
      List<NamedLayer> all = new ArrayList<>(roles.getOrDefault(role, List.of()));
      all.sort(Comparator.comparingInt(NamedLayer::headNumber));
      boolean fit =
          all.stream().allMatch(layer -> layer.isMatrix(dim / count, dim) && layer.hasBias() == biased);
      if (all.size() != count || !fit) {
        return false;
      }
      for (int i = 0; i < count; i++) {
        if (count > 1 && all.get(i).headNumber() != i) {
          return false;
        }
        parts.put(all.get(i), "attn." + role + (count > 1 ? ".#" : ""));
        matrices.remove(all.get(i));
      }
    }
    heads = count > 1 ? count : 0;
    return true;
  }

  private boolean placeMlp(List<NamedLayer> matrices) {
    if (matrices.size() != 2) {
      return false;
    }
    boolean ordered = matrices.get(0).isMatrix(-1, dim) && matrices.get(1).isMatrix(dim, -1);
    NamedLayer first = matrices.get(ordered ? 0 : 1);
    NamedLayer second = matrices.get(ordered ? 1 : 0);
    int hidden = (int) first.weight()[0];
    boolean fits =
        hidden != dim && first.isMatrix(hidden, dim) && second.isMatrix(dim, hidden) && first.hasBias()
            && second.hasBias();
    if (fits) {
      parts.put(first, "mlp.fc1");
      parts.put(second, "mlp.fc2");
      matrices.clear();
    }
    return fits;
  }

  /** Which norm is attention's: by a word of its name, by the part that it stands in, or by a number. */
  private boolean placeNorms(List<NamedLayer> norms) {
    int first = first(norms.get(0), norms.get(1));
    if (first < 0) {
      return false;
    }
    parts.put(norms.get(first), "norm1");
    parts.put(norms.get(1 - first), "norm2");
    return true;
  }

  private int first(NamedLayer a, NamedLayer b) {
    String attention = head(part("attn.proj").stem());
    String mlp = head(part("mlp.fc1").stem());
    if (!attention.equals(mlp)) {
      if (head(a.stem()).equals(attention) && head(b.stem()).equals(mlp)) {
        return 0;
      }
      if (head(b.stem()).equals(attention) && head(a.stem()).equals(mlp)) {
        return 1;
      }
    }
    int[] places = {place(a.stem()), place(b.stem())};
    if (places[0] != places[1] && places[0] * places[1] == 2) {
      return places[0] - 1;
    }
    String name = a.stem().replaceAll("\\d+", "#");
    if (name.equals(b.stem().replaceAll("\\d+", "#"))) {
      int[] numbers = {a.firstNumber(), b.firstNumber()};
      return numbers[0] == numbers[1] ? -1 : numbers[0] < numbers[1] ? 0 : 1;
    }
    return -1;
  }

  /** 1 or 2 by a norm's words; 0 if they do not tell. */
  private static int place(String stem) {
    String name = stem.toLowerCase(Locale.ROOT);
    if (SECOND_NORM.matcher(name).matches()) {
      return 2;
    }
    return FIRST_NORM.matcher(name).matches() ? 1 : 0;
  }

  private NamedLayer part(String target) {
    return parts.entrySet().stream().filter(e -> e.getValue().equals(target)).findFirst().orElseThrow()
        .getKey();
  }

  private static String head(String stem) {
    int dot = stem.indexOf('.');
    return dot < 0 ? stem : stem.substring(0, dot);
  }

  /** What stands before a block's number. */
  String prefix() {
    return prefix;
  }

  /** The first block's number. */
  int start() {
    return start;
  }

  /** Whether queries, keys and values are one array. */
  boolean isJoined() {
    return parts.containsValue("attn.qkv");
  }

  /** Whether attention is PyTorch's {@code nn.MultiheadAttention}, which is always the same. */
  boolean isPytorchs() {
    return parts.entrySet().stream()
        .anyMatch(e -> e.getValue().equals("attn.qkv") && e.getKey().stem().endsWith("in_proj"));
  }

  int depth() {
    return depth;
  }

  int dim() {
    return dim;
  }

  /** Heads, if each has arrays of its own; else 0. */
  int heads() {
    return heads;
  }

  /** Whether a name is one of the blocks'. */
  boolean holds(String name) {
    Matcher numbered = MEMBER.matcher(name.startsWith(prefix) ? name.substring(prefix.length()) : "");
    if (!numbered.matches()) {
      return false;
    }
    int number = Integer.parseInt(numbered.group(1));
    return number >= start && number < start + depth;
  }

  /** Whether the blocks come after a layer in the file. */
  boolean isAfter(NamedLayer layer) {
    return order.indexOf(layer.names().get(0)) < firstIndex;
  }

  /** Whether the file's order is a program's, and not that of letters. */
  boolean isOrdered() {
    return IntStream.range(1, order.size()).anyMatch(i -> order.get(i - 1).compareTo(order.get(i)) > 0);
  }

  /**
   * Every layer of a block, named as in the first one, and its name among timm's; {@code #} stands for a
   * head's number.
   */
  void parts(BiConsumer<NamedLayer, String> reader) {
    parts.forEach(reader);
  }

  /** The names that a layer has in all blocks, with the blocks' numbers from 0 on. */
  Map<String, Integer> names(NamedLayer layer) {
    Map<String, Integer> names = new LinkedHashMap<>();
    for (int i = 0; i < depth; i++) {
      for (String name : layer.names()) {
        names.put(prefix + (start + i) + "." + name, i);
      }
    }
    return names;
  }
}
