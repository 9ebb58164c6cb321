package org.swinengine.data.segmentation;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DataPart;
import org.swinengine.data.DatasetException;
import org.swinengine.data.list.LabelList;
import org.swinengine.data.list.ListColumns;
import org.swinengine.data.list.ListException;

/** A list of pictures and masks: a column for each, and perhaps columns of parts and groups. */
final class MaskList {
  private static final List<String> NAMES =
      List.of(
          "mask", "maskpath", "maskfile", "maskname", "masks", "segmentation", "segmentationpath", "labelmap",
          "annotationpath", "labelpath", "labelfile");

  private MaskList() {}

  /** The column of masks: the one that is named, or one with a usual name; empty if there is none. */
  static Optional<String> maskColumn(Path file, ListColumns columns) throws IOException {
    if (columns.label() != null) {
      return Optional.of(columns.label());
    }
    String first;
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      first = reader.readLine();
    } catch (CharacterCodingException e) {
      return Optional.empty(); // Of another kind; whoever reads it says so.
    }
    if (first == null) {
      return Optional.empty();
    }
    List<String> header = List.of(first.replaceFirst("^\uFEFF", "").split("[,;\t{}]"));
    for (String name : NAMES) {
      for (String field : header) {
        String plain = field.replaceFirst(":.*", "").replaceAll("^[\\s\"]+|[\\s\"]+$", "");
        if (plain.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]", "").equals(name)) {
          return Optional.of(plain);
        }
      }
    }
    return Optional.empty();
  }

  /**
   * Reads a list into parts; rows without a part go into {@code undivided}.
   *
   * @throws DatasetException with a sentence that names file and line, if it is no such list
   */
  static void read(
      Path file, ListColumns columns, Map<DataPart, List<MaskedPair>> parts, List<MaskedPair> undivided)
      throws IOException {
    String column =
        maskColumn(file, columns)
            .orElseThrow(
                () -> new DatasetException(
                    file + " has no column of masks; call it mask, or name it with `labelColumn`."));
    LabelList list;
    try {
      list = LabelList.read(file, columns.withLabel(column));
    } catch (ListException e) {
      throw new DatasetException(String.valueOf(e.getMessage()), e);
    }
    Path base = base(file, columns.imageRoot());
    for (LabelList.Image row : list.images()) {
      String where = file + ", line " + row.line();
      if (row.labels().size() != 1) {
        throw new DatasetException(where + " names " + row.labels().size() + " masks; expected one.");
      }
      Path image = existing(base, row.path(), where);
      Path mask = existing(base, row.labels().get(0), where);
      String group = row.group().isEmpty() ? null : row.group();
      List<MaskedPair> pairs = SegmentationLayout.pair(row.path(), group, image, mask);
      if (row.split().isEmpty()) {
        undivided.addAll(pairs);
      } else {
        DataPart part =
            DataPart.named(row.split())
                .orElseThrow(
                    () -> new DatasetException(
                        where + " has the part " + row.split() + "; expected train, val or test."));
        parts.computeIfAbsent(part, named -> new ArrayList<>()).addAll(pairs);
      }
    }
    if (!parts.isEmpty() && !undivided.isEmpty()) {
      throw new DatasetException(
          file + " has a part for some pictures and none for " + undivided.size()
              + "; give all of them one, or none.");
    }
  }

  private static Path base(Path file, @Nullable String root) {
    Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent());
    return root == null ? folder : folder.resolve(root);
  }

  private static Path existing(Path base, String name, String where) throws DatasetException {
    Path file = base.resolve(name);
    if (!Files.exists(file)) {
      throw new DatasetException(where + " names " + file + ", which does not exist.");
    }
    return file;
  }
}
