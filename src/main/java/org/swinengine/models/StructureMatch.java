package org.swinengine.models;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.NameTables;
import org.swinengine.weights.RenameRules;
import org.swinengine.weights.StateDict;

/**
 * A model with names of its own, recognised by the shapes of its arrays in their order.
 *
 * @param what it is, such as {@code a ViT with 6 blocks}
 * @param rules that give its arrays names which the dialect knows, {@code REGEX=>REPLACEMENT}
 * @param dialect in which the renamed arrays are to be read
 * @param told what its names say of the model beside that
 * @param undecided the settings that nothing in the file tells, with their values, such as {@code `normOrder`
 *     pre or post}
 * @param assumptions what nothing in the file says and nobody can choose, in sentences
 */
public record StructureMatch(
    String what, List<String> rules, Dialect dialect, RecognitionHints told, List<String> undecided,
    List<String> assumptions) {

  /** Copies the lists. */
  public StructureMatch {
    rules = List.copyOf(rules);
    undecided = List.copyOf(undecided);
    assumptions = List.copyOf(assumptions);
  }

  /**
   * The first family's that knows the structure.
   *
   * @param rename applied to the names first
   * @param hints what is said of the model
   */
  public static Optional<StructureMatch> of(StateDict source, RenameRules rename, RecognitionHints hints) {
    NameTables tables = ParameterNames.tables();
    Map<String, long[]> shapes = new LinkedHashMap<>();
    source
        .arrays()
        .forEach(
            (name, array) -> {
              String renamed = rename.apply(name);
              if (!renamed.isEmpty() && !tables.isBuffer(renamed)) {
                shapes.put(renamed, array.shape());
              }
            });
    return ModelFamilies.all().stream().flatMap(family -> family.structure(shapes, hints).stream())
        .findFirst();
  }

  /** The rules. */
  public RenameRules rename() {
    return RenameRules.parse(rules);
  }

  /** What a user who has such a file can do, as the end of a sentence. */
  String advice() {
    String quoted = rules.stream().map(rule -> "'" + rule + "'").collect(Collectors.joining(" "));
    String more = undecided.isEmpty() ? ""
        : "; nothing in it says how it computes: say " + String.join("; ", undecided) + " as well";
    return "but in order and shapes they are those of " + what
        + "; `rename` auto reads them so, by the rules " + quoted
        + " (in a file of your own together with `dialect` " + dialect + ")" + more;
  }
}
