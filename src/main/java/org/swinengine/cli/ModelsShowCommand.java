package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.swinengine.models.ModelCost;
import org.swinengine.models.ModelSpec;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code models show}: what one model costs. */
@Command(
    name = "show",
    description = {
      "Shows a model's parameters, its cost by stage, and what its window attention costs against global"
          + " attention at the same image size."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false)
final class ModelsShowCommand implements Callable<Integer> {
  @Spec
  private CommandSpec command;

  @Parameters(arity = "0..1", paramLabel = "NAME", description = "A model of the list.")
  private String name;

  @Option(
      names = "--cfg",
      paramLabel = "FILE",
      description = "Instead of a name: a model configuration (YAML).")
  private Path file;

  @Option(
      names = "--opts",
      arity = "1..*",
      paramLabel = "KEY VALUE",
      description = "Values of the configuration instead of its own, e.g. --opts MODEL.SWIN.WINDOW_SIZE 8.")
  private List<String> options = List.of();

  @Option(
      names = "--size",
      paramLabel = "H[xW]",
      converter = ImageSize.Converter.class,
      description = "Another image size.")
  private ImageSize size;

  @Mixin
  private JsonOption json;

  @Override
  public Integer call() {
    ModelSpec named = ModelOptions.spec(name, file, options, command);
    boolean asItIs = file != null && options.isEmpty() && size == null;
    ModelSpec spec =
        asItIs ? named : Usage.model(command, () -> ImageSize.shape(size, null).applyTo(named));
    ObjectNode node = Json.object();
    ModelsCommand.describe(spec, node);
    ModelCost cost = ModelCost.of(spec);
    long window = cost.stages().stream().mapToLong(ModelCost.Stage::windowAttention).sum();
    long global = cost.stages().stream().mapToLong(ModelCost.Stage::globalAttention).sum();
    PrintWriter out = command.commandLine().getOut();
    if (json.isOn()) {
      ArrayNode stages = node.putArray("stages");
      cost.stages().forEach(stage -> add(stages.addObject(), stage));
      node.put("attention_gflops", window / 1e9);
      node.put("global_attention_gflops", global / 1e9);
      out.println(node);
      return 0;
    }
    out.printf(
        Locale.ROOT,
        "%s: images %s, %d classes, %,d parameters, %.2f GFLOPs%n%n",
        spec.name(),
        ModelsCommand.image(spec),
        spec.classes(),
        node.get("parameters").asLong(),
        cost.operations() / 1e9);
    out.printf("%-12s %9s %10s %12s %18s%n", "stage", "tokens", "GFLOPs", "attention", "if it were global");
    for (ModelCost.Stage stage : cost.stages()) {
      out.printf(
          Locale.ROOT,
          "%-12s %9s %10.4f %12s %18s%n",
          stage.name(),
          tokens(stage),
          stage.operations() / 1e9,
          attention(stage.windowAttention()),
          attention(stage.globalAttention()));
    }
    out.printf(
        Locale.ROOT,
        "%nAttention takes %.3f GFLOPs; global attention would take %.3f, %.2f times as much.%n",
        window / 1e9,
        global / 1e9,
        (double) global / window);
    return 0;
  }

  private static void add(ObjectNode node, ModelCost.Stage stage) {
    node.put("name", stage.name());
    node.put("tokens", tokens(stage));
    node.put("gflops", stage.operations() / 1e9);
    node.put("attention_gflops", stage.windowAttention() / 1e9);
    node.put("global_attention_gflops", stage.globalAttention() / 1e9);
  }

  /** With a plain x: consoles that know nothing else would show a question mark. */
  private static String tokens(ModelCost.Stage stage) {
    return stage.tokens().replace('×', 'x');
  }

  private static String attention(long operations) {
    return operations == 0 ? "" : String.format(Locale.ROOT, "%.4f", operations / 1e9);
  }
}
