package org.swinengine.models;

import static org.swinengine.models.ModelSpec.require;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.swinengine.weights.NamedWeights;
import org.swinengine.weights.StateDict;

/** The shapes of a file's arrays under the engine's names, and of its buffers under their own. */
public final class StateShapes {
  /** No model of ours has longer names or axes; a hostile file may. */
  private static final int LONGEST_NAME = 200;

  private static final long LONGEST_AXIS = 1 << 24;

  private final StateDict weights;
  private final StateDict source;
  private final List<String> buffers;
  private final Set<String> groups = new HashSet<>();

  StateShapes(NamedWeights named, StateDict source) {
    weights = named.weights();
    buffers = named.buffers();
    this.source = source;
    for (String name : weights.names()) {
      int dot = name.length() > LONGEST_NAME ? -1 : name.indexOf('.');
      while (dot >= 0) {
        groups.add(name.substring(0, dot + 1));
        dot = name.indexOf('.', dot + 1);
      }
    }
  }

  /** Whether there is such an array. */
  public boolean has(String name) {
    return weights.contains(name);
  }

  /** How many groups {@code prefix0.}, {@code prefix1.} … there are without a gap. */
  public int count(String prefix) {
    int count = 0;
    while (groups.contains(prefix + count + ".")) {
      count++;
    }
    return count;
  }

  /**
   * The length of an axis of an array that the architecture must have.
   *
   * @param rank number of axes that the array must have
   * @throws ModelConfigException if there is no such array, or it has other axes
   */
  public int axis(String name, int axis, int rank) {
    require(weights.contains(name), "there is no array %s", name);
    long[] shape = weights.get(name).shape();
    require(
        shape.length == rank, "%s has the shape %s instead of %d axes", name, Arrays.toString(shape), rank);
    require(
        shape[axis] > 0 && shape[axis] <= LONGEST_AXIS,
        "%s has the impossible shape %s", name, Arrays.toString(shape));
    return (int) shape[axis];
  }

  /** The shape of the buffer whose name ends so; null if the file has none. */
  public long @Nullable [] buffer(String end) {
    String name = bufferName(end);
    return name == null ? null : source.get(name).shape();
  }

  /** The values of a buffer that exists. */
  public float[] bufferValues(String end) {
    return source.get(Objects.requireNonNull(bufferName(end))).toFloats();
  }

  private @Nullable String bufferName(String end) {
    return buffers.stream()
        .filter(name -> name.equals(end) || name.endsWith("." + end))
        .findFirst()
        .orElse(null);
  }

  /** The side of a square of so many; 0 if there is none. */
  public static int side(long area) {
    int side = (int) Math.round(Math.sqrt(area));
    return area > 0 && (long) side * side == area ? side : 0;
  }

  /** The rows of a matrix as a multiple of {@code dim}, as a configuration file has an MLP's. */
  public double ratio(String name, int dim) {
    return axis(name, 0, 2) / (double) dim;
  }

  /**
   * The rows of the head; if there is none, the number that the hints say, or 1000.
   *
   * @param notes for the sentence that there is none
   */
  public int headRows(RecognitionHints hints, RecognitionNotes notes) {
    if (has("head.weight")) {
      return axis("head.weight", 0, 2);
    }
    int classes = hints.classes() == null ? 1000 : hints.classes();
    notes.add("the file has no classification head; the model gets a new one for " + classes + " classes");
    return classes;
  }
}
