package org.swinengine.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A run's metrics for TensorBoard, {@code events.out.tfevents.<seconds>.run} in its folder: every number of
 * {@code metrics.jsonl} as a scalar at its optimizer step, as 32-bit floats. All but the times depends on the
 * metrics alone.
 *
 * <p>A run that goes on gets a file of its own that holds the epochs before as well, and the old one is
 * deleted: what was written after the checkpoint, or in part, is gone. Should a process end between the two,
 * the new file still voids what the old one says.
 */
public final class EventFile {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PREFIX = "events.out.tfevents.";

  /** Ten digits or more, so that the order of names is that of times, as TensorBoard takes it. */
  private static final Pattern NAME = Pattern.compile(Pattern.quote(PREFIX) + "(\\d{10,15})\\.run");

  private static final Map<String, String> TAGS =
      Map.of(
          "train_loss", "loss/train",
          "val_loss", "loss/validation",
          "lr", "training/learning_rate",
          "images_per_second", "speed/images_per_second",
          "seconds", "speed/seconds_per_epoch",
          "peak_rss_mb", "speed/peak_rss_mb");

  private final Path file;
  private final Clock clock;

  private EventFile(Path file, Clock clock) {
    this.file = file;
    this.clock = clock;
  }

  /**
   * Begins a file in the place of those that the folder may have.
   *
   * @param history epochs that the run has behind it
   * @throws IOException with a sentence for the user if it cannot be written
   */
  public static EventFile begin(Path folder, List<EpochMetrics> history) throws IOException {
    return begin(folder, history, Clock.systemUTC());
  }

  static EventFile begin(Path folder, List<EpochMetrics> history, Clock clock) throws IOException {
    List<Path> older = filesOf(folder);
    Map<Long, Double> times = new HashMap<>();
    long name = clock.millis() / 1000;
    for (Path old : older) {
      Matcher number = NAME.matcher(old.getFileName().toString());
      if (number.matches()) {
        name = Math.max(name, Long.parseLong(number.group(1)) + 1);
      }
      times.putAll(EventRecords.times(old));
    }
    double now = clock.millis() / 1e3;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    double begun = history.isEmpty() ? now : timesOf(history, times, now)[0] - history.get(0).seconds();
    bytes.writeBytes(EventRecords.version(begun));
    bytes.writeBytes(EventRecords.start(begun));
    double[] when = timesOf(history, times, now);
    for (int i = 0; i < history.size(); i++) {
      bytes.writeBytes(scalars(history.get(i), when[i]));
    }
    Path file = folder.resolve(String.format("%s%010d.run", PREFIX, name));
    TextFile.replace(file, bytes.toByteArray());
    for (Path old : older) {
      Files.deleteIfExists(old);
    }
    return new EventFile(file, clock);
  }

  /** Where the old file does not say when an epoch ended, its own and later epochs' lengths do. */
  private static double[] timesOf(List<EpochMetrics> history, Map<Long, Double> known, double now) {
    double[] times = new double[history.size()];
    double next = now;
    for (int i = times.length - 1; i >= 0; i--) {
      times[i] = known.getOrDefault(history.get(i).step(), next);
      next = times[i] - history.get(i).seconds();
    }
    return times;
  }

  private static List<Path> filesOf(Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, PREFIX + "*.run")) {
      for (Path path : found) {
        if (NAME.matcher(path.getFileName().toString()).matches() && Files.isRegularFile(path)) {
          files.add(path);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return files;
  }

  /** The file. */
  public Path path() {
    return file;
  }

  /**
   * Adds an epoch; one that does not fit on the disk is taken back whole.
   *
   * @throws IOException with a sentence for the user if it cannot be written
   */
  public void append(EpochMetrics metrics) throws IOException {
    TextFile.append(file, scalars(metrics, clock.millis() / 1e3));
  }

  private static byte[] scalars(EpochMetrics metrics, double seconds) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (Map.Entry<String, JsonNode> field : fields(metrics)) {
      // Not a number and infinity are texts in JSON, and nothing that a curve could show.
      if (field.getValue().isNumber() && !field.getKey().equals("step")) {
        float number = field.getValue().floatValue();
        bytes.writeBytes(EventRecords.scalar(seconds, metrics.step(), tag(field.getKey()), number));
      }
    }
    return bytes.toByteArray();
  }

  private static Iterable<Map.Entry<String, JsonNode>> fields(EpochMetrics metrics) {
    try {
      return JSON.readTree(metrics.toJson()).properties();
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Metrics that are not named above are of validation by their prefix, and else of training. */
  private static String tag(String key) {
    String named = TAGS.get(key);
    if (named != null) {
      return named;
    }
    return key.startsWith("val_") ? "validation/" + key.substring(4) : "training/" + key;
  }
}
