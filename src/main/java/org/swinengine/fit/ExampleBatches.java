package org.swinengine.fit;

import java.io.IOException;
import java.util.Objects;
import org.swinengine.data.Batch;
import org.swinengine.data.BatchLoader;
import org.swinengine.data.Examples;
import org.swinengine.data.LoaderOptions;

/** A loader's batches by their numbers; taken in order they are prepared ahead. */
final class ExampleBatches implements Batches<ExampleBatches.Part>, AutoCloseable {
  /** A batch, and what it was taken from. */
  record Part(Examples examples, Batch batch) {}

  private final Examples examples;
  private final BatchLoader loader;
  private final boolean lastIsSmaller;
  private int epoch = -1;
  private int next;

  private ExampleBatches(Examples examples, LoaderOptions options) {
    this.examples = examples;
    loader = examples.loader(options);
    lastIsSmaller = loader.samplesPerEpoch() % options.batchSize() != 0;
  }

  static ExampleBatches training(Examples examples, Fit fit) {
    return new ExampleBatches(examples,
        LoaderOptions.training(fit.reading.batchSize, fit.seed, fit.reading.workers));
  }

  static ExampleBatches evaluation(Examples examples, Fit fit) {
    return new ExampleBatches(examples, LoaderOptions.evaluation(fit.reading.batchSize, fit.reading.workers));
  }

  @Override
  public int perEpoch() {
    return loader.batchesPerEpoch();
  }

  @Override
  public Part get(int ofEpoch, int number) throws IOException {
    if (ofEpoch != epoch || number != next) {
      loader.startEpoch(ofEpoch, number);
      epoch = ofEpoch;
    }
    next = number + 1;
    return new Part(examples, Objects.requireNonNull(loader.next()));
  }

  @Override
  public boolean lastIsSmaller() {
    return lastIsSmaller;
  }

  @Override
  public int samples(Part part) {
    return part.batch().size();
  }

  @Override
  public void done(Part part) {
    part.batch().release();
  }

  @Override
  public void close() {
    loader.close();
  }
}
