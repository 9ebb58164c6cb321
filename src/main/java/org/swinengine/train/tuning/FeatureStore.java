package org.swinengine.train.tuning;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.data.Batch;
import org.swinengine.data.BatchLoader;
import org.swinengine.data.Dataset;
import org.swinengine.data.EpochOrder;
import org.swinengine.data.LoaderOptions;
import org.swinengine.data.SampleRandom;
import org.swinengine.data.SampleSource;
import org.swinengine.inference.ModelInput;
import org.swinengine.models.ClassificationModel;
import org.swinengine.models.Model;
import org.swinengine.nn.ForwardMode;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * The features of a data set's images, computed once: what the head reads, as float32, in memory or in a
 * file. A row has the bits that it has in any other batch, because kernels compute the rows of a batch alike
 * (see docs/NUMERICS.md), so that a head trained on it gets the bits of one trained on images.
 */
public final class FeatureStore implements ModelInput, SampleSource, AutoCloseable {
  private final Dataset dataset;

  /** Floats of each of the head's inputs; known after the first batch. */
  private int[] lengths = {};

  private int floats;
  private float @Nullable [] memory;
  private @Nullable FileChannel file;

  /** Which of the rows are this data set's; null: all, and they are its own to close. */
  private int @Nullable [] chosen;

  private FeatureStore(Dataset dataset) {
    this.dataset = dataset;
  }

  /**
   * Computes the features of all images.
   *
   * @param images without anything random
   * @param ofSteps whether they are to be those of a training step, and not of an inference: on a GPU in bf16
   *     the two round differently
   * @param options batch size and workers
   * @param memoryBound most bytes to keep in memory; more go to {@code overflow}
   * @param overflow a file to make, deleted by {@link #close}
   * @param done is told after each batch how many images are done
   * @param cancelled asked before each batch; true ends it with a {@link CancellationException}
   * @throws IOException if the file cannot be written
   */
  public static FeatureStore compute(
      ClassificationModel model,
      Backend backend,
      ModelInput.Images images,
      boolean ofSteps,
      LoaderOptions options,
      long memoryBound,
      Path overflow,
      IntConsumer done,
      BooleanSupplier cancelled)
      throws IOException {
    FeatureStore store = new FeatureStore(images.dataset());
    try (BatchLoader loader = images.loader(options.withPixels(backend.prefersPixels()))) {
      loader.startEpoch(0, 0);
      for (Batch batch = loader.next(); batch != null; batch = loader.next()) {
        if (cancelled.getAsBoolean()) {
          throw new CancellationException("the features were not wanted any more");
        }
        List<float[]> parts = features(model, backend, images, ofSteps, batch);
        if (store.lengths.length == 0) {
          store.allocate(parts, batch.size(), memoryBound, overflow);
        }
        store.write(parts, batch.firstPosition(), batch.size());
        int reached = batch.firstPosition() + batch.size();
        batch.release();
        done.accept(reached);
      }
      return store;
    } catch (IOException | RuntimeException | Error e) {
      store.close();
      throw e;
    }
  }

  /**
   * Some of the rows, for as long as this is open.
   *
   * @param part whose images they are
   * @param rows their numbers, in the order of the part
   */
  FeatureStore rows(Dataset part, int[] rows) {
    if (rows.length != part.size()) {
      throw new IllegalArgumentException(rows.length + " rows are not those of " + part.size() + " images");
    }
    FeatureStore some = new FeatureStore(part);
    some.lengths = lengths;
    some.floats = floats;
    some.memory = memory;
    some.file = file;
    some.chosen = rows.clone();
    return some;
  }

  private static List<float[]> features(
      ClassificationModel model, Backend backend, ModelInput.Images images, boolean ofSteps, Batch batch) {
    try (Scope scope = Scope.open();
        Tape tape = ofSteps ? Tape.open() : null;
        Tape.Pause pause = Tape.pause()) {
      return model.features(images.upload(backend, batch), ForwardMode.EVALUATION).stream()
          .map(part -> part.value().toFloats())
          .toList();
    }
  }

