package org.swinengine.weights;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A state dict whose dialect has been recognised, under the engine's names. Prefixes that wrappers put before
 * every name are left out, and so are buffers that models compute for themselves. Arrays are read, joined and
 * cut when they are asked for.
 */
public final class NamedWeights {
  /** Prefixes of wrappers and frameworks, beside those of the tables. */
  private static final List<String> PREFIXES =
      List.of("module.", "model.", "_orig_mod.", "backbone.", "encoder.", "base_encoder.", "net.",
          "network.");

  private static final int MAX_PREFIXES = 4;

  /** Names looked at to recognise a dialect; more are in no model, and only cost time. */
  private static final int MAX_NAMES = 20_000;

  /** The least part of the names that a dialect must know. */
  private static final double ENOUGH = 0.5;

  /** The least part of the names that must have a prefix. */
  private static final double MOST = 0.4;

  /** The least part that must have one that no framework is known for, such as {@code student.}. */
  private static final double NEARLY_ALL = 0.9;

  /**
   * Parts that only training has: a loss's weights, what draws masked patches, what self-supervision projects
   * with.
   */
  private static final Pattern OF_TRAINING =
      Pattern.compile(
          "^(criterion|loss|loss_fn|loss_func|\\w+_loss|decoder|decoder_\\w+|projector|predictor|queue"
              + "|queue_ptr|momentum_\\w+)(\\.|$)|(^|\\.)mask_token$");

  /** Arrays that a rule makes of others. */
  private record Link(NameRule rule, Map<String, String> holes, String[] names) {
    List<String> engineNames() {
      return rule.engine().stream().map(t -> t == NameRule.ZEROS ? null : t.write(holes)).toList();
    }
  }

  private record Reading(NameTable table, List<String> prefixes, int known) {}

  private final Dialect dialect;
  private final String family;
  private final String hint;
  private final StateDict weights;
  private final List<String> buffers;
  private final List<Link> links;
  /** Names of arrays that the dialect does not know, and the file's own for them. */
  private final Map<String, String> strangers;
  /** Those of them that stand outside of the model. */
  private final Set<String> besides;
  /** The file, whose order and axes {@link #toSource} goes by. */
  private final StateDict source;

  private NamedWeights(
      Dialect dialect,
      String family,
      String hint,
      StateDict weights,
      List<String> buffers,
      List<Link> links,
      Map<String, String> strangers,
      Set<String> besides,
      StateDict source) {
    this.dialect = dialect;
    this.family = family;
    this.hint = hint;
    this.weights = weights;
    this.buffers = List.copyOf(buffers);
    this.links = List.copyOf(links);
    this.strangers = strangers;
    this.besides = besides;
    this.source = source;
  }

  /**
   * Recognises the dialect.
   *
   * @param tables of all dialects that there are
   */
  public static NamedWeights of(StateDict source, NameTables tables) {
    return of(source, tables, null, RenameRules.NONE);
  }

  /**
   * Gives a state dict the engine's names.
   *
   * @param tables of all dialects that there are
   * @param wanted the dialect to read it in; null to recognise it
   * @param rules applied to the names before anything else
   * @throws IllegalArgumentException if rules give two arrays one name, or arrays that belong together do not
   *     fit
   */
  public static NamedWeights of(StateDict source, NameTables tables, Dialect wanted, RenameRules rules) {
    Map<String, String> originals = renamed(source, rules);
    Reading reading = Dialect.ENGINE.equals(wanted) ? null : recognise(originals, source, tables, wanted);
    if (reading == null) {
      return plain(source, originals, tables, "");
    }
    String onRequest = reading.table.onRequest();
    return wanted == null && !onRequest.isEmpty()
        ? plain(source, originals, tables, onRequest)
        : read(source, originals, tables, reading);
  }

  /** New names and the file's own. */
  private static Map<String, String> renamed(StateDict source, RenameRules rules) {
    Map<String, String> originals = new LinkedHashMap<>();
    for (String name : source.names()) {
      String renamed = rules.apply(name);
      String other = renamed.isEmpty() ? null : originals.putIfAbsent(renamed, name);
      if (other != null) {
        throw new IllegalArgumentException(
            "the rename rules give the arrays " + Text.quote(other) + " and " + Text.quote(name)
                + " the same name "
                + Text.quote(renamed));
      }
    }
    return originals;
  }

  /** The table that knows most of the names; null if none knows enough of them. */
  private static Reading recognise(
      Map<String, String> originals, StateDict source, NameTables tables, Dialect wanted) {
    List<String> names =
        originals.keySet().stream().filter(name -> !tables.isBuffer(name)).limit(MAX_NAMES).toList();
    Reading best = null;
    for (List<String> prefixes : prefixes(names, tables)) {
      for (NameTable table : tables.all()) {
        if (wanted == null || table.dialect().equals(wanted)) {
          int known = (int) names.stream().filter(name -> table.read(strip(name, prefixes)) != null).count();
          if (best == null || known > best.known) {
            best = new Reading(table, prefixes, known);
          }
        }
      }
    }
    if (best == null) {
      return null;
    }
    List<String> chosen = best.prefixes;
    long models = names.stream().filter(name -> !OF_TRAINING.matcher(strip(name, chosen)).find()).count();
    if (best.known < Math.max(1, ENOUGH * models)) {
      return null;
    }
    return wanted == null && best.table.byShape() != null ? byShape(best, originals, source, tables) : best;
  }

