package org.swinengine.data;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gives a data set as batches, prepared ahead by worker threads.
 *
 * <p>The order and the content of the batches are a function of data set, pipeline, seed and epoch: the same
 * for any number of workers, and the same when an epoch is entered in its middle. An exception in a worker
 * reaches the consumer as it is, in place of the batch it belongs to. Batches are taken from a small pool and
 * go back to it by {@link Batch#release}, so a steady epoch allocates no batch arrays.
 *
 * <p>One thread consumes:
 *
 * <pre>{@code
 * loader.startEpoch(epoch, 0);
 * for (Batch batch = loader.next(); batch != null; batch = loader.next()) {
 *   ... // upload
 *   batch.release();
 * }
 * }</pre>
 */
public final class BatchLoader implements AutoCloseable {
  private final Labelled dataset;
  private final SampleSource source;
  private final LoaderOptions options;
  private final EpochOrder epochOrder;
  private final int batchesPerEpoch;
  private final Thread[] workers;

  // All below is guarded by "this".
  private final ArrayDeque<Batch> free = new ArrayDeque<>();
  private final Map<Integer, Batch> ready = new HashMap<>();
  private final Map<Integer, Throwable> failures = new HashMap<>();
  private EpochSamples order = EpochSamples.NONE;
  private int epoch;
  private long generation;
  private int nextToClaim;
  private int nextToGive;
  private boolean closed;

  /**
   * Creates a loader and starts its workers; they wait for {@link #startEpoch}.
   *
   * @throws IllegalArgumentException with a sentence for the user, when the data set is empty or not one
   *     batch is left
   */
  public BatchLoader(Dataset dataset, ImagePipeline pipeline, LoaderOptions options) {
    this(dataset, new PictureSource(dataset, pipeline), options);
  }

  /**
   * Creates a loader of other numbers than images: each batch's {@link Batch#images} holds the source's
   * floats.
   *
   * @param dataset gives the labels
   * @param source gives what else belongs to a sample
   * @throws IllegalArgumentException as for images
   */
  public BatchLoader(Labelled dataset, SampleSource source, LoaderOptions options) {
    this(dataset, source, options, options.shuffle() ? EpochOrder.SHUFFLED : EpochOrder.LISTED);
  }

  /**
   * Creates a loader with another order of the samples than {@link LoaderOptions#shuffle} says. A sample that
   * comes again in an epoch gets other random numbers each time.
   *
   * @param order which samples an epoch has
   * @throws IllegalArgumentException as for images
   */
  public BatchLoader(Dataset dataset, ImagePipeline pipeline, LoaderOptions options, EpochOrder order) {
    this(dataset, new PictureSource(dataset, pipeline), options, order);
  }

  /** The same of other numbers than images. */
  public BatchLoader(Labelled dataset, SampleSource source, LoaderOptions options, EpochOrder order) {
    epochOrder = order;
    this.dataset = dataset;
    this.source = source;
    this.options = options;
    int size = dataset.size();
    int batch = options.batchSize();
    if (size == 0) {
      throw new IllegalArgumentException(dataset.description() + " has no images.");
    }
    batchesPerEpoch = options.dropLast() ? size / batch : (int) (((long) size + batch - 1) / batch);
    if (batchesPerEpoch == 0) {
      throw new IllegalArgumentException(
          "The batch size of " + batch + " is larger than the data: " + dataset.description() + " has " + size
              + " images. Choose a batch size of at most " + size + ".");
    }
    nextToClaim = batchesPerEpoch;
    nextToGive = batchesPerEpoch;
    workers = new Thread[options.workers()];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Thread(this::work, "swin-data-" + i);
      workers[i].setDaemon(true);
      workers[i].start();
    }
  }

  /** Number of batches of a whole epoch. */
  public int batchesPerEpoch() {
    return batchesPerEpoch;
  }

  /** Number of samples of a whole epoch: less than the data set's where an incomplete batch is left out. */
  public int samplesPerEpoch() {
    return options.dropLast() ? batchesPerEpoch * options.batchSize() : dataset.size();
  }

  /**
   * Begins an epoch, or enters it in the middle; what was left of another one is dropped.
   *
   * @param newEpoch at least 0
   * @param firstBatch number of the first batch to give, from 0 (the beginning) to {@link #batchesPerEpoch}
   */
  public void startEpoch(int newEpoch, int firstBatch) {
    if (newEpoch < 0 || firstBatch < 0 || firstBatch > batchesPerEpoch) {
      throw new IllegalArgumentException(
          "epoch " + newEpoch + ", batch " + firstBatch + ": an epoch has batches 0 to "
              + (batchesPerEpoch - 1));
    }
    EpochSamples newOrder = epochOrder(newEpoch);
    synchronized (this) {
      checkOpen();
      free.addAll(ready.values());
      ready.clear();
      failures.clear();
      order = newOrder;
      epoch = newEpoch;
      generation++;
      nextToClaim = firstBatch;
      nextToGive = firstBatch;
      notifyAll();
    }
  }

  /**
   * Gives the next batch, waiting for it where it is not ready.
   *
   * @return a batch to be released, or null at the end of the epoch
   * @throws IOException what the data set threw
   * @throws RuntimeException what the data set or the pipeline threw
   */
  public @Nullable Batch next() throws IOException {
    return workers.length == 0 ? prepareHere() : await();
  }

  private @Nullable Batch prepareHere() throws IOException {
    Batch batch;
    int number;
    synchronized (this) {
      checkOpen();
      if (nextToGive == batchesPerEpoch) {
        return null;
      }
      number = nextToGive;
      batch = takeFree();
    }
    try {
      fill(batch, number, epoch, order, new SampleRandom(0, 0, 0, 0));
    } catch (IOException | RuntimeException | Error e) {
      synchronized (this) {
        free.add(batch);
      }
      throw e;
    }
    synchronized (this) {
      nextToGive++;
      batch.handOut();
    }
    return batch;
  }

  private synchronized @Nullable Batch await() throws IOException {
    while (true) {
      checkOpen();
      if (nextToGive == batchesPerEpoch) {
        return null;
      }
      Throwable failure = failures.get(nextToGive);
      if (failure != null) {
        throw rethrow(failure);
      }
      Batch batch = ready.remove(nextToGive);
      if (batch != null) {
        nextToGive++;
        batch.handOut();
        notifyAll();
        return batch;
      }
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while waiting for batch " + nextToGive);
      }
    }
  }

  private static IOException rethrow(Throwable failure) {
    if (failure instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (failure instanceof Error error) {
      throw error;
    }
    return (IOException) failure;
  }

  private void work() {
    SampleRandom random = new SampleRandom(0, 0, 0, 0);
    while (true) {
      int number;
      int claimedEpoch;
      EpochSamples claimedOrder;
      long claimedGeneration;
      synchronized (this) {
        while (!closed
            && (nextToClaim == batchesPerEpoch || nextToClaim - nextToGive >= options.prefetch())) {
          try {
            wait();
          } catch (InterruptedException e) {
            // Nobody but close() ends a worker; an interrupt that ended it here would leave the consumer
            // waiting.
          }
        }
        if (closed) {
          return;
        }
        number = nextToClaim++;
        claimedEpoch = epoch;
        claimedOrder = order;
        claimedGeneration = generation;
      }
      Batch batch = null;
      Throwable failure = null;
      try {
        // Inside the try: memory may run out here, and the consumer must learn of it.
        batch = takeFree();
        fill(batch, number, claimedEpoch, claimedOrder, random);
      } catch (IOException | RuntimeException | Error e) {
        failure = e;
      }
      synchronized (this) {
        boolean wanted = claimedGeneration == generation;
        if (wanted && failure == null && batch != null) {
          ready.put(number, batch);
        } else if (batch != null) {
          free.add(batch);
        }
        if (wanted && failure != null) {
          failures.put(number, failure);
          // Later batches would never be given.
          nextToClaim = batchesPerEpoch;
        }
        notifyAll();
      }
    }
  }

  private void fill(Batch batch, int number, int batchEpoch, EpochSamples ofEpoch, SampleRandom random)
      throws IOException {
    int first = number * options.batchSize();
    batch.clear();
    batch.number = number;
    batch.epoch = batchEpoch;
    batch.firstPosition = first;
    batch.size = Math.min(options.batchSize(), ofEpoch.samples().length - first);
    int floats = source.floatsPerSample();
    for (int i = 0; i < batch.size; i++) {
      int sample = ofEpoch.samples()[first + i];
      batch.sampleIndices[i] = sample;
      int key = ofEpoch.epochKey(batchEpoch, first + i);
      int labels = source.labelsPerSample();
      if (labels == 0) {
        batch.labels[i] = dataset.isMultiLabel() ? Batch.NO_LABEL : dataset.label(sample);
      }
      float[] images = batch.floatsToFill();
      if (images == null) {
        batch.erased().nextPicture();
        source.readPixels(
            sample, options.seed(), key, batch.bytesToFill(), i * floats, batch.erased(), batch.labels,
            i * labels, random);
      } else {
        source.read(sample, options.seed(), key, images, i * floats, batch.labels, i * labels, random);
      }
    }
  }

  /** The order of an epoch. */
  private EpochSamples epochOrder(int ofEpoch) {
    int[] result = epochOrder.of(dataset.size(), options.seed(), ofEpoch);
    if (result.length != dataset.size()) {
      throw new IllegalStateException(
          "an order of " + result.length + " samples was given for an epoch of " + dataset.size());
    }
    return EpochSamples.of(result, dataset.size());
  }

  private synchronized Batch takeFree() {
    Batch batch = free.poll();
    return batch != null
        ? batch
        : new Batch(
            this, options.batchSize(), source, options.pixels() ? source.levels() : null);
  }

  synchronized void recycle(Batch batch) {
    batch.takeBack();
    free.add(batch);
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the batch loader is closed");
    }
  }

  /** Stops the workers and waits for them to end; batches that are still held stay readable. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    boolean interrupted = false;
    for (Thread worker : workers) {
      while (worker.isAlive()) {
        try {
          worker.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
