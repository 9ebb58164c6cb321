package org.swinengine.backend.cpu.matrix;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.swinengine.backend.cpu.runtime.Scratch;
import org.swinengine.backend.cpu.runtime.ThreadAllocation;
import org.swinengine.backend.cpu.simd.Lanes;

/**
 * Times register tiles on the calling thread, called as the products call them: the same compiled code, the
 * same strides, operands in the nearest caches.
 */
final class TileSelfTest {
  /** Rows of A that the tiles go over, at least. */
  private static final int ROWS = 24;

  /** Inner dimension while the compiler is at work: short loops, see {@code WarmUp}. */
  private static final int SHORT = 16;

  private static final int DEPTH = 192;

  /** Calls after which a tile has reached the optimizing compiler. */
  private static final int CALLS = 1500;

  /**
   * A measurement; the best of several counts, because a neighbour on the machine only ever slows one down.
   */
  private static final long SLICE_NANOS = 400_000;

  /**
   * Time for all measurements, of which there is an end earlier when nothing has become faster for a while.
   */
  private static final long LONGEST_NANOS = 2_000_000_000;

  private static final long STEADY_NANOS = 50_000_000;

  /**
   * A tile that is slower than this share of the fastest still waits for the compiler. So does one whose
   * vectors are objects, however fast the others are: all of them may be waiting.
   */
  private static final double COMPILED_SHARE = 0.1;

  private final List<Candidate> candidates = new ArrayList<>();
  private final float[] a = new float[(ROWS + 12) * MatrixTiles.ROW_STRIDE + Scratch.ALIGNED_START];
  private final float[] b = new float[DEPTH * 4 * Lanes.COUNT + Scratch.ALIGNED_START];
  private final float[] c = new float[(ROWS + 12) * 4 * Lanes.COUNT + Scratch.ALIGNED_START];

  private final class Candidate {
    final TileShape shape;
    final GemmTiles tiles;
    final int width;
    double best;

    /** Whether the last measurement made objects. */
    boolean makesObjects = true;

    Candidate(TileShape shape) {
      this.shape = shape;
      tiles = shape.tiles();
      width = shape.vectors() * Lanes.COUNT;
    }

    /** One pass over the rows in both forms; returns its floating-point operations. */
    long pass(int depth) {
      int start = Scratch.ALIGNED_START;
      int rows = shape.rows();
      long calls = 0;
      for (int row = 0; row < ROWS; row += rows) {
        int at = start + row * width;
        int from = start + row * MatrixTiles.ROW_STRIDE;
        tiles.multiply(rows, depth, a, from, b, start, a, start, c, at, width);
        tiles.multiplyPackedAdd(rows, depth, a, start + row, b, start, c, at, width);
        calls += 2;
      }
      return calls * 2 * rows * width * depth;
    }

    /**
     * Makes the Vector API's own methods known to the compiler by tiles of one row: a method that is
     * compiled before they are does not inline them, and its vectors stay on the heap for good.
     */
    void compileOperations() {
      int start = Scratch.ALIGNED_START;
      for (int call = 0; call < CALLS; call++) {
        tiles.multiply(1, SHORT, a, start, b, start, a, start, c, start, width);
      }
    }

    /** Whether this measurement is clearly better than those before. */
    boolean measure() {
      long operations = 0;
      long allocated = ThreadAllocation.bytes();
      long begin = System.nanoTime();
      long nanos;
      do {
        operations += pass(DEPTH);
        nanos = System.nanoTime() - begin;
      } while (nanos < SLICE_NANOS);
      makesObjects = ThreadAllocation.bytes() > allocated;
      double rate = (double) operations / nanos;
      boolean better = rate > 1.03 * best;
      best = Math.max(best, rate);
      return better;
    }
  }

  private TileSelfTest(List<TileShape> shapes) {
    for (TileShape shape : shapes) {
      candidates.add(new Candidate(shape));
    }
  }

  private boolean isCompiled() {
    double fastest = fastest().best;
    return candidates.stream()
        .allMatch(candidate -> candidate.best > COMPILED_SHARE * fastest && !candidate.makesObjects);
  }

  private Candidate fastest() {
    return Collections.max(candidates, Comparator.comparingDouble(candidate -> candidate.best));
  }

  /**
   * Billions of floating-point operations a second of each tile, in the order given; empty if not even the
   * fastest was compiled in time, and nothing is known.
   */
  static Map<TileShape, Double> run(List<TileShape> shapes) {
    TileSelfTest test = new TileSelfTest(shapes);
    for (Candidate candidate : test.candidates) {
      candidate.compileOperations();
    }
    for (Candidate candidate : test.candidates) {
      for (int calls = 0; calls < CALLS; calls += ROWS / candidate.shape.rows()) {
        candidate.pass(SHORT);
      }
    }
    long begin = System.nanoTime();
    long lastBetter = begin;
    long now = begin;
    while (now - begin < LONGEST_NANOS && (now - lastBetter < STEADY_NANOS || !test.isCompiled())) {
      for (Candidate candidate : test.candidates) {
        if (candidate.measure()) {
          lastBetter = System.nanoTime();
        }
      }
      now = System.nanoTime();
    }
    if (test.fastest().makesObjects) {
      return Map.of();
    }
    Map<TileShape, Double> rates = new LinkedHashMap<>();
    for (Candidate candidate : test.candidates) {
      rates.put(candidate.shape, candidate.best);
    }
    return rates;
  }
}
