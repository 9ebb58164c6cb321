package org.swinengine.pretrained;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.swinengine.models.NearestNames;

/**
 * The table of published checkpoints: {@code checkpoints.tsv} beside this class. A name without a tag means
 * the original repository's file of that name, or else the one checkpoint whose name is that with a tag.
 */
public final class PublishedCheckpoints {
  private static final int COLUMNS = 11;
  private static final int SUGGESTIONS = 3;
  private static final float[] IMAGENET_MEAN = {0.485f, 0.456f, 0.406f};
  private static final float[] IMAGENET_DEVIATION = {0.229f, 0.224f, 0.225f};
  private static final float[] HALF = {0.5f, 0.5f, 0.5f};

  /** Read when first asked for. */
  private static final class Table {
    static final Map<String, PublishedCheckpoint> BY_NAME = read();
  }

  private PublishedCheckpoints() {}

  /** All of them. */
  public static List<PublishedCheckpoint> all() {
    return List.copyOf(Table.BY_NAME.values());
  }

  /**
   * The checkpoint of a name, with or without its tag.
   *
   * @throws PretrainedException naming the candidates if there are several, or the nearest names if there is
   *     none
   */
  public static PublishedCheckpoint named(String name) {
    PublishedCheckpoint exact = Table.BY_NAME.get(name);
    if (exact != null) {
      return exact;
    }
    List<PublishedCheckpoint> tagged =
        all().stream().filter(checkpoint -> checkpoint.name().startsWith(name + ".")).toList();
    if (tagged.size() == 1) {
      return tagged.get(0);
    }
    if (tagged.size() > 1) {
      throw new PretrainedException(
          "there are several checkpoints named " + name + ": "
              + String.join(", ", tagged.stream().map(PublishedCheckpoint::name).toList())
              + "; name one of them");
    }
    List<String> nearest = NearestNames.of(name, Table.BY_NAME.keySet(), SUGGESTIONS);
    throw new PretrainedException(
        "there is no file and no published checkpoint named " + name + "; "
            + (nearest.isEmpty() ? "" : "did you mean " + String.join(" or ", nearest) + "? ")
            + "`swin-engine models pretrained` lists them; an address begins with https://, a"
            + " repository of the Hugging Face Hub with hf:");
  }

  /** Whether the table has exactly this name. */
  public static boolean isKnown(String name) {
    return Table.BY_NAME.containsKey(name);
  }

  /** The checkpoint that comes from an address or a repository. */
  static Optional<PublishedCheckpoint> from(String source) {
    return all().stream().filter(checkpoint -> checkpoint.source().equals(source)).findFirst();
  }

  private static Map<String, PublishedCheckpoint> read() {
    Map<String, PublishedCheckpoint> table = new LinkedHashMap<>();
    try (InputStream in = PublishedCheckpoints.class.getResourceAsStream("checkpoints.tsv");
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.startsWith("#")) {
          PublishedCheckpoint checkpoint = parse(line);
          if (table.putIfAbsent(checkpoint.name(), checkpoint) != null) {
            throw new IllegalStateException("checkpoints.tsv has " + checkpoint.name() + " twice");
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return table;
  }

  private static PublishedCheckpoint parse(String line) {
    String[] cells = line.split("\t", -1);
    if (cells.length != COLUMNS) {
      throw new IllegalStateException("checkpoints.tsv: " + cells.length + " columns in: " + line);
    }
    boolean imageNet = cells[6].equals("imagenet");
    if (!imageNet && !cells[6].equals("half")) {
      throw new IllegalStateException("checkpoints.tsv: no statistics are named " + cells[6]);
    }
    return new PublishedCheckpoint(
        cells[0],
        cells[1],
        Integer.parseInt(cells[2]),
        Integer.parseInt(cells[3]),
        Double.parseDouble(cells[4]),
        cells[5],
        imageNet ? IMAGENET_MEAN : HALF,
        imageNet ? IMAGENET_DEVIATION : HALF,
        cells[7],
        cells[8].equals("-") ? null : cells[8],
        cells[9].equals("-") ? 0 : Double.parseDouble(cells[9]),
        cells[10]);
  }
}
