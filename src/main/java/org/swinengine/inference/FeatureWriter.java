package org.swinengine.inference;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.NpyWriter;
import org.swinengine.weights.PendingFile;

/**
 * Writes features as they come, {@code [pictures, …]} as {@code .npy}, and beside them the list of their
 * pictures. Neither file is there before {@link #commit}, and memory does not depend on their number.
 */
public final class FeatureWriter implements AutoCloseable {
  private final Path array;
  private final Path list;
  private final PendingFile names;
  private @Nullable NpyWriter values;

  private FeatureWriter(Path array, Path list, PendingFile names) {
    this.array = array;
    this.list = list;
    this.names = names;
  }

  /**
   * Begins both files.
   *
   * @param array the {@code .npy} file
   * @param list where the names go: {@code .csv} has the columns {@code row} and {@code file}, another one a
   *     name a line
   * @throws org.swinengine.weights.WeightFileException when they cannot be written
   */
  public static FeatureWriter create(Path array, Path list) {
    PendingFile names = PendingFile.open(list);
    FeatureWriter writer = new FeatureWriter(array, list, names);
    if (FeatureList.isCsv(list)) {
      writer.write(FeatureList.header());
    }
    return writer;
  }

  /**
   * Adds pictures.
   *
   * @param features {@code [batch, …]}, each batch with the same axes but the first
   */
  public void add(PictureBatch batch, ArrayData features) {
    long[] shape = features.shape();
    if (values == null) {
      values = NpyWriter.create(array, Arrays.copyOfRange(shape, 1, shape.length));
    }
    float[] rows = features.toFloats();
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < batch.size(); i++) {
      lines.append(FeatureList.line(list, values.rows(), batch.pictures().get(i).name()));
      values.add(rows, i * (rows.length / batch.size()));
    }
    write(lines.toString());
  }

  private void write(String text) {
    names.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Pictures so far. */
  public long rows() {
    return values == null ? 0 : values.rows();
  }

  /**
   * Puts both files in their places.
   *
   * @throws IllegalStateException if nothing was added: an array without rows has no shape
   */
  public void commit() {
    if (values == null) {
      throw new IllegalStateException("there are no features to write");
    }
    values.commit();
    names.commit();
  }

  /** Gives up what was not committed. */
  @Override
  public void close() {
    names.close();
    if (values != null) {
      values.close();
    }
  }
}
