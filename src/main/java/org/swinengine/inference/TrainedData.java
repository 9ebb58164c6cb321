package org.swinengine.inference;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DataSplits;
import org.swinengine.data.Dataset;
import org.swinengine.data.DatasetOptions;
import org.swinengine.data.Fingerprint;
import org.swinengine.data.list.ListColumns;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.Yaml;

/**
 * Which data a model was trained on, as its checkpoint tells: so that a run goes on with the same, and so
 * that a model is not measured on pictures that it has learnt from.
 */
public final class TrainedData {
  /** Under which name it is in a checkpoint's metadata. */
  public static final String KEY = "data";

  /** More pictures than this are told by their fingerprint alone: a list of them takes 11 bytes each. */
  private static final int LISTED = 20_000;

  /** Under which name it is there how data were read that came in parts. */
  private static final String READING = "reading";

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Null in checkpoints of before there were fingerprints. */
  private final @Nullable JsonNode parts;

  private final @Nullable SetAside setAside;

  private final Reading reading;

  /** Contents of the training pictures, see {@link Fingerprint}; null: not listed. */
  private final long @Nullable [] pictures;

  /**
   * How a validation part was set aside.
   *
   * @param fraction share of each class
   * @param seed that chose it
   * @param columns of a list, but for the folder of the images, which may be elsewhere now
   * @param groupPattern that told the groups, or null
   * @param folds of which the part is one, by the seed; 0: it is a fraction
   */
  public record SetAside(
      double fraction, long seed, ListColumns columns, @Nullable String groupPattern, int folds) {
    /** Without choices of columns and groups. */
    public SetAside(double fraction, long seed) {
      this(fraction, seed, ListColumns.USUAL, null);
    }

    /** A fraction. */
    public SetAside(double fraction, long seed, ListColumns columns, @Nullable String groupPattern) {
      this(fraction, seed, columns, groupPattern, 0);
    }

    private static final String FOLDS = "folds";

    private static SetAside of(DatasetOptions options, double fraction, long seed) {
      Reading how = Reading.of(options);
      return new SetAside(fraction, seed, how.columns(), how.groupPattern(), options.folds());
    }

    private static SetAside of(JsonNode split) {
      Reading how = Reading.of(split);
      return new SetAside(
          split.required("fraction").asDouble(), split.required("seed").asLong(), how.columns(),
          how.groupPattern(), split.path(FOLDS).asInt());
    }

    private void write(ObjectNode split) {
      split.put("fraction", fraction).put("seed", seed);
      if (folds > 0) {
        split.put(FOLDS, folds);
      }
      new Reading(columns, groupPattern).write(split);
    }
  }

  /**
   * How data were read.
   *
   * @param columns of a list, but for the folder of the images, which may be elsewhere now
   * @param groupPattern that told the groups, or null
   */
  public record Reading(ListColumns columns, @Nullable String groupPattern) {
    private static final String GROUP_PATTERN = "group_pattern";
    private static final Reading USUAL = new Reading(ListColumns.USUAL, null);

    private static Reading of(DatasetOptions how) {
      ListColumns given = how.columns();
      return new Reading(
          new ListColumns(given.path(), given.label(), given.split(), given.group(), null),
          how.groupPattern());
    }

    private static Reading of(JsonNode node) {
      return new Reading(
          new ListColumns(
              text(node, "path_column"), text(node, "label_column"), text(node, "split_column"),
              text(node, "group_column"), null),
          text(node, GROUP_PATTERN));
    }

    private static @Nullable String text(JsonNode node, String name) {
      return node.path(name).isTextual() ? node.path(name).asText() : null;
    }

    private void write(ObjectNode node) {
      put(node, "path_column", columns.path());
      put(node, "label_column", columns.label());
      put(node, "split_column", columns.split());
      put(node, "group_column", columns.group());
      put(node, GROUP_PATTERN, groupPattern);
    }

    private static void put(ObjectNode node, String name, @Nullable String value) {
      if (value != null) {
        node.put(name, value);
      }
    }
  }

  private TrainedData(
      @Nullable JsonNode parts, @Nullable SetAside setAside, Reading reading, long @Nullable [] pictures) {
    this.parts = parts;
    this.setAside = setAside;
    this.reading = reading;
    this.pictures = pictures;
  }

  /**
   * Of data that a run is about to learn from.
   *
   * @param fraction share of each class that was set aside, if {@link DataSplits#isSetAside}
   * @param seed that chose it
   * @return empty if the data have no fingerprints
   * @throws IOException when they cannot be read
   */
  public static Optional<TrainedData> of(DataSplits splits, double fraction, long seed) throws IOException {
    Optional<Fingerprint> train = splits.train().fingerprint();
    Optional<Fingerprint> validation = splits.validation().fingerprint();
    if (train.isEmpty() || validation.isEmpty()) {
      return Optional.empty();
    }
    ObjectNode parts = JSON.createObjectNode();
    parts.set("train", part(splits.train(), train.get()));
    parts.set("validation", part(splits.validation(), validation.get()));
    boolean listed = train.get().isWhole() && splits.train().size() <= LISTED;
    return Optional.of(
        new TrainedData(
            parts,
            splits.isSetAside() ? SetAside.of(splits.options(), fraction, seed) : null,
            Reading.of(splits.options()),
            listed ? train.get().contents() : null));
  }

  private static JsonNode part(Dataset dataset, Fingerprint fingerprint) {
    return JSON.createObjectNode().put("images", dataset.size()).put("fingerprint", fingerprint.digest());
  }

