package org.swinengine.backend.cuda;

import org.swinengine.backend.cuda.ptx.PtxLaunch;

/**
 * What a kernel has to move at least: each operand read once, each result written once, from the sizes among
 * its arguments. A result that is added to is read as well.
 *
 * @param read bytes
 * @param written bytes
 */
record Operands(long read, long written) {
  long bytes() {
    return read + written;
  }

  /**
   * Of a launch.
   *
   * @param batch images, which not every kernel is told
   * @throws IllegalArgumentException for a kernel that no step launches
   */
  static Operands of(String kernel, PtxLaunch launch, int batch) {
    return new Sizes(kernel, launch, batch).operands();
  }

  /** Sizes of one launch. */
  private static final class Sizes {
    private static final int FLOAT = 4;

    private final String name;
    private final String suffix;
    private final PtxLaunch launch;
    private final int batch;

    Sizes(String kernel, PtxLaunch launch, int batch) {
      String[] words = kernel.split("_", 2);
      name = words[0].replaceAll("\\d+$", "");
      suffix = words.length > 1 ? words[1] : "";
      this.launch = launch;
      this.batch = batch;
    }

    private long at(int argument) {
      return launch.arguments()[argument];
    }

    private long size(int argument) {
      return (int) launch.arguments()[argument];
    }

    private boolean has(int argument) {
      return at(argument) != 0;
    }

    /** Bytes of an activation. */
    private long bytes() {
      return suffix.contains("bf16") ? Short.BYTES : FLOAT;
    }

    /** Bytes of a word of what is only moved. */
    private long word() {
      return Long.parseLong(suffix);
    }

    private static Operands both(long bytes) {
      return new Operands(bytes, bytes);
    }

    Operands operands() {
      return switch (name) {
        case "product" -> suffix.endsWith("bf16f32") ? weightGradient()
            : suffix.contains("pair") ? pair() : product();
        case "layerNorm", "layerNormExpand" -> {
          long rows = size(6);
          long n = rows * size(7) * bytes();
          long statistics = has(4) ? 2 * FLOAT * rows : 0;
          boolean given = name.equals("layerNorm") && size(9) != 0;
          yield new Operands(n + 2 * FLOAT * size(7) + (given ? statistics : 0),
              n + (given ? 0 : statistics));
        }
        case "layerNormBackward", "layerNormExpandBackward" -> {
          long n = size(8) * size(9) * bytes();
          long dx = has(5) ? n : 0;
          long partials = has(7) ? 2L * FLOAT * launch.grid()[0] * size(9) : 0;
          long added = size(6) != 0 ? dx : 0;
          yield new Operands(2 * n + added + 2 * FLOAT * size(8) + FLOAT * size(9), dx + partials);
        }
        case "layerNormParameters", "layerNormExpandParameters" -> new Operands(
            2 * size(5) * size(6) * bytes() + 2 * FLOAT * size(5), 2L * FLOAT * launch.grid()[1] * size(6));
        case "windowForward", "windowForwardWhole", "windowBackward", "windowBackwardWhole" -> window();
        case "windowTableGradient" -> tables();
        case "globalForward" -> new Operands(3 * tokens(), tokens() + 2 * rows());
        case "globalDelta" -> new Operands(2 * tokens(), rows());
        case "globalQueryGradient" -> new Operands(4 * tokens() + 3 * rows(), tokens());
        case "globalKeyGradient" -> new Operands(4 * tokens() + 3 * rows(), 2 * tokens());
        case "embedGather", "embedScatter" -> both(
            batch * size(0) * size(3) * size(4) * size(5) * size(6) * word());
        case "mergeGatherStatistics" -> {
          long n = batch * size(0) * size(1) * size(2) * word();
          yield new Operands(n, n + statistics(n));
        }
        case "rowStatistics" -> new Operands(at(2) * 32 * bytes(), statistics(at(2) * 32 * bytes()));
        case "mergeGather", "mergeScatter" -> both(batch * size(0) * size(1) * size(2) * word());
        case "gelu", "scale" -> both(at(2) * bytes());
        case "add", "geluBackward" -> new Operands(2 * at(3) * bytes(), at(3) * bytes());
        case "scaleRows" -> new Operands(size(3) * (at(4) * bytes() + FLOAT), size(3) * at(4) * bytes());
        case "addRow" -> new Operands(
            size(3) * at(4) * bytes() + FLOAT * at(4), size(3) * at(4) * bytes());
        case "sumRows" -> new Operands(at(2) * at(3) * bytes(), FLOAT * launch.grid()[1] * at(3));
        case "sumParts" -> sums();
        case "sum", "sumOfSquares" -> new Operands(at(2) * bytes(), 2 * FLOAT * (at(2) + 8191) / 8192);
        case "finishSum" -> new Operands(2 * FLOAT * size(2), FLOAT);
        case "meanTokens" -> new Operands(
            batch * size(2) * size(3) * bytes(), batch * size(3) * bytes());
        case "meanTokensBackward" -> new Operands(
            batch * size(3) * bytes(), batch * size(2) * size(3) * bytes());
        case "crossEntropy" -> new Operands(
            size(4) * (size(5) * bytes() + FLOAT), 2 * FLOAT * size(4));
        case "crossEntropyBackward" -> new Operands(
            size(5) * (size(6) * bytes() + 2 * FLOAT) + FLOAT, size(5) * size(6) * bytes());
        case "adamW" -> optimizer(4, at(5), has(14));
        case "adamWAverage" -> optimizer(5, at(5), has(15));
        case "sgd" -> optimizer(has(2) ? 3 : 2, at(4), has(9));
        case "sgdAverage" -> optimizer(has(2) ? 4 : 3, at(4), has(10));
        case "exchange" -> both(launch.grid()[0] / size(3) * size(0) * size(1) * size(2) * word());
        case "clipControl" -> new Operands(FLOAT * (2 + at(2)), 3 * FLOAT);
        case "dropPathScales" -> new Operands(0, FLOAT * size(3) * launch.grid()[1]);
        case "copyRows" -> both(size(0) * at(1) * word());
        case "convertRows" -> suffix.startsWith("f32")
            ? new Operands(4 * size(0) * at(1), 2 * size(0) * at(1))
            : new Operands(2 * size(0) * at(1), 4 * size(0) * at(1));
        default -> throw new IllegalArgumentException(
            "Operands does not know what " + name + " moves; add its arguments");
      };
    }

