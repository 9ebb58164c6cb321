package org.swinengine.inference.segmentation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.swinengine.inference.CheckpointException;
import org.swinengine.inference.LoadedModel;
import org.swinengine.metrics.segmentation.Components;
import org.swinengine.metrics.segmentation.Grid;
import org.swinengine.metrics.segmentation.LabelKind;

/**
 * What is taken away from predictions: of each class all parts but the largest, or parts that are too small.
 * Parts touch along edges or corners, also between slices; what is taken away becomes background,
 * or, where pixels may have several classes, loses that class alone.
 *
 * @param classes of the classes 1, 2, …; none: nothing is taken away
 */
public record CleanUp(List<OfClass> classes) {
  /** Nothing is taken away. */
  public static final CleanUp NONE = new CleanUp(List.of());

  /** Under which name it is in a checkpoint's metadata. */
  public static final String KEY = "clean_up";

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Of a class.
   *
   * @param largestOnly whether its largest part alone stays
   * @param leastShare share of all pixels of a picture, or voxels of a volume, that a part must have, so that
   *     it means the same in pictures of any size; 0: any
   */
  public record OfClass(boolean largestOnly, double leastShare) {
    /** Everything stays. */
    public static final OfClass NONE = new OfClass(false, 0);

    /** Whether an element stays whose part has a size. */
    boolean keeps(boolean largest, long size, long all) {
      return (largest || !largestOnly) && size >= leastShare * all;
    }
  }

  /** Keeps them. */
  public CleanUp {
    classes = List.copyOf(classes);
  }

  /** Whether anything may be taken away. */
  public boolean isOn() {
    return classes.stream().anyMatch(one -> !one.equals(OfClass.NONE));
  }

  /** Cleans a map of class numbers. */
  public int[] apply(int[] labels, Grid grid) {
    return apply(LabelKind.NUMBERS, labels, grid);
  }

  /**
   * Cleans a map.
   *
   * @param kind what labels say
   * @param labels are not changed
   * @return a cleaned copy, or the map itself where there is nothing to do
   */
  public int[] apply(LabelKind kind, int[] labels, Grid grid) {
    if (!isOn()) {
      return labels;
    }
    int[] cleaned = labels.clone();
    for (int number = 1; number <= classes.size(); number++) {
      OfClass rule = classes.get(number - 1);
      if (rule.equals(OfClass.NONE)) {
        continue;
      }
      boolean[] mask = new boolean[labels.length];
      for (int i = 0; i < mask.length; i++) {
        mask[i] = kind.has(labels[i], number);
      }
      Components found = Components.of(mask, grid, Components.Neighbours.CORNERS);
      int[] of = found.labels();
      long[] sizes = found.sizes();
      int largest = CleanUpChoice.largest(sizes);
      for (int i = 0; i < of.length; i++) {
        if (of[i] > 0 && !rule.keeps(of[i] - 1 == largest, sizes[of[i] - 1], labels.length)) {
          cleaned[i] = kind.without(cleaned[i], number);
        }
      }
    }
    return cleaned;
  }

  /** What a model's checkpoint says, of whose run it was asked for; else {@link #NONE}. */
  public static CleanUp of(LoadedModel model) {
    int count = PixelClasses.of(model).names().size();
    return model.said(KEY).map(json -> of(json, count, "the checkpoint")).orElse(NONE);
  }

  /** As a checkpoint keeps it. */
  public String toJson() {
    ObjectNode node = JSON.createObjectNode();
    ArrayNode list = node.putArray("classes");
    classes.forEach(
        one -> list.addObject().put("largest_only", one.largestOnly()).put("least_share", one.leastShare()));
    return node.toString();
  }

  /**
   * Reads {@link #toJson} back.
   *
   * @param count classes of the pixels, the background among them
   * @param source the checkpoint's name in errors
   * @throws CheckpointException if it is something else
   */
  public static CleanUp of(String json, int count, String source) {
    try {
      List<OfClass> classes = new ArrayList<>();
      for (JsonNode one : JSON.readTree(json).required("classes")) {
        double share = one.required("least_share").asDouble();
        if (!(share >= 0 && share < 1)) {
          throw new IllegalArgumentException("least_share is " + share);
        }
        classes.add(new OfClass(one.required("largest_only").asBoolean(), share));
      }
      if (classes.size() != count - 1) {
        throw new IllegalArgumentException("it is of " + classes.size() + " classes, not " + (count - 1));
      }
      return new CleanUp(classes);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new CheckpointException(
          source + ": what it says of cleaning up predictions cannot be read ("
              + String.valueOf(e.getMessage()).lines().findFirst().orElse("") + "); the file is damaged");
    }
  }

  /**
   * A clause for a person.
   *
   * @param names of the classes, the background first
   */
  public String text(List<String> names) {
    if (!isOn()) {
      return "nothing is taken away";
    }
    return IntStream.rangeClosed(1, classes.size())
        .filter(number -> !classes.get(number - 1).equals(OfClass.NONE))
        .mapToObj(number -> names.get(number) + ": " + text(classes.get(number - 1)))
        .collect(Collectors.joining("; "));
  }

  private static String text(OfClass rule) {
    String least =
        String.format(Locale.ROOT, "parts of at least %.3g %% of all pixels", 100 * rule.leastShare());
    if (!rule.largestOnly()) {
      return least;
    }
    return "the largest part" + (rule.leastShare() > 0 ? ", and " + least : "");
  }
}
