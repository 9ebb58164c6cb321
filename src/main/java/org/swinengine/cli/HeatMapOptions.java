package org.swinengine.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.swinengine.data.Decoding;
import org.swinengine.data.RawImage;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.Picture;
import org.swinengine.inference.Prediction;
import org.swinengine.inference.explain.HeatMap;
import org.swinengine.inference.explain.HeatMapMethod;
import org.swinengine.inference.explain.HeatMaps;
import org.swinengine.inference.explain.HeatOverlay;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Whether heat maps are written beside predictions, and which. */
final class HeatMapOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--heatmap",
      paramLabel = "DIR",
      description = "Also write each picture with a heat map of the places that its class comes from, as PNG"
          + " into this folder.")
  private Path folder;

  @Option(
      names = "--heatmap-method",
      paramLabel = "gradcam|rollout",
      description = "Grad-CAM, of a class, or attention rollout, the same for all. Default: gradcam.")
  private HeatMapMethod method;

  @Option(
      names = "--heatmap-class",
      paramLabel = "NAME|N",
      description = "The class of Grad-CAM. Default: the most probable one of each picture.")
  private String className;

  private final Set<Path> taken = new HashSet<>();
  private int written;

  boolean isOn() {
    return folder != null;
  }

  /** Throws where the options do not go together. */
  void check() {
    if (folder == null && (method != null || className != null)) {
      throw wrong("--heatmap-method and --heatmap-class go with --heatmap DIR");
    }
    if (method == HeatMapMethod.ROLLOUT && className != null) {
      throw wrong("--heatmap-class goes with Grad-CAM; attention rollout is the same for every class");
    }
  }

  /**
   * Makes the folder, unless there are no heat maps of such a model.
   *
   * @param pictures whose files are not to be written over
   */
  void prepare(LoadedModel model, List<Picture> pictures) throws IOException {
    if (folder == null) {
      return;
    }
    HeatMaps.requireFor(model.model());
    if (className != null) {
      classNumber(model);
    }
    Files.createDirectories(folder);
    pictures.forEach(
        picture -> picture.file().ifPresent(file -> taken.add(file.toAbsolutePath().normalize())));
  }

  private int classNumber(LoadedModel model) {
    int named = model.classNames().indexOf(className);
    if (named >= 0) {
      return named;
    }
    int classes = model.classNames().size();
    if (className.matches("\\d{1,9}") && Integer.parseInt(className) < classes) {
      return Integer.parseInt(className);
    }
    throw wrong(
        "--heatmap-class is " + className + ", but must be a class's name or a number from 0 to "
            + (classes - 1));
  }

  /**
   * Writes a picture's heat map.
   *
   * @return the file
   */
  Path write(LoadedModel model, Picture picture, Prediction prediction) throws IOException {
    HeatMapMethod chosen = method == null ? HeatMapMethod.GRADCAM : method;
    RawImage image =
        picture.decode(
            Decoding.DEFAULT.withRange(model.preprocessing().sampleRange()).withNotes(note -> {}));
    int number = className == null ? prediction.first().index() : classNumber(model);
    HeatMap heat = HeatMaps.of(model, image, chosen, number);
    Path file = file(picture, chosen);
    HeatOverlay.write(file, image, heat, model.preprocessing());
    written++;
    return file;
  }

  /** A name that no picture and no other heat map of this run has. */
  private Path file(Picture picture, HeatMapMethod chosen) {
    String name = picture.file().map(file -> String.valueOf(file.getFileName())).orElse("stdin");
    int dot = name.lastIndexOf('.');
    String stem = (dot > 0 ? name.substring(0, dot) : name) + "-" + chosen.name().toLowerCase(Locale.ROOT);
    Path file = folder.resolve(stem + ".png");
    for (int i = 2; !taken.add(file.toAbsolutePath().normalize()); i++) {
      file = folder.resolve(stem + "-" + i + ".png");
    }
    return file;
  }

  /** What is said at the end; null if there is nothing to say. */
  String summary() {
    return written == 0 ? null : "heat maps " + written + " in " + folder;
  }

  private ParameterException wrong(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
