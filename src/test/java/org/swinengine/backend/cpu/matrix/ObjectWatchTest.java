package org.swinengine.backend.cpu.matrix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Warnings;
import org.swinengine.backend.cpu.runtime.ThreadAllocation;
import org.swinengine.backend.cpu.simd.Lanes;
import org.swinengine.backend.cpu.simd.Simd;

/** A tile whose calls make objects is found however fast it is, and replaced; times and bytes are made up. */
@Tag("numerics")
class ObjectWatchTest {
  private static final long LOOK = ObjectWatch.INTERVAL_NANOS;
  private static final long LOOKS = TileGuard.PATIENCE_NANOS / LOOK;

  /** A part of a product as long as the pace of the looks, at ten times the self-test's rate of 1 GFLOP/s. */
  private static final long OPERATIONS = 10 * LOOK;

  /** Parts before the first look. */
  private static final long BEFORE = TileGuard.BEFORE_OBJECTS_NANOS / LOOK;

  private static final TileShape FOUR = new TileShape(4, 2);

  private long allocated;
  private long bytesOfACall;
  private int asked;

  private long count() {
    asked++;
    return allocated;
  }

  private boolean call(ObjectWatch watch) {
    long before = watch.before();
    allocated += bytesOfACall;
    return watch.isBad(before);
  }

  private boolean askedCall(ObjectWatch watch) {
    watch.ask(LOOK);
    return call(watch);
  }

  /** Calls that make objects while that is tolerated, at most as many as should be. */
  private long goodCalls(ObjectWatch watch) {
    long calls = 0;
    bytesOfACall = 96;
    while (calls < LOOKS && !askedCall(watch)) {
      calls++;
    }
    return calls;
  }

  @Test
  void onlyObjectsUntilThePatienceEndsAreBad() {
    ObjectWatch watch = new ObjectWatch(this::count);
    assertEquals(LOOKS, goodCalls(watch));
    assertTrue(askedCall(watch));
    assertEquals("a call makes 96 bytes of objects, where it should make none", watch.finding());
  }

  @Test
  void oneCallWithoutObjectsBeginsAnew() {
    ObjectWatch watch = new ObjectWatch(this::count);
    assertEquals(LOOKS, goodCalls(watch));
    bytesOfACall = 0;
    assertFalse(askedCall(watch));
    assertEquals(LOOKS, goodCalls(watch));
    assertTrue(askedCall(watch));
  }

  @Test
  void callsThatAreNotAskedForCostNothing() {
    ObjectWatch watch = new ObjectWatch(this::count);
    bytesOfACall = 96;
    for (int i = 0; i < 1000; i++) {
      assertFalse(call(watch));
    }
    assertEquals(0, asked);
    assertFalse(askedCall(watch));
    assertFalse(call(watch));
    assertEquals(2, asked);
  }

  @Test
  void whereNothingIsCountedNothingIsBad() {
    ObjectWatch watch = new ObjectWatch(() -> ThreadAllocation.UNKNOWN);
    for (int i = 0; i <= 2 * LOOKS; i++) {
      assertFalse(askedCall(watch));
    }
  }

  /** Both forms of a tile, each for itself: one that is well is no excuse for the other. */
  @Test
  void aTileThatMakesObjectsIsReplacedHoweverFastItIs() {
    assumeTrue(Simd.isVector(), "needs the Vector API");
    for (int form = 0; form < 3; form++) {
      Multiplier bad = new Multiplier(form);
      List<String> warnings = new ArrayList<>();
      try (Warnings.Subscription subscription = Warnings.sendTo(warnings::add)) {
        for (long part = 1; part < BEFORE; part++) {
          bad.part();
        }
        assertEquals(0, asked, "The bytes were asked for at the start already.");
        for (long look = 0; look < LOOKS; look++) {
          bad.part();
        }
        assertSame(bad.tiles, bad.tiles.current());
        assertEquals(List.of(), warnings);
        bad.part();
      }
      assertEquals(3, bad.tiles.current().rows(), "form " + form);
      assertEquals(1, warnings.size());
      String finding = "(a call makes 64 bytes of objects, where it should make none)";
      String sentence = warnings.get(0);
      assertTrue(sentence.contains("4x2 badly " + finding + "; going on with 3x2,"), sentence);
      assertEquals(", compiled badly " + finding + " and replaced by 3x2", bad.tiles.replacements());
      asked = 0;
    }
  }

  /** Calls every form in turn, one of which makes objects; and single rows, which are another tile's code. */
  private final class Multiplier {
    final int bad;
    final VectorMatrixTiles tiles;
    final float[] x = new float[4 * MatrixTiles.ROW_STRIDE];
    final float[] c = new float[4 * 2 * Lanes.COUNT];
    int form;

    Multiplier(int bad) {
      this.bad = bad;
      tiles = new VectorMatrixTiles(FOUR, new TileGuard(1, this::bytes));
    }

    private long bytes() {
      // Asked before a call and after it; objects are made in between.
      allocated += form == bad && asked % 2 == 1 ? 64 : 0;
      return count();
    }

    void part() {
      tiles.took(OPERATIONS, LOOK);
      int width = tiles.columns();
      tiles.multiply(1, 1, x, 0, x, 0, x, 0, c, 0, width);
      form = 0;
      tiles.multiply(4, 1, x, 0, x, 0, x, 0, c, 0, width);
      form = 1;
      tiles.multiplyPacked(1, x, 0, x, 0, x, 0, c, 0, width);
      form = 2;
      tiles.multiplyPacked(1, x, 0, x, 0, null, 0, c, 0, width);
    }
  }

  @Test
  void theUsersOwnTileStays() {
    assumeTrue(Simd.isVector(), "needs the Vector API");
    VectorMatrixTiles tiles = new VectorMatrixTiles(FOUR, TileGuard.none());
    for (long part = 0; part < 2 * LOOKS; part++) {
      tiles.took(TileGuard.LEAST_OPERATIONS, TileGuard.LONGEST_NANOS);
    }
    assertSame(tiles, tiles.current());
    assertEquals("", tiles.replacements());
  }

  @Test
  void theVirtualMachineCountsTheThreadsOwnObjects() {
    long before = ThreadAllocation.bytes();
    assumeTrue(before >= 0, "this virtual machine does not count");
    assertEquals(0, ThreadAllocation.bytes() - ThreadAllocation.bytes(), "asking makes objects");
    before = ThreadAllocation.bytes();
    float[] made = new float[1000];
    assertTrue(ThreadAllocation.bytes() - before >= 4L * made.length);
  }
}
