package org.swinengine.backend;

/** Memory family: allocation, transfers, copies, fills. */
public interface MemoryKernels {
  /**
   * A buffer with one reference and undefined contents, from the pool if a fitting one was given back.
   *
   * @throws OutOfMemoryError naming the size, if the device has no room
   */
  Buffer allocate(DType dtype, long size);

  /** Sets {@code n} elements to {@code value}. */
  void fill(Span x, long n, double value);

  /**
   * Copies {@code n} elements; the ranges must not overlap. Between floating point types it converts,
   * rounding to the nearest.
   */
  void copy(Span from, Span to, long n);

  /**
   * Copies {@code rows} rows of {@code columns} elements; row r is read at {@code from + r·fromStride} and
   * written at {@code to + r·toStride} (strides in elements). Between floating point types it converts.
   */
  void copyRows(int rows, int columns, Span from, long fromStride, Span to, long toStride);

  /** Copies host floats to a floating point buffer, converting to its type. */
  void upload(float[] from, int fromOffset, Span to, int n);

  /**
   * Makes a model's input of 8-bit pixels on the host, as {@link PixelBatch} says. Its arrays belong to the
   * caller again as soon as the call is over. A device that has memory of its own reads a byte a value, and
   * while it computes what was asked for before.
   *
   * @param to {@code [images, channels, height, width]}, floating point
   */
  void uploadPixels(PixelBatch batch, Span to);

  /** Copies host doubles to a floating point buffer, converting to its type. */
  void upload(double[] from, int fromOffset, Span to, int n);

  /** Copies host integers to an {@link DType#INT32} buffer. */
  void upload(int[] from, int fromOffset, Span to, int n);

  /** Copies a floating point buffer to host floats, converting from its type. */
  void download(Span from, float[] to, int toOffset, int n);

  /** Copies a floating point buffer to host doubles. */
  void download(Span from, double[] to, int toOffset, int n);

  /** Copies an {@link DType#INT32} buffer to the host. */
  void download(Span from, int[] to, int toOffset, int n);

  /**
   * Begins to copy a few elements of a floating point buffer to the host and does not wait for them: what the
   * buffer holds now arrives, whatever is written to it afterwards.
   *
   * @return the elements; where nothing runs ahead of the host they are there at once
   */
  default Later<double[]> downloadLater(Span from, int n) {
    double[] elements = new double[n];
    download(from, elements, 0, n);
    return Later.now(elements);
  }

  /** What the pool holds and has done so far. */
  MemoryStatistics statistics();

  /** Bytes that a buffer of so many elements takes, the rounding to a size class included. */
  default long roomFor(DType dtype, long size) {
    return size * dtype.bytes();
  }

  /** Bytes of the longest waiting piece of memory that serves a buffer of so much {@link #roomFor room}. */
  default long longestReuse(DType dtype, long room) {
    return room;
  }

  /** Whether what a buffer of one type gives back may serve one of another. */
  default boolean sharesRoom() {
    return false;
  }

  /**
   * Bytes that the backend keeps for {@link #uploadPixels} of so many bytes, beside all buffers.
   */
  default long roomForPixels(long bytes) {
    return 0;
  }

  /**
   * @param liveBytes bytes of buffers in use (allocated and not released)
   * @param peakBytes the highest {@code liveBytes} since the last {@link #resetPeak}
   * @param pooledBytes bytes that wait in the pool
   * @param allocatedBuffers buffers for which new device memory was taken since the start
   * @param reusedBuffers buffers that were served from the pool since the start
   */
  record MemoryStatistics(
      long liveBytes, long peakBytes, long pooledBytes, long allocatedBuffers, long reusedBuffers) {}

  /** Starts a new peak measurement. */
  void resetPeak();
}