  /**
   * What a checkpoint says. Runs of before there were fingerprints say their seed and fraction alone.
   *
   * @param source the checkpoint's name in errors
   * @return empty if it says nothing
   * @throws CheckpointException if it cannot be understood
   */
  public static Optional<TrainedData> of(Map<String, String> metadata, String source) {
    String json = metadata.get(KEY);
    if (json == null) {
      return ofEarlierVersion(metadata.get("config"), source);
    }
    try {
      JsonNode node = JSON.readTree(json);
      JsonNode split = node.path("split");
      SetAside setAside = split.isObject() ? SetAside.of(split) : null;
      Reading reading = Reading.of(split.isObject() ? split : node.path(READING));
      for (String part : new String[] {"train", "validation"}) {
        node.required(part).required("images");
        node.required(part).required("fingerprint");
      }
      ObjectNode parts = JSON.createObjectNode();
      parts.set("train", node.get("train"));
      parts.set("validation", node.get("validation"));
      return Optional.of(new TrainedData(parts, setAside, reading, pictures(node.path("pictures"))));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new CheckpointException(
          source + ": what it says of its data cannot be read (" + e.getMessage() + "); the file is damaged");
    }
  }

  private static long @Nullable [] pictures(JsonNode node) {
    if (!node.isTextual()) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(node.asText()));
    long[] pictures = new long[bytes.remaining() / Long.BYTES];
    bytes.asLongBuffer().get(pictures);
    return pictures;
  }

  private static Optional<TrainedData> ofEarlierVersion(@Nullable String config, String source) {
    try {
      if (config != null
          && Yaml.load(config, source) instanceof Map<?, ?> root
          && root.get("TRAIN") instanceof Map<?, ?> train
          && train.get("VALIDATION_FRACTION") instanceof Number fraction
          && train.get("SEED") instanceof Number seed) {
        SetAside setAside = new SetAside(fraction.doubleValue(), seed.longValue());
        return Optional.of(new TrainedData(null, setAside, Reading.USUAL, null));
      }
    } catch (ModelConfigException e) {
      // Whatever else has a text of that name.
    }
    return Optional.empty();
  }

  /**
   * The fingerprint of a part.
   *
   * @param part {@code train} or {@code validation}
   * @return empty in checkpoints of before there were fingerprints
   */
  public Optional<String> fingerprint(String part) {
    return Optional.ofNullable(parts).map(known -> known.path(part).path("fingerprint").asText());
  }

  /** As metadata: the same data give the same text. */
  public String toJson() {
    ObjectNode node = JSON.createObjectNode();
    node.setAll((ObjectNode) Objects.requireNonNull(parts));
    if (setAside != null) {
      setAside.write(node.putObject("split"));
    } else if (!reading.equals(Reading.USUAL)) {
      reading.write(node.putObject(READING));
    }
    if (pictures != null) {
      ByteBuffer bytes = ByteBuffer.allocate(pictures.length * Long.BYTES);
      bytes.asLongBuffer().put(pictures);
      node.put("pictures", Base64.getEncoder().encodeToString(bytes.array()));
    }
    return node.toString();
  }

  /** How the data were read; as usual where a checkpoint does not say so. */
  public Reading reading() {
    return reading;
  }

  /** How the validation part was set aside; empty where the data had one. */
  public Optional<SetAside> setAside() {
    return Optional.ofNullable(setAside);
  }

  /** Whether the data themselves are known, not only how they were divided. */
  public boolean hasFingerprints() {
    return parts != null;
  }

  /** Whether it was validated on the very images that it was trained on. */
  public boolean isOfOnePart() {
    return hasFingerprints() && fingerprint("train").equals(fingerprint("validation"));
  }

  /** Whether these are the very data. */
  public boolean isOf(TrainedData other) {
    return parts != null && parts.equals(other.parts);
  }

  /** How data differ from these, a clause; both have fingerprints. */
  public String difference(TrainedData now) {
    JsonNode before = Objects.requireNonNull(parts);
    JsonNode after = Objects.requireNonNull(now.parts);
    StringBuilder text = new StringBuilder();
    for (String part : new String[] {"train", "validation"}) {
      if (!before.get(part).equals(after.get(part))) {
        text.append(text.length() == 0 ? "" : ", and ");
        text.append("the ").append(part.equals("train") ? "training" : part).append(" part had ");
        text.append(before.get(part).get("images")).append(" images and now has ");
        text.append(after.get(part).get("images"));
        if (part.equals("train") && pictures != null && now.pictures != null) {
          int unknown = now.pictures.length - common(pictures, now.pictures);
          text.append(unknown == 0 ? " (none is new)" : " (" + unknown + " of them new or changed)");
        } else if (before.get(part).get("images").equals(after.get(part).get("images"))) {
          text.append(" with other contents or in another order");
        }
      }
    }
    return text.toString();
  }

  private static int common(long[] some, long[] others) {
    Map<Long, Integer> counts = new HashMap<>();
    Arrays.stream(some).forEach(picture -> counts.merge(picture, 1, Integer::sum));
    int common = 0;
    for (long other : others) {
      if (counts.merge(other, -1, Integer::sum) >= 0) {
        common++;
      }
    }
    return common;
  }

  /**
   * Which samples of a data set were not learnt from, by their contents.
   *
   * @return their indices; empty if it cannot be told
   * @throws IOException when the data cannot be read
   */
  public Optional<int[]> unseen(Dataset dataset) throws IOException {
    if (pictures == null) {
      return Optional.empty();
    }
    Optional<Fingerprint> fingerprint = dataset.fingerprint();
    if (fingerprint.isEmpty() || !fingerprint.get().isWhole()) {
      return Optional.empty();
    }
    long[] known = pictures.clone();
    Arrays.sort(known);
    long[] contents = fingerprint.get().contents();
    return Optional.of(
        IntStream.range(0, contents.length)
            .filter(i -> Arrays.binarySearch(known, contents[i]) < 0)
            .toArray());
  }
}
