package org.swinengine.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.swinengine.data.SampleRange;
import org.swinengine.data.segmentation.PreparedSlices;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code data prepare}: volumes as Synapse's slices and volumes. */
@Command(
    name = "prepare",
    description = {
      "Makes of volumes with labels (NIfTI, DICOM series) what TransUNet and Swin-Unet take: slices as .npz"
          + " to learn from, volumes as .npy.h5 to measure on, and lists of them. Values are clipped and"
          + " scaled to 0 to 1, case by case.",
      "Run again, it goes on where it was stopped."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false)
final class DataPrepareCommand implements Callable<Integer> {
  @Spec
  private CommandSpec command;

  @Parameters(
      paramLabel = "DATA",
      description = "A folder with volumes in images and labels of the same names in labels, perhaps below"
          + " train and test; or a list.")
  private Path data;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "A new folder.")
  private Path out;

  @Option(
      names = "--range",
      paramLabel = "RANGE",
      defaultValue = "window:-125:275",
      description = "What values are clipped to: window:LOW:HIGH, picture:LOW:HIGH (percentiles of each case,"
          + " for magnetic resonance), full (nothing is clipped). Default: ${DEFAULT-VALUE}.")
  private String range;

  @Option(
      names = "--test-fraction",
      paramLabel = "F",
      defaultValue = "0.4",
      description = "Share of the cases to measure on, chosen by the seed, where the data have no parts."
          + " Default: ${DEFAULT-VALUE}, as of Synapse's 30.")
  private double testFraction;

  @Option(
      names = "--seed", paramLabel = "N", defaultValue = "0",
      description = "Chooses these cases. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--labels",
      paramLabel = "FROM:TO,…",
      description = "What becomes of labels, such as 8:1,4:2; all others become 0. synapse: the eight organs"
          + " of the published tables, of the 13 of the challenge. Default: labels stay as they are.")
  private String labels;

  @Override
  public Integer call() throws IOException {
    PreparedSlices.Options options;
    try {
      options =
          new PreparedSlices.Options(SampleRange.of(range), testFraction, seed, labels());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          command.commandLine(), SettingNames.inOptions(String.valueOf(e.getMessage()), command), e);
    }
    PrintWriter console = command.commandLine().getOut();
    PrintWriter progress = command.commandLine().getErr();
    PreparedSlices.Result done = PreparedSlices.make(data, out, options, progress::println);
    console.printf(
        "%s: %d cases with %d slices to learn from, %d cases to measure on; %d made now%n", out,
        done.train().size(), done.slices(), done.test().size(), done.written());
    return 0;
  }

  private Map<Integer, Integer> labels() {
    if (labels == null) {
      return Map.of();
    }
    if (labels.equals("synapse")) {
      return PreparedSlices.SYNAPSE;
    }
    Map<Integer, Integer> map = new LinkedHashMap<>();
    for (String pair : labels.split(",")) {
      if (!pair.matches("\\d{1,5}:\\d{1,3}")) {
        throw new IllegalArgumentException(
            "--labels has \"" + pair + "\", but must be pairs such as 8:1,4:2, or synapse");
      }
      String[] both = pair.split(":");
      map.put(Integer.valueOf(both[0]), Integer.valueOf(both[1]));
    }
    return map;
  }
}
