package org.swinengine.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DatasetException;
import org.swinengine.data.ImageDecoder;
import org.swinengine.data.ImageFiles;
import org.swinengine.inference.Picture;
import org.swinengine.weights.NotRegularFileException;
import org.swinengine.weights.RegularFile;

/** Which pictures a user means who names files, folders and lists. */
final class PictureFiles {
  /** How programs are told to read what is piped to them. */
  static final Path STANDARD_INPUT = Path.of("-");

  private final boolean recursive;
  private final Consumer<String> notes;
  private final List<Path> files = new ArrayList<>();
  private int closed;

  /**
   * @param recursive whether folders in folders are meant as well
   * @param notes is told what is not looked into
   */
  PictureFiles(boolean recursive, Consumer<String> notes) {
    this.recursive = recursive;
    this.notes = notes;
  }

  /**
   * All files, in the order in which they were named, and by name in a folder. Hidden ones, and what systems
   * leave behind, are not meant.
   *
   * @throws DatasetException if a folder holds none
   */
  List<Path> in(List<Path> named) throws IOException {
    for (Path path : named) {
      if (!Files.isDirectory(path)) {
        files.add(path);
        continue;
      }
      List<Path> inner = new ArrayList<>();
      List<Path> folders = new ArrayList<>();
      collect(path, inner, folders);
      inner.sort(null);
      folders.sort(null);
      if (inner.isEmpty()) {
        throw new DatasetException(
            "The folder " + path + " holds no pictures"
                + (folders.isEmpty() ? "."
                    : " itself, only folders (" + some(folders) + "); give --recursive to have"
                        + " those looked into."));
      }
      if (!folders.isEmpty()) {
        notes.accept("not looked into: " + some(folders) + " in " + path + "; --recursive does that");
      }
      files.addAll(inner);
    }
    return files;
  }

  /**
   * All pictures: those that are named, then those of a list.
   *
   * @param named files and folders; {@code -} is a picture whose bytes come from {@code in}
   * @param list a file with a path a line, which may be a folder's too; {@code -} reads them from {@code in};
   *     null: none
   * @throws DatasetException if a folder holds none
   */
  List<Picture> pictures(List<Path> named, Path list, InputStream in) throws IOException {
    List<Picture> pictures = new ArrayList<>();
    for (Path path : named) {
      if (path.equals(STANDARD_INPUT)) {
        pictures.add(Picture.of("-", ImageDecoder.read(in, "on the standard input")));
      } else {
        addTo(pictures, path);
      }
    }
    if (list != null) {
      for (String line : lines(list, in)) {
        addTo(pictures, Path.of(line));
      }
    }
    return pictures;
  }

  private void addTo(List<Picture> pictures, Path path) throws IOException {
    files.clear();
    in(List.of(path)).forEach(file -> pictures.add(Picture.of(file)));
  }

  private static List<String> lines(Path list, InputStream in) throws IOException {
    byte[] text;
    if (list.equals(STANDARD_INPUT)) {
      text = in.readAllBytes();
    } else {
      try {
        RegularFile.require(list);
      } catch (NotRegularFileException e) {
        throw new IOException("the list " + list + " " + e.clause(), e);
      }
      text = Files.readAllBytes(list);
    }
    String decoded = new String(text, StandardCharsets.UTF_8);
    return (decoded.startsWith("\ufeff") ? decoded.substring(1) : decoded).lines()
        .filter(line -> !line.isBlank()).toList();
  }

  /** How many folders could not be read, so that pictures in them are missing. */
  int closedFolders() {
    return closed;
  }

  private void collect(Path folder, List<Path> found, List<Path> folders) throws IOException {
    SimpleFileVisitor<Path> visitor =
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path inner, BasicFileAttributes attributes) {
            boolean litter = !inner.equals(folder) && ImageFiles.isLitter(inner.getFileName().toString());
            return litter ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (file.equals(folder)) {
              throw e;
            }
            if (e instanceof FileSystemLoopException) {
              notes.accept("not looked into: " + file + ", a link to a folder that it stands in");
            } else {
              closed++;
              notes.accept("not looked into: " + file + (e instanceof AccessDeniedException
                  ? ", which may not be read"
                  : ", which cannot be read (" + e.getMessage() + ")"));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path inner, @Nullable IOException e) {
            if (e != null) {
              closed++;
              notes.accept("not all of " + inner + " was looked through (" + e.getMessage() + ")");
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (ImageFiles.isLitter(file.getFileName().toString())) {
              return FileVisitResult.CONTINUE;
            }
            // With the depth limited, folders arrive here.
            (attributes.isDirectory() ? folders : found).add(file);
            return FileVisitResult.CONTINUE;
          }
        };
    Files.walkFileTree(folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), recursive ? Integer.MAX_VALUE : 1,
        visitor);
  }

  private static String some(List<Path> folders) {
    int shown = Math.min(3, folders.size());
    String text =
        folders.subList(0, shown).stream().map(path -> path.getFileName() + "/")
            .collect(Collectors.joining(", "));
    return shown == folders.size() ? text : text + " and " + (folders.size() - shown) + " more";
  }
}
