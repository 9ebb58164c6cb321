package org.swinengine.data;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds image files below folders, and counts what lies there besides. */
final class FolderFiles {
  private static final List<String> EXTENSIONS =
      List.of(
          ".jpg", ".jpeg", ".jfif", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".dcm",
          ".dicom");

  /** What systems and programs leave behind, in small letters. */
  private static final Set<String> LITTER =
      Set.of(
          "__macosx", "$recycle.bin", "recycler", "system volume information", "lost+found", "@eadir",
          "#recycle", "__pycache__", "thumbs.db", "desktop.ini");

  private static final Comparator<Path> BY_FOLDER_THEN_NAME =
      Comparator.comparing((Path file) -> String.valueOf(file.getParent()))
          .thenComparing(file -> file.getFileName().toString());

  private final Path root;
  private final Map<String, Integer> unusedByEnding = new TreeMap<>();
  private @Nullable String firstUnused;
  private int deeper;
  private @Nullable String firstDeeper;

  /** @param root whose name is left out of what is told */
  FolderFiles(Path root) {
    this.root = root;
  }

  /** Whether a name is hidden (a leading dot), or a system or program put it there for itself. */
  static boolean isLitter(String name) {
    return name.startsWith(".") || LITTER.contains(name.toLowerCase(Locale.ROOT));
  }

  static boolean isImageName(String name) {
    String small = name.toLowerCase(Locale.ROOT);
    return EXTENSIONS.stream().anyMatch(small::endsWith);
  }

  static String extensions() {
    return String.join(" ", EXTENSIONS);
  }

  /** Names of the folders in a folder, sorted, without litter. */
  static List<String> foldersIn(Path folder) throws IOException {
    List<String> folders = new ArrayList<>();
    Datasets.list(folder, new ArrayList<>(), folders);
    return folders;
  }

  /** Whether there is an image in a folder or below it. */
  static boolean holdsImages(Path folder) throws IOException {
    return !new FolderFiles(folder).images(folder).isEmpty();
  }

  /** Whether images lie in the folder itself. */
  static boolean holdsImagesItself(Path folder) throws IOException {
    List<String> files = new ArrayList<>();
    Datasets.list(folder, files, new ArrayList<>());
    return files.stream().anyMatch(FolderFiles::isImageName);
  }

  /** All images in a folder and below it, by folder and name; other files are counted. */
  List<Path> images(Path folder) throws IOException {
    List<Path> found = new ArrayList<>();
    SimpleFileVisitor<Path> visitor =
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path inner, BasicFileAttributes attributes) {
            boolean skipped = !inner.equals(folder) && isLitter(inner.getFileName().toString());
            return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = file.getFileName().toString();
            if (isLitter(name)) {
              return FileVisitResult.CONTINUE;
            }
            // A pipe or a device would keep its reader waiting for ever.
            if (isImageName(name) && !attributes.isOther()) {
              found.add(file);
            } else {
              unused(file, attributes.isOther() ? "no regular file" : ending(name));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof FileSystemLoopException) {
              throw new DatasetException(file + " is a link that leads back to a folder above it. Remove it.",
                  e);
            }
            throw e;
          }
        };
    Files.walkFileTree(folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, visitor);
    found.sort(BY_FOLDER_THEN_NAME);
    found.stream().filter(file -> !folder.equals(file.getParent())).forEach(this::deeper);
    return found;
  }

  /** Counts images that lie beside the class folders, and so belong to none. */
  void beside(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      entries
          .filter(
              file -> !isLitter(file.getFileName().toString()) && isImageName(file.getFileName().toString()))
          .filter(Files::isRegularFile)
          .sorted()
          .forEach(file -> unused(file, "images outside of class folders"));
    }
  }

  private static String ending(String name) {
    int dot = name.lastIndexOf('.');
    return dot < 0 ? "without ending" : name.substring(dot).toLowerCase(Locale.ROOT);
  }

  private void unused(Path file, String ending) {
    unusedByEnding.merge(ending, 1, Integer::sum);
    firstUnused = firstUnused == null ? told(file) : firstUnused;
  }

  private void deeper(Path file) {
    deeper++;
    firstDeeper = firstDeeper == null ? told(file) : firstDeeper;
  }

  private String told(Path file) {
    return root.relativize(file).toString().replace('\\', '/');
  }

  /** One line about each thing that a user may not expect. */
  List<String> notes() {
    return Stream.of(unusedNote(), deeperNote()).flatMap(Optional::stream).toList();
  }

  private Optional<String> unusedNote() {
    int unused = unusedByEnding.values().stream().mapToInt(Integer::intValue).sum();
    if (unused == 0) {
      return Optional.empty();
    }
    String kinds =
        unusedByEnding.entrySet().stream()
            .sorted(Map.Entry.<String, Integer>comparingByValue().reversed()
                .thenComparing(Map.Entry.comparingByKey()))
            .map(kind -> kind.getKey() + " " + kind.getValue())
            .collect(Collectors.joining(", "));
    return Optional.of(
        "ignored " + unused + (unused == 1 ? " file: " : " files: ") + kinds + "; such as " + firstUnused
            + " (read are " + extensions() + ")");
  }

  private Optional<String> deeperNote() {
    return deeper == 0
        ? Optional.empty()
        : Optional.of(
            deeper + (deeper == 1 ? " image lies" : " images lie") + " in folders below a class folder and "
                + (deeper == 1 ? "belongs" : "belong") + " to that class, such as " + firstDeeper);
  }
}
