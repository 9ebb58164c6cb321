package org.swinengine.weights;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The names of one family of models in one dialect. A table reads every version of the dialect; of rules
 * for the same array it writes by the first.
 *
 * <pre>{@code
 * NameTable timm =
 *     new NameTable(Dialect.TIMM, "vit", List.of(NameRule.same("head.{rest}", "head.{rest}"), …));
 * }</pre>
 *
 * @param family an id of the models that have such names
 * @param rules for names without the prefix; the first that fits a name counts
 * @param prefix of all names but those {@link NameRule#outsidePrefix outside} it, which files may lack;
 *     empty if there is none
 * @param wrapper what programs put before all names of such models, and what is left out; empty if it is
 *     the prefix or there is none
 * @param buffers last parts of the names of arrays that such models compute for themselves, such as {@code
 *     attn_mask}
 * @param byShape of which dialect names are that several dialects of the family share: from the shapes of
 *     the arrays by their names; null if names alone decide
 * @param onRequest why such names count only where a user says that they have this dialect; empty if they
 *     always do
 */
public record NameTable(
    Dialect dialect,
    String family,
    List<NameRule> rules,
    String prefix,
    String wrapper,
    List<String> buffers,
    Function<Map<String, long[]>, Dialect> byShape,
    String onRequest) {

  /** Copies the lists. */
  public NameTable {
    rules = List.copyOf(rules);
    buffers = List.copyOf(buffers);
  }

  /** A table of rules alone. */
  public NameTable(Dialect dialect, String family, List<NameRule> rules) {
    this(dialect, family, rules, "", "", List.of(), null, "");
  }

  /** The same with a prefix before its names. */
  public NameTable withPrefix(String before) {
    return new NameTable(dialect, family, rules, before, wrapper, buffers, byShape, onRequest);
  }

  /** The same, whose models stand in a program's field of that name. */
  public NameTable withWrapper(String before) {
    return new NameTable(dialect, family, rules, prefix, before, buffers, byShape, onRequest);
  }

  /** The same with buffers, by the last parts of their names. */
  public NameTable withBuffers(List<String> names) {
    return new NameTable(dialect, family, rules, prefix, wrapper, names, byShape, onRequest);
  }

  /** The same, where shapes decide between this dialect and others of the family that have its names. */
  public NameTable decidedBy(Function<Map<String, long[]>, Dialect> shapes) {
    return new NameTable(dialect, family, rules, prefix, wrapper, buffers, shapes, onRequest);
  }

  /** The same, which counts only where a user asks for the dialect, with the reason. */
  public NameTable onlyOnRequest(String reason) {
    return new NameTable(dialect, family, rules, prefix, wrapper, buffers, byShape, reason);
  }

  /**
   * A name that the table knows.
   *
   * @param index which of the rule's names in the dialect it is
   */
  record Match(NameRule rule, int index, Map<String, String> holes) {}

  /** Reads a name of the dialect, with or without the prefix; null if it is unknown. */
  Match read(String name) {
    String bare = !prefix.isEmpty() && name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    for (NameRule rule : rules) {
      for (int i = 0; i < rule.dialect().size(); i++) {
        Map<String, String> holes = rule.dialect().get(i).read(bare);
        if (holes != null) {
          return new Match(rule, i, holes);
        }
      }
    }
    return null;
  }

  /** The same for an engine's name. */
  Match readEngine(String name) {
    for (NameRule rule : rules) {
      for (int i = 0; i < rule.engine().size(); i++) {
        NameTemplate template = rule.engine().get(i);
        Map<String, String> holes = template == NameRule.ZEROS ? null : template.read(name);
        if (holes != null) {
          return new Match(rule, i, holes);
        }
      }
    }
    return null;
  }

  /**
   * Arrays under the engine's names in this table's.
   *
   * @throws IllegalArgumentException if the table has no place for one of them
   */
  public StateDict write(StateDict engine) {
    StateDict.Builder builder = StateDict.builder().metadata(engine.metadata());
    for (String name : engine.names()) {
      Match match = readEngine(name);
      if (match == null) {
        throw new IllegalArgumentException(
            "the dialect " + dialect + " has no place for " + Text.quote(name));
      }
      NameRule rule = match.rule();
      // A rule of several names is carried out for the first of those that are there.
      boolean first =
          rule.engine().subList(0, match.index()).stream()
              .noneMatch(t -> t != NameRule.ZEROS && engine.contains(t.write(match.holes())));
      if (first) {
        List<ArrayData> arrays = new ArrayList<>();
        for (NameTemplate template : rule.engine()) {
          arrays.add(template == NameRule.ZEROS ? null : engine.get(template.write(match.holes())));
        }
        List<ArrayData> converted = rule.toDialect(arrays);
        String before = rule.isOutsidePrefix() ? "" : prefix;
        for (int i = 0; i < converted.size(); i++) {
          builder.put(before + rule.dialect().get(i).write(match.holes()), converted.get(i));
        }
      }
    }
    return builder.build();
  }
}
