package org.swinengine.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Weights in several files, as Hugging Face writes large ones: an index ({@code
 * model.safetensors.index.json}, {@code pytorch_model.bin.index.json}) whose {@code weight_map} names for
 * each tensor the file beside it.
 */
final class ShardedWeights {
  /** Where Hugging Face's repositories keep weights, in the order in which its library looks. */
  private static final List<String> USUAL_NAMES =
      List.of(
          "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
          "pytorch_model.bin.index.json");

  private static final int MAX_BYTES = 100_000_000;
  private static final int MAX_SHARDS = 10_000;
  private static final int MAX_NAME = 255;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(32).build())
          .build();

  private final WeightFile index;

  private ShardedWeights(WeightFile index) {
    this.index = index;
  }

  /** The weights of a folder that holds them under a usual name; the folder itself if it does not. */
  static Path within(Path path) {
    if (!Files.isDirectory(path)) {
      return path;
    }
    return USUAL_NAMES.stream().map(path::resolve).filter(Files::isRegularFile).findFirst().orElse(path);
  }

  /**
   * Opens all files that an index names.
   *
   * @throws WeightFileException if it is no index, names a file elsewhere, or a file or tensor is not there
   */
  static StateDict read(WeightFile index) {
    return new ShardedWeights(index).read();
  }

  private StateDict read() {
    Map<String, String> places = places();
    Set<String> names = new LinkedHashSet<>(places.values());
    if (names.size() > MAX_SHARDS) {
      throw refused("it names " + names.size() + " files, more than the " + MAX_SHARDS + " that make sense");
    }
    names.forEach(this::requirePlain);
    Path folder = index.path().toAbsolutePath().getParent();
    List<String> absent = names.stream().filter(name -> !Files.isRegularFile(folder.resolve(name))).toList();
    if (!absent.isEmpty()) {
      throw WeightFileException.in(
          index.path(),
          absent.size() + " of the " + names.size()
              + " files that this index names are not beside it, such as "
              + Text.quote(absent.get(0)) + "; get them as well.");
    }
    Map<String, StateDict> shards = new LinkedHashMap<>();
    for (String name : names) {
      WeightFile shard = WeightFile.of(folder.resolve(name));
      if (FileKind.of(shard) == FileKind.JSON) {
        throw refused("the file " + Text.quote(name) + " that it names is an index itself");
      }
      shards.put(name, WeightFiles.read(shard));
    }
    return joined(places, shards);
  }

  private StateDict joined(Map<String, String> places, Map<String, StateDict> shards) {
    StateDict.Builder joined = StateDict.builder();
    places.forEach(
        (tensor, shard) -> {
          if (!shards.get(shard).contains(tensor)) {
            throw refused("it says that tensor " + Text.quote(tensor) + " is in " + Text.quote(shard)
                + ", but it is not there");
          }
          joined.put(tensor, shards.get(shard).get(tensor));
        });
    shards.forEach(
        (name, shard) -> {
          shard.metadata().forEach(joined::metadata);
          for (String tensor : shard.names()) {
            if (!joined.contains(tensor)) {
              joined.put(tensor, shard.get(tensor));
            } else if (!name.equals(places.get(tensor))) {
              throw refused("the tensor " + Text.quote(tensor) + " is in more than one of its files");
            }
          }
        });
    return joined.build();
  }

  /** A file in the same folder and no other. */
  private void requirePlain(String name) {
    boolean plain =
        !name.isBlank()
            && name.length() <= MAX_NAME
            && !name.startsWith(".")
            && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || Character.isISOControl(c));
    if (!plain) {
      throw refused("it names the file " + Text.quote(name) + ", which is no plain file name");
    }
  }

  private Map<String, String> places() {
    if (index.size() > MAX_BYTES) {
      throw refused("it has " + index.size() + " bytes, more than the " + MAX_BYTES + " that make sense");
    }
    try (JsonParser parser =
        JSON.createParser(
            new InputStreamReader(
                new ByteArrayInputStream(index.read(0, (int) index.size())),
                StandardCharsets.UTF_8.newDecoder()))) {
      return places(parser);
    } catch (IOException e) {
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw WeightFileException.in(
          index.path(),
          "this looks like JSON, but cannot be read (" + Text.quote(reason)
              + "); if it is an index of weights, get it again.",
          e);
    }
  }

  private Map<String, String> places(JsonParser parser) throws IOException {
    Map<String, String> places = null;
    parser.nextToken();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      boolean map = parser.currentName().equals("weight_map");
      parser.nextToken();
      if (map && parser.currentToken() == JsonToken.START_OBJECT) {
        places = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String tensor = parser.currentName();
          if (parser.nextToken() != JsonToken.VALUE_STRING) {
            throw refused("its \"weight_map\" has no file name for tensor " + Text.quote(tensor));
          }
          places.put(tensor, parser.getText());
        }
      } else {
        parser.skipChildren();
      }
    }
    if (parser.nextToken() != null) {
      throw refused("something follows its JSON object");
    }
    if (places == null || places.isEmpty()) {
      throw WeightFileException.in(
          index.path(),
          "this is JSON without a \"weight_map\", so no index of weights in several files; name the weight"
              + " file itself.");
    }
    return places;
  }

  private WeightFileException refused(String reason) {
    return WeightFileException.in(
        index.path(), "this index of weights in several files is not sound: " + reason + "; get it again.");
  }
}
