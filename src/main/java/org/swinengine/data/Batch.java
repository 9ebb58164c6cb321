package org.swinengine.data;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.PixelBatch;

/**
 * One batch, ready for upload. Its arrays belong to the loader: read them until {@link #release}, then they
 * are filled again.
 */
public final class Batch {
  /** The label of a sample that has not just one: {@link Dataset#labels} tells them. */
  public static final int NO_LABEL = -1;

  private static final Mixes UNMIXED = new Mixes(new int[0], new float[0]);

  /** {@link PixelBatch.Changes#mixes} and {@link PixelBatch.Changes#shares}. */
  private record Mixes(int[] how, float[] shares) {}

  final BatchLoader owner;
  private final SampleSource source;

  /** Null until they are asked for, where there are pixels. */
  private float @Nullable [] images;

  /** Null where there are floats alone. */
  private final byte @Nullable [] bytes;

  private final float[] levels;
  private final ErasedBoxes erased = new ErasedBoxes();
  private @Nullable Mixes mixes;

  /** Whether {@link #images} are those of this batch, and not of one that was in the arrays before. */
  private boolean hasImages;

  final int[] labels;
  final long[] sampleIndices;
  int size;
  int firstPosition;
  int epoch;
  int number;
  private boolean handedOut;

  /**
   * @param levels of a batch of pixels; null: it holds floats
   */
  Batch(BatchLoader owner, int capacity, SampleSource source, float @Nullable [] levels) {
    this.owner = owner;
    this.source = source;
    int all = Math.multiplyExact(capacity, source.floatsPerSample());
    images = levels == null ? new float[all] : null;
    bytes = levels == null ? null : new byte[all];
    this.levels = levels == null ? new float[0] : levels;
    int labelsPerSample = Math.max(1, source.labelsPerSample());
    labels = new int[Math.multiplyExact(capacity, labelsPerSample)];
    sampleIndices = new long[capacity];
  }

  /**
   * Images, [size, channels, height, width] at the front of the array; the last batch may not fill it. With a
   * {@link SampleSource} its floats. Where there are {@link #pixels} they are made of them now, and count
   * instead of them from then on, so that they may be changed.
   */
  public float[] images() {
    if (images == null) {
      images = new float[Objects.requireNonNull(bytes).length];
    }
    PixelBatch pixels = pixels();
    if (pixels != null) {
      pixels.toFloats(images, 0);
      hasImages = true;
    }
    return images;
  }

  /** The images as 8-bit pixels; null where there are only floats. */
  public @Nullable PixelBatch pixels() {
    if (bytes == null || hasImages) {
      return null;
    }
    Mixes mixing = mixes == null ? UNMIXED : mixes;
    boolean changed = mixes != null || !erased.isEmpty();
    return new PixelBatch(
        bytes, size, levels.length / 256, source.height(), source.width(), levels,
        changed ? erased.changes(mixing.how(), mixing.shares()) : null);
  }

  /**
   * Has images of pixels mixed by whoever makes floats of them.
   *
   * @param how {@link PixelBatch.Changes#mixes}
   * @param parts {@link PixelBatch.Changes#shares}
   */
  void mix(int[] how, float[] parts) {
    mixes = new Mixes(how, parts);
  }

  /** The floats to be filled; null where pixels are. */
  float @Nullable [] floatsToFill() {
    return bytes == null ? images : null;
  }

  /** The bytes to be filled, where floats are not. */
  byte[] bytesToFill() {
    return Objects.requireNonNull(bytes);
  }

  /** The boxes to be filled with the bytes. */
  ErasedBoxes erased() {
    return erased;
  }

  /** What was in the arrays counts no more. */
  void clear() {
    hasImages = false;
    erased.clear();
    mixes = null;
  }

  /**
   * Labels; the first {@link #size} count. {@link #NO_LABEL} where samples may have several. Of pictures with
   * masks the class of each pixel, [size, height, width] at the front.
   */
  public int[] labels() {
    return labels;
  }

  /**
   * Index of each sample in its data set, whatever the order of this epoch; random numbers of the model's
   * layers are keyed by it. The first {@link #size} count.
   */
  public long[] sampleIndices() {
    return sampleIndices;
  }

  /** Number of samples, from 1 to the batch size. */
  public int size() {
    return size;
  }

  /** Place of the first sample in the order of the epoch: batch number × batch size. */
  public int firstPosition() {
    return firstPosition;
  }

  /** The epoch. */
  public int epoch() {
    return epoch;
  }

  /** Number of this batch in its epoch, from 0. */
  public int number() {
    return number;
  }

  /** Gives the arrays back to the loader. Call it once, when everything has been read. */
  public void release() {
    owner.recycle(this);
  }

  void handOut() {
    handedOut = true;
  }

  void takeBack() {
    if (!handedOut) {
      throw new IllegalStateException("batch " + number + " of epoch " + epoch + " was released twice");
    }
    handedOut = false;
  }
}
