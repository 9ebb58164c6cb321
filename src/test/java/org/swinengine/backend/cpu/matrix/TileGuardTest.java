package org.swinengine.backend.cpu.matrix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.cpu.memory.CpuMemory;
import org.swinengine.backend.cpu.norm.VectorLayerNormRows;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.WorkerPool;
import org.swinengine.backend.cpu.simd.Lanes;
import org.swinengine.backend.cpu.simd.Simd;

/** A tile that the compiler treated badly is found by its rate and replaced; times are made up. */
@Tag("numerics")
class TileGuardTest {
  /** GFLOP/s, which are operations a nanosecond. */
  private static final double EXPECTED = 100;

  private static final long OPERATIONS = 30_000_000;

  /** A tenth of the rate that is expected: parts of 3 ms. */
  private static final long SLOW = 3_000_000;

  /** Parts at that rate until the patience is at its end. */
  private static final long PARTS = TileGuard.PATIENCE_NANOS / SLOW;

  private static final TileShape FOUR = new TileShape(4, 2);

  private final List<LogRecord> warnings = new ArrayList<>();
  private final Logger logger = Logger.getLogger("org.swinengine");
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord warning) {
          warnings.add(warning);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
  }

  @AfterEach
  void listenNoMore() {
    logger.removeHandler(handler);
    logger.setUseParentHandlers(true);
  }

  @Test
  void onlySlowPartsUntilThePatienceEndsAreABadTile() {
    TileGuard guard = new TileGuard(EXPECTED);
    assertEquals(PARTS, goodParts(guard));
    assertTrue(guard.isBad(OPERATIONS, SLOW));
  }

  @Test
  void onePartAsFastAsExpectedBeginsAnew() {
    TileGuard guard = new TileGuard(EXPECTED);
    assertEquals(PARTS, goodParts(guard));
    long justFastEnough = (long) (OPERATIONS / (TileGuard.SHARE * EXPECTED));
    assertFalse(guard.isBad(OPERATIONS, justFastEnough));
    assertEquals(PARTS, goodParts(guard));
    assertTrue(guard.isBad(OPERATIONS, SLOW));
  }

  @Test
  void aPartJustTooSlowDoesNot() {
    TileGuard guard = new TileGuard(EXPECTED);
    assertEquals(PARTS, goodParts(guard));
    assertTrue(guard.isBad(OPERATIONS, (long) (OPERATIONS / (TileGuard.SHARE * EXPECTED) * 1.01)));
  }

  @Test
  void smallPartsSayNothing() {
    TileGuard guard = new TileGuard(EXPECTED);
    assertFalse(guard.isBad(TileGuard.LEAST_OPERATIONS - 1, 100 * TileGuard.PATIENCE_NANOS));
    assertEquals(PARTS, goodParts(guard), "A small part has been counted.");
    assertFalse(guard.isBad(TileGuard.LEAST_OPERATIONS - 1, 1), "A small part has been counted.");
    assertTrue(guard.isBad(OPERATIONS, SLOW));
  }

  /** Stopped by Ctrl-Z and continued, or a machine that was asleep. */
  @Test
  void aProcessThatWasStoppedHasNoBadTile() {
    TileGuard guard = new TileGuard(EXPECTED);
    for (int thread = 0; thread < 4; thread++) {
      assertFalse(guard.isBad(OPERATIONS, 1000 * TileGuard.PATIENCE_NANOS));
    }
    assertFalse(guard.isBad(OPERATIONS, 1));
    assertEquals(PARTS, goodParts(guard));
  }

  @Test
  void withoutASelfTestNothingIsBad() {
    assertFalse(new TileGuard(0).isBad(OPERATIONS, 100 * TileGuard.PATIENCE_NANOS));
    assertFalse(new TileGuard(0).renewed().isBad(OPERATIONS, 100 * TileGuard.PATIENCE_NANOS));
  }

  @Test
  void theSuccessorsGuardStartsAnewWithTheSameExpectation() {
    TileGuard guard = new TileGuard(EXPECTED);
    assertEquals(PARTS, goodParts(guard));
    TileGuard renewed = guard.renewed();
    assertEquals(PARTS, goodParts(renewed));
    assertTrue(renewed.isBad(OPERATIONS, SLOW));
  }

  /** Reports slow parts while they are tolerated, at most as many as should be. */
  private static long goodParts(TileGuard guard) {
    long parts = 0;
    while (parts < PARTS && !guard.isBad(OPERATIONS, SLOW)) {
      parts++;
    }
    return parts;
  }

  @Test
  void aBadTileIsReplacedByOneOfARowLessAndTheUserIsTold() {
    assumeTrue(Simd.isVector(), "needs the Vector API");
    VectorMatrixTiles tiles = new VectorMatrixTiles(FOUR, new TileGuard(EXPECTED));
    for (int part = 0; part < PARTS; part++) {
      tiles.took(OPERATIONS, SLOW);
    }
    assertSame(tiles, tiles.current());
    assertEquals(List.of(), warnings);
    tiles.took(OPERATIONS, SLOW);
    tiles.took(OPERATIONS, SLOW); // another thread that is still at work with it
    MatrixTiles next = tiles.current();
    assertEquals(3, next.rows());
    assertEquals(tiles.columns(), next.columns());
    assertEquals(1, warnings.size());
    assertEquals(Level.WARNING, warnings.get(0).getLevel());
    String sentence = warnings.get(0).getMessage();
    for (String part : List.of("4x2 badly (10.0 GFLOP/s", "reached 100.0)", "on with 3x2,", "=3x2 has")) {
      assertTrue(sentence.contains(part), sentence);
    }
  }

  @Test
  void theLastOfItsWidthStays() {
    assumeTrue(Simd.isVector(), "needs the Vector API");
    VectorMatrixTiles tiles = new VectorMatrixTiles(FOUR, new TileGuard(EXPECTED));
    for (int tile = 0; tile < 5; tile++) {
      MatrixTiles now = tiles.current();
      for (int part = 0; part <= PARTS; part++) {
        now.took(OPERATIONS, SLOW);
      }
    }
    assertEquals(3, tiles.current().rows());
    assertEquals(1, warnings.size());
  }

  /** Also with a weight that was packed for the tile before, and in weight gradients. */
  @Test
  void theReplacementGivesTheSameBits() {
    assumeTrue(Simd.isVector(), "needs the Vector API");
    VectorMatrixTiles tiles = new VectorMatrixTiles(FOUR, new TileGuard(EXPECTED));
    int rows = 37;
    int in = 50;
    int out = 5 * Lanes.COUNT + 3;
    Random random = new Random(7);
    try (WorkerPool pool = new WorkerPool(2)) {
      CpuMemory memory = new CpuMemory(pool);
      CpuBuffer x = buffer(memory, rows * in, random);
      CpuBuffer dy = buffer(memory, rows * out, random);
      CpuBuffer w = buffer(memory, out * in, random);
      CpuMatrix matrix = new CpuMatrix(pool, tiles, new VectorLayerNormRows());
      PreparedWeight weight = matrix.prepare(w, out, in);
      Supplier<float[][]> products =
          () -> {
            CpuBuffer y = buffer(memory, rows * out, new Random(1));
            CpuBuffer dx = buffer(memory, rows * in, new Random(2));
            CpuBuffer dWeight = buffer(memory, out * in, new Random(3));
            CpuBuffer dBias = buffer(memory, out, new Random(4));
            CpuBuffer product = buffer(memory, in * out, new Random(5));
            matrix.linear(rows, x, weight, Prologue.NONE, Epilogue.NONE, y);
            matrix.linearBackwardInput(rows, dy, weight, Epilogue.NONE, dx);
            matrix.linearBackwardWeight(rows, x, Prologue.NONE, dy, out, in, dWeight, dBias, false);
            matrix.gemm(MatrixKernels.Gemm.dense(true, false, in, out, rows), x, dy, product);
            return new float[][] {y.floats, dx.floats, dWeight.floats, dBias.floats, product.floats};
          };
      float[][] before = products.get();
      for (int part = 0; part <= PARTS; part++) {
        tiles.took(OPERATIONS, SLOW);
      }
      assertEquals(3, tiles.current().rows());
      float[][] after = products.get();
      for (int i = 0; i < before.length; i++) {
        assertArrayEquals(before[i], after[i]);
      }
    }
  }

  private static CpuBuffer buffer(CpuMemory memory, int n, Random random) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = random.nextFloat() - 0.5f;
    }
    return new CpuBuffer(memory, x, 0, n);
  }
}
