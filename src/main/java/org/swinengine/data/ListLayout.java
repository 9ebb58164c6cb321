package org.swinengine.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the lists of a data set are, and where the images that they name.
 *
 * @param root the data folder, or the folder of the list that was given
 * @param sources the lists
 */
record ListLayout(Path root, List<Source> sources) {
  /**
   * A list.
   *
   * @param list its file
   * @param base the folder or archive that its paths begin in; null: to be looked for
   * @param part all of its images; null: as the list says
   */
  record Source(Path list, @Nullable Path base, @Nullable DataPart part) {}

  private static final List<String> METADATA = List.of("metadata.csv", "metadata.jsonl", "metadata.tsv");

  static boolean isList(String name) {
    return name.toLowerCase(Locale.ROOT).matches(".*\\.(csv|tsv|jsonl|ndjson)");
  }

  /** Of one list. */
  static ListLayout of(Path list) {
    Path folder = list.toAbsolutePath().getParent();
    return new ListLayout(folder == null ? list : folder, List.of(new Source(list, null, null)));
  }

  /**
   * Of a folder that has lists: {@code metadata.csv} or {@code .jsonl} as the Hugging Face Hub's image
   * folders have it, there or in the folders of parts; {@code train.zip} with {@code train_map.txt} as Swin's
   * repository reads ImageNet; or a table beside images, or beside a folder of images.
   *
   * @param files names of the files in the folder
   * @param folders names of the folders in it
   * @return empty if it has none
   * @throws DatasetException if it has several that do not say which parts they are
   */
  static Optional<ListLayout> in(Path folder, List<String> files, List<String> folders) throws IOException {
    for (String name : METADATA) {
      if (files.contains(name)) {
        return Optional.of(new ListLayout(folder, List.of(new Source(folder.resolve(name), folder, null))));
      }
    }
    List<Source> sources = ofParts(folder, folders);
    if (sources.isEmpty()) {
      sources = ofZips(folder, files);
    }
    if (sources.isEmpty()) {
      sources = besideImages(folder, files, folders);
    }
    return sources.isEmpty() ? Optional.empty() : Optional.of(new ListLayout(folder, sources));
  }

  private static List<Source> ofParts(Path folder, List<String> folders) throws IOException {
    List<Source> sources = new ArrayList<>();
    for (String inner : folders) {
      Optional<DataPart> part = DataPart.named(inner);
      if (part.isPresent()) {
        List<String> files = new ArrayList<>();
        Datasets.list(folder.resolve(inner), files, new ArrayList<>());
        Path base = folder.resolve(inner);
        METADATA.stream().filter(files::contains).findFirst()
            .ifPresent(name -> sources.add(new Source(base.resolve(name), base, part.get())));
      }
    }
    requireDistinct(folder, sources);
    return sources;
  }

  private static List<Source> ofZips(Path folder, List<String> files) throws IOException {
    List<Source> sources = new ArrayList<>();
    for (String name : files) {
      String stem = name.endsWith(".zip") ? name.substring(0, name.length() - ".zip".length()) : "";
      Optional<DataPart> part = DataPart.named(stem);
      if (part.isPresent() && files.contains(stem + "_map.txt")) {
        Path archive = Places.inZip(folder.resolve(name));
        sources.add(new Source(folder.resolve(stem + "_map.txt"), archive, part.get()));
      }
    }
    requireDistinct(folder, sources);
    return sources;
  }

  private static List<Source> besideImages(Path folder, List<String> files, List<String> folders)
      throws IOException {
    List<String> tables = files.stream().filter(ListLayout::isList).toList();
    boolean imagesBeside = folders.isEmpty() && files.stream().anyMatch(FolderFiles::isImageName);
    boolean imagesBelow = !folders.isEmpty() && folders.stream().allMatch(FolderLayout::holdsNoClasses);
    if (tables.isEmpty() || !imagesBeside && !imagesBelow) {
      return List.of();
    }
    if (tables.size() == 1) {
      return List.of(new Source(folder.resolve(tables.get(0)), null, null));
    }
    List<Source> sources = new ArrayList<>();
    for (String table : tables) {
      String stem = table.substring(0, table.lastIndexOf('.'));
      String part = stem.replaceFirst("(?i)(?<=.)[ _-]?(labels?|list|metadata|annotations)$", "");
      sources.add(
          new Source(
              folder.resolve(table), null,
              DataPart.named(part)
                  .orElseThrow(
                      () -> new DatasetException(
                          Places.text(folder) + " holds several tables, " + String.join(", ", tables)
                              + ": it is not certain which lists the images. Give the path of one of them"
                              + " as the data."))));
    }
    requireDistinct(folder, sources);
    return sources;
  }

  private static void requireDistinct(Path folder, List<Source> sources) throws DatasetException {
    Set<DataPart> seen = new HashSet<>();
    for (Source source : sources) {
      DataPart part = source.part();
      if (part != null && !seen.add(part)) {
        throw new DatasetException(
            Places.text(folder) + " holds two lists of the " + part.text() + " part, one of them "
                + source.list().getFileName() + ". Move one away.");
      }
    }
  }
}
