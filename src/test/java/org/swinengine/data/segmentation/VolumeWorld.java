package org.swinengine.data.segmentation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Volumes with a bright ball, as NIfTI files in folders. */
public final class VolumeWorld {
  private VolumeWorld() {}

  /** Writes {@code images/NAME.nii} and {@code labels/NAME.nii}. */
  public static void volume(Path folder, String name, int depth, int height, int width, int seed)
      throws IOException {
    Files.createDirectories(folder.resolve("images"));
    Files.createDirectories(folder.resolve("labels"));
    int[] size = {width, height, depth, 1};
    Affine affine = new Affine(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0);
    float[] values = new float[depth * height * width];
    int[] labels = new int[values.length];
    Random random = new Random(seed);
    double middle = height / 4.0 + random.nextInt(Math.max(1, height / 2));
    for (int i = 0; i < values.length; i++) {
      double x = i % width - width / 2.0;
      double y = i / width % height - middle;
      double z = 2 * (i / width / height - depth / 2.0);
      boolean inside = x * x + y * y + z * z < height * height / 16.0 + 1;
      values[i] = random.nextInt(60) + (inside ? 150 : 20);
      labels[i] = inside ? 1 : 0;
    }
    Volume volume = new Volume(size, values, affine, NiftiHeader.of(size, affine));
    Nifti.writeFloats(folder.resolve("images").resolve(name + ".nii"), values, volume);
    Nifti.writeLabels(folder.resolve("labels").resolve(name + ".nii"), labels, volume);
  }
}
