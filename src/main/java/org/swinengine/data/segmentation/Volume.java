package org.swinengine.data.segmentation;

import java.util.Objects;

/**
 * A volume, or a series of them, as a file has it: values, place in space, and the header by which
 * predictions get the same geometry. In memory the first axis varies fastest, as in NIfTI: element (x, y, z,
 * t) stands at {@code x + nx·(y + ny·(z + nz·t))}, so slices (z) are pictures of ny rows and nx columns.
 */
public final class Volume {
  private final int[] size;
  private final float[] values;
  private final Affine affine;
  private final NiftiHeader header;

  Volume(int[] size, float[] values, Affine affine, NiftiHeader header) {
    this.size = size.clone();
    this.values = values;
    this.affine = affine;
    this.header = Objects.requireNonNull(header);
  }

  /** Columns of a slice. */
  public int width() {
    return size[0];
  }

  /** Rows of a slice. */
  public int height() {
    return size[1];
  }

  /** Slices. */
  public int depth() {
    return size[2];
  }

  /** Volumes of a series; 1 of a volume. */
  public int times() {
    return size[3];
  }

  /** The values, scaled as the file says; not a copy. */
  public float[] values() {
    return values;
  }

  /** From (x, y, z, 1) to millimetres towards right, anterior and superior. */
  public Affine affine() {
    return affine;
  }

  /** Distances of neighbours along x, y and z, in millimetres as a rule. */
  public double[] spacing() {
    return affine.spacing();
  }

  NiftiHeader header() {
    return header;
  }

  /**
   * The same with its axes in the order right, anterior, superior, as near as that is without resampling:
   * nibabel's {@code as_closest_canonical}.
   */
  public Volume canonical() {
    Orientation orientation = Orientation.of(affine);
    int[] turned = orientation.size(size);
    return new Volume(turned, orientation.apply(values, size), orientation.affine(affine, size), header);
  }
}