  private void allocate(List<float[]> parts, int rows, long memoryBound, Path overflow)
      throws IOException {
    lengths = parts.stream().mapToInt(part -> part.length / rows).toArray();
    for (int length : lengths) {
      floats += length;
    }
    long bytes = (long) dataset.size() * floats * Float.BYTES;
    if (bytes <= memoryBound) {
      memory = new float[dataset.size() * floats];
      return;
    }
    try {
      file =
          FileChannel.open(
              overflow,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
    } catch (IOException e) {
      throw failed("keep " + bytes + " bytes of features in " + overflow, e);
    }
  }

  private static IOException failed(String what, IOException e) {
    return new IOException(
        "cannot " + what + " (" + e.getMessage() + "); make room on the disk, or set `cacheFeatures` off", e);
  }

  private void write(List<float[]> parts, int firstRow, int rows) throws IOException {
    float[] block = memory != null ? memory : new float[rows * floats];
    int at = memory != null ? firstRow * floats : 0;
    for (int row = 0; row < rows; row++) {
      for (int part = 0; part < lengths.length; part++) {
        System.arraycopy(parts.get(part), row * lengths[part], block, at, lengths[part]);
        at += lengths[part];
      }
    }
    if (file != null) {
      ByteBuffer bytes = ByteBuffer.allocate(block.length * Float.BYTES).order(ByteOrder.nativeOrder());
      bytes.asFloatBuffer().put(block);
      try {
        long position = position(firstRow);
        while (bytes.hasRemaining()) {
          position += file.write(bytes, position);
        }
      } catch (IOException e) {
        throw failed("write features to the run folder", e);
      }
    }
  }

  private long position(int row) {
    return (long) row * floats * Float.BYTES;
  }

  /** Bytes of all rows. */
  long bytes() {
    return position(dataset.size());
  }

  /** All rows, one after the other; null where they are too many for the memory. */
  public float @Nullable [] rows() {
    if (memory == null || chosen == null) {
      return memory;
    }
    float[] some = new float[chosen.length * floats];
    for (int i = 0; i < chosen.length; i++) {
      System.arraycopy(memory, chosen[i] * floats, some, i * floats, floats);
    }
    return some;
  }

  /** Whether the rows are in a file. */
  boolean isOnDisk() {
    return file != null;
  }

  @Override
  public int floatsPerSample() {
    return floats;
  }

  @Override
  public void read(int sample, long seed, int epoch, float[] out, int offset, SampleRandom random)
      throws IOException {
    int row = chosen == null ? sample : chosen[sample];
    if (memory != null) {
      System.arraycopy(memory, row * floats, out, offset, floats);
      return;
    }
    FileChannel rows = Objects.requireNonNull(file);
    ByteBuffer bytes = ByteBuffer.allocate(floats * Float.BYTES).order(ByteOrder.nativeOrder());
    while (bytes.hasRemaining()) {
      if (rows.read(bytes, position(row) + bytes.position()) < 0) {
        throw new IOException("the features in the run folder end before image " + sample);
      }
    }
    bytes.flip().order(ByteOrder.nativeOrder()).asFloatBuffer().get(out, offset, floats);
  }

  /** Copying a row takes no worker. */
  @Override
  public BatchLoader loader(LoaderOptions options, EpochOrder order) {
    return new BatchLoader(
        dataset,
        this,
        new LoaderOptions(
            options.batchSize(), options.shuffle(), options.dropLast(), options.seed(), 0,
            options.prefetch()),
        order);
  }

  @Override
  public Variable logits(Model model, Backend backend, Batch batch, ForwardMode mode) {
    int n = batch.size();
    List<Variable> features = new ArrayList<>();
    float[] part = new float[n * floats];
    int start = 0;
    for (int length : lengths) {
      for (int row = 0; row < n; row++) {
        System.arraycopy(batch.images(), row * floats + start, part, row * length, length);
      }
      Tensor tensor = Tensor.empty(backend, Shape.of(n, length));
      backend.memory().upload(part, 0, tensor, n * length);
      features.add(Variable.constant(tensor));
      start += length;
    }
    return ((ClassificationModel) model).classify(features);
  }

  @Override
  public void close() {
    if (file != null && chosen == null) {
      try {
        file.close();
      } catch (IOException e) {
        // Nothing of it is wanted any more.
      }
    }
  }
}
