package org.swinengine.data.segmentation;

import io.jhdf.HdfFile;
import io.jhdf.api.Dataset;
import io.jhdf.api.Link;
import io.jhdf.api.Node;
import io.jhdf.api.dataset.ChunkedDataset;
import io.jhdf.object.datatype.FixedPoint;
import io.jhdf.object.datatype.FloatingPoint;
import java.io.IOException;
import java.lang.reflect.Array;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.swinengine.data.DatasetException;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.NotRegularFileException;
import org.swinengine.weights.Npz;
import org.swinengine.weights.RegularFile;
import org.swinengine.weights.WeightFileException;

/**
 * Reads Synapse as TransUNet and Swin-Unet store it: slices as {@code .npz} and volumes as {@code .npy.h5}
 * (HDF5), each with the arrays {@code image} and {@code label}. Of HDF5, datasets of integers and floats are
 * read, contiguous, compact or in chunks, compressed by deflate or LZF; links to other files are not
 * followed.
 */
public final class SynapseFiles {
  private static final byte[] HDF5 = {(byte) 0x89, 'H', 'D', 'F', '\r', '\n', 0x1A, '\n'};

  /** Longer files are mapped into memory, not read. */
  private static final long MOST_IN_MEMORY = 1L << 30;

  private SynapseFiles() {}

  /**
   * A slice or volume, by what the file begins with.
   *
   * @param classes how many there are: labels are below
   * @throws DatasetException with a sentence that names the file, if it cannot be used
   */
  public static SynapseCase read(Path file, int classes) throws IOException {
    try {
      FileBounds.requireNoFolder("The case " + file, RegularFile.require(file));
      byte[] start;
      try (var in = Files.newInputStream(file)) {
        start = in.readNBytes(HDF5.length);
      }
      return Arrays.equals(start, HDF5) ? hdf5(file, classes) : npz(file, classes);
    } catch (NotRegularFileException e) {
      throw new DatasetException("The case " + file + " " + e.clause() + ".", e);
    } catch (NoSuchFileException e) {
      throw new DatasetException("The case " + file + " does not exist. Check the path.", e);
    }
  }

  private static SynapseCase npz(Path file, int classes) throws DatasetException {
    try {
      Map<String, ArrayData> arrays = Npz.read(file);
      ArrayData image = arrays.get("image");
      ArrayData label = arrays.get("label");
      if (image == null || label == null) {
        throw missing(file, arrays.keySet().toString());
      }
      int[] shape = shape(file, image.shape(), label.shape());
      for (ArrayData array : new ArrayData[] {image, label}) {
        // The bytes were checked by the reader; here it is what they become.
        FileBounds.check(file.toString(), array.count(), 1, Long.MAX_VALUE / 2048, false);
      }
      String what = file + ", array \"label\"";
      return new SynapseCase(
          shape, image.toFloats(), SynapseCase.labels(what, label.toFloats(), label.shape(), classes));
    } catch (WeightFileException e) {
      throw new DatasetException(String.valueOf(e.getMessage()), e);
    }
  }

  private static DatasetException missing(Path file, String has) {
    return new DatasetException(
        file + " has no arrays image and label, which a Synapse case has; it has " + has + ".");
  }

  private static int[] shape(Path file, long[] image, long[] label) throws DatasetException {
    boolean known = image.length == 2 || image.length == 3;
    if (!known || !Arrays.equals(image, label) || Arrays.stream(image).anyMatch(n -> n < 1)) {
      throw new DatasetException(
          file + " has an image of shape " + Arrays.toString(image) + " and labels of shape "
              + Arrays.toString(label)
              + "; expected twice [height, width], or twice [slices, height, width].");
    }
    return Arrays.stream(image).mapToInt(Math::toIntExact).toArray();
  }

  private static SynapseCase hdf5(Path file, int classes) throws IOException {
    long stored = Files.size(file);
    try (HdfFile hdf = open(file, stored)) {
      Dataset image = dataset(hdf, file, "image");
      Dataset label = dataset(hdf, file, "label");
      int[] shape = shape(file, image.getDimensionsAsLong(), label.getDimensionsAsLong());
      check(image, file, stored);
      check(label, file, stored);
      float[] values = floats(image);
      String what = file + ", array \"label\"";
      return new SynapseCase(
          shape, values, SynapseCase.labels(what, floats(label), label.getDimensionsAsLong(), classes));
    } catch (DatasetException e) {
      throw e;
    } catch (InternalError e) {
      throw new DatasetException(
          "The HDF5 file " + file + " was changed while it was read; try again when nobody writes it.", e);
    } catch (OutOfMemoryError e) {
      throw new DatasetException(
          "The HDF5 file " + file + " of " + (stored >> 20) + " MiB, with its arrays, needs more memory than"
              + " there is beside everything else; -Xmx gives more.",
          e);
    } catch (RuntimeException | StackOverflowError e) {
      // The library meets damaged files with all kinds of exceptions; each of them means the same here.
      String detail = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw new DatasetException(
          "The HDF5 file " + file + " is damaged or cut off (" + detail + "); get the file again.", e);
    }
  }

  /**
   * In memory, for a mapped file that another program cuts off ends in an error of the virtual machine; and
   * the library's threads may still read it after one of them has failed.
   */
  private static HdfFile open(Path file, long stored) throws IOException {
    return stored <= MOST_IN_MEMORY ? HdfFile.fromBytes(Files.readAllBytes(file)) : new HdfFile(file);
  }

  private static Dataset dataset(HdfFile hdf, Path file, String name) throws DatasetException {
    Node node = hdf.getChildren().get(name);
    if (node == null) {
      throw missing(file, hdf.getChildren().keySet().toString());
    }
    if (node instanceof Link || !(node instanceof Dataset dataset)) {
      throw new DatasetException(
          file + ": " + name + " is " + (node instanceof Link ? "a link" : "a group")
              + ", but must be an array in the file itself.");
    }
    return dataset;
  }

  /** Before anything of its size is allocated. */
  private static void check(Dataset dataset, Path file, long stored) throws DatasetException {
    String what = file + ", array \"" + dataset.getName() + "\"";
    boolean number =
        dataset.getDataType() instanceof FixedPoint || dataset.getDataType() instanceof FloatingPoint;
    if (!number || dataset.isCompound() || dataset.isVariableLength()) {
      throw new DatasetException(
          what + " has elements of the type " + dataset.getDataType().getClass().getSimpleName()
              + "; expected integers or floats.");
    }
    int bytes = dataset.getDataType().getSize();
    if (bytes < 1 || bytes > 8) {
      throw new DatasetException(what + " has numbers of " + bytes + " bytes; expected 1 to 8.");
    }
    boolean filtered = !dataset.getFilters().isEmpty();
    long count = FileBounds.product(dataset.getDimensionsAsLong());
    FileBounds.check(what, count, bytes, stored, filtered);
    if (dataset instanceof ChunkedDataset chunked) {
      long chunk =
          FileBounds.product(Arrays.stream(chunked.getChunkDimensions()).asLongStream().toArray());
      FileBounds.check(what + ", a chunk", chunk, bytes, stored, filtered);
    }
  }

  private static float[] floats(Dataset dataset) {
    Object flat = dataset.getDataFlat();
    if (flat instanceof float[] floats) {
      return floats;
    }
    int length = Array.getLength(flat);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = ((Number) Array.get(flat, i)).floatValue();
    }
    return values;
  }
}
