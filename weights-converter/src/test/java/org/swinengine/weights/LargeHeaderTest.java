package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.swinengine.weights.TestFiles.assertRefused;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Headers of safetensors files as large as they may be: time and memory grow as their length does. What is
 * allocated is counted instead of the time, which a test cannot hold to.
 */
class LargeHeaderTest {
  /** What makes a header long. */
  enum Kind {
    TENSORS(i -> tensor(i, i)),
    /** Neighbours in the header lie far from each other in the file. */
    TENSORS_OUT_OF_ORDER(i -> tensor(i, i ^ 0x5555 & 0xffff)),
    UNKNOWN_FIELDS(i -> "\"w" + i + "\":{\"dtype\":\"U8\",\"shape\":[1],\"x\":{\"y\":" + i
        + "},\"data_offsets\":[" + i + "," + (i + 1) + "]}"),
    /** Java's hash of each name is the same. */
    NAMES_OF_ONE_HASH(i -> {
      StringBuilder name = new StringBuilder();
      for (int bit = 0; bit < 17; bit++) {
        name.append((i >> bit & 1) == 0 ? "Aa" : "BB");
      }
      return "\"" + name + tensor(i, i).substring(tensor(i, i).indexOf("\":"));
    });

    private final IntFunction<String> entry;

    Kind(IntFunction<String> entry) {
      this.entry = entry;
    }
  }

  private static final int FEWER = 1 << 16;
  private static final int MEGABYTE = 1 << 20;

  @TempDir
  private Path folder;

  /** The child: opens the file named and prints how many tensors it has. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) {
      System.out.println(WeightFiles.read(Path.of(arguments[0])).size());
    }
  }

  private static String tensor(int number, int place) {
    return "\"m." + number + "\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[" + place + ","
        + (place + 1) + "]}";
  }

  private Path file(int entries, IntFunction<String> entry, int dataBytes) throws Exception {
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    for (int i = 0; i < entries; i++) {
      json.writeBytes(((i == 0 ? "{" : ",") + entry.apply(i)).getBytes(StandardCharsets.UTF_8));
    }
    json.write('}');
    Path file = folder.resolve(entries + ".safetensors");
    Files.write(file, ByteBuffer.allocate(8 + json.size() + dataBytes).order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.size()).put(json.toByteArray()).array());
    return file;
  }

  private static long allocatedByReading(Path file, int tensors) {
    long before = Cost.allocated();
    assertEquals(tensors, WeightFiles.read(file).size());
    return Cost.allocated() - before;
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void twiceTheHeaderTakesTwiceTheMemory(Kind kind) throws Exception {
    Path fewer = file(FEWER, kind.entry, FEWER);
    Path more = file(2 * FEWER, kind.entry, 2 * FEWER);
    long one = allocatedByReading(fewer, FEWER);
    long two = allocatedByReading(more, 2 * FEWER);
    // Names and tables grow in steps, hence more than 2.
    assertTrue(two < 2.3 * one, () -> one + " bytes, then " + two);
    assertTrue(two < 20 * Files.size(more), () -> two + " bytes for " + more.toFile().length());
  }

  @Test
  void whatIsHeldIsFourTimesTheFileAtTheMost() throws Exception {
    int tensors = 500_000;
    Path file = file(tensors, i -> tensor(i, i), tensors);
    long heap = 4 * Files.size(file) / MEGABYTE + 64;
    Process child = new ProcessBuilder(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx" + heap + "m",
        "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"), Child.class.getName(),
        file.toString())).redirectErrorStream(true).start();
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(child.waitFor(60, TimeUnit.SECONDS));
    assertEquals(Integer.toString(tensors), output.strip());
  }

  @Test
  void metadataOfAMillionEntriesAreRefusedBeforeTheyAreKept() throws Exception {
    Path file = file(1_000_001, i -> i == 0 ? "\"__metadata__\":{\"a\":\"b\""
        : i == 1_000_000
            ? "\"z\":\"\"}"
            : "\"" + i + "\":\"\"",
        0);
    long before = Cost.allocated();
    assertRefused("more than 100000 entries", () -> WeightFiles.read(file));
    assertTrue(Cost.allocated() - before < 4 * Files.size(file));
  }
}