  /** The dialect that shapes show where names alone do not. */
  private static Reading byShape(
      Reading reading, Map<String, String> originals, StateDict source, NameTables tables) {
    NameTable table = reading.table;
    Map<String, long[]> shapes = new LinkedHashMap<>();
    originals
        .forEach((name, original) -> shapes.put(strip(name, reading.prefixes), source.get(original).shape()));
    Dialect dialect = table.byShape().apply(shapes);
    for (NameTable other : tables.all()) {
      if (other.dialect().equals(dialect) && other.family().equals(table.family())) {
        return new Reading(other, reading.prefixes, reading.known);
      }
    }
    throw new IllegalStateException("no table of " + dialect + " for " + table.family());
  }

  /**
   * Which prefixes may be left out: none, and those that most names have, a few after each other. A part of
   * the names does not do: chains of all that occur would take a hostile file's reader hours.
   */
  private static List<List<String>> prefixes(List<String> names, NameTables tables) {
    List<String> known = new ArrayList<>(PREFIXES);
    known.addAll(tables.prefixes());
    List<List<String>> all = new ArrayList<>();
    all.add(List.of());
    for (int i = 0; i < all.size(); i++) {
      List<String> chain = all.get(i);
      String before = String.join("", chain);
      Set<String> candidates = new LinkedHashSet<>(chain.size() < MAX_PREFIXES ? known : List.of());
      String own = chain.size() < MAX_PREFIXES ? commonPart(names, before) : "";
      candidates.add(own);
      candidates.remove("");
      for (String prefix : candidates) {
        String whole = before + prefix;
        long having = names.stream().filter(name -> name.startsWith(whole)).count();
        boolean framework = known.contains(prefix);
        if (having >= (framework ? MOST : NEARLY_ALL) * names.size() && having > 0) {
          List<String> longer = new ArrayList<>(chain);
          longer.add(prefix);
          all.add(longer);
        }
      }
    }
    return all;
  }

  /** The part up to the next dot that most names with that beginning go on with; empty if there is none. */
  private static String commonPart(List<String> names, String before) {
    Map<String, Integer> parts = new HashMap<>();
    String most = "";
    for (String name : names) {
      int dot = name.startsWith(before) ? name.indexOf('.', before.length()) : -1;
      if (dot > 0) {
        String part = name.substring(before.length(), dot + 1);
        if (parts.merge(part, 1, Integer::sum) > parts.getOrDefault(most, 0)) {
          most = part;
        }
      }
    }
    return most;
  }

  /** A name without the prefixes that it has; heads often stand outside. */
  private static String strip(String name, List<String> prefixes) {
    String rest = name;
    for (String prefix : prefixes) {
      if (!rest.startsWith(prefix)) {
        return rest;
      }
      rest = rest.substring(prefix.length());
    }
    return rest;
  }

  private static NamedWeights plain(
      StateDict source, Map<String, String> originals, NameTables tables, String hint) {
    StateDict.Builder weights = builderLike(source);
    List<String> buffers = new ArrayList<>();
    originals.forEach(
        (name, original) -> {
          if (tables.isBuffer(name)) {
            buffers.add(original);
          } else {
            weights.put(name, source.get(original));
          }
        });
    return new NamedWeights(Dialect.ENGINE, null, hint, weights.build(), buffers, List.of(), Map.of(),
        Set.of(),
        source);
  }

  private static NamedWeights read(
      StateDict source, Map<String, String> originals, NameTables tables, Reading reading) {
    NameTable table = reading.table;
    List<String> buffers = new ArrayList<>();
    Map<String, String> unknown = new LinkedHashMap<>();
    Set<String> beside = new HashSet<>();
    String whole = String.join("", reading.prefixes);
    Map<String, Link> links = new LinkedHashMap<>();
    originals.forEach(
        (name, original) -> {
          String bare = strip(name, reading.prefixes);
          if (tables.isBuffer(bare)) {
            buffers.add(original);
            return;
          }
          NameTable.Match match = table.read(bare);
          if (match == null) {
            unknown.put(bare, original);
            if (!name.startsWith(whole) || OF_TRAINING.matcher(bare).find()) {
              beside.add(original);
            }
            return;
          }
          String key = table.rules().indexOf(match.rule()) + " " + match.holes();
          Link link =
              links.computeIfAbsent(
                  key,
                  k -> new Link(match.rule(), match.holes(), new String[match.rule().dialect().size()]));
          String other = link.names[match.index()];
          if (other != null) {
            throw new IllegalArgumentException(
                "the arrays " + Text.quote(other) + " and " + Text.quote(original)
                    + " are the same parameter");
          }
          link.names[match.index()] = original;
        });
    StateDict.Builder weights = builderLike(source);
    List<Link> complete = new ArrayList<>();
    for (Link link : links.values()) {
      if (Arrays.asList(link.names).contains(null)) {
        // A part is missing: what is there is of no use, and will be reported as unexpected.
        Arrays.stream(link.names).filter(name -> name != null).forEach(name -> unknown.put(name, name));
      } else {
        put(link, source, weights);
        complete.add(link);
      }
    }
    Map<String, String> strangers = new LinkedHashMap<>();
    Set<String> besides = new LinkedHashSet<>();
    unknown.forEach(
        (name, original) -> {
          String free = weights.contains(name) ? original : name;
          weights.put(free, source.get(original));
          strangers.put(free, original);
          if (beside.contains(original)) {
            besides.add(free);
          }
        });
    return new NamedWeights(
        table.dialect(), table.family(), "", weights.build(), buffers, complete, strangers, besides,
        source);
  }

