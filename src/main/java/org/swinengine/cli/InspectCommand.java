package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.swinengine.console.PlainText;
import org.swinengine.inference.CheckpointException;
import org.swinengine.inference.StoredCalibration;
import org.swinengine.inference.WeightSource;
import org.swinengine.models.ModelRecognition;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.ElementType;
import org.swinengine.weights.StateDict;
import org.swinengine.weights.WeightFileException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code inspect}: what a file of weights holds. */
@Command(
    name = "inspect",
    description = {
      "Shows what a file of weights holds: arrays, whose names they have, which model it is, and what else"
          + " is in it. Nothing of it is executed."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  swin-engine inspect swin_tiny_patch4_window7_224.pth",
      "  swin-engine inspect hf:microsoft/swin-tiny-patch4-window7-224"
    })
final class InspectCommand implements Callable<Integer> {
  @Spec
  private CommandSpec command;

  @Parameters(
      paramLabel = "FILE",
      description = "A .pth, .pt, .bin, .safetensors, .npz or .npy file; or published weights, as"
          + " --pretrained of other commands takes them.")
  private String source;

  @Option(
      names = "--verify",
      description = "Read all arrays, and hold those to their checksums that have one: the engine's own"
          + " checkpoints do.")
  private boolean verify;

  @Mixin
  private PretrainedSource.Cache cache;
  @Mixin
  private NamesOptions names;
  @Mixin
  private JsonOption json;

  private Path file;

  @Override
  public Integer call() throws IOException {
    WeightSource weights = cache.open(source).with(names.options());
    file = weights.file();
    StateDict dict = weights.contents();
    ModelRecognition found = weights.recognition();
    List<String> damages = verify ? damages(dict) : List.of();
    if (json.isOn()) {
      ObjectNode node = toJson(dict, found);
      if (verify) {
        node.put("checksums", checksums(dict)).set("damaged", Json.texts(damages));
      }
      command.commandLine().getOut().println(node);
    } else {
      show(dict, found);
      if (verify && damages.isEmpty()) {
        command.commandLine().getOut().printf(
            "%nverified  all %d arrays can be read, and %d have a checksum, which is right%n", dict.size(),
            checksums(dict));
      }
    }
    damages.forEach(damage -> command.commandLine().getErr().println("swin-engine: " + damage));
    return damages.isEmpty() ? 0 : 1;
  }

  private static List<String> damages(StateDict dict) {
    List<String> damages = new ArrayList<>();
    for (ArrayData array : dict.arrays().values()) {
      try {
        array.verify();
      } catch (WeightFileException e) {
        damages.add(e.getMessage());
      }
    }
    return damages;
  }

  private static int checksums(StateDict dict) {
    return (int) dict.arrays().values().stream().filter(ArrayData::hasChecksum).count();
  }

  private void show(StateDict dict, ModelRecognition found) throws IOException {
    PrintWriter out = command.commandLine().getOut();
    long elements = dict.arrays().values().stream().mapToLong(ArrayData::count).sum();
    out.printf("file      %s, %,d bytes%n", file, Files.size(file));
    out.printf("arrays    %d with %,d elements: %s%n", dict.size(), elements, types(dict));
    boolean known = found.spec().isPresent() || found.weights().family().isPresent();
    out.println("names     " + (known ? found.weights().dialect() : "not recognised"));
    if (found.spec().isPresent()) {
      out.println("model     " + found.spec().get().name());
      found.configuration().lines().forEach(line -> out.println("          " + line));
    } else {
      out.println("model     not recognised: " + inOptions(found.reason()));
    }
    found.notes().forEach(note -> out.println("note      " + inOptions(note)));
    String stored = dict.metadata().get(StoredCalibration.KEY);
    if (stored != null) {
      out.println("certainty " + certainty(stored));
    }
    dict.metadata().forEach((key, value) -> out.println("metadata  " + key + " = " + shortened(value)));
    dict.extras()
        .forEach((key, value) -> out.println("also      " + key + " = " + shortened(Extras.text(value))));
    if (!dict.calls().isEmpty()) {
      out.println("calls     Python would make when it loads this file; here they are only names:");
      dict.calls().forEach(call -> out.println("          " + shortened(call)));
    }
    out.println();
    int width = dict.names().stream().mapToInt(String::length).max().orElse(0);
    dict.arrays()
        .forEach(
            (name, array) ->
            // In one piece: there may be a million of them.
            out.print(
                padded(PlainText.line(name), Math.min(width, 100)) + "  " + padded(typeName(array.type()), 9)
                    + " "
                    + Arrays.toString(array.shape()) + System.lineSeparator()));
    out.flush();
  }

