package org.swinengine.inference;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.weights.RegularFile;

/**
 * Names of a model's classes.
 *
 * @param names the index is the class number
 * @param source where they come from
 */
public record ClassNames(List<String> names, Source source) {
  /** Where names come from. */
  public enum Source {
    /** The user. */
    GIVEN,
    /** The checkpoint, which this engine trained. */
    FILE,
    /** The publisher of the weights. */
    PUBLISHER,
    /** ImageNet-1k, because there are a thousand. */
    IMAGENET,
    /** Nobody: they are numbers. */
    NUMBERS
  }

  private static final int IMAGENET_CLASSES = 1000;
  private static final long MAX_BYTES = 1 << 24;
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * The best that is known.
   *
   * @param given by the user; null: none
   * @param classes of the model; what publishers say of another number is not about it
   */
  static ClassNames of(WeightSource weights, @Nullable List<String> given, int classes) {
    if (given != null) {
      return new ClassNames(given, Source.GIVEN);
    }
    Optional<List<String>> own = weights.ownClassNames();
    if (own.isPresent()) {
      return new ClassNames(own.get(), Source.FILE);
    }
    Optional<List<String>> published = weights.classNames().filter(names -> names.size() == classes);
    if (published.isPresent()) {
      return new ClassNames(published.get(), Source.PUBLISHER);
    }
    return classes == IMAGENET_CLASSES
        ? new ClassNames(imageNet(), Source.IMAGENET)
        : new ClassNames(IntStream.range(0, classes).mapToObj(Integer::toString).toList(), Source.NUMBERS);
  }

  /** The classes of ImageNet-1k (ILSVRC 2012) in their usual order, as WordNet calls them first. */
  public static List<String> imageNet() {
    try (InputStream in = ClassNames.class.getResourceAsStream("imagenet1k.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads names: a text file with one in each line, or JSON: an array of names, an object of names or arrays
   * by class number (Keras's {@code imagenet_class_index.json}, whose last entries are names), or one that
   * has such an object as {@code id2label} (Transformers' {@code config.json}).
   *
   * @throws CheckpointException if the file cannot be read, or holds none
   */
  public static List<String> read(Path file) {
    String text;
    try {
      RegularFile.require(file);
      if (Files.size(file) > MAX_BYTES) {
        throw new CheckpointException(
            "class names " + file + ": the file is larger than " + MAX_BYTES + " bytes");
      }
      text = Files.readString(file);
    } catch (IOException e) {
      throw new CheckpointException("class names " + file + " cannot be read as text: " + e.getMessage());
    }
    boolean json = file.toString().toLowerCase(Locale.ROOT).endsWith(".json");
    List<String> names = json ? fromJson(text, file) : text.lines().map(String::strip).toList();
    if (names.isEmpty() || names.stream().anyMatch(String::isBlank)) {
      throw new CheckpointException(
          "class names " + file + ": " + (names.isEmpty() ? "there are none" : "a line is empty")
              + "; there should be a name for each class, in the order of the model's outputs");
    }
    return names;
  }

  private static List<String> fromJson(String text, Path file) {
    JsonNode root;
    try {
      root = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new CheckpointException("class names " + file + " are no JSON: " + e.getOriginalMessage());
    }
    JsonNode names = root.path("id2label").isObject() ? root.path("id2label") : root;
    List<String> result = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      JsonNode name = names.isArray() ? names.get(i) : names.path(Integer.toString(i));
      name = name.isArray() && !name.isEmpty() ? name.get(name.size() - 1) : name;
      if (!name.isTextual()) {
        throw new CheckpointException(
            "class names " + file + ": class " + i
                + " has no name; expected an array of names, or an object of names with the keys 0 to"
                + " " + (names.size() - 1));
      }
      result.add(name.asText().strip());
    }
    return result;
  }
}