  private static void put(Link link, StateDict source, StateDict.Builder weights) {
    List<ArrayData> arrays = Arrays.stream(link.names).map(source::get).toList();
    List<ArrayData> converted;
    try {
      converted = link.rule.toEngine(arrays);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          String.join(", ", link.names) + ": " + e.getMessage() + "; the file is damaged or of another model",
          e);
    }
    List<String> names = link.engineNames();
    for (int i = 0; i < names.size(); i++) {
      if (names.get(i) != null) {
        if (weights.contains(names.get(i))) {
          throw new IllegalArgumentException(
              "there is a second array for " + names.get(i) + ", " + Text.quote(link.names[0])
                  + "; leave one out with `rename` '^NAME$=>'");
        }
        weights.put(names.get(i), converted.get(i));
      }
    }
  }

  private static StateDict.Builder builderLike(StateDict source) {
    StateDict.Builder builder = StateDict.builder().metadata(source.metadata());
    source.extras().forEach(builder::extra);
    return builder;
  }

  /** Whose names the file has; the engine's where nothing was recognised. */
  public Dialect dialect() {
    return dialect;
  }

  /** Which family's names they are, by its table; empty where nothing was recognised. */
  public Optional<String> family() {
    return Optional.ofNullable(family);
  }

  /** Why nothing was recognised, where something can be said; else empty. */
  public String hint() {
    return hint;
  }

  /** The arrays under the engine's names; what the dialect does not know has its own name. */
  public StateDict weights() {
    return weights;
  }

  /**
   * All arrays: under the engine's names, but for buffers, which models that are known compute for
   * themselves. Of a model that is not, every array, in the file's order.
   */
  public StateDict everything(StateDict source) {
    if (family != null) {
      return weights;
    }
    StateDict.Builder all = StateDict.builder().metadata(weights.metadata());
    weights.arrays().forEach(all::put);
    buffers.stream().filter(name -> !weights.contains(name)).forEach(name -> all.put(name, source.get(name)));
    return all.build();
  }

  /** Whether an array of {@link #weights} has a name that the dialect does not know. */
  public boolean isUnknown(String name) {
    return strangers.containsKey(name);
  }

  /**
   * Unknown arrays of {@link #weights} that stand beside the model: outside of the prefix that its own arrays
   * have, such as a loss's weights beside {@code model.…}, or under the name of a part that only training
   * has. What computes with the model does not need them.
   */
  public Set<String> besides() {
    return Collections.unmodifiableSet(besides);
  }

  /** The file's buffers that were left out. */
  public List<String> buffers() {
    return buffers;
  }

  /**
   * Arrays under the engine's names as the file that was read would have them: its names, its order, joined
   * and cut as there. An array that did not come from the file keeps the engine's name.
   */
  public StateDict toSource(StateDict engine) {
    Map<String, ArrayData> found = new LinkedHashMap<>();
    Set<String> left = new LinkedHashSet<>(engine.names());
    for (Link link : links) {
      List<String> names = link.engineNames();
      if (names.stream().allMatch(name -> name == null || engine.contains(name))) {
        List<ArrayData> arrays = new ArrayList<>();
        names.forEach(name -> arrays.add(name == null ? null : engine.get(name)));
        List<ArrayData> converted = link.rule.toDialect(arrays);
        for (int i = 0; i < converted.size(); i++) {
          found.put(link.names[i], ArrayParts.withAxesOf(source.get(link.names[i]), converted.get(i)));
        }
        left.removeAll(names);
      }
    }
    strangers.forEach(
        (name, original) -> {
          if (left.remove(name)) {
            found.put(original, engine.get(name));
          }
        });
    StateDict.Builder builder = StateDict.builder().metadata(engine.metadata());
    for (String name : source.names()) {
      if (found.containsKey(name)) {
        builder.put(name, found.get(name));
      }
    }
    left.forEach(name -> builder.put(name, engine.get(name)));
    return builder.build();
  }

  /**
   * Arrays under the engine's names in a dialect, as an implementation's {@code state_dict()} has them but
   * for its buffers.
   *
   * @throws IllegalArgumentException if the dialect has no such model, or no place for one of its parameters
   */
  public static StateDict write(StateDict engine, NameTables tables, Dialect dialect) {
    return dialect.equals(Dialect.ENGINE) ? engine : tables.writing(engine, dialect).write(engine);
  }
}
