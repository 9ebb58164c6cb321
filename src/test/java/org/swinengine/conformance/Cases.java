package org.swinengine.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.Span;
import org.swinengine.backend.TestBuffers;

/**
 * Random cases of a kernel. A case draws sizes, switches and operands from a seeded generator, then runs the
 * kernel once on the reference and once on each backend under test, with the same operands. Each run takes
 * its operands and results from a {@link Side}, which knows what to compare. Beside the results, every run
 * checks that operands are unchanged and nothing was written outside the results, which hold NaN beforehand.
 *
 * <p>Operands and results are activations ({@code in}, {@code out}) or of the master type ({@code master},
 * {@code masterOut}). Where a backend computes activations in bf16, the reference gets the same rounded
 * operands.
 *
 * <p>{@code -Dswin.conformance=quick} runs a quarter of the cases.
 */
final class Cases {
  /** What divides no tile, fills one, or is one more or less. */
  private static final int[] RAGGED = {
    1, 2, 3, 4, 5, 7, 8, 11, 13, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 95, 96, 97, 127, 128, 129,
    191, 192, 193, 257, 509, 767, 768, 769, 1021
  };

  /** An emulated GPU runs some thousand times slower than a processor. */
  private static final int LARGEST_EMULATED = 300;

  private static final boolean QUICK = System.getProperty("swin.conformance", "full").equals("quick");

  private final SplittableRandom random;
  private final StringBuilder description;
  private final boolean aligned;
  private final SameBits bits;
  private double halfTolerance = Tolerance.HALF_ROUNDING;

  private Cases(String what, long seed, SameBits bits) {
    this.bits = bits;
    random = new SplittableRandom(seed);
    description = new StringBuilder(what).append(", seed ").append(seed);
    aligned = flag("aligned");
  }

  /**
   * Says how far a bf16 kernel may be from the reference where that is more than the rounding of its result:
   * it rounds what stands between two of its steps too. Holds for all results of the case, beside their
   * float32 tolerance.
   */
  void roundsBetween(double tolerance) {
    halfTolerance = tolerance;
  }

  /** Runs {@code body} for {@code count} seeds. */
  static void run(String what, int count, Consumer<Cases> body) {
    int cases = QUICK ? (count + 3) / 4 : count;
    SameBits bits = new SameBits(what);
    for (int i = 0; i < cases; i++) {
      Cases one = new Cases(what, what.hashCode() * 1000003L + i, bits);
      try {
        body.accept(one);
      } catch (RuntimeException e) {
        throw new AssertionError(one.description.toString(), e);
      }
    }
    bits.check();
  }

  /** Whether operands begin where long words do. */
  boolean isAligned() {
    return aligned;
  }

  /** A size from 1 to {@code max}: a ragged one half of the time. */
  int size(String name, int max) {
    int most = BackendsUnderTest.isEmulated() ? Math.min(max, LARGEST_EMULATED) : max;
    int size = random.nextBoolean() ? RAGGED[random.nextInt(RAGGED.length)] : 1 + random.nextInt(most);
    return note(name, size <= most ? size : 1 + size % most);
  }

  /** One of the values. */
  int choose(String name, int... values) {
    return note(name, values[random.nextInt(values.length)]);
  }

  /** One of the values. */
  <T> T choose(String name, T[] values) {
    return note(name, values[random.nextInt(values.length)]);
  }

  /** A random switch. */
  boolean flag(String name) {
    return note(name, random.nextBoolean());
  }

  /** A number in [from, to). */
  double number(String name, double from, double to) {
    return note(name, random.nextDouble(from, to));
  }

  /** Any long. */
  long anyLong(String name) {
    return note(name, random.nextLong());
  }

  /** Puts a value into the description of the case. */
  <T> T note(String name, T value) {
    description.append(", ").append(name).append(' ').append(value);
    return value;
  }

