package org.swinengine.backend.cpu.simd;

import java.util.Locale;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;

/**
 * The vector width in use. {@code -Dswin.simd=512|256|128|off} forces one (for tests and comparisons; all
 * give the same bits); otherwise the widest that the processor has, or none where the Vector API's module is
 * absent. Only its nested class touches the incubating module, so it loads everywhere.
 */
public final class Simd {
  /** Bits of a vector; 0: scalar kernels. */
  public static final int BITS;

  /** Why there are vectors of this width, or none. */
  private static final String WHY;

  /** Why the wish cannot be met, or null; thrown when a backend is opened, not while this class is loaded. */
  private static final String REFUSAL;

  static {
    int bits = 0;
    String refusal = null;
    String wish = System.getProperty("swin.simd", "auto");
    try {
      bits = choose(wish);
    } catch (IllegalArgumentException e) {
      refusal = e.getMessage();
    }
    BITS = bits;
    REFUSAL = refusal;
    if (!wish.equalsIgnoreCase("auto")) {
      WHY = "swin.simd=" + wish;
    } else {
      WHY = bits > 0 ? "this processor's widest vectors" : "no module jdk.incubator.vector";
    }
  }

  /**
   * Loaded only where the module is present. Not in {@link Lanes}, whose species need {@link #BITS} first.
   */
  private static final class Processor {
    static int preferredBits() {
      return FloatVector.SPECIES_PREFERRED.vectorBitSize();
    }
  }

  private Simd() {}

  /**
   * Whether there are vectors.
   *
   * @throws IllegalArgumentException with a sentence for the user if the wish cannot be met
   */
  public static boolean isVector() {
    if (REFUSAL != null) {
      throw new IllegalArgumentException(REFUSAL);
    }
    return BITS > 0;
  }

  /** Why {@link #BITS} is what it is, in a few words. */
  public static String why() {
    return WHY;
  }

  /**
   * What whoever starts Java should know: the Vector API's module is absent although nobody has asked for
   * scalar kernels. Empty where there are vectors, or none are wanted.
   */
  public static Optional<String> missing() {
    boolean auto = System.getProperty("swin.simd", "auto").equalsIgnoreCase("auto");
    return BITS > 0 || !auto
        ? Optional.empty()
        : Optional.of(
            "Java was started without the Vector API, so models run ten times slower than they could, or"
                + " worse; start it with --add-modules jdk.incubator.vector (-Dswin.simd=off silences this)");
  }

  private static int choose(String wish) {
    boolean present = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    String asked = wish.toLowerCase(Locale.ROOT);
    if (asked.equals("off") || asked.equals("0")) {
      return 0;
    }
    if (!present) {
      if (!asked.equals("auto")) {
        throw new IllegalArgumentException(
            "swin.simd=" + wish
                + " needs the Vector API; start Java with --add-modules jdk.incubator.vector");
      }
      return 0;
    }
    int widest = Processor.preferredBits();
    switch (asked) {
      case "auto":
        return Math.min(512, widest);
      case "128":
      case "256":
      case "512":
        int bits = Integer.parseInt(asked);
        if (bits > widest) {
          throw new IllegalArgumentException(
              "swin.simd=" + wish + ": this processor's vectors have " + widest + " bits at most");
        }
        return bits;
      default:
        throw new IllegalArgumentException("swin.simd=" + wish + " is none of auto, 512, 256, 128, off");
    }
  }
}
