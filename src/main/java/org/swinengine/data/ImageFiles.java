package org.swinengine.data;

/** Which files in folders are taken for images. */
public final class ImageFiles {
  private ImageFiles() {}

  /**
   * Whether a name is hidden (a leading dot), or is one that systems and programs leave behind for
   * themselves.
   */
  public static boolean isLitter(String name) {
    return FolderFiles.isLitter(name);
  }

  /** Whether a name has one of the endings of the formats that are read, in letters of any case. */
  public static boolean isImageName(String name) {
    return FolderFiles.isImageName(name);
  }
}
