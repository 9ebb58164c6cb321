package org.swinengine.models;

import java.util.ArrayList;
import java.util.List;
import org.swinengine.weights.Dialect;

/**
 * What loading did. Entries with shapes read {@code norm.weight [96] instead of [48]}.
 *
 * @param dialect whose names the weights had
 * @param loaded parameters that got their values as they were
 * @param mirrored parameters of a Swin-Unet's decoder that got those of a Swin Transformer, its encoder's
 * @param resized position tables that were resized, with both shapes
 * @param replaced parameters of a head for other classes, with both shapes: fresh, zero, or chosen rows
 * @param missing parameters for which there was nothing
 * @param unexpected arrays for which there is no parameter
 * @param mismatched parameters whose array has another shape, with both shapes
 * @param buffers arrays that models compute for themselves
 * @param notFinite parameters that got values that are no finite numbers, with how many
 */
public record LoadReport(
    Dialect dialect,
    List<String> loaded,
    List<String> mirrored,
    List<String> resized,
    List<String> replaced,
    List<String> missing,
    List<String> unexpected,
    List<String> mismatched,
    List<String> buffers,
    List<String> notFinite) {
  private static final int SHOWN = 4;

  /** Copies the lists. */
  public LoadReport {
    loaded = List.copyOf(loaded);
    mirrored = List.copyOf(mirrored);
    resized = List.copyOf(resized);
    replaced = List.copyOf(replaced);
    missing = List.copyOf(missing);
    unexpected = List.copyOf(unexpected);
    mismatched = List.copyOf(mismatched);
    buffers = List.copyOf(buffers);
    notFinite = List.copyOf(notFinite);
  }

  /** Whether every parameter got a value and every array was used. */
  public boolean isComplete() {
    return missing.isEmpty() && unexpected.isEmpty() && mismatched.isEmpty();
  }

  /** Whether every parameter got the file's values as they were, and nothing was left over. */
  public boolean isPlain() {
    return isComplete() && mirrored.isEmpty() && resized.isEmpty() && replaced.isEmpty()
        && notFinite.isEmpty();
  }

  /**
   * What a user must know of weights that are no finite numbers, in a sentence; empty where there are none.
   */
  public String warning() {
    return notFinite.isEmpty()
        ? ""
        : some(notFinite, notFinite.size() == 1 ? "array" : "arrays")
            + " of the weights hold NaN or infinite values, and so will what the model computes; the file is"
            + " damaged, or its training went astray";
  }

  /** One line: {@code 173 loaded, 2 missing (head.weight, head.bias), 0 unexpected, 0 of another shape}. */
  @Override
  public String toString() {
    List<String> parts = new ArrayList<>();
    parts.add(loaded.size() + " loaded");
    if (!mirrored.isEmpty()) {
      parts.add(mirrored.size() + " of the decoder loaded from the encoder's");
    }
    if (!resized.isEmpty()) {
      parts.add(some(resized, "resized"));
    }
    if (!replaced.isEmpty()) {
      parts.add(some(replaced, "replaced"));
    }
    parts.add(some(missing, "missing"));
    parts.add(some(unexpected, "unexpected"));
    parts.add(some(mismatched, "of another shape"));
    if (!notFinite.isEmpty()) {
      parts.add(some(notFinite, "with NaN or infinite values"));
    }
    if (!dialect.equals(Dialect.ENGINE)) {
      parts.add("names of " + dialect);
    }
    return String.join(", ", parts);
  }

  private static String some(List<String> names, String what) {
    if (names.isEmpty()) {
      return "0 " + what;
    }
    String more = names.size() > SHOWN ? ", …" : "";
    return names.size() + " " + what + " ("
        + String.join(", ", names.subList(0, Math.min(SHOWN, names.size())))
        + more + ")";
  }
}
