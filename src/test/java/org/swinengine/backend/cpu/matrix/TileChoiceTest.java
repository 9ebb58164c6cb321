package org.swinengine.backend.cpu.matrix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.cpu.simd.Lanes;
import org.swinengine.backend.cpu.simd.Simd;

@Tag("numerics")
@Tag("registers")
class TileChoiceTest {
  private static final TileShape SIX = new TileShape(6, 2);
  private static final TileShape FIVE = new TileShape(5, 2);

  @TempDir
  Path folder;

  @Test
  void theFastestIsChosenAndTheFirstOfEquals() {
    assertEquals(FIVE, TileChoice.best(rates(60, 90)).shape());
    assertEquals(SIX, TileChoice.best(rates(90, 91)).shape());
    assertEquals(90, TileChoice.best(rates(90, 91)).rate());
  }

  private static Map<TileShape, Double> rates(double six, double five) {
    Map<TileShape, Double> rates = new LinkedHashMap<>();
    rates.put(SIX, six);
    rates.put(FIVE, five);
    return rates;
  }

  @Test
  void whatWasMeasuredIsReadAgain() {
    Path file = folder.resolve("new").resolve("machine.properties");
    TileChoice.write(file, TileChoice.best(rates(61.25, 90)));
    TileChoice read = TileChoice.read(file, List.of(SIX, FIVE));
    assertEquals(FIVE, read.shape());
    assertEquals(90, read.rate());
  }

  @Test
  void filesThatDoNotFitAreIgnored() throws IOException {
    Path file = folder.resolve("machine.properties");
    List<TileShape> candidates = List.of(SIX, FIVE);
    assertNull(TileChoice.read(file, candidates), "there is none");
    TileChoice.write(file, TileChoice.best(rates(80, 90)));
    assertNull(TileChoice.read(file, List.of(SIX, new TileShape(4, 2))), "another version's candidates");
    String rates = "\ngflops.6x2=1\ngflops.5x2=1";
    Files.writeString(file, "test=2\ntile=6x2" + rates);
    assertEquals(SIX, TileChoice.read(file, candidates).shape(), "and what does fit");
    List<String> texts =
        List.of(
            "", "test=2\ntile=6x2", "test=2\ntile=6x2\ngflops.6x2=NaN\ngflops.5x2=1", "\\u12",
            "test=2\ntile=9x9" + rates, "tile=6x2" + rates, "test=1\ntile=6x2" + rates);
    for (String text : texts) {
      Files.writeString(file, text);
      assertNull(TileChoice.read(file, candidates), text);
    }
    Files.write(file, new byte[] {(byte) 0xff, 0, 1});
    assertNull(TileChoice.read(file, candidates), "no text");
  }

  @Test
  void aFolderThatCannotBeWrittenToIsNoError() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    TileChoice.write(file.resolve("below").resolve("machine.properties"), TileChoice.best(rates(1, 2)));
    assertTrue(Files.isRegularFile(file));
  }

  @Test
  void wishesAreTilesThatThereIsCodeFor() {
    assertEquals(SIX, TileShape.parse("6x2"));
    for (String wish : List.of("13x2", "2x2", "9x3", "7x4", "6x5", "0x2", "6", "6x2x", "auto", "")) {
      String message = assertThrows(IllegalArgumentException.class, () -> TileShape.parse(wish)).getMessage();
      assertTrue(message.startsWith("swin.tile=" + wish + " is no tile"), message);
    }
  }

  /** Every tile that can be forced gives the bits of plain chains of fma, in both forms. */
  @Test
  void everyTileGivesTheSameBits() {
    assumeTrue(Simd.isVector(), "needs the Vector API");
    for (int vectors = 2; vectors <= 4; vectors++) {
      int most = new TileShape(1, vectors).tiles().mostRows();
      for (int rows = 1; rows <= most; rows++) {
        check(new TileShape(rows, vectors), 37);
        check(new TileShape(rows, vectors), 1);
      }
    }
  }

  private static void check(TileShape shape, int depth) {
    int rows = shape.rows();
    int width = shape.vectors() * Lanes.COUNT;
    int step = rows * GemmTiles.packedTiles(rows, Lanes.COUNT);
    Random random = new Random(100L * rows + shape.vectors());
    float[] apart = new float[rows * MatrixTiles.ROW_STRIDE];
    float[] packed = new float[depth * step];
    float[] b = floats(depth * width, random);
    float[] start = floats(width, random);
    float[] expected = new float[rows * width];
    for (int i = 0; i < rows; i++) {
      for (int k = 0; k < depth; k++) {
        float value = random.nextFloat() - 0.5f;
        apart[i * MatrixTiles.ROW_STRIDE + k] = value;
        packed[k * step + i] = value;
      }
      for (int j = 0; j < width; j++) {
        float sum = start[j];
        for (int k = 0; k < depth; k++) {
          sum = Math.fma(packed[k * step + i], b[k * width + j], sum);
        }
        expected[i * width + j] = sum;
      }
    }
    float[] c = new float[rows * width];
    shape.tiles().multiply(rows, depth, apart, 0, b, 0, start, 0, c, 0, width);
    assertArrayEquals(expected, c, shape + " strided");
    float[] added = added(rows, depth, packed, step, b, width, start);
    if (rows < 3) {
      return;
    }
    c = new float[rows * width];
    shape.tiles().multiplyPacked(rows, depth, packed, 0, b, 0, start, 0, c, 0, width);
    assertArrayEquals(expected, c, shape + " packed");
    c = floats(rows, start);
    shape.tiles().multiplyPackedAdd(rows, depth, packed, 0, b, 0, c, 0, width);
    assertArrayEquals(added, c, shape + " packed, adding");
  }

  /** Some equal rows. */
  private static float[] floats(int rows, float[] row) {
    float[] x = new float[rows * row.length];
    for (int i = 0; i < rows; i++) {
      System.arraycopy(row, 0, x, i * row.length, row.length);
    }
    return x;
  }

  /** A row for every row of C, plus chains that begin with zero. */
  private static float[] added(int rows, int depth, float[] packed, int step, float[] b, int width,
      float[] row) {
    float[] c = floats(rows, row);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < width; j++) {
        float sum = 0;
        for (int k = 0; k < depth; k++) {
          sum = Math.fma(packed[k * step + i], b[k * width + j], sum);
        }
        c[i * width + j] += sum;
      }
    }
    return c;
  }

  private static float[] floats(int n, Random random) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = random.nextFloat() - 0.5f;
    }
    return x;
  }
}
