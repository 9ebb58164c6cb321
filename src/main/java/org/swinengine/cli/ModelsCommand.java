package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.swinengine.models.ModelCost;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code models}: what there is. */
@Command(
    name = "models",
    description = {
      "Lists the models, family by family: image size, parameters, and the cost of one image in GFLOPs (a"
          + " multiply-add counts as one, as in the papers)."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "[show|pretrained]",
    subcommands = {ModelsShowCommand.class, ModelsPretrainedCommand.class},
    footer = {
      "",
      "Names that other libraries have for these models are known too: timm's with a tag"
          + " (swin_tiny_patch4_window7_224.ms_in22k), torchvision's (swin_t, vit_b_16) and the Hugging Face"
          + " Hub's (google/vit-base-patch16-224).",
      "",
      "Examples:",
      "  swin-engine models",
      "  swin-engine models swinv2 base",
      "  swin-engine models show swin_tiny_patch4_window7_224 --size 448",
      "  swin-engine models pretrained swin_tiny"
    })
final class ModelsCommand implements Callable<Integer> {
  private static final String ROW = " %11s %11s %8s%n";

  @Spec
  private CommandSpec command;
  @Mixin
  private JsonOption json;

  @Parameters(
      arity = "0..*",
      paramLabel = "WORD",
      description = "Lists only models with each of these words in their name or family.")
  private List<String> words = List.of();

  @Override
  public Integer call() {
    List<String> names = Models.names().stream().filter(this::isWanted).toList();
    PrintWriter out = command.commandLine().getOut();
    if (json.isOn()) {
      ArrayNode list = Json.array();
      for (String name : names) {
        describe(Models.spec(name), list.addObject());
      }
      out.println(list);
      return 0;
    }
    if (names.isEmpty()) {
      out.println("No model has " + String.join(" and ", words) + " in its name or family.");
      String alias = words.size() == 1 ? words.get(0) : "";
      if (Models.isKnown(alias)) {
        out.println(alias + " is another name of " + Models.spec(alias).name() + ".");
      }
      return 0;
    }
    String column = "%-" + (2 + names.stream().mapToInt(String::length).max().orElse(1)) + "s";
    out.printf(column + ROW, "name", "image", "parameters", "GFLOPs");
    String family = "";
    for (String name : names) {
      if (!Models.family(name).equals(family)) {
        family = Models.family(name);
        out.printf("%n%s%n", family);
      }
      row(Models.spec(name), column, out);
    }
    return 0;
  }

  private boolean isWanted(String name) {
    return NameFilter.hasAll(name + " " + Models.family(name), words);
  }

  private static void row(ModelSpec spec, String column, PrintWriter out) {
    long parameters = parameters(spec);
    String format = parameters < 10_000_000 ? "%.2f M" : "%.1f M";
    String inMillions = String.format(Locale.ROOT, format, parameters / 1e6);
    String cost = String.format(Locale.ROOT, "%.2f", ModelCost.of(spec).operations() / 1e9);
    out.printf(column + ROW, "  " + spec.name(), image(spec), inMillions, cost);
  }

  static String image(ModelSpec spec) {
    return spec.channels() + "x" + spec.imageHeight() + "x" + spec.imageWidth();
  }

  private static long parameters(ModelSpec spec) {
    return Models.create(spec).parameters().stream()
        .mapToLong(parameter -> parameter.shape().elements())
        .sum();
  }

  /** Name, family of a named model, image, classes, parameters and GFLOPs. */
  static void describe(ModelSpec spec, ObjectNode node) {
    node.put("name", spec.name());
    if (Models.names().contains(spec.name())) {
      node.put("family", Models.family(spec.name()));
    }
    node.put("channels", spec.channels());
    node.put("height", spec.imageHeight());
    node.put("width", spec.imageWidth());
    node.put("classes", spec.classes());
    node.put("parameters", parameters(spec));
    node.put("gflops", ModelCost.of(spec).operations() / 1e9);
  }
}
