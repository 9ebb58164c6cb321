package org.swinengine.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.swinengine.backend.Backend;
import org.swinengine.data.Decoding;
import org.swinengine.data.ImageDecoder;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.Picture;
import org.swinengine.inference.PictureReader;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which pictures a command reads, and how many at a time. */
final class ReadingOptions {
  /** More at a time are no faster on the processor. */
  private static final int PROCESSOR_BATCH = 8;

  private static final int GPU_BATCH = 64;
  private static final int MOST_WORKERS = 16;
  private static final String ONE_STREAM =
      "the standard input can be read once: as one picture (-), or as a list (--list -)";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(names = "--recursive", description = "Look into folders in folders too.")
  private boolean recursive;

  @Option(
      names = "--list",
      paramLabel = "FILE",
      description = "Also the pictures and folders of a list, a path on each line; - reads it from the"
          + " standard input.")
  private Path list;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description = "Pictures of a pass; no result depends on it. Default: 8 on the processor, 64 on a GPU.")
  private Integer batchSize;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "Threads that decode pictures ahead of the model; 0: none. Default: one for each"
          + " processor, at most 16.")
  private Integer workers;

  private int closedFolders;

  /** Pictures or windows that the model gets at once where nothing is said of it: 4. */
  int batchSize() {
    return batchSize == null ? 4 : batchSize;
  }

  /** Whether pictures are missing because a folder could not be read. */
  boolean missesFolders() {
    return closedFolders > 0;
  }

  boolean isRecursive() {
    return recursive;
  }

  /** Whether a list was named. */
  boolean hasList() {
    return list != null;
  }

  /**
   * All pictures that are meant, in order.
   *
   * @param named on the command line; null: none
   */
  List<Picture> pictures(List<Path> named) throws IOException {
    List<Path> given = named == null ? List.of() : named;
    if (given.isEmpty() && list == null) {
      throw wrong("give pictures or folders, or --list with a file that names them");
    }
    long streams = given.stream().filter(PictureFiles.STANDARD_INPUT::equals).count();
    if (streams + (PictureFiles.STANDARD_INPUT.equals(list) ? 1 : 0) > 1) {
      throw wrong(ONE_STREAM);
    }
    if (batchSize != null && batchSize < 1) {
      throw wrong("--batch-size must be at least 1, not " + batchSize);
    }
    if (workers != null && workers < 0) {
      throw wrong("--workers must be at least 0, not " + workers);
    }
    PictureFiles files =
        new PictureFiles(recursive, note -> command.commandLine().getErr().println("note      " + note));
    List<Picture> pictures = files.pictures(given, list, System.in);
    closedFolders = files.closedFolders();
    return pictures;
  }

  /** A picture by itself; {@code -} reads it from the standard input. */
  Picture picture(Path named) throws IOException {
    if (!PictureFiles.STANDARD_INPUT.equals(named)) {
      return Picture.of(named);
    }
    if (named.equals(list)) {
      throw wrong(ONE_STREAM);
    }
    return Picture.of("-", ImageDecoder.read(System.in, "on the standard input"));
  }

  /** How a picture by itself is decoded for a model. */
  Decoding decoding(LoadedModel model, Picture picture) {
    return model.preprocessing().decoding()
        .withNotes(
            note -> command.commandLine().getErr().println(
                "swin-engine: note: "
                    + SettingNames.inOptions("the image " + picture.name() + " " + note, command)));
  }

  /** Begins to read them. */
  PictureReader start(List<Picture> pictures, LoadedModel model, PictureReader.Listener listener) {
    return PictureReader.of(pictures, model)
        .batchSize(batchSize != null ? batchSize : usual(model.backend()))
        .workers(workers != null ? workers
            : Math.min(MOST_WORKERS, Runtime.getRuntime().availableProcessors()))
        .listener(listener)
        .start();
  }

  private static int usual(Backend backend) {
    return backend.name().equals("cuda") ? GPU_BATCH : PROCESSOR_BATCH;
  }

  private ParameterException wrong(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
