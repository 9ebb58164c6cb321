package org.swinengine.train.recipe;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.swinengine.models.Yaml;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.settings.SettingSpec;

/**
 * Settings that belong together: {@code recipes.yaml} beside this class lists them.
 *
 * @param name as a user says it
 * @param description what it is for, and where it comes from
 * @param tunesWeights whether it is for first weights that have learnt something
 * @param settings values by the names of settings; all others stay as they are
 */
public record Recipe(
    String name, String description, boolean tunesWeights, Map<String, Object> settings) {
  private static final String FILE = "recipes.yaml";

  private static final List<Recipe> ALL = read();

  private static List<Recipe> read() {
    try (InputStream in = Recipe.class.getResourceAsStream(FILE)) {
      Map<?, ?> recipes =
          (Map<?, ?>) Yaml.load(
              new String(Objects.requireNonNull(in, FILE).readAllBytes(), StandardCharsets.UTF_8), FILE);
      List<Recipe> all = new ArrayList<>();
      recipes.forEach((name, value) -> all.add(of(name.toString(), (Map<?, ?>) value)));
      return List.copyOf(all);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Recipe of(String name, Map<?, ?> keys) {
    Map<String, SettingSpec> known =
        TrainConfig.settings().stream().collect(Collectors.toMap(SettingSpec::name, setting -> setting));
    Map<String, Object> settings = new LinkedHashMap<>();
    ((Map<?, ?>) Objects.requireNonNull(keys.get("settings"), name))
        .forEach(
            (key, value) -> {
              SettingSpec setting = known.get(key.toString());
              if (setting == null) {
                throw new IllegalStateException("recipe " + name + " names no setting: " + key);
              }
              settings.put(setting.name(), setting.read(value, FILE + ": " + name));
            });
    String description = Objects.requireNonNull(keys.get("description"), name).toString();
    boolean tunesWeights = Boolean.TRUE.equals(keys.get("tunes_weights"));
    return new Recipe(name, description, tunesWeights, Map.copyOf(settings));
  }

  /** All of them, in the order of the list. */
  public static List<Recipe> all() {
    return ALL;
  }

  /**
   * The recipe of a name.
   *
   * @throws IllegalArgumentException listing the names, if there is none
   */
  public static Recipe named(String name) {
    return ALL.stream()
        .filter(recipe -> recipe.name.equals(name))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException(
                "`recipe` is " + name + ", but must be one of "
                    + ALL.stream().map(Recipe::name).collect(Collectors.joining(", "))));
  }

  /**
   * Checks that a run has what the recipe is for.
   *
   * @param hasWeights whether it starts from weights
   * @throws IllegalArgumentException if it tunes weights and there are none: a head on features of nothing
   *     learns nothing
   */
  public void requireFitting(boolean hasWeights) {
    if (tunesWeights && !hasWeights) {
      throw new IllegalArgumentException(
          "`recipe` " + name
              + " tunes weights that have learnt something, but the run starts from fresh ones;"
              + " name weights with `pretrained`, or take another recipe");
    }
  }

  /**
   * The recipe for a run of another length. Where its warm-up would take all of a shorter one, it takes the
   * same share of it as of the recipe's own.
   *
   * @param given settings that will take the recipe's place
   * @param said is told what was changed
   */
  public Recipe lasting(Map<String, Object> given, Consumer<String> said) {
    if (!(given.get("epochs") instanceof Integer epochs && settings.get("epochs") instanceof Integer own
        && settings.get("warmupEpochs") instanceof Double rise)
        || given.containsKey("warmupEpochs") || given.containsKey("warmupSteps") || epochs > rise) {
      return this;
    }
    double shorter = rise * epochs / own;
    said.accept(
        String.format(
            Locale.ROOT, "`warmupEpochs` %.3g, since %d epochs are a part of the %d that the recipe %s has"
                + " with %.3g of them",
            shorter, epochs, own, name, rise));
    Map<String, Object> changed = new LinkedHashMap<>(settings);
    changed.put("warmupEpochs", shorter);
    return new Recipe(name, description, tunesWeights, Map.copyOf(changed));
  }

  /** Puts the recipe's settings in place of a configuration's. */
  public void applyTo(TrainConfig.Builder builder) {
    settings.forEach(builder::set);
    builder.set("recipe", name);
  }
}
