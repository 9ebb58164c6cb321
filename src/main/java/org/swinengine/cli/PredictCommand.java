package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.swinengine.backend.Backend;
import org.swinengine.data.Decoding;
import org.swinengine.data.ImageDecoder;
import org.swinengine.data.RawImage;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.Prediction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code predict}: what is in a picture. */
@Command(
    name = "predict",
    description = {
      "Says what is in pictures (JPEG, PNG, BMP, GIF, TIFF, WebP, PPM).",
      "A picture that cannot be read is left out and named on the error stream; the exit code is 1 then."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "", "Example:", "  swin-engine predict --weights runs/flowers/best.safetensors photo.jpg holiday/"
    })
final class PredictCommand implements Callable<Integer> {
  private static final int BATCH = 8;

  /** Decoded pixels that are kept until they are predicted. */
  private static final long BATCH_BYTES = 32 << 20;

  @Spec
  private CommandSpec command;

  @Parameters(
      arity = "1..*",
      paramLabel = "PICTURE",
      description = "Pictures, and folders whose files are meant.")
  private List<Path> pictures;

  @Option(
      names = "--recursive",
      description = "Look into folders in folders too. Of pictures whose folder is named after a class, it"
          + " is counted how many are recognised.")
  private boolean recursive;

  @Mixin
  private WeightsOptions weights;
  @Mixin
  private PreprocessingOptions input;

  @Option(
      names = "--top",
      paramLabel = "K",
      defaultValue = "3",
      description = "Classes to name for each picture. Default: ${DEFAULT-VALUE}.")
  private int top;

  @Mixin
  private DeviceOptions device;
  @Mixin
  private JsonOption json;

  private final ArrayNode results = Json.array();
  private final List<Path> readable = new ArrayList<>();
  private final List<RawImage> images = new ArrayList<>();
  private long imageBytes;
  private int unreadable;
  private int inClassFolders;
  private int recognised;

  @Override
  public Integer call() throws IOException {
    if (top < 1) {
      throw new ParameterException(command.commandLine(), "--top must be at least 1, not " + top);
    }
    PrintWriter notes = command.commandLine().getErr();
    PictureFiles looking = new PictureFiles(recursive, note -> notes.println("note      " + note));
    List<Path> files = looking.in(pictures);
    try (Backend backend = device.openAndSay()) {
      LoadedModel model = weights.open(input, backend);
      for (Path file : files) {
        read(model, file);
      }
      predictRead(model);
    }
    if (json.isOn()) {
      command.commandLine().getOut().println(results);
    }
    if (inClassFolders > 0) {
      notes.println(
          "classes   of " + inClassFolders + " pictures in folders that are named after a class, "
              + recognised
              + " are put into that class");
    }
    if (unreadable > 0) {
      command.commandLine().getErr().println(
          "swin-engine: " + unreadable + " of " + files.size()
              + " pictures could not be read and were left out");
    }
    return unreadable > 0 || looking.closedFolders() > 0 ? 1 : 0;
  }

  /** Reads a picture, and predicts those that were read when they are many or large. */
  private void read(LoadedModel model, Path file) throws IOException {
    try {
      RawImage image = ImageDecoder.decode(file, decoding(model, file));
      images.add(image);
      readable.add(file);
      imageBytes += image.pixels().length;
    } catch (IOException e) {
      unreadable++;
      command.commandLine().getErr().println("swin-engine: " + Failures.sentence(e, command));
    }
    if (images.size() == BATCH || imageBytes > BATCH_BYTES) {
      predictRead(model);
    }
  }

  private Decoding decoding(LoadedModel model, Path file) {
    return Decoding.DEFAULT
        .withRange(model.preprocessing().sampleRange())
        .withNotes(note -> command.commandLine().getErr().println(
            "swin-engine: note: " + SettingNames.inOptions("the image " + file + " " + note, command)));
  }

  private void predictRead(LoadedModel model) {
    if (!images.isEmpty()) {
      List<Prediction> predictions = model.predict(images);
      for (int i = 0; i < predictions.size(); i++) {
        countIfInClassFolder(readable.get(i), predictions.get(i));
        show(readable.get(i), predictions.get(i));
      }
      images.clear();
      readable.clear();
      imageBytes = 0;
    }
  }

  private void countIfInClassFolder(Path file, Prediction prediction) {
    Path folder = file.toAbsolutePath().getParent();
    if (!recursive || folder == null || folder.getFileName() == null) {
      return;
    }
    String name = folder.getFileName().toString();
    if (prediction.classes().stream().anyMatch(c -> c.name().equals(name))) {
      inClassFolders++;
      recognised += prediction.first().name().equals(name) ? 1 : 0;
    }
  }

  private void show(Path file, Prediction prediction) {
    List<Prediction.ClassProbability> first =
        prediction.classes().subList(0, Math.min(top, prediction.classes().size()));
    PrintWriter out = command.commandLine().getOut();
    if (!json.isOn()) {
      out.println(
          file
              + "  "
              + first.stream()
                  .map(c -> String.format(Locale.ROOT, "%s %.1f %%", c.name(), 100 * c.probability()))
                  .collect(Collectors.joining(", ")));
      return;
    }
    ObjectNode node = results.addObject().put("file", file.toString());
    ArrayNode classes = node.putArray("predictions");
    for (Prediction.ClassProbability c : first) {
      classes
          .addObject()
          .put("class", c.name())
          .put("index", c.index())
          .put("probability", c.probability())
          .put("logit", c.logit());
    }
  }
}
