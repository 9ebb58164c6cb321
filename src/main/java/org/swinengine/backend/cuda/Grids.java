package org.swinengine.backend.cuda;

import org.swinengine.backend.DType;
import org.swinengine.backend.Span;

/** What the families' launches have in common. */
final class Grids {
  /** Threads of a block in kernels that go over elements. */
  static final int THREADS = 256;

  private static final long MOST_BLOCKS = 1 << 16;

  private Grids() {}

  /**
   * Blocks of {@link #THREADS} threads for kernels that go over {@code n} elements in steps of the whole
   * grid. It depends on {@code n} alone, as everything about a launch does that could change a result.
   */
  static long elements(long n) {
    return Math.min(MOST_BLOCKS, Math.max(1, blocks(n, THREADS)));
  }

  /** ⌈n / size⌉. */
  static long blocks(long n, int size) {
    return (n + size - 1) / size;
  }

  /** The suffix of a kernel that is made for activations of a type. */
  static String suffix(DType type) {
    switch (type) {
      case FLOAT32:
        return "f32";
      case BF16:
        return "bf16";
      case INT32:
        return "i32";
      default:
        throw new IllegalArgumentException("cuda: there are no kernels for " + type);
    }
  }

  /** A kernel's name with the suffix of the type of its activations. */
  static String named(String kernel, Span activation) {
    return kernel + "_" + suffix(activation.buffer().dtype());
  }
}
