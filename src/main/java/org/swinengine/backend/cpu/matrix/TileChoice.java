package org.swinengine.backend.cpu.matrix;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.swinengine.backend.UserCache;
import org.swinengine.backend.cpu.simd.Lanes;

/**
 * Which register tile this process multiplies with, and why. The same tile reaches a processor's peak on one
 * Java virtual machine and a third of it on the next, so it is measured ({@link TileSelfTest}), not believed.
 * What was measured is kept in the user's cache folder for each build of the virtual machine and each
 * processor. {@code -Dswin.tile=6x2} forces a tile. All give the same bits.
 *
 * @param shape the tile
 * @param rates GFLOP/s of one thread for each tile that was measured, in the nearest cache; empty if none was
 * @param why in a few words
 */
record TileChoice(TileShape shape, Map<TileShape, Double> rates, String why) {
  private static final String FORCED = "swin.tile";
  private static final String TILE = "tile";
  private static final String RATE = "gflops.";

  /** The self-test that measured: of the first, some took the compiler's work for the tiles'. */
  private static final String TEST = "test";
  private static final String THIS_TEST = "2";

  /** Once in a process: weights are packed for it. */
  private static final class Holder {
    static final TileChoice CHOICE = choose();
  }

  /**
   * The choice of this process.
   *
   * @throws IllegalArgumentException with a sentence for the user if {@code swin.tile} cannot be met
   */
  static TileChoice ofThisProcess() {
    String wish = System.getProperty(FORCED);
    if (wish != null) {
      return new TileChoice(TileShape.parse(wish), Map.of(), FORCED);
    }
    return Holder.CHOICE;
  }

  private static TileChoice choose() {
    List<TileShape> candidates = TileShape.candidates();
    if (!Boolean.parseBoolean(System.getProperty("swin.warmup", "true"))) {
      return new TileChoice(candidates.get(0), Map.of(), "not measured");
    }
    Path file = UserCache.folder().resolve("tiles").resolve(fileName());
    TileChoice kept = read(file, candidates);
    if (kept != null) {
      return kept;
    }
    Map<TileShape, Double> rates = TileSelfTest.run(candidates);
    if (rates.isEmpty()) {
      return new TileChoice(candidates.get(0), rates, "not measured: the compiler was too busy");
    }
    TileChoice choice = best(rates);
    write(file, choice);
    return choice;
  }

  /** The fastest, the earlier of two that are about equal. */
  static TileChoice best(Map<TileShape, Double> rates) {
    TileShape best = null;
    for (TileShape shape : rates.keySet()) {
      if (best == null || rates.get(shape) > 1.03 * rates.get(best)) {
        best = shape;
      }
    }
    return new TileChoice(best, rates, "fastest in the self-test");
  }

  /** Whether the user has named the tile. */
  boolean isForced() {
    return why.equals(FORCED);
  }

  /** GFLOP/s of one thread with the tile that was chosen; 0 if it was not measured. */
  double rate() {
    return rates.getOrDefault(shape, 0.0);
  }

  /** What distinguishes one machine's measurements from another's, as the name of a file. */
  private static String fileName() {
    String machine =
        String.join(
            "-", System.getProperty("java.vm.vendor"), System.getProperty("java.vm.version"), processor(),
            8 * Float.BYTES * Lanes.COUNT + "bit", Integer.toString(Lanes.REGISTERS));
    return machine.replaceAll("[^A-Za-z0-9.+]+", "-").toLowerCase(Locale.ROOT) + ".properties";
  }

  private static String processor() {
    try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines.filter(line -> line.startsWith("model")).limit(2).reduce("",
          (all, line) -> all + line.substring(line.indexOf(':') + 1));
    } catch (IOException | RuntimeException e) {
      String name = System.getenv("PROCESSOR_IDENTIFIER");
      return name != null ? name : System.getProperty("os.arch");
    }
  }

  /** What an earlier process measured; null if there is nothing that can be used. */
  static TileChoice read(Path file, List<TileShape> candidates) {
    Properties properties = new Properties();
    Map<TileShape, Double> rates = new LinkedHashMap<>();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
      if (!THIS_TEST.equals(properties.getProperty(TEST))) {
        return null;
      }
      for (TileShape candidate : candidates) {
        double rate = Double.parseDouble(properties.getProperty(RATE + candidate, ""));
        if (!(rate > 0) || Double.isInfinite(rate)) {
          return null;
        }
        rates.put(candidate, rate);
      }
      TileShape shape = TileShape.parse(properties.getProperty(TILE, ""));
      return candidates.contains(shape)
          ? new TileChoice(shape, rates, "fastest in an earlier self-test")
          : null;
    } catch (IOException | IllegalArgumentException e) {
      return null;
    }
  }

  /** Keeps what was measured; where that cannot be, the next process measures again. */
  static void write(Path file, TileChoice choice) {
    Properties properties = new Properties();
    properties.setProperty(TEST, THIS_TEST);
    properties.setProperty(TILE, choice.shape().toString());
    choice.rates().forEach(
        (shape, rate) -> properties.setProperty(RATE + shape, String.format(Locale.ROOT, "%.1f", rate)));
    try {
      Files.createDirectories(file.getParent());
      Path temporary = Files.createTempFile(file.getParent(), "tile", ".tmp");
      try {
        try (Writer writer = Files.newBufferedWriter(temporary)) {
          properties.store(
              writer, "Register tiles of the matrix product, GFLOP/s of one thread; made anew if deleted");
        }
        Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException | RuntimeException e) {
      // A folder that cannot be written to costs the time of a self-test, no more.
      return;
    }
  }

  /** For example {@code tile 6x2 (fastest in the self-test: 6x2 113, 5x2 109, 4x2 106, 3x3 104 GFLOP/s)}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("tile " + shape + " (" + why);
    String separator = ": ";
    for (Map.Entry<TileShape, Double> rate : rates.entrySet()) {
      text.append(separator).append(rate.getKey());
      text.append(String.format(Locale.ROOT, " %.0f", rate.getValue()));
      separator = ", ";
    }
    return text.append(rates.isEmpty() ? ")" : " GFLOP/s)").toString();
  }
}
