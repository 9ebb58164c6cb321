package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.swinengine.backend.Backend;
import org.swinengine.inference.FeatureLayer;
import org.swinengine.inference.FeatureWriter;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.Picture;
import org.swinengine.inference.PictureBatch;
import org.swinengine.inference.PictureReader;
import org.swinengine.weights.ArrayData;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code embed}: the features of pictures, for other programs. */
@Command(
    name = "embed",
    description = {
      "Writes the features of pictures: a NumPy file with a row for each, and a list of their paths.",
      "A picture that cannot be read has no row and is named on the error stream at the end; the exit code is"
          + " 1 then. Both files are replaced when all pictures are done."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "", "Examples:", "  swin-engine embed --weights swin.pth holiday/ --output holiday.npy",
      "  swin-engine neighbours --weights swin.pth photo.jpg holiday.npy"
    })
final class EmbedCommand implements Callable<Integer> {
  @Spec
  private CommandSpec command;

  @Parameters(
      arity = "0..*",
      paramLabel = "PICTURE",
      description = "Pictures, and folders whose files are meant; - reads one picture from the standard"
          + " input.")
  private List<Path> pictures;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE.npy",
      description = "Where the features go: float32, [pictures, numbers], or [pictures, height, width,"
          + " channels] of a stage.")
  private Path output;

  @Option(
      names = "--paths",
      paramLabel = "FILE",
      description = "Where the path of each row goes: .csv with the columns row and file, or .txt with a path"
          + " a line, which --list takes. Default: beside the features, as .csv.")
  private Path paths;

  @Mixin
  private LayerOption layer;
  @Mixin
  private AskedModel asking;
  @Mixin
  private JsonOption json;

  @Override
  public Integer call() throws IOException {
    if (!isNumpy(output)) {
      throw new ParameterException(
          command.commandLine(), "--output is " + output + ", but must be the name of an .npy file");
    }
    Path list = paths != null ? paths : listOf(output, ".csv");
    List<Picture> all = asking.reading().pictures(pictures);
    try (Backend backend = asking.openDevice(); FeatureWriter writer = FeatureWriter.create(output, list)) {
      LoadedModel model = asking.openForFeatures(backend);
      FeatureLayer chosen = layer.of(model);
      PictureProgress progress = new PictureProgress(command, all.size());
      long[] shape = {0};
      try (PictureReader reader = asking.reading().start(all, model, progress)) {
        for (PictureBatch batch = reader.next(); batch != null; batch = reader.next()) {
          ArrayData features = model.features(batch, chosen);
          writer.add(batch, features);
          shape = features.shape();
        }
      }
      if (writer.rows() > 0) {
        writer.commit();
        shape[0] = writer.rows();
        show(shape, chosen, list, progress);
      }
      return progress.finish(asking.reading());
    }
  }

  private void show(long[] shape, FeatureLayer chosen, Path list, PictureProgress progress) {
    if (json.isOn()) {
      ObjectNode node = Json.object().put("output", output.toString()).put("paths", list.toString())
          .put("layer", chosen.toString());
      ArrayNode axes = node.putArray("shape");
      Arrays.stream(shape).forEach(axes::add);
      progress.unreadable(node.putArray("unreadable"));
      command.commandLine().getOut().println(node);
      return;
    }
    command.commandLine().getOut().println("features  " + Arrays.toString(shape) + " of " + chosen + " in "
        + output);
    command.commandLine().getOut().println("paths     " + list);
  }

  static boolean isNumpy(Path file) {
    return String.valueOf(file.getFileName()).endsWith(".npy");
  }

  /** The list beside an array of features. */
  static Path listOf(Path array, String ending) {
    String name = String.valueOf(array.getFileName());
    return array.resolveSibling(name.substring(0, name.length() - ".npy".length()) + ending);
  }
}
