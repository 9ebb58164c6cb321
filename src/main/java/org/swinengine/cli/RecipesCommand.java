package org.swinengine.cli;

import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.recipe.Recipe;
import org.swinengine.train.settings.SettingSpec;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code recipes}: what {@code train --recipe} stands for. */
@Command(
    name = "recipes",
    description = "Lists the recipes of `train --recipe`, or the options that one of them stands for.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false)
final class RecipesCommand implements Callable<Integer> {
  @Spec
  private CommandSpec command;

  @Parameters(arity = "0..1", paramLabel = "NAME", description = "A recipe, which is printed in full.")
  private String name;

  @Override
  public Integer call() {
    PrintWriter out = command.commandLine().getOut();
    if (name == null) {
      Recipe.all().forEach(recipe -> out.printf("%-13s %s%n", recipe.name(), recipe.description()));
      return 0;
    }
    Recipe recipe = recipe();
    out.println(recipe.description());
    for (SettingSpec setting : TrainConfig.settings()) {
      Map<String, Object> settings = recipe.settings();
      if (settings.containsKey(setting.name())) {
        String value = setting.text(settings.get(setting.name()));
        out.println("  " + SettingNames.option(setting.name()) + " " + value);
      }
    }
    return 0;
  }

  private Recipe recipe() {
    try {
      return Recipe.named(name);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          command.commandLine(), e.getMessage().replace("`recipe`", "the recipe"), e);
    }
  }
}
