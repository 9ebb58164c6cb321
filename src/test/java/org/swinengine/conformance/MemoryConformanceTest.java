package org.swinengine.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.MemoryKernels;
import org.swinengine.backend.PixelBatch;
import org.swinengine.backend.Span;
import org.swinengine.backend.TestBuffers;

@Tag("conformance")
@Tag("numerics")
class MemoryConformanceTest {
  @Test
  void fill() {
    Cases.run(
        "fill",
        40,
        c -> {
          int n = c.size("n", 70000);
          double value = c.number("value", -2, 2);
          c.compare(side -> side.backend().memory().fill(side.out("x", n, Tolerance.ROUNDING), n, value));
        });
  }

  @Test
  void copy() {
    Cases.run(
        "copy",
        40,
        c -> {
          int n = c.size("n", 70000);
          double[] x = c.normal(n);
          c.compare(side -> side.backend().memory().copy(side.in(x), side.out("y", n, Tolerance.EXACT), n));
        });
  }

  @Test
  void copyRows() {
    Cases.run(
        "copyRows",
        60,
        c -> {
          int rows = c.size("rows", 300);
          int columns = c.size("columns", 130);
          int fromStride = columns + c.choose("from gap", 0, 1, 5);
          int toStride = columns + c.choose("to gap", 0, 1, 5);
          double[] from = c.normal((rows - 1) * fromStride + columns);
          double[] to = c.normal((rows - 1) * toStride + columns);
          c.compare(
              side -> side.backend()
                  .memory()
                  .copyRows(
                      rows, columns, side.in(from), fromStride,
                      side.inOut("to", to, Tolerance.EXACT), toStride));
        });
  }

  /** Pixels become what a table says, some boxes are overwritten, and pictures mixed. */
  @Test
  void pixelsBecomeFloats() {
    Cases.run(
        "uploadPixels",
        60,
        c -> {
          int images = c.size("images", 5);
          int channels = c.choose("channels", 1, 3, 3, 5);
          int height = c.size("height", 60);
          int width = c.size("width", 60);
          byte[] pixels = bytes(c, images * channels * height * width);
          float[] levels = floats(c, 256 * channels);
          boolean changed = c.flag("changed");
          boolean mixed = changed && c.flag("mixed");
          PixelBatch.Changes changes = changed ? changes(c, images, channels, height, width, mixed) : null;
          PixelBatch batch = new PixelBatch(pixels, images, channels, height, width, levels, changes);
          c.compare(
              side -> side.backend().memory()
                  .uploadPixels(batch, side.out("y", batch.size(), Tolerance.ROUNDING)));
        });
  }

