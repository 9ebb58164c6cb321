package org.swinengine.data;

import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.swinengine.tensor.Shape;

/**
 * What a net learns from or is measured on: inputs of one shape, and for each a class or numbers.
 *
 * <pre>{@code
 * Examples.of(measurements, kinds);                 // float[n][values], int[n]
 * Examples.of(Shape.of(1, 28, 28), pixels, digits); // inputs of a shape
 * Examples.ofNumbers(Shape.of(4), measurements, results);
 * Examples.of(splits.train(), pipeline);            // pictures, decoded and transformed anew each time
 * }</pre>
 */
public final class Examples {
  private final Labelled samples;
  private final SampleSource source;
  private final Shape shape;

  /** Null where the targets are classes. */
  private final float @Nullable [][] targets;

  private Examples(Labelled samples, SampleSource source, Shape shape, float @Nullable [][] targets) {
    this.samples = samples;
    this.source = source;
    this.shape = shape;
    this.targets = targets;
  }

  /**
   * Rows of numbers and their classes.
   *
   * @param inputs all of one length; not copied
   * @param classes one for each input, from 0
   */
  public static Examples of(float[][] inputs, int[] classes) {
    return of(Shape.of(inputs.length == 0 ? 0 : inputs[0].length), inputs, classes);
  }

  /**
   * Inputs of a shape and their classes.
   *
   * @param shape of one input, without the axis that numbers them
   * @param inputs in row-major order; not copied
   * @param classes one for each input, from 0
   */
  public static Examples of(Shape shape, float[][] inputs, int[] classes) {
    requireAsMany(inputs.length, classes.length, "classes");
    for (int i = 0; i < classes.length; i++) {
      if (classes[i] < 0) {
        throw new IllegalArgumentException(
            "example " + i + " has the class " + classes[i] + ", but classes are numbered from 0");
      }
    }
    Rows rows = new Rows(shape, inputs, classes);
    return new Examples(rows, rows, shape, null);
  }

  /**
   * Inputs of a shape, each with numbers that a net shall give for it.
   *
   * @param shape of one input, without the axis that numbers them
   * @param inputs in row-major order; not copied
   * @param targets one for each input, all of one length; not copied
   */
  public static Examples ofNumbers(Shape shape, float[][] inputs, float[][] targets) {
    requireAsMany(inputs.length, targets.length, "targets");
    requireLength(targets, targets.length == 0 ? 0 : targets[0].length, "target");
    Rows rows = new Rows(shape, inputs, new int[inputs.length]);
    return new Examples(rows, rows, shape, targets);
  }

  /**
   * Pictures and their classes, decoded and transformed when they are needed.
   *
   * @param pipeline how pictures become inputs
   */
  public static Examples of(Dataset dataset, ImagePipeline pipeline) {
    Shape shape = Shape.of(pipeline.channels(), pipeline.height(), pipeline.width());
    return new Examples(dataset, new PictureSource(dataset, pipeline), shape, null);
  }

  private static void requireAsMany(int inputs, int others, String what) {
    if (inputs != others) {
      throw new IllegalArgumentException(
          "there are " + inputs + " inputs and " + others + " " + what + "; there must be one for each");
    }
  }

  private static void requireLength(float[][] rows, long length, String what) {
    for (int i = 0; i < rows.length; i++) {
      if (rows[i].length != length) {
        throw new IllegalArgumentException(
            what + " " + i + " has " + rows[i].length + " numbers, but " + length + " were expected");
      }
    }
  }

  /** Number of examples. */
  public int size() {
    return samples.size();
  }

  /** Shape of one input. */
  public Shape shape() {
    return shape;
  }

  /** Whether the targets are classes, {@link Batch#labels}; else they are {@link #target}. */
  public boolean hasClasses() {
    return targets == null;
  }

  /** The numbers that belong to an example; not for examples with classes. */
  public float[] target(int index) {
    return Objects.requireNonNull(targets, "the targets are classes")[index];
  }

  /** One line for a person. */
  public String description() {
    return samples.description();
  }

  /** Batches of inputs and classes. The caller closes the loader. */
  public BatchLoader loader(LoaderOptions options) {
    return new BatchLoader(samples, source, options);
  }

  /** Numbers in memory. */
  private record Rows(Shape shape, float[][] inputs, int[] classes) implements Labelled, SampleSource {
    Rows {
      requireLength(inputs, shape.elements(), "input");
    }

    @Override
    public int size() {
      return inputs.length;
    }

    @Override
    public int label(int index) {
      return classes[index];
    }

    @Override
    public String description() {
      return String.format(Locale.ROOT, "the set of %,d examples of shape %s", inputs.length, shape);
    }

    @Override
    public int floatsPerSample() {
      return Math.toIntExact(shape.elements());
    }

    @Override
    public void read(int sample, long seed, int epoch, float[] out, int offset, SampleRandom random) {
      System.arraycopy(inputs[sample], 0, out, offset, inputs[sample].length);
    }
  }
}