  /** What a file says of how sure its model may be, or that this cannot be read. */
  private String certainty(String stored) {
    try {
      return StoredCalibration.of(stored, file.toString()).describe();
    } catch (CheckpointException e) {
      return e.getMessage();
    }
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.length()));
  }

  private String inOptions(String message) {
    return SettingNames.inOptions(message, command);
  }

  private static String types(StateDict dict) {
    Map<String, Integer> counts = new TreeMap<>();
    dict.arrays().values().forEach(array -> counts.merge(typeName(array.type()), 1, Integer::sum));
    return counts.isEmpty() ? "none" : counts.toString().replaceAll("[{}]", "").replace("=", " × ");
  }

  private static String shortened(String text) {
    String line = text.replaceAll("\\s+", " ");
    return line.length() <= 160 ? line : line.substring(0, 160) + "…";
  }

  private ObjectNode toJson(StateDict dict, ModelRecognition found) throws IOException {
    ObjectNode node = Json.object();
    node.put("file", file.toString());
    node.put("bytes", Files.size(file));
    node.put("dialect", found.weights().dialect().id());
    found.weights().family().ifPresent(family -> node.put("family", family));
    found
        .spec()
        .ifPresentOrElse(
            spec -> node.putObject("model")
                .put("name", spec.name())
                .put("classes", spec.classes())
                .put("channels", spec.channels())
                .put("image_height", spec.imageHeight())
                .put("image_width", spec.imageWidth())
                .put("configuration", found.configuration()),
            () -> node.putNull("model").put("reason", inOptions(found.reason())));
    String stored = dict.metadata().get(StoredCalibration.KEY);
    if (stored != null) {
      node.put("calibration", certainty(stored));
    }
    ArrayNode notes = node.putArray("notes");
    found.notes().forEach(note -> notes.add(inOptions(note)));
    ArrayNode tensors = node.putArray("tensors");
    dict.arrays()
        .forEach(
            (name, array) -> {
              ObjectNode tensor = tensors.addObject().put("name", name).put("dtype", typeName(array.type()));
              ArrayNode shape = tensor.putArray("shape");
              Arrays.stream(array.shape()).forEach(shape::add);
            });
    node.set("calls", Json.texts(dict.calls()));
    ObjectNode metadata = node.putObject("metadata");
    dict.metadata().forEach(metadata::put);
    node.set("extras", Extras.json(dict.extras()));
    return node;
  }

  /** PyTorch's name of a type. */
  private static String typeName(ElementType type) {
    return switch (type) {
      case F64 -> "float64";
      case F32 -> "float32";
      case F16 -> "float16";
      case BF16 -> "bfloat16";
      case F8_E4M3 -> "float8_e4m3fn";
      case F8_E5M2 -> "float8_e5m2";
      case F8_E4M3FNUZ -> "float8_e4m3fnuz";
      case F8_E5M2FNUZ -> "float8_e5m2fnuz";
      case F8_E8M0 -> "float8_e8m0fnu";
      case I64 -> "int64";
      case I32 -> "int32";
      case I16 -> "int16";
      case I8 -> "int8";
      case U64 -> "uint64";
      case U32 -> "uint32";
      case U16 -> "uint16";
      case U8 -> "uint8";
      case BOOL -> "bool";
      case C64 -> "complex64";
      case C128 -> "complex128";
    };
  }
}
