package org.swinengine.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.swinengine.backend.Backend;
import org.swinengine.data.Decoding;
import org.swinengine.data.RawImage;
import org.swinengine.inference.Ensemble;
import org.swinengine.inference.Picture;
import org.swinengine.inference.PictureBatch;
import org.swinengine.inference.PictureReader;
import org.swinengine.inference.Prediction;
import org.swinengine.inference.TestTimeAugmentation;
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
      "Says what is in pictures (JPEG, PNG, BMP, GIF, TIFF, WebP, PPM, DICOM).",
      "A picture that cannot be read is left out and named on the error stream at the end; the exit code is 1"
          + " then. With --recursive it is counted how many pictures of folders that are named after a class"
          + " are put into that class."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "", "Examples:", "  swin-engine predict --weights runs/flowers/best.safetensors photo.jpg holiday/",
      "  find . -name '*.jpg' | swin-engine predict --weights best.safetensors --list - --format csv",
      "  swin-engine predict --weights best.safetensors photo.jpg --heatmap maps",
      "  swin-engine predict --weights runs/nuclei/best.safetensors slide.png --masks masks --windows"
    })
final class PredictCommand implements Callable<Integer> {
  @Spec
  private CommandSpec command;

  @Parameters(
      arity = "0..*",
      paramLabel = "PICTURE",
      description = "Pictures, and folders whose files are meant; - reads one picture from the standard"
          + " input.")
  private List<Path> pictures;

  @Mixin
  private AskedModel asking;

  @Option(
      names = "--top",
      paramLabel = "K",
      defaultValue = "3",
      description = "Classes to name for each picture. Default: ${DEFAULT-VALUE}. A model that says yes or no"
          + " to each class names those above their thresholds, in CSV and JSON the probabilities of all.")
  private int top;

  @Mixin
  private TestTimeOption views;
  @Mixin
  private CertaintyOptions certainty;
  @Mixin
  private HeatMapOptions heat;
  @Mixin
  private SegmentOptions pixels;
  @Mixin
  private SegmentPredict segment;
  @Mixin
  private FormatOption format;

  private int inClassFolders;
  private int recognised;

  @Override
  public Integer call() throws IOException {
    if (top < 1) {
      throw new ParameterException(command.commandLine(), "--top must be at least 1, not " + top);
    }
    FormatOption.Format asked = format.get();
    heat.check();
    certainty.check(views.text());
    List<Picture> all = asking.reading().pictures(pictures);
    PictureProgress progress;
    try (Backend backend = asking.openDevice()) {
      Ensemble model = asking.openAll(backend);
      if (pixels.isMeant(model.first())) {
        if (pixels.cleaningUp() == SegmentOptions.CleaningUp.VALIDATION) {
          throw new ParameterException(
              command.commandLine(),
              "--clean-up validation needs pictures with masks: eval has them, and train --clean-up"
                  + " validation keeps its choice with the weights");
        }
        List<Picture> volumes = segment.volumes(all);
        progress = new PictureProgress(command, volumes.size());
        segment.run(
            pixels.of(model, asking.reading().batchSize()), pixels, model, volumes, asked, progress);
        return progress.finish(asking.reading());
      }
      progress = new PictureProgress(command, all.size());
      segment.requireUnused();
      if (heat.isOn() && model.size() > 1) {
        throw new ParameterException(
            command.commandLine(), "--heatmap is of one model; give the weights of one fold");
      }
      certainty.requireOne(model.size());
      if (model.size() == 1) {
        boolean table = asked == FormatOption.Format.TABLE;
        model =
            Ensemble.of(List.of(certainty.prepare(model.first(), asking.file(), views.text(), table)));
      }
      heat.prepare(model.first(), all);
      predict(model, all, asked, progress);
    }
    PrintWriter notes = command.commandLine().getErr();
    if (heat.summary() != null) {
      notes.println(heat.summary());
    }
    if (inClassFolders > 0) {
      notes.println(
          "classes   of " + inClassFolders + " pictures in folders that are named after a class, "
              + recognised
              + " are put into that class");
    }
    return progress.finish(asking.reading());
  }

  private void predict(
      Ensemble model, List<Picture> all, FormatOption.Format asked, PictureProgress progress)
      throws IOException {
    int longest = all.stream().mapToInt(picture -> picture.name().length()).max().orElse(1);
    PredictionOutput output =
        new PredictionOutput(
            command.commandLine().getOut(), asked, Math.min(top, model.classNames().size()), heat.isOn(),
            model.first().thresholds().isPresent() ? model.classNames() : null, longest, certainty);
    output.begin();
    try (PictureReader reader = asking.reading().start(all, model.first(), progress)) {
      for (PictureBatch batch = reader.next(); batch != null; batch = reader.next()) {
        List<Prediction> predictions = predictions(model, batch);
        for (int i = 0; i < batch.size(); i++) {
          Picture picture = batch.pictures().get(i);
          Prediction prediction = predictions.get(i);
          Path map = heat.isOn() ? heat.write(model.first(), picture, prediction) : null;
          countIfInClassFolder(picture, prediction);
          progress.print(() -> output.add(picture.name(), prediction, map));
        }
      }
    }
    output.end();
  }

  private List<Prediction> predictions(Ensemble model, PictureBatch batch) throws IOException {
    TestTimeAugmentation augmentation = views.get();
    if (augmentation == null) {
      return model.predict(batch);
    }
    // Crops are of more than what the batch holds of a picture, and its notes have been told.
    Decoding decoding = model.first().preprocessing().decoding().withNotes(note -> {});
    List<RawImage> images = new ArrayList<>();
    for (Picture picture : batch.pictures()) {
      images.add(picture.decode(decoding));
    }
    return model.predict(images, augmentation);
  }

  private void countIfInClassFolder(Picture picture, Prediction prediction) {
    Path folder = picture.file().map(file -> file.toAbsolutePath().getParent()).orElse(null);
    if (!asking.reading().isRecursive() || folder == null || folder.getFileName() == null) {
      return;
    }
    String name = folder.getFileName().toString();
    if (prediction.classes().stream().anyMatch(c -> c.name().equals(name))) {
      inClassFolders++;
      recognised += prediction.first().name().equals(name) ? 1 : 0;
    }
  }
}
