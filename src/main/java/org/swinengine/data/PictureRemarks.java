package org.swinengine.data;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentSkipListMap;

/** The notes on a data set's pictures. */
final class PictureRemarks {
  private final Map<PictureNote.Kind, ConcurrentSkipListMap<String, PictureNote>> byKind =
      new EnumMap<>(PictureNote.Kind.class);

  PictureRemarks() {
    for (PictureNote.Kind kind : PictureNote.Kind.values()) {
      byKind.put(kind, new ConcurrentSkipListMap<>());
    }
  }

  void add(String file, PictureNote note) {
    Objects.requireNonNull(byKind.get(note.kind())).put(file, note);
  }

  /** A sentence for each kind: how many, and the first of them. */
  List<String> lines(int pictures) {
    List<String> lines = new ArrayList<>();
    byKind.forEach(
        (kind, notes) -> {
          Map.Entry<String, PictureNote> first = notes.firstEntry();
          if (first != null) {
            lines.add(
                String.format(
                    Locale.ROOT, "%,d of %,d images %s; %s %s", notes.size(), pictures,
                    kind == PictureNote.Kind.SUBSAMPLED ? "are read in part" : "lose levels", first.getKey(),
                    first.getValue()));
          }
        });
    return lines;
  }
}
