package org.swinengine.cli;

import java.io.PrintWriter;
import java.util.List;
import org.swinengine.inference.CalibrationFit;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.StoredCalibration;
import org.swinengine.metrics.ConformalScores;
import org.swinengine.metrics.ConformalSets;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How sure {@code predict} is. */
final class CertaintyOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** Whether the checkpoint's temperature counts. */
  enum Calibration {
    ON,
    OFF
  }

  @Option(
      names = "--calibration",
      paramLabel = "on|off",
      defaultValue = "on",
      description = "Whether probabilities are calibrated: logits divided by the checkpoint's temperature,"
          + " where it has one. Default: ${DEFAULT-VALUE}.")
  private Calibration calibration;

  @Option(
      names = "--coverage",
      paramLabel = "SHARE",
      description = "Also name for each picture a set of classes that has its class with this chance, such as"
          + " 0.9, by the scores that the checkpoint keeps.")
  private Double coverage;

  private ConformalSets sets;
  private boolean temperature;

  /**
   * Throws where the options do not go together.
   *
   * @param views the several views that were asked for; null: none
   */
  void check(String views) {
    requireCoverage(command, coverage, views);
  }

  /** Throws where scores are asked for that several models do not have together. */
  void requireOne(int models) {
    requireOne(command, coverage != null, "--coverage", models);
  }

  static void requireOne(CommandSpec command, boolean asked, String option, int models) {
    if (asked && models > 1) {
      throw new ParameterException(
          command.commandLine(),
          option + " is of one checkpoint, but --weights are " + models + "; their mean is sure in another"
              + " way; give one of them");
    }
  }

  /** That a coverage can be asked for; the same for every command. */
  static void requireCoverage(CommandSpec command, Double coverage, String views) {
    if (coverage == null) {
      return;
    }
    if (!(coverage > 0 && coverage < 1)) {
      throw new ParameterException(
          command.commandLine(),
          "--coverage is " + coverage + ", but must be above 0 and below 1, such as 0.9");
    }
    if (views != null) {
      throw new ParameterException(
          command.commandLine(),
          "--coverage goes without --tta: the scores are of pictures alone, not of the mean over several"
              + " views");
    }
  }

  /**
   * The model that answers.
   *
   * @param file that it is from
   * @param views the several views that were asked for; null: none
   * @param table whether the output itself does not say the temperature
   */
  LoadedModel prepare(LoadedModel model, Object file, String views, boolean table) {
    if (coverage != null && model.thresholds().isPresent()) {
      throw new ParameterException(
          command.commandLine(),
          "--coverage is for models whose images have one class, but " + file
              + " says yes or no to each class, and names those above their thresholds");
    }
    StoredCalibration stored = model.calibration().orElse(null);
    PrintWriter notes = command.commandLine().getErr();
    if (coverage != null) {
      sets = require(stored, file).sets(coverage);
      few(stored.scores(), model.classNames(), coverage).forEach(notes::println);
    }
    temperature = stored != null && stored.temperature().isPresent();
    if (temperature && views != null) {
      notes.println("certainty the checkpoint's temperature is of pictures alone, so that the mean over"
          + " several views is without it");
    } else if (temperature && table && calibration == Calibration.ON) {
      notes.printf(
          "certainty probabilities are with the checkpoint's temperature %.4g (--calibration off: without)%n",
          stored.divisor());
    }
    return calibration == Calibration.ON ? model : model.withCalibration(null);
  }

  /** What a checkpoint has to have for sets of classes. */
  static StoredCalibration require(StoredCalibration stored, Object file) {
    if (stored == null) {
      throw new IllegalArgumentException(
          file + " has no scores of validation images, which --coverage needs; complete runs put them into"
              + " best.safetensors, and `swin-engine eval --weights " + file
              + " --data-path VAL --store-calibration NEW.safetensors` measures them");
    }
    return stored;
  }

  /** Says which classes have no threshold of their own. */
  static List<String> few(ConformalScores scores, List<String> names, double coverage) {
    List<Integer> small = scores.tooSmall(coverage, names.size());
    if (small.isEmpty()) {
      return List.of();
    }
    if (small.size() == names.size()) {
      return List.of("sets      for all classes together: no class has the "
          + ConformalScores.needed(coverage) + " images that a coverage of its own needs");
    }
    return List.of("sets      " + CalibrationFit.few(small, names) + " with the threshold of all classes, for"
        + " fewer than the " + ConformalScores.needed(coverage)
        + " images that a coverage of one's own needs");
  }

  /** The sets that were asked for; null: none. */
  ConformalSets sets() {
    return sets;
  }

  /** Whether the checkpoint has a temperature. */
  boolean hasTemperature() {
    return temperature;
  }
}
