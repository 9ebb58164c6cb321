package org.swinengine.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.swinengine.inference.WeightSource;
import org.swinengine.models.ParameterNames;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.ElementType;
import org.swinengine.weights.NamedWeights;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;
import org.swinengine.weights.TorchWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code convert}: weights from one implementation to another. */
@Command(
    name = "convert",
    description = {
      "Writes weights under the names of another implementation, or in another format or precision.",
      "OUT is safetensors, or what PyTorch loads where its name ends in .pth, .pt or .bin. A checkpoint of"
          + " the engine itself (--to engine, .safetensors) also says what model it is."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  swin-engine convert swin_tiny_patch4_window7_224.pth swin.safetensors",
      "  swin-engine convert runs/flowers/best.safetensors flowers.pth --to timm --dtype f16"
    })
final class ConvertCommand implements Callable<Integer> {
  private static final Map<String, ElementType> TYPES =
      Map.of("f32", ElementType.F32, "f16", ElementType.F16, "bf16", ElementType.BF16);

  @Spec
  private CommandSpec command;

  @Parameters(
      index = "0",
      paramLabel = "IN",
      description = "Weights of any implementation that is known: a file, or published weights, as"
          + " --pretrained of other commands takes them.")
  private String input;

  @Parameters(index = "1", paramLabel = "OUT", description = "The file to write.")
  private Path output;

  @Option(
      names = "--to",
      paramLabel = "NAME",
      defaultValue = "engine",
      description = "Whose names: engine, microsoft, timm, torchvision, hf, swin_unet or lucidrains."
          + " Default: ${DEFAULT-VALUE}.")
  private String to;

  @Option(
      names = "--dtype",
      paramLabel = "f32|f16|bf16",
      description = "Precision of floating-point arrays. Default: as they are.")
  private String dtype;

  @Option(names = "--force", description = "Replace OUT where it exists.")
  private boolean force;

  @Mixin
  private PretrainedSource.Cache cache;
  @Mixin
  private NamesOptions names;
  @Mixin
  private JsonOption json;

  @Override
  public Integer call() {
    Dialect wanted = ParameterNames.dialect(to);
    if (dtype != null && !TYPES.containsKey(dtype)) {
      throw new ParameterException(
          command.commandLine(), "--dtype is " + dtype + ", but must be f32, f16 or bf16");
    }
    String name = output.getFileName().toString().toLowerCase(Locale.ROOT);
    boolean torch = name.endsWith(".pth") || name.endsWith(".pt") || name.endsWith(".bin");
    if (!torch && !name.endsWith(".safetensors")) {
      throw new ParameterException(
          command.commandLine(),
          output + " must end in .safetensors, .pth, .pt or .bin, which says the format");
    }
    if (!force && Files.exists(output, LinkOption.NOFOLLOW_LINKS)) {
      throw new IllegalArgumentException(
          output + " exists already; choose another name, or replace it with --force");
    }
    WeightSource source = cache.open(input).with(names.options());
    StateDict converted = source.as(wanted);
    StateDict result = dtype == null ? converted : converted.as(TYPES.get(dtype));
    if (torch) {
      TorchWriter.write(output, result, null);
    } else {
      boolean own = wanted.equals(Dialect.ENGINE) && result.metadata().containsKey("model");
      if (own) {
        Safetensors.writeChecked(output, result);
      } else {
        Safetensors.write(output, result);
      }
    }
    report(source, wanted, result, converted);
    return 0;
  }

  private void report(WeightSource source, Dialect wanted, StateDict result, StateDict exact) {
    NamedWeights named = source.names();
    List<String> overflown = overflown(result, exact);
    PrintWriter out = command.commandLine().getOut();
    if (json.isOn()) {
      out.println(
          Json.object()
              .put("from", named.dialect().id())
              .put("to", wanted.id())
              .put("arrays", result.size())
              .put("output", output.toString())
              .set("left_out", Json.texts(source.leftOut())));
    } else {
      boolean known = named.family().isPresent() || result.metadata().containsKey("model");
      out.println(
          result.size() + " arrays "
              + (known
                  ? "from the names of " + named.dialect() + " to those of " + wanted
                  : "under their own names, which are those of no model that this engine knows,")
              + " in " + output);
      source.leftOut().forEach(part -> out.println("left out  " + part));
      if (!named.hint().isEmpty()) {
        out.println("note      " + SettingNames.inOptions(named.hint(), command));
      }
    }
    if (!overflown.isEmpty()) {
      command.commandLine().getErr().println(
          "warning: values of " + String.join(", ", overflown) + " are too large for " + dtype
              + " and became infinite; --dtype bf16 has the range of f32");
    }
  }

  /** Arrays with finite values that the precision does not hold. */
  private static List<String> overflown(StateDict result, StateDict exact) {
    return result == exact
        ? List.of()
        : exact.names().stream().filter(name -> finite(exact.get(name)) > finite(result.get(name))).limit(10)
            .toList();
  }

  private static long finite(ArrayData array) {
    return switch (array.type()) {
      case F64 -> Arrays.stream(array.toDoubles()).filter(Double::isFinite).count();
      case F32, F16, BF16 -> {
        long count = 0;
        for (float value : array.toFloats()) {
          count += Float.isFinite(value) ? 1 : 0;
        }
        yield count;
      }
      default -> 0;
    };
  }
}
