package org.swinengine.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.swinengine.data.segmentation.ClassTable;
import org.swinengine.data.segmentation.MaskFiles;
import org.swinengine.data.segmentation.Nifti;
import org.swinengine.data.segmentation.Volume;
import org.swinengine.metrics.segmentation.Grid;
import org.swinengine.metrics.segmentation.LabelKind;

/** Masks of classes that may overlap: a folder for each class, as training takes them. */
final class ClassFolders {
  private ClassFolders() {}

  /** The file of a class's mask; what a folder's name cannot have becomes an underscore. */
  static Path file(Path masks, String className, String name) {
    String folder = className.strip().replaceAll("[\\\\/:*?\"<>|\\p{Cntrl}]|^\\.+|\\.+$", "_");
    return masks.resolve(folder).resolve(name);
  }

  private static Path made(Path masks, String className, String name) throws IOException {
    Path file = file(masks, className, name);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    return file;
  }

  /** Writes {@code CLASS/STEM.png}. */
  static void pictures(Path masks, String stem, int[] sets, Grid grid, ClassTable classes)
      throws IOException {
    for (int number = 1; number < classes.size(); number++) {
      boolean[] inside = new boolean[sets.length];
      for (int i = 0; i < inside.length; i++) {
        inside[i] = LabelKind.SETS.has(sets[i], number);
      }
      MaskFiles.writeInside(
          made(masks, classes.names().get(number), stem + ".png"), grid.height(), grid.width(), inside);
    }
  }

  /** Writes {@code CLASS/STEM.nii.gz}. */
  static void volumes(Path masks, String stem, int[] sets, Volume volume, ClassTable classes)
      throws IOException {
    for (int number = 1; number < classes.size(); number++) {
      int[] inside = new int[sets.length];
      for (int i = 0; i < inside.length; i++) {
        inside[i] = LabelKind.SETS.has(sets[i], number) ? 1 : 0;
      }
      Nifti.writeLabels(
          made(masks, classes.names().get(number), stem + ".nii.gz"), inside, volume);
    }
  }
}
