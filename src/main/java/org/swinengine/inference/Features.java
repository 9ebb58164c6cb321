package org.swinengine.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.IntStream;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Npy;

/**
 * Features of pictures, to find those that are alike: two are where the cosine of their features is near 1.
 *
 * <pre>{@code
 * Features features = Features.of(model, FeatureLayer.HEAD, reader);
 * features.nearest(model.embed(picture), 5).forEach(System.out::println);
 * }</pre>
 */
public final class Features {
  /**
   * A picture among others.
   *
   * @param row its number
   * @param name of the picture
   * @param similarity cosine of both pictures' features, −1 to 1
   */
  public record Neighbour(int row, String name, double similarity) {}

  /**
   * Two pictures that are alike.
   *
   * @param first the one with the lower number
   * @param second the other
   * @param similarity cosine of their features, −1 to 1
   */
  public record Pair(String first, String second, double similarity) {}

  /**
   * Pairs of pictures.
   *
   * @param best the most similar first; of equal ones those of the lowest numbers
   * @param found how many there are in all
   */
  public record Pairs(List<Pair> best, long found) {}

  /** Rows that are compared at a time with one other: they stay in the processor's cache. */
  private static final int BLOCK = 64;

  private final List<String> names;
  private final int length;
  private final float[] values;

  /** Of each row, the sum of its squares. */
  private final double[] squares;

  private Features(List<String> names, int length, float[] values) {
    this.names = names;
    this.length = length;
    this.values = values;
    squares = new double[names.size()];
    for (int row = 0; row < squares.length; row++) {
      squares[row] = squares(values, row * length, names.get(row));
    }
  }

  /**
   * Features that were computed already.
   *
   * @param names of the pictures
   * @param values {@code [names, n]}; must not change
   * @throws IllegalArgumentException if there are not as many rows, or a row is no number or all zeros
   */
  public static Features of(List<String> names, float[] values) {
    if (names.isEmpty() || values.length == 0 || values.length % names.size() != 0) {
      throw new IllegalArgumentException(
          values.length + " numbers are no features of " + names.size() + " pictures");
    }
    return new Features(List.copyOf(names), values.length / names.size(), values);
  }

  private double squares(float[] from, int at, String name) {
    double sum = dot(from, at, from, at);
    if (!(sum > 0 && sum < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "the features of " + name + " are " + (sum == 0 ? "all zero" : "not all numbers")
              + ", so nothing can be compared with them");
    }
    return sum;
  }

  /**
   * Computes the features of pictures.
   *
   * @param layer which; not a stage's map
   * @param reader gives the pictures; is read to its end
   * @throws IllegalArgumentException if it gives none
   */
  public static Features of(LoadedModel model, FeatureLayer layer, PictureReader reader)
      throws IOException {
    if (layer.kind() == FeatureLayer.Kind.STAGE) {
      throw new IllegalArgumentException(
          "`layer` is " + layer + ", a map of many places; pictures are compared by head, mean or class");
    }
    List<String> names = new ArrayList<>();
    float[] values = {};
    int used = 0;
    for (PictureBatch batch = reader.next(); batch != null; batch = reader.next()) {
      float[] rows = model.features(batch, layer).toFloats();
      if (values.length < used + rows.length) {
        values = Arrays.copyOf(values, Math.max(used + rows.length, Math.multiplyExact(used, 2)));
      }
      System.arraycopy(rows, 0, values, used, rows.length);
      used += rows.length;
      batch.pictures().forEach(picture -> names.add(picture.name()));
    }
    if (names.isEmpty()) {
      throw new IllegalArgumentException("there is no picture to compare with that could be read");
    }
    return of(names, Arrays.copyOf(values, used));
  }

  /**
   * Reads features and the list of their pictures.
   *
   * @param array {@code [pictures, n]} as {@code .npy}
   * @param list a line for each row: its name; or CSV with the columns {@code row} and {@code file}
   * @throws IOException when the list cannot be read
   * @throws IllegalArgumentException if they do not belong together
   */
  public static Features read(Path array, Path list) throws IOException {
    ArrayData data = Npy.read(array);
    long[] shape = data.shape();
    if (shape.length != 2) {
      throw new IllegalArgumentException(
          array + " has the shape " + Arrays.toString(shape) + ", but features of pictures to compare are"
              + " [pictures, n]: write those of the `layer` head, mean or class");
    }
    List<String> names = FeatureList.read(list);
    if (names.size() != shape[0]) {
      throw new IllegalArgumentException(
          array + " has " + shape[0] + " rows, but " + list + " names " + names.size()
              + " pictures; give the list that was written with it");
    }
    return of(names, data.toFloats());
  }