  private static byte[] bytes(Cases c, int n) {
    byte[] bytes = new byte[n];
    int[] values = c.below(n, 256);
    for (int i = 0; i < n; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static float[] floats(Cases c, int n) {
    float[] floats = new float[n];
    double[] values = c.normal(n);
    for (int i = 0; i < n; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  /** Up to three boxes a picture, which may cover each other. */
  private static PixelBatch.Changes changes(
      Cases c, int images, int channels, int height, int width, boolean mixed) {
    int[] first = new int[images + 1];
    int[] boxes = new int[images * 3 * PixelBatch.BOX];
    int values = 0;
    for (int i = 0; i < images; i++) {
      first[i + 1] = first[i] + c.below(1, 4)[0];
      for (int box = first[i]; box < first[i + 1]; box++) {
        int rows = 1 + c.below(1, height)[0];
        int columns = 1 + c.below(1, width)[0];
        int top = c.below(1, height - rows + 1)[0];
        int left = c.below(1, width - columns + 1)[0];
        int[] numbers = {top, left, rows, columns, values};
        System.arraycopy(numbers, 0, boxes, box * PixelBatch.BOX, PixelBatch.BOX);
        values += channels * rows * columns;
      }
    }
    int[] mixes = new int[mixed ? images * PixelBatch.MIX : 0];
    for (int i = 0; i < mixes.length; i += PixelBatch.MIX) {
      int top = c.below(1, height)[0];
      int left = c.below(1, width)[0];
      int[] numbers = {c.below(1, 3)[0], top, top + c.below(1, height)[0], left, left + c.below(1, width)[0]};
      System.arraycopy(numbers, 0, mixes, i, PixelBatch.MIX);
    }
    return new PixelBatch.Changes(
        first, boxes, floats(c, values), mixes, floats(c, mixed ? 2 * images : 0));
  }

  /** Activations to parameters and back: what a copy between two types rounds. */
  @Test
  void copiesConvert() {
    Cases.run(
        "copy between types",
        40,
        c -> {
          int n = c.size("n", 70000);
          double[] x = c.normal(n);
          x[0] = 1 + 0x1p-8; // halfway between two bf16, the lower of which is even
          x[n - 1] = 1 + 3 * 0x1p-8; // halfway, the upper one even
          c.compare(
              side -> side.backend().memory().copy(side.master(x), side.out("y", n, Tolerance.ROUNDING), n));
          c.compare(
              side -> side.backend().memory().copy(side.in(x), side.masterOut("y", n, Tolerance.EXACT), n));
        });
  }

  /** Copies between types round to the nearest, ties to even, as uploads do. */
  @Test
  void copiesRoundAsUploadsDo() {
    double[] values =
        {1 + 0x1p-8, 1 + 3 * 0x1p-8, -1 - 0x1p-8, 0.1f, 1e30f, -0.0, 3, Double.POSITIVE_INFINITY};
    for (BackendsUnderTest.Group group : BackendsUnderTest.groups()) {
      Backend backend = group.backends().get(0);
      TestBuffers buffers = new TestBuffers(backend);
      Span copied = buffers.result(values.length);
      backend.memory().copy(buffers.of(backend.masterType(), values), copied, values.length);
      assertArrayEquals(buffers.read(buffers.of(values)), buffers.read(copied));
      buffers.release();
    }
  }

  @Test
  void hostArraysComeBack() {
    double[] doubles = {0, 1, 2.5, -3.25, 1e30, Double.NaN, Double.NEGATIVE_INFINITY, 0.1f};
    float[] floats = {0, 1, 2.5f, -3.25f, 1e30f, Float.NaN, Float.NEGATIVE_INFINITY, 0.1f};
    doubles[4] = floats[4];
    int[] ints = {0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 7, 8, 9, 10};
    for (BackendsUnderTest.Group group : BackendsUnderTest.groups()) {
      for (Backend backend : group.backends()) {
        TestBuffers buffers = new TestBuffers(backend);
        MemoryKernels memory = backend.memory();
        Span floating = buffers.result(6);
        Span integer = buffers.ofInts(0, 0, 0, 0, 0, 0);
        boolean half = backend.computeType() == DType.BF16;
        for (int kind = 0; kind < 2; kind++) {
          if (kind == 0) {
            memory.upload(doubles, 2, floating, 6);
          } else {
            memory.upload(floats, 2, floating, 6);
          }
          double[] asDoubles = new double[9];
          float[] asFloats = new float[9];
          memory.download(floating, asDoubles, 1, 6);
          memory.download(floating, asFloats, 3, 6);
          for (int i = 0; i < 6; i++) {
            double expected =
                half && !Double.isNaN(doubles[2 + i]) ? Cases.toHalf(doubles[2 + i]) : doubles[2 + i];
            assertEquals(expected, asDoubles[1 + i]);
            assertEquals((float) expected, asFloats[3 + i]);
          }
          assertEquals(0, asDoubles[7]);
          assertEquals(0, asFloats[2]);
        }
        memory.upload(ints, 1, integer, 6);
        int[] asInts = new int[7];
        memory.download(integer, asInts, 1, 6);
        assertArrayEquals(new int[] {0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 7, 8, 9}, asInts);
        buffers.assertGuardsIntact();
        buffers.release();
      }
    }
  }

  @Test
  void integersAreCopiedAndFilled() {
    for (BackendsUnderTest.Group group : BackendsUnderTest.groups()) {
      Backend backend = group.backends().get(0);
      TestBuffers buffers = new TestBuffers(backend);
      Span to = buffers.ofInts(1, 2, 3, 4, 5);
      backend.memory().copy(buffers.ofInts(-7, 16777217, Integer.MIN_VALUE), to, 3);
      assertArrayEquals(new int[] {-7, 16777217, Integer.MIN_VALUE, 4, 5}, buffers.readInts(to));
      backend.memory().fill(to, 4, 16777217);
      assertArrayEquals(new int[] {16777217, 16777217, 16777217, 16777217, 5}, buffers.readInts(to));
      backend.memory().copyRows(2, 1, buffers.ofInts(8, 0, 9), 2, to, 3);
      assertArrayEquals(new int[] {8, 16777217, 16777217, 9, 5}, buffers.readInts(to));
      buffers.assertGuardsIntact();
      buffers.release();
    }
  }

  @Test
  void liveBytesFollowTheBuffers() {
    for (BackendsUnderTest.Group group : BackendsUnderTest.groups()) {
      Backend backend = group.backends().get(0);
      MemoryKernels memory = backend.memory();
      long before = memory.statistics().liveBytes();
      Buffer first = memory.allocate(backend.computeType(), 1000);
      Buffer second = memory.allocate(DType.INT32, 500);
      long live = memory.statistics().liveBytes() - before;
      long asked = 1000L * backend.computeType().bytes() + 500L * 4;
      assertEquals(true, live >= asked, live + " bytes live of " + asked + " asked for");
      first.retain();
      first.release();
      assertEquals(live, memory.statistics().liveBytes() - before, "a reference is left");
      first.release();
      second.release();
      assertEquals(before, memory.statistics().liveBytes());
      memory.resetPeak();
      assertEquals(before, memory.statistics().peakBytes());
      assertThrows(IllegalStateException.class, () -> memory.fill(first, 1, 0), "use after release");
    }
  }
}
