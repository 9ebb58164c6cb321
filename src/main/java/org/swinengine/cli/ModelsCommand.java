package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.swinengine.models.ModelCost;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code models}: what there is. */
@Command(
    name = "models",
    description = {
      "Lists the models: image size, parameters, and the cost of one image in GFLOPs (a multiply-add counts"
          + " as one, as in the papers)."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "[show|pretrained]",
    subcommands = {ModelsShowCommand.class, ModelsPretrainedCommand.class},
    footer = {
      "",
      "Examples:",
      "  swin-engine models",
      "  swin-engine models show swin_tiny_patch4_window7_224 --size 448",
      "  swin-engine models pretrained swin_tiny"
    })
final class ModelsCommand implements Callable<Integer> {
  @Spec private CommandSpec command;
  @Mixin private JsonOption json;

  @Override
  public Integer call() {
    PrintWriter out = command.commandLine().getOut();
    ArrayNode list = Json.array();
    String nameColumn = "%-" + Models.names().stream().mapToInt(String::length).max().orElse(1) + "s";
    if (!json.isOn()) {
      out.printf(nameColumn + " %9s %14s %8s%n", "name", "image", "parameters", "GFLOPs");
    }
    for (String name : Models.names()) {
      ModelSpec spec = Models.spec(name);
      ObjectNode node = list.addObject();
      describe(spec, node);
      if (!json.isOn()) {
        out.printf(
            Locale.ROOT,
            nameColumn + " %9s %,14d %8.2f%n",
            name,
            image(spec),
            node.get("parameters").asLong(),
            node.get("gflops").asDouble());
      }
    }
    if (json.isOn()) {
      out.println(list);
    }
    return 0;
  }

  static String image(ModelSpec spec) {
    return spec.channels() + "x" + spec.imageHeight() + "x" + spec.imageWidth();
  }

  /** Name, image, classes, parameters and GFLOPs. */
  static void describe(ModelSpec spec, ObjectNode node) {
    node.put("name", spec.name());
    node.put("channels", spec.channels());
    node.put("height", spec.imageHeight());
    node.put("width", spec.imageWidth());
    node.put("classes", spec.classes());
    long parameters =
        Models.create(spec).parameters().stream().mapToLong(parameter -> parameter.shape().elements()).sum();
    node.put("parameters", parameters);
    node.put("gflops", ModelCost.of(spec).operations() / 1e9);
  }
}
