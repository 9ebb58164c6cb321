package org.swinengine.models;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.NameTable;
import org.swinengine.weights.NameTables;
import org.swinengine.weights.NamedWeights;
import org.swinengine.weights.RenameRules;
import org.swinengine.weights.StateDict;

/** The names that all families' parameters have in all dialects. */
public final class ParameterNames {
  /** Of which families the tables are. */
  private record Known(List<ModelFamily> families, NameTables tables) {}

  private static volatile @Nullable Known known;

  private ParameterNames() {}

  /** The tables of all families. */
  public static NameTables tables() {
    Known here = known;
    List<ModelFamily> families = ModelFamilies.all();
    if (here == null || here.families != families) {
      here =
          new Known(
              families,
              new NameTables(families.stream().flatMap(family -> family.nameTables().stream()).toList()));
      known = here;
    }
    return here.tables;
  }

  /** A file under the engine's names. */
  public static NamedWeights of(StateDict source) {
    return of(source, null, RenameRules.NONE);
  }

  /**
   * A file under the engine's names.
   *
   * @param wanted the dialect to read it in; null to recognise it
   * @param rules applied to the names before anything else
   * @throws IllegalArgumentException as {@link NamedWeights#of(StateDict, NameTables, Dialect, RenameRules)}
   */
  public static NamedWeights of(StateDict source, @Nullable Dialect wanted, RenameRules rules) {
    return NamedWeights.of(source, tables(source, wanted, rules), wanted, rules);
  }

  /** The tables for a file that is to be read in a dialect. */
  private static NameTables tables(StateDict source, @Nullable Dialect wanted, RenameRules rules) {
    if (wanted == null) {
      return tables();
    }
    List<String> names = source.names().stream().map(rules::apply).toList();
    return new NameTables(
        ModelFamilies.all().stream().flatMap(family -> family.nameTables(names).stream()).toList());
  }

  /**
   * A file of a model that is known, under the engine's names: no other family's names count, so that a net
   * with names of its own is not taken for one of the engine's.
   */
  public static NamedWeights of(
      StateDict source, ModelFamily family, @Nullable Dialect wanted, RenameRules rules) {
    return NamedWeights.of(source, new NameTables(family.nameTables()), wanted, rules);
  }

  /**
   * The dialect that a user names.
   *
   * @throws IllegalArgumentException listing the names
   */
  public static Dialect dialect(String id) {
    return tables().dialect(id);
  }

  /** {@link #write(StateDict, Dialect, ModelSpec)} where the model is not known. */
  public static StateDict write(StateDict engine, Dialect dialect) {
    return write(engine, dialect, null);
  }

  /**
   * Arrays under the engine's names in a dialect, as an implementation's {@code state_dict()} has them. Of
   * the buffers those are written for which its {@code load_state_dict} asks.
   *
   * @param spec the model, on which buffers may depend; null if it is not known
   * @throws IllegalArgumentException if the dialect has no such model, or no place for one of its parameters
   */
  public static StateDict write(StateDict engine, Dialect dialect, @Nullable ModelSpec spec) {
    if (dialect.equals(Dialect.ENGINE)) {
      return engine;
    }
    NameTable table = tables().writing(engine, dialect);
    StateDict named = table.write(engine);
    return ModelFamilies.find(table.family()).map(family -> family.withBuffers(named, dialect, spec))
        .orElse(named);
  }
}
