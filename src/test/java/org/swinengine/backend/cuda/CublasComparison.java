package org.swinengine.backend.cuda;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.GpuLibraries;
import org.swinengine.backend.LibraryUse;
import org.swinengine.backend.cuda.TrainingProducts.Call;
import org.swinengine.backend.cuda.TrainingProducts.ProductOfLayer;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;

/**
 * {@code bench/gpu cublas}: times each product of training steps on this device by the own kernel and by
 * cuBLAS, in turns, and writes the table {@code cublas.txt} that follows.
 */
final class CublasComparison {
  /** Runs of both, of which the middle ratio counts. */
  private static final int PAIRS = 9;

  private final CudaBackend own;
  private final CudaBackend library;
  private final double seconds;
  private final List<CublasLines.Point> points = new ArrayList<>();
  private final List<String> rows = new ArrayList<>();

  /**
   * @param own without cuBLAS
   * @param library where cuBLAS does whatever it can
   * @param seconds for each product; 0: each side runs once, to try this
   */
  CublasComparison(CudaBackend own, CudaBackend library, double seconds) {
    this.own = own;
    this.library = library;
    this.seconds = seconds;
  }

  /** The arguments: where the table goes, the batch, seconds for each product, models. */
  public static void main(String[] words) throws IOException {
    double seconds = Double.parseDouble(words[2]);
    List<ModelSpec> specs = Arrays.stream(words).skip(3).map(Models::spec).toList();
    try (CudaBackend own = new CudaBackend(0, DType.BF16, GpuLibraries.NONE);
        CudaBackend library =
            new CudaBackend(0, DType.BF16, new GpuLibraries(LibraryUse.ON, LibraryUse.OFF))) {
      CublasComparison comparison = new CublasComparison(own, library, seconds);
      comparison.measure(specs, Integer.parseInt(words[1]), System.err);
      Files.writeString(Path.of(words[0]), comparison.table());
    }
  }

  /** Measures what steps of these models multiply, each product once. */
  void measure(List<ModelSpec> specs, int batch, PrintStream progress) {
    Map<ProductOfLayer, Integer> products = new LinkedHashMap<>();
    for (ModelSpec spec : specs) {
      TrainingProducts.of(own, spec, batch).forEach((product, n) -> products.merge(product, n, Integer::sum));
    }
    int done = 0;
    for (Map.Entry<ProductOfLayer, Integer> product : products.entrySet()) {
      String row = measure(product.getKey(), product.getValue());
      done++;
      if (row != null) {
        rows.add(row);
        progress.println(done + " of " + products.size() + ": " + row);
      }
    }
  }

  /** A row for the table's comment; null if cuBLAS leaves the product to the own kernel. */
  private @Nullable String measure(ProductOfLayer product, int times) {
    try (Call ours = new Call(own, product);
        Call theirs = new Call(library, product)) {
      long before = library.productsByCublas();
      ours.run();
      theirs.run();
      if (library.productsByCublas() == before) {
        return null;
      }
      double one = Math.max(1e-6, Math.max(seconds(own, ours, 1), seconds(library, theirs, 1)));
      int pairs = seconds == 0 ? 1 : PAIRS;
      int turns = (int) Math.max(1, Math.min(10_000, seconds / (2 * pairs * one)));
      double[] ratios = new double[pairs];
      double[] own1 = new double[pairs];
      for (int i = 0; i < pairs; i++) {
        // Who comes first changes, so that a clock that falls or rises favours nobody.
        double first = i % 2 == 0 ? seconds(own, ours, turns) : seconds(library, theirs, turns);
        double second = i % 2 == 0 ? seconds(library, theirs, turns) : seconds(own, ours, turns);
        ratios[i] = i % 2 == 0 ? first / second : second / first;
        own1[i] = i % 2 == 0 ? first : second;
      }
      double gain = middle(ratios);
      String kind = product.types(own.computeType()) + " " + product.way().layout + " " + product.epilogue();
      points.add(new CublasLines.Point(kind, product.m(), product.n(), product.k(), gain));
      return String.format(Locale.ROOT, "%s %d %d %d%s: %d of them, own %.1f µs, cuBLAS %.2f times as fast",
          kind, product.m(), product.n(), product.k(),
          product.parts().isEmpty() ? "" : " (" + String.join(", ", product.parts()) + ")", times,
          1e6 * middle(own1), gain);
    }
  }

  private static double middle(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /** Of a call, launches among it that wait for nothing. */
  private static double seconds(Backend backend, Runnable call, int turns) {
    backend.synchronize();
    long begin = System.nanoTime();
    for (int i = 0; i < turns; i++) {
      call.run();
    }
    backend.synchronize();
    return (System.nanoTime() - begin) / 1e9 / turns;
  }

  /** What was measured, as the text of {@code cublas.txt}. */
  String table() throws IOException {
    StringBuilder text = new StringBuilder("# origin: ");
    boolean isEmulated = System.getProperty(DriverLibrary.DRIVER_PROPERTY, "").contains("cuda-emulator");
    text.append(isEmulated || seconds == 0
        ? "NOT A MEASUREMENT: the emulator, or one run of each; the figures mean nothing.\n"
        : "measured by `bench/gpu cublas` in bf16: own kernel and cuBLAS in turns, " + PAIRS
            + " times; the middle ratio counts.\n");
    text.append("# ").append(library.describe()).append('\n');
    text.append(String.format(Locale.ROOT,
        "# A line where cuBLAS is %.2f times as fast, and nowhere slower among what the line takes.%n#%n",
        CublasLines.WINS));
    rows.forEach(row -> text.append("# ").append(row).append('\n'));
    text.append("#\n# types layout epilogue capability m n k\n");
    CublasLines.of(points, library.capabilityName()).forEach(line -> text.append(line).append('\n'));
    return text.toString();
  }

  /** Products that were measured. */
  List<CublasLines.Point> points() {
    return List.copyOf(points);
  }
}