  /** Names of the pictures, in order. */
  public List<String> names() {
    return names;
  }

  /** Numbers of a picture. */
  public int length() {
    return length;
  }

  /** The features of a picture. */
  public float[] row(int number) {
    return Arrays.copyOfRange(values, number * length, (number + 1) * length);
  }

  /**
   * The pictures that are most similar to one.
   *
   * @param query its features, as many numbers as these have
   * @param most how many to give
   * @return the most similar first; of equal ones the lower number
   */
  public List<Neighbour> nearest(float[] query, int most) {
    if (query.length != length) {
      throw new IllegalArgumentException(
          "the picture has " + query.length + " features, but those to compare with have " + length
              + "; compute both with the same model and `layer`");
    }
    double own = squares(query, 0, "the picture that is looked for");
    double[] similarities = new double[names.size()];
    IntStream.range(0, similarities.length).parallel()
        .forEach(row -> similarities[row] = similarity(query, 0, own, row));
    return IntStream.range(0, similarities.length)
        .boxed()
        .sorted(Comparator.<Integer>comparingDouble(row -> -similarities[row]).thenComparing(row -> row))
        .limit(most)
        .map(row -> new Neighbour(row, names.get(row), similarities[row]))
        .toList();
  }

  /**
   * All pairs of pictures that are as similar as this, or more.
   *
   * @param bound least cosine
   * @param most how many to give; memory does not depend on how many there are
   */
  public Pairs pairs(double bound, int most) {
    Comparator<int[]> byNumbers = Comparator.<int[]>comparingInt(p -> p[0]).thenComparingInt(p -> p[1]);
    record Found(int[] rows, double similarity) {}
    Comparator<Found> better =
        Comparator.<Found>comparingDouble(found -> -found.similarity())
            .thenComparing(Found::rows, byNumbers);
    PriorityQueue<Found> kept = new PriorityQueue<>(better.reversed());
    long[] count = {0};
    int n = names.size();
    // Each similarity is one sum in a fixed order, and the best of all do not depend on who was first.
    IntStream.range(0, (n + BLOCK - 1) / BLOCK).parallel().forEach(block -> {
      List<Found> own = new ArrayList<>();
      int first = block * BLOCK;
      int end = Math.min(n, first + BLOCK);
      for (int other = first + 1; other < n; other++) {
        for (int row = first; row < Math.min(end, other); row++) {
          double similarity = similarity(values, row * length, squares[row], other);
          if (similarity >= bound) {
            own.add(new Found(new int[] {row, other}, similarity));
          }
        }
        if (own.size() >= most || other == n - 1) {
          synchronized (kept) {
            count[0] += own.size();
            for (Found found : own) {
              kept.add(found);
              if (kept.size() > most) {
                kept.poll();
              }
            }
          }
          own.clear();
        }
      }
    });
    List<Found> sorted = new ArrayList<>(kept);
    sorted.sort(better);
    return new Pairs(
        sorted.stream()
            .map(found -> new Pair(
                names.get(found.rows()[0]), names.get(found.rows()[1]), found.similarity()))
            .toList(),
        count[0]);
  }

  /** A cosine; of equal rows exactly 1. */
  private double similarity(float[] other, int at, double otherSquares, int row) {
    double cosine = dot(other, at, values, row * length) / Math.sqrt(otherSquares * squares[row]);
    return Math.max(-1, Math.min(1, cosine));
  }

  /** In float64; four sums, so that one addition need not wait for the other. */
  private double dot(float[] a, int at, float[] b, int bt) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int i = 0;
    for (; i + 3 < length; i += 4) {
      s0 += (double) a[at + i] * b[bt + i];
      s1 += (double) a[at + i + 1] * b[bt + i + 1];
      s2 += (double) a[at + i + 2] * b[bt + i + 2];
      s3 += (double) a[at + i + 3] * b[bt + i + 3];
    }
    for (; i < length; i++) {
      s0 += (double) a[at + i] * b[bt + i];
    }
    return s0 + s1 + (s2 + s3);
  }
}
