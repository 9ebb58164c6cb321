package org.swinengine.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * Writes a {@code .npy} file of float32 rows that come one after the other, when nobody knows yet how many
 * there will be: NumPy's header has room for the number, which {@link #commit} fills in. The target is
 * replaced only by the complete file.
 */
public final class NpyWriter implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  private final PendingFile file;
  private final long[] shape;
  private final int length;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER).order(ByteOrder.LITTLE_ENDIAN);

  private NpyWriter(PendingFile file, long[] shape, int length) {
    this.file = file;
    this.shape = shape;
    this.length = length;
    writeHeader();
  }

  /**
   * Begins a file.
   *
   * @param rowShape axes of a row; none: a row is one number
   * @throws WeightFileException when the file cannot be written
   * @throws ArithmeticException when a row has more numbers than an array
   */
  public static NpyWriter create(Path target, long... rowShape) {
    long[] shape = new long[rowShape.length + 1];
    System.arraycopy(rowShape, 0, shape, 1, rowShape.length);
    long length = 1;
    for (long axis : rowShape) {
      length = Math.multiplyExact(length, axis);
    }
    int numbers = Math.toIntExact(length);
    PendingFile file = PendingFile.open(target);
    try {
      return new NpyWriter(file, shape, numbers);
    } catch (WeightFileException e) {
      file.close();
      throw e;
    }
  }

  /** As many bytes whatever the number of rows. */
  private void writeHeader() {
    file.writeAt(0, ByteBuffer.wrap(NpyHeader.write(ElementType.F32, shape)));
  }

  /**
   * Adds a row.
   *
   * @param values hold it
   * @param from index of its first number
   * @throws WeightFileException when it cannot be written
   */
  public void add(float[] values, int from) {
    for (int i = from; i < from + length; i++) {
      if (buffer.remaining() < Float.BYTES) {
        flush();
      }
      buffer.putFloat(values[i]);
    }
    shape[0]++;
  }

  private void flush() {
    buffer.flip();
    file.write(buffer);
    buffer.clear();
  }

  /** Rows so far. */
  public long rows() {
    return shape[0];
  }

  /**
   * Completes the file and puts it in the target's place.
   *
   * @throws WeightFileException when that fails; the target is then as it was
   */
  public void commit() {
    flush();
    writeHeader();
    file.commit();
  }

  /** Gives up what was not committed. */
  @Override
  public void close() {
    file.close();
  }
}
