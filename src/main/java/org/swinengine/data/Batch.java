package org.swinengine.data;

/**
 * One batch, ready for upload. Its arrays belong to the loader: read them until {@link #release}, then they
 * are filled again.
 */
public final class Batch {
  /** The label of a sample that has not just one: {@link Dataset#labels} tells them. */
  public static final int NO_LABEL = -1;

  final BatchLoader owner;
  final float[] images;
  final int[] labels;
  final long[] sampleIndices;
  int size;
  int firstPosition;
  int epoch;
  int number;
  private boolean handedOut;

  Batch(BatchLoader owner, int capacity, int floatsPerImage, int labelsPerSample) {
    this.owner = owner;
    images = new float[Math.multiplyExact(capacity, floatsPerImage)];
    labels = new int[Math.multiplyExact(capacity, labelsPerSample)];
    sampleIndices = new long[capacity];
  }

  /**
   * Images, [size, channels, height, width] at the front of the array; the last batch may not fill it. With a
   * {@link SampleSource} its floats.
   */
  public float[] images() {
    return images;
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
