package org.swinengine.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.weights.RegularFile;

/**
 * What a run's page shows beside its figures, as the folder keeps it: {@code pictures.json}.
 *
 * @param seen the first pictures of training
 * @param heats heat maps of the worst mistakes
 * @param missing sentences on what is not there, and why
 */
public record RunPictures(List<SeenPicture> seen, List<HeatPicture> heats, List<String> missing) {
  /** Nothing. */
  public static final RunPictures NONE = new RunPictures(List.of(), List.of(), List.of());

  private static final String FILE = "pictures.json";

  /** Takes the lists as they are now. */
  public RunPictures {
    seen = List.copyOf(seen);
    heats = List.copyOf(heats);
    missing = List.copyOf(missing);
  }

  /** The heat maps of a sample; null: there are none. */
  @Nullable
  HeatPicture heatOf(EvaluationSummary.Sample sample) {
    return heatOf(sample.name(), sample.predicted());
  }

  /** The heat maps of an image for a class; null: there are none. */
  @Nullable
  HeatPicture heatOf(String name, int label) {
    return heats.stream()
        .filter(heat -> heat.name().equals(name) && heat.predicted() == label)
        .findFirst()
        .orElse(null);
  }

  /**
   * Keeps them in a run's folder.
   *
   * @throws IOException with a sentence for the user if it cannot be written
   */
  public void write(Path folder) throws IOException {
    TextFile.replace(folder.resolve(FILE), StoredRun.JSON.writeValueAsString(this) + "\n");
  }

  /** Whether a run's folder keeps any. */
  public static boolean areIn(Path folder) {
    return Files.exists(folder.resolve(FILE));
  }

  /**
   * Those of a run's folder; none where it keeps none.
   *
   * @throws IOException with a sentence for the user if the file is damaged
   */
  public static RunPictures read(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return NONE;
    }
    try {
      return StoredRun.JSON.readValue(Files.readString(RegularFile.require(file)), RunPictures.class);
    } catch (JsonProcessingException e) {
      throw StoredRun.damaged(file, "without it the page lacks heat maps and training pictures", e);
    }
  }
}
