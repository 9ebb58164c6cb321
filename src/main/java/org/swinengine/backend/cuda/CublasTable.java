package org.swinengine.backend.cuda;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.swinengine.backend.DType;
import org.swinengine.backend.MatrixKernels.Gemm;

/**
 * Which products {@code --cublas auto} gives to cuBLAS: the lines of {@code cublas.txt}, which says where
 * they come from. What it answers depends on types, sizes and the GPU's compute capability alone, so that a
 * run takes the same way each time.
 */
final class CublasTable {
  private static final String RESOURCE = "/org/swinengine/backend/cuda/cublas.txt";

  /**
   * A line.
   *
   * @param kind types, layout and epilogue
   * @param capability ten times the least compute capability
   * @param m least rows of the result
   * @param n least columns of the result
   * @param k least inner dimension
   */
  private record Line(String kind, int capability, int m, int n, int k) {}

  private final List<Line> lines;

  private CublasTable(List<Line> lines) {
    this.lines = lines;
  }

  /** The table of this build. */
  static CublasTable ofThisBuild() {
    try (InputStream in = CublasTable.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("the build has no " + RESOURCE);
      }
      return read(new InputStreamReader(in, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a table.
   *
   * @throws IllegalArgumentException for a line of another form
   */
  static CublasTable read(Reader text) throws IOException {
    List<Line> lines = new ArrayList<>();
    BufferedReader reader = new BufferedReader(text);
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      if (!line.isBlank() && !line.startsWith("#")) {
        lines.add(line(line.strip().split(" +")));
      }
    }
    return new CublasTable(List.copyOf(lines));
  }

  private static Line line(String[] words) {
    if (words.length != 7 || !words[3].matches("\\d+\\.\\d")) {
      throw new IllegalArgumentException(
          "cublas.txt: \"" + String.join(" ", words)
              + "\" is not of the form: types layout epilogue capability m n k");
    }
    return new Line(
        kind(words[0], words[1], words[2]),
        Integer.parseInt(words[3].replace(".", "")),
        Integer.parseInt(words[4]),
        Integer.parseInt(words[5]),
        Integer.parseInt(words[6]));
  }

  private static String kind(String types, String layout, String epilogue) {
    return types + " " + layout + " " + epilogue;
  }

  /** Whether there can be a product for cuBLAS on such a GPU. */
  boolean isOfUse(DType computeType, int capability) {
    String types = computeType == DType.BF16 ? "bf16" : "f32";
    return lines.stream().anyMatch(line -> line.kind.startsWith(types) && capability >= line.capability);
  }

  /**
   * Whether a product is cuBLAS's.
   *
   * @param types as kernels are named: f32, bf16, or bf16f32 for a float32 result of bf16 operands
   * @param epilogue none, accumulate, bias, gelu, residual or gelu-gradient
   * @param capability ten times the GPU's compute capability
   */
  boolean takes(String types, Gemm sizes, String epilogue, int capability) {
    String layout = (sizes.transposeA() ? "t" : "n") + (sizes.transposeB() ? "t" : "n");
    String kind = kind(types, layout, epilogue);
    return lines.stream()
        .anyMatch(
            line -> line.kind.equals(kind) && capability >= line.capability && sizes.m() >= line.m
                && sizes.n() >= line.n && sizes.k() >= line.k);
  }
}