    /** Arrays are parameters, gradients and what lasts; all but the gradients are written again. */
    private static Operands optimizer(int arrays, long n, boolean copies) {
      return new Operands(arrays * FLOAT * n, ((arrays - 1) * FLOAT + (copies ? Short.BYTES : 0)) * n);
    }

    /** A table's sums: three addresses, columns of the first result and of both, parts, the first block. */
    private Operands sums() {
      long read = 0;
      long written = 0;
      for (int i = 0; i < size(0); i++) {
        long out = FLOAT * (at(5 * i + 4) >> 32);
        long parts = size(5 * i + 5);
        read += Math.abs(parts) * out + (parts < 0 ? out : 0);
        written += out;
      }
      return new Operands(read, written);
    }

    /** A table's tables: two addresses, heads, a window's height and width, the first block. */
    private Operands tables() {
      long read = 0;
      long written = 0;
      for (int i = 0; i < size(0); i++) {
        long heads = size(4 * i + 3);
        long height = at(4 * i + 3) >> 32;
        long width = size(4 * i + 4);
        read += FLOAT * heads * height * width * height * width;
        written += FLOAT * heads * (2 * height - 1) * (2 * width - 1);
      }
      return new Operands(read, written);
    }

    /** Bytes of what is kept of rows of so many bytes: two numbers for 32 columns of bf16. */
    private static long statistics(long bytesOfRows) {
      return bytesOfRows / 8;
    }

    private Operands product() {
      long m = size(0);
      long n = size(1);
      long k = size(2);
      boolean isSplit = size(12) > 1;
      long parts = launch.grid()[2];
      long matrices = isSplit ? 1 : parts;
      long resultBytes = suffix.endsWith("f32") ? FLOAT : Short.BYTES;
      long dense = m * n * bytes();
      boolean adds = Float.intBitsToFloat((int) at(15)) != 0;
      boolean hasStatistics = !suffix.endsWith("tf32"); // of rows; else a mask of dropout may stand there
      long read = matrices * (m * k + k * n) * bytes() + (adds ? m * n * resultBytes : 0)
          + (has(16) ? FLOAT * n : 0) + (has(19) ? dense : 0)
          + (has(20) ? FLOAT * ((m - 1) / size(21) + 1) : 0) + (has(22) ? dense : 0)
          + (hasStatistics && has(23) ? FLOAT * n + statistics(m * k * bytes()) : 0);
      return new Operands(read, parts * m * n * resultBytes + (has(17) ? dense : 0)
          + (hasStatistics && has(26) ? statistics(dense) : 0));
    }

    /** Each of the two counts as half of a matrix. */
    private Operands pair() {
      long m = size(0);
      long n = size(1);
      long k = size(2);
      long bias = suffix.startsWith("nt") && has(7) ? FLOAT * n : 0;
      return new Operands((m * k + k * n) * bytes() + bias, m * n * bytes());
    }

    private Operands weightGradient() {
      long m = size(0);
      long n = size(1);
      long k = size(2);
      long results = FLOAT * size(8) * (m * n + (has(6) ? m : 0));
      boolean adds = Float.intBitsToFloat((int) at(10)) != 0;
      long factors = has(11) && !suffix.contains("pair") ? FLOAT * ((k - 1) / size(12) + 1) : 0;
      return new Operands((m + n) * k * bytes() + factors + (adds ? results : 0), results);
    }

    private Operands window() {
      long windowsOfAnImage = Grids.blocks(size(0), (int) size(1)) * Grids.blocks(size(3), (int) size(4));
      long tokens = size(7) / windowsOfAnImage * size(0) * size(3);
      long x = tokens * size(8) * size(9) * bytes();
      long area = size(1) * size(4);
      long table = has(11) ? FLOAT * table(8, 1, 4) : 0;
      long statistics = 2 * FLOAT * size(7) * size(8) * area;
      if (name.startsWith("windowForward")) {
        return new Operands(3 * x + table, x + (has(18) ? statistics : 0));
      }
      long bias = has(21) ? FLOAT * launch.grid()[0] * area * area : 0;
      return new Operands(4 * x + table + statistics, 3 * x + bias);
    }

    private long table(int heads, int height, int width) {
      return size(heads) * (2 * size(height) - 1) * (2 * size(width) - 1);
    }

    /** Bytes of an activation of global attention. */
    private long tokens() {
      return batch * size(0) * size(1) * size(2) * bytes();
    }

    /** Bytes of one number for each token and head. */
    private long rows() {
      return FLOAT * batch * size(0) * size(1);
    }
  }
}