  /** Floats in [from, to). */
  double[] uniform(int n, double from, double to) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextDouble(from, to);
    }
    return values;
  }

  /** Floats of about a normal distribution (Irwin-Hall). */
  double[] normal(int n) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) (random.nextDouble() + random.nextDouble() + random.nextDouble() - 1.5) * 2;
    }
    return values;
  }

  /** Integers from 0 to {@code bound} − 1. */
  int[] below(int n, int bound) {
    int[] values = new int[n];
    for (int i = 0; i < n; i++) {
      values[i] = random.nextInt(bound);
    }
    return values;
  }

  /** The nearest bf16 to a number that is not NaN; ties to even. */
  static double toHalf(double value) {
    int bits = Float.floatToRawIntBits((float) value);
    return Float.intBitsToFloat((bits + 0x7fff + (bits >>> 16 & 1)) & 0xffff0000);
  }

  /** Runs the kernel everywhere and compares. */
  void compare(Consumer<Side> kernel) {
    compare(BackendsUnderTest.groups(), kernel);
  }

  /** Runs the kernel on the reference and on these, and compares. */
  void compare(List<BackendsUnderTest.Group> groups, Consumer<Side> kernel) {
    for (BackendsUnderTest.Group group : groups) {
      boolean half = group.computeType() == DType.BF16;
      Side expected = new Side(this, BackendsUnderTest.REFERENCE, "reference", half).run(kernel);
      Side first = null;
      for (BackendsUnderTest.Variant variant : group.variants()) {
        variant.prepare().run();
        Side actual = new Side(this, variant.backend(), variant.name(), half).run(kernel);
        if (first == null) {
          first = actual;
          actual.assertNear(expected);
        } else {
          actual.assertSameBits(first);
        }
      }
      BackendsUnderTest.Variant twin = group.twinOrNull();
      if (twin != null && first != null) {
        bits.add(new Side(this, twin.backend(), twin.name(), half).run(kernel).otherBits(first));
      }
    }
  }

  /** One run of a kernel on one backend. */
  static final class Side {
    private record Operand(Span span, double[] values) {}

    private record IntOperand(Span span, int[] values) {}

    private record Result(String name, Span span, double tolerance, double scale) {}

    private final Backend backend;
    private final boolean half;
    private final double halfTolerance;
    private final String place;
    private final TestBuffers buffers;
    private final List<Operand> operands = new ArrayList<>();
    private final List<IntOperand> intOperands = new ArrayList<>();
    private final List<Result> results = new ArrayList<>();
    private final List<double[]> values = new ArrayList<>();

    /**
     * @param half whether activations are rounded to bf16
     */
    private Side(Cases c, Backend backend, String name, boolean half) {
      this.backend = backend;
      this.half = half;
      this.halfTolerance = c.halfTolerance;
      this.place = name + ": " + c.description;
      this.buffers = new TestBuffers(backend, c.aligned);
    }

    private Side run(Consumer<Side> kernel) {
      kernel.accept(this);
      for (Result result : results) {
        values.add(buffers.read(result.span));
      }
      for (Operand operand : operands) {
        double[] after = buffers.read(operand.span);
        assertArrayEquals(operand.values, after, place + ": an operand was changed");
      }
      for (IntOperand operand : intOperands) {
        int[] after = buffers.readInts(operand.span);
        assertArrayEquals(operand.values, after, place + ": an operand was changed");
      }
      buffers.assertGuardsIntact();
      buffers.release();
      return this;
    }

    Backend backend() {
      return backend;
    }

    /** An activation, which must be unchanged afterwards; null for null. */
    Span in(double[] values) {
      return values == null ? null : operand(backend.computeType(), rounded(values));
    }

    /** An operand of the master type (a parameter, a statistic), which must be unchanged; null for null. */
    Span master(double[] values) {
      return values == null ? null : operand(backend.masterType(), values);
    }

    private Span operand(DType type, double[] values) {
      Span span = buffers.of(type, values);
      operands.add(new Operand(span, values));
      return span;
    }

    /** What an activation with these values holds. */
    private double[] rounded(double[] values) {
      if (!half) {
        return values;
      }
      double[] rounded = new double[values.length];
      for (int i = 0; i < rounded.length; i++) {
        rounded[i] = toHalf(values[i]);
      }
      return rounded;
    }

    /** An integer operand, which must be unchanged afterwards. */
    Span in(int[] values) {
      Span span = buffers.ofInts(values);
      intOperands.add(new IntOperand(span, values));
      return span;
    }

    /** Working memory for activations: filled with NaN, not compared. */
    Span scratch(int n) {
      return buffers.result(n);
    }

    /** Working memory of the master type: filled with NaN, not compared. */
    Span masterScratch(int n) {
      return buffers.result(backend.masterType(), n);
    }

    /** A result of the master type to compare. */
    Span masterOut(String name, int n, double tolerance) {
      return masterOut(name, n, tolerance, Tolerance.SCALE);
    }

    /** A result of the master type to compare. */
    Span masterOut(String name, int n, double tolerance, double scale) {
      return result(name, buffers.result(backend.masterType(), n), masterTolerance(tolerance), scale);
    }

    /** A result of the master type that holds something beforehand. */
    Span masterInOut(String name, double[] before, double tolerance) {
      return masterInOut(name, before, tolerance, Tolerance.SCALE);
    }

    /** A result of the master type that holds something beforehand. */
    Span masterInOut(String name, double[] before, double tolerance, double scale) {
      return result(name, buffers.of(backend.masterType(), before), masterTolerance(tolerance), scale);
    }

    /** A result of the master type whose former contents count only where {@code accumulate} is true. */
    Span masterOutOrSum(String name, boolean accumulate, double[] before, double tolerance, double scale) {
      return accumulate
          ? masterInOut(name, before, tolerance, scale)
          : masterOut(name, before.length, tolerance, scale);
    }

    private Span result(String name, Span span, double tolerance, double scale) {
      results.add(new Result(name, span, tolerance, scale));
      return span;
    }

    /** Half precision costs a result of the master type what is rounded between a kernel's steps. */
    private double masterTolerance(double tolerance) {
      boolean between = half && tolerance != Tolerance.EXACT && halfTolerance != Tolerance.HALF_ROUNDING;
      return between ? tolerance + halfTolerance : tolerance;
    }

    /** Half precision costs an activation its own rounding, too. */
    private double activationTolerance(double tolerance) {
      return half && tolerance != Tolerance.EXACT ? tolerance + halfTolerance : tolerance;
    }

    /** An activation to compare. */
    Span out(String name, int n, double tolerance) {
      return out(name, n, tolerance, Tolerance.SCALE);
    }

    /**
     * An activation to compare.
     *
     * @param scale what the error is relative to where the result is smaller
     */
    Span out(String name, int n, double tolerance, double scale) {
      return result(name, buffers.result(n), activationTolerance(tolerance), scale);
    }

    /** An activation that holds something beforehand, for kernels that accumulate or overlay. */
    Span inOut(String name, double[] before, double tolerance) {
      return inOut(name, before, tolerance, Tolerance.SCALE);
    }

    /** An activation that holds something beforehand. */
    Span inOut(String name, double[] before, double tolerance, double scale) {
      return result(name, buffers.of(rounded(before)), activationTolerance(tolerance), scale);
    }

    /** An activation whose former contents count only where {@code accumulate} is true; else it holds NaN. */
    Span outOrSum(String name, boolean accumulate, double[] before, double tolerance, double scale) {
      return accumulate
          ? inOut(name, before, tolerance, scale)
          : out(name, before.length, tolerance, scale);
    }

    private void assertNear(Side reference) {
      for (int r = 0; r < results.size(); r++) {
        Result result = results.get(r);
        double[] expected = reference.values.get(r);
        double[] actual = values.get(r);
        double largest = result.scale;
        for (double value : expected) {
          largest = Double.isFinite(value) ? Math.max(largest, Math.abs(value)) : largest;
        }
        double worst = 0;
        int at = 0;
        for (int i = 0; i < expected.length; i++) {
          double error = error(expected[i], actual[i]);
          if (error > worst) {
            worst = error;
            at = i;
          }
        }
        assertTrue(
            worst <= result.tolerance * largest,
            place + ": " + result.name + "[" + at + "] is " + actual[at] + ", the reference has "
                + expected[at] + "; relative error " + worst / largest + ", allowed " + result.tolerance);
      }
    }

    private static double error(double expected, double actual) {
      if (Double.isFinite(expected) && Double.isFinite(actual)) {
        return Math.abs(expected - actual);
      }
      return Double.compare(expected, actual) == 0 ? 0 : Double.POSITIVE_INFINITY;
    }

    private void assertSameBits(Side first) {
      String other = otherBits(first);
      assertNull(other, other);
    }

    /** The first result that has other bits than the other side's; null if there is none. */
    private String otherBits(Side other) {
      for (int r = 0; r < results.size(); r++) {
        double[] expected = other.values.get(r);
        double[] actual = values.get(r);
        for (int i = 0; i < expected.length; i++) {
          if (Double.compare(expected[i], actual[i]) != 0) {
            return place + ": " + results.get(r).name + "[" + i + "] is " + actual[i] + ", but " + expected[i]
                + " on " + other.place;
          }
        }
      }
      return null;
    }
  }
}
