package org.swinengine.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Npy;

class FeaturesTest {
  private static final int LENGTH = 7;

  @TempDir
  Path folder;

  private static float[] random(int rows) {
    Random random = new Random(8);
    float[] values = new float[rows * LENGTH];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static List<String> names(int rows) {
    return IntStream.range(0, rows).mapToObj(i -> i + ".jpg").toList();
  }

  private static double cosine(float[] values, int a, int b) {
    double[] sums = new double[3];
    for (int i = 0; i < LENGTH; i++) {
      double x = values[a * LENGTH + i];
      double y = values[b * LENGTH + i];
      sums[0] += x * y;
      sums[1] += x * x;
      sums[2] += y * y;
    }
    return sums[0] / Math.sqrt(sums[1] * sums[2]);
  }

  @Test
  void theNearestComeFirstAndOfEqualOnesTheLowerNumber() {
    Features features =
        Features.of(List.of("a", "b", "c", "d"), new float[] {0, 2, 5, 5, 0, 1, -3, 0});
    List<Features.Neighbour> found = features.nearest(new float[] {0, 9}, 3);
    assertEquals(List.of("a", "c", "b"), found.stream().map(Features.Neighbour::name).toList());
    assertEquals(1, found.get(0).similarity(), 1e-7);
    assertEquals(Math.sqrt(0.5), found.get(2).similarity(), 1e-7);
    assertEquals(2, found.get(1).row());
    assertEquals(-1, features.nearest(new float[] {1, 0}, 9).get(3).similarity(), 1e-7);
  }

  @Test
  void pairsAreThoseOfComparingAll() {
    int rows = 150; // more than a block
    float[] values = random(rows);
    System.arraycopy(values, 3 * LENGTH, values, 149 * LENGTH, LENGTH);
    record Pair(int a, int b, double cosine) {}
    List<Pair> all = new ArrayList<>();
    for (int a = 0; a < rows; a++) {
      for (int b = a + 1; b < rows; b++) {
        double cosine = cosine(values, a, b);
        if (cosine >= 0.6) {
          all.add(new Pair(a, b, cosine));
        }
      }
    }
    all.sort(Comparator.comparingDouble(pair -> -pair.cosine()));
    Features features = Features.of(names(rows), values);
    for (int most : new int[] {1, 40, 100_000}) {
      Features.Pairs pairs = features.pairs(0.6, most);
      assertEquals(all.size(), pairs.found());
      assertEquals(Math.min(most, all.size()), pairs.best().size());
      for (int i = 0; i < pairs.best().size(); i++) {
        assertEquals(all.get(i).a() + ".jpg", pairs.best().get(i).first());
        assertEquals(all.get(i).b() + ".jpg", pairs.best().get(i).second());
        assertEquals(all.get(i).cosine(), pairs.best().get(i).similarity(), 1e-6);
      }
    }
    assertEquals("3.jpg", features.pairs(0.6, 1).best().get(0).first());
  }

  @Test
  void equalPairsAreKeptByTheirNumbers() {
    float[] same = new float[200 * LENGTH];
    Arrays.fill(same, 0.3f);
    Features.Pairs pairs = Features.of(names(200), same).pairs(0.9, 3);
    assertEquals(200 * 199 / 2, pairs.found());
    assertEquals(
        List.of("1.jpg", "2.jpg", "3.jpg"), pairs.best().stream().map(Features.Pair::second).toList());
  }

  @Test
  void whatCannotBeComparedIsASentence() {
    Features features = Features.of(names(2), random(2));
    String length =
        assertThrows(IllegalArgumentException.class, () -> features.nearest(new float[3], 1)).getMessage();
    assertTrue(length.contains("3 features") && length.contains("have 7"), length);
    String zero =
        assertThrows(
            IllegalArgumentException.class, () -> Features.of(List.of("a", "b"), new float[] {1, 0}))
            .getMessage();
    assertTrue(zero.contains("features of b are all zero"), zero);
    String nan =
        assertThrows(
            IllegalArgumentException.class, () -> Features.of(List.of("a"), new float[] {1, Float.NaN}))
            .getMessage();
    assertTrue(nan.contains("not all numbers"), nan);
  }

  private void write(Path array, Path list, boolean commit) throws Exception {
    List<Picture> first = List.of(Picture.of("a,b.jpg", new byte[0]), Picture.of("größe.png", new byte[0]));
    List<Picture> second = List.of(Picture.of("c.jpg", new byte[0]));
    float[] values = random(3);
    try (FeatureWriter writer = FeatureWriter.create(array, list)) {
      writer.add(
          new PictureBatch(first, new float[0]),
          ArrayData.ofFloats(new long[] {2, LENGTH}, Arrays.copyOf(values, 2 * LENGTH)));
      writer.add(
          new PictureBatch(second, new float[0]),
          ArrayData.ofFloats(
              new long[] {1, LENGTH}, Arrays.copyOfRange(values, 2 * LENGTH, 3 * LENGTH)));
      assertEquals(3, writer.rows());
      if (commit) {
        writer.commit();
      }
    }
  }

  @Test
  void whatIsWrittenIsRead() throws Exception {
    Path array = folder.resolve("f.npy");
    for (String name : List.of("f.csv", "f.txt")) {
      Path list = folder.resolve(name);
      write(array, list, true);
      assertArrayEquals(new long[] {3, LENGTH}, Npy.read(array).shape());
      assertArrayEquals(random(3), Npy.read(array).toFloats());
      Features features = Features.read(array, list);
      assertEquals(List.of("a,b.jpg", "größe.png", "c.jpg"), features.names());
      assertEquals(1, features.nearest(features.row(2), 1).get(0).similarity(), 1e-7);
      assertEquals("c.jpg", features.nearest(features.row(2), 1).get(0).name());
    }
    assertEquals("row,file\n0,\"a,b.jpg\"\n1,größe.png\n2,c.jpg\n",
        Files.readString(folder.resolve("f.csv")));
    assertEquals("a,b.jpg\ngröße.png\nc.jpg\n", Files.readString(folder.resolve("f.txt")));
  }

  @Test
  void nothingIsThereBeforeTheEnd() throws Exception {
    write(folder.resolve("f.npy"), folder.resolve("f.csv"), false);
    assertFalse(Files.exists(folder.resolve("f.npy")));
    assertFalse(Files.exists(folder.resolve("f.csv")));
    try (var left = Files.list(folder)) {
      assertEquals(0, left.count());
    }
  }

  @Test
  void whatDoesNotBelongTogetherIsASentence() throws Exception {
    Path array = folder.resolve("f.npy");
    write(array, folder.resolve("f.csv"), true);
    Path other = Files.writeString(folder.resolve("other.txt"), "a\nb\n");
    String rows =
        assertThrows(IllegalArgumentException.class, () -> Features.read(array, other)).getMessage();
    assertTrue(rows.contains("has 3 rows") && rows.contains("2 pictures"), rows);
    Path foreign = Files.writeString(folder.resolve("foreign.csv"), "name,x\n");
    assertThrows(IllegalArgumentException.class, () -> Features.read(array, foreign));
    Path gap = Files.writeString(folder.resolve("gap.csv"), "row,file\n0,a\n2,b\n");
    String line = assertThrows(IllegalArgumentException.class, () -> Features.read(array, gap)).getMessage();
    assertTrue(line.contains("2,b") && line.contains("row 1"), line);
    Npy.write(array, ArrayData.ofFloats(new long[] {1, 2, 2, 1}, new float[4]));
    String map =
        assertThrows(IllegalArgumentException.class, () -> Features.read(array, other)).getMessage();
    assertTrue(map.contains("[1, 2, 2, 1]") && map.contains("`layer`"), map);
  }
}
