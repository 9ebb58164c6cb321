package org.swinengine.data.segmentation;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.swinengine.data.DatasetException;

/**
 * The header of a NIfTI-1 or NIfTI-2 file, in either byte order. Fields are read as nibabel 5 does; what it
 * repairs silently is repaired here too (a negative voxel size, a qfac that is neither 1 nor −1).
 */
final class NiftiHeader {
  static final int BYTES_1 = 348;
  static final int BYTES_2 = 540;

  /** More axes than a volume in time. */
  private static final int AXES = 4;

  private final ByteBuffer bytes;
  private final boolean second;
  private final String file;

  private NiftiHeader(ByteBuffer bytes, boolean second, String file) {
    this.bytes = bytes;
    this.second = second;
    this.file = file;
  }

  /** @param start the first 540 bytes of the file, or all if it has less */
  static NiftiHeader parse(byte[] start, String file) throws DatasetException {
    if (start.length < BYTES_1) {
      throw new DatasetException(
          file + " is no NIfTI file: it has " + start.length + " bytes, and a header alone has 348.");
    }
    ByteBuffer bytes = ByteBuffer.wrap(start);
    for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
      bytes.order(order);
      int length = bytes.getInt(0);
      if (length == BYTES_1 || length == BYTES_2 && start.length >= BYTES_2) {
        NiftiHeader header =
            new NiftiHeader(
                ByteBuffer.wrap(Arrays.copyOf(start, length)).order(order), length == BYTES_2, file);
        header.checkMagic();
        return header;
      }
    }
    throw new DatasetException(
        file + " is no NIfTI file: its first number is " + bytes.order(ByteOrder.LITTLE_ENDIAN).getInt(0)
            + ", but must be 348 (NIfTI-1) or 540 (NIfTI-2).");
  }

  /** A header of a new NIfTI-1 file with an affine. */
  static NiftiHeader of(int[] size, Affine affine) {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES_1).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(0, BYTES_1);
    NiftiHeader header = new NiftiHeader(bytes, false, "");
    header.put(size);
    double[] spacing = affine.spacing();
    bytes.putFloat(76, 1);
    for (int axis = 0; axis < 3; axis++) {
      bytes.putFloat(80 + 4 * axis, (float) spacing[axis]);
    }
    bytes.putFloat(92, 1);
    bytes.put(123, (byte) 2);
    bytes.putShort(254, (short) 2);
    for (int row = 0; row < 3; row++) {
      for (int column = 0; column < 4; column++) {
        bytes.putFloat(280 + 16 * row + 4 * column, (float) affine.at(row, column));
      }
    }
    bytes.put(344, new byte[] {'n', '+', '1', 0});
    return header;
  }

  private void put(int[] size) {
    boolean series = size[3] > 1;
    for (int axis = 0; axis < 8; axis++) {
      long value = axis == 0 ? series ? 4 : 3 : axis <= AXES ? size[axis - 1] : 1;
      if (second) {
        bytes.putLong(16 + 8 * axis, value);
      } else {
        bytes.putShort(40 + 2 * axis, (short) value);
      }
    }
  }

  private void checkMagic() throws DatasetException {
    int at = second ? 4 : 344;
    char kind = (char) bytes.get(at + 1);
    boolean nifti =
        bytes.get(at) == 'n' && bytes.get(at + 2) == (second ? '2' : '1') && bytes.get(at + 3) == 0;
    if (nifti && kind == 'i') {
      throw new DatasetException(
          file + " is the header of a pair of files (.hdr and .img), which cannot be read. Save it as one"
              + " .nii file.");
    }
    if (!nifti || kind != '+') {
      throw new DatasetException(
          file + " is no NIfTI file: the mark n+" + (second ? 2 : 1)
              + " is missing at byte " + at + ". Analyze files cannot be read; save it as NIfTI.");
    }
  }

  /** x, y, z, t; axes that it does not have are 1. */
  int[] size() throws DatasetException {
    long rank = dim(0);
    if (rank < 2 || rank > 7) {
      throw new DatasetException(
          file + " has " + rank + " dimensions; expected 3, or 4 of a series in time.");
    }
    int[] size = {1, 1, 1, 1};
    for (int axis = 1; axis <= rank; axis++) {
      long length = dim(axis);
      if (length < 1 || length > Integer.MAX_VALUE || axis > AXES && length != 1) {
        throw new DatasetException(
            file + " has the length " + length + " along dimension " + axis + "; expected "
                + (axis > AXES ? "1: only volumes and series in time can be read." : "at least 1."));
      }
      if (axis <= AXES) {
        size[axis - 1] = (int) length;
      }
    }
    return size;
  }

  private long dim(int axis) {
    return second ? bytes.getLong(16 + 8 * axis) : bytes.getShort(40 + 2 * axis);
  }

  private double real(int first, int second) {
    return this.second ? bytes.getDouble(second) : bytes.getFloat(first);
  }

  private double pixdim(int axis) {
    return real(76 + 4 * axis, 104 + 8 * axis);
  }

  NiftiType type() throws DatasetException {
    int code = bytes.getShort(second ? 12 : 70);
    NiftiType type = NiftiType.of(code);
    if (type == null) {
      throw new DatasetException(
          file + " has elements of the type " + code + describe(code)
              + ", which cannot be read; expected integers of 8 to 64 bits or float32 or float64.");
    }
    int bits = bytes.getShort(second ? 14 : 72);
    if (bits != 8 * type.bytes) {
      throw new DatasetException(
          file + " says that elements have " + bits + " bits, but its type " + code + " has "
              + 8 * type.bytes + "; the header is damaged.");
    }
    return type;
  }

  private static String describe(int code) {
    return switch (code) {
      case 1 -> " (single bits)";
      case 32, 1792, 2048 -> " (complex numbers)";
      case 128, 2304 -> " (colours)";
      case 1536 -> " (float128)";
      default -> "";
    };
  }

  /** Where the values begin. */
  long offset() throws DatasetException {
    double offset = second ? bytes.getLong(168) : bytes.getFloat(108);
    int least = bytes.capacity() + 4;
    if (offset == 0) {
      return least;
    }
    if (!(offset >= least && offset < 1L << 40 && offset == Math.rint(offset))) {
      throw new DatasetException(
          file + " says that its values begin at byte " + offset + "; expected a whole number of at least "
              + least + ".");
    }
    return (long) offset;
  }

  /** Slope and intercept; 1 and 0 where the values are as they are. */
  double[] scaling() throws DatasetException {
    double slope = real(112, 176);
    double intercept = real(116, 184);
    if (slope == 0 || !Double.isFinite(slope)) {
      return new double[] {1, 0};
    }
    if (!Double.isFinite(intercept)) {
      throw new DatasetException(
          file + " scales its values by " + slope + " and adds " + intercept + ", which is no number.");
    }
    return new double[] {slope, intercept};
  }

  /** The sform where there is one, else the qform, else spacing with x to the left. */
  Affine affine(int[] size) throws DatasetException {
    int sform = second ? bytes.getInt(348) : bytes.getShort(254);
    int qform = second ? bytes.getInt(344) : bytes.getShort(252);
    double[] rows = sform > 0 ? sform() : qform > 0 ? qform() : plain(size);
    try {
      return new Affine(rows);
    } catch (IllegalArgumentException e) {
      throw new DatasetException(
          file + ": " + e.getMessage() + "; spacing and directions in the header are damaged.", e);
    }
  }

  private double[] sform() {
    double[] rows = new double[12];
    for (int i = 0; i < 12; i++) {
      rows[i] = real(280 + 4 * i, 400 + 8 * i);
    }
    return rows;
  }

  private double[] qform() throws DatasetException {
    double b = real(256, 352);
    double c = real(260, 360);
    double d = real(264, 368);
    double rest = 1 - (b * b + c * c + d * d);
    if (!(rest >= -3 * Math.ulp(1f))) {
      throw new DatasetException(
          file + " has the quaternion " + b + ", " + c + ", " + d + ", which is no rotation; the header is"
              + " damaged.");
    }
    double a = rest < 0 ? 0 : Math.sqrt(rest);
    double scale = 2 / (a * a + b * b + c * c + d * d);
    double[] rotation = {
      1 - scale * (c * c + d * d), scale * (b * c - a * d), scale * (b * d + a * c),
      scale * (b * c + a * d), 1 - scale * (b * b + d * d), scale * (c * d - a * b),
      scale * (b * d - a * c), scale * (c * d + a * b), 1 - scale * (b * b + c * c)};
    double[] rows = new double[12];
    for (int row = 0; row < 3; row++) {
      for (int axis = 0; axis < 3; axis++) {
        double step = Math.abs(pixdim(axis + 1)) * (axis == 2 && pixdim(0) == -1 ? -1 : 1);
        rows[4 * row + axis] = rotation[3 * row + axis] * step;
      }
      rows[4 * row + 3] = real(268 + 4 * row, 376 + 8 * row);
    }
    return rows;
  }

  private double[] plain(int[] size) {
    double[] rows = new double[12];
    for (int axis = 0; axis < 3; axis++) {
      double step = Math.abs(pixdim(axis + 1)) * (axis == 0 ? -1 : 1);
      rows[5 * axis] = step;
      rows[4 * axis + 3] = -(size[axis] - 1) / 2.0 * step;
    }
    return rows;
  }

  /** This header for other values of the same volume, with four empty bytes behind: no extensions follow. */
  byte[] forValues(int[] size, NiftiType type) {
    NiftiHeader copy = new NiftiHeader(
        ByteBuffer.allocate(bytes.capacity() + 4).order(bytes.order()), second, file);
    copy.bytes.put(0, bytes.array());
    copy.put(size);
    copy.bytes.putShort(second ? 12 : 70, (short) type.code);
    copy.bytes.putShort(second ? 14 : 72, (short) (8 * type.bytes));
    if (second) {
      copy.bytes.putLong(168, BYTES_2 + 4);
      copy.bytes.putDouble(176, 1).putDouble(184, 0).putDouble(192, 0).putDouble(200, 0);
    } else {
      copy.bytes.putFloat(108, BYTES_1 + 4);
      copy.bytes.putFloat(112, 1).putFloat(116, 0).putFloat(124, 0).putFloat(128, 0);
    }
    return copy.bytes.array();
  }

  ByteOrder order() {
    return bytes.order();
  }
}
