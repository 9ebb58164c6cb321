package org.swinengine.data.segmentation;

/**
 * Which stored axis runs to the right, to the front and upwards, and which ones run the other way: what turns
 * arrays into canonical order and back, without resampling. As nibabel's {@code io_orientation} finds it.
 */
public final class Orientation {
  /** For each direction the stored axis. */
  private final int[] axes = new int[3];
  /** For each direction whether the axis runs against it. */
  private final boolean[] flipped = new boolean[3];

  private Orientation() {}

  /** Of a volume with this affine. */
  public static Orientation of(Affine affine) {
    Orientation orientation = new Orientation();
    double[] directions = affine.directions();
    boolean[] taken = new boolean[3];
    for (int axis = 0; axis < 3; axis++) {
      int best = -1;
      for (int row = 0; row < 3; row++) {
        if (!taken[row] && (best < 0
            || Math.abs(directions[3 * row + axis]) > Math.abs(directions[3 * best + axis]))) {
          best = row;
        }
      }
      taken[best] = true;
      orientation.axes[best] = axis;
      orientation.flipped[best] = directions[3 * best + axis] < 0;
    }
    return orientation;
  }

  /** The size of the canonical array of a stored one of this size, {@code (x, y, z, t)}. */
  int[] size(int[] stored) {
    return new int[] {stored[axes[0]], stored[axes[1]], stored[axes[2]], stored[3]};
  }

  /** The affine of the canonical array. */
  Affine affine(Affine stored, int[] size) {
    double[] rows = new double[12];
    for (int row = 0; row < 3; row++) {
      double origin = stored.at(row, 3);
      for (int to = 0; to < 3; to++) {
        double step = stored.at(row, axes[to]);
        rows[4 * row + to] = flipped[to] ? -step : step;
        origin += flipped[to] ? step * (size[axes[to]] - 1) : 0;
      }
      rows[4 * row + 3] = origin;
    }
    return new Affine(rows);
  }

  /** The canonical array of a stored one. */
  float[] apply(float[] stored, int[] size) {
    float[] turned = new float[stored.length];
    int[] places = places(size);
    int volume = places.length;
    for (int start = 0; start < stored.length; start += volume) {
      for (int i = 0; i < volume; i++) {
        turned[start + i] = stored[start + places[i]];
      }
    }
    return turned;
  }

  /**
   * A map of classes in canonical order, in the order in which the volume is stored.
   *
   * @param canonical one number for each element of the canonical volume
   * @param stored the volume as it was read
   */
  public int[] restore(int[] canonical, Volume stored) {
    int[] places = places(new int[] {stored.width(), stored.height(), stored.depth(), 1});
    if (canonical.length != places.length) {
      throw new IllegalArgumentException(
          "the map has " + canonical.length + " elements, but the volume has " + places.length);
    }
    int[] restored = new int[canonical.length];
    for (int i = 0; i < places.length; i++) {
      restored[places[i]] = canonical[i];
    }
    return restored;
  }

  /** The stored array of a canonical one. */
  float[] restore(float[] canonical, int[] size) {
    int[] places = places(size);
    float[] restored = new float[canonical.length];
    for (int i = 0; i < places.length; i++) {
      restored[places[i]] = canonical[i];
    }
    return restored;
  }

  /** For each element of a canonical volume where it is stored. */
  private int[] places(int[] size) {
    int[] turned = size(size);
    int[] strides = {1, size[0], size[0] * size[1]};
    int[] places = new int[turned[0] * turned[1] * turned[2]];
    int at = 0;
    for (int z = 0; z < turned[2]; z++) {
      for (int y = 0; y < turned[1]; y++) {
        for (int x = 0; x < turned[0]; x++) {
          places[at++] =
              along(0, x, turned, strides) + along(1, y, turned, strides) + along(2, z, turned, strides);
        }
      }
    }
    return places;
  }

  private int along(int to, int index, int[] turned, int[] strides) {
    return strides[axes[to]] * (flipped[to] ? turned[to] - 1 - index : index);
  }

  /** Letters of the directions that x, y and z run to, for instance LPS; nibabel's {@code aff2axcodes}. */
  @Override
  public String toString() {
    char[] letters = new char[3];
    for (int to = 0; to < 3; to++) {
      letters[axes[to]] = (flipped[to] ? "LPI" : "RAS").charAt(to);
    }
    return new String(letters);
  }
}
