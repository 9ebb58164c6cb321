package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.cuda.CublasLines.Point;
import org.swinengine.backend.cuda.TrainingProducts.Layer;
import org.swinengine.backend.cuda.TrainingProducts.ProductOfLayer;
import org.swinengine.backend.cuda.TrainingProducts.Way;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;

/** {@code bench/gpu cublas} without a GPU: what it measures, and what it makes of figures. */
final class CublasComparisonTest {
  private static final ModelSpec SMALL =
      ModelConfigFile.parse(
          "DATA: {IMG_SIZE: 32}\nMODEL: {NUM_CLASSES: 5, TYPE: swin, NAME: small, SWIN: {PATCH_SIZE: 4,"
              + " EMBED_DIM: 32, DEPTHS: [1, 1], NUM_HEADS: [1, 2], WINDOW_SIZE: 4}}\n",
          "the small model of this test");

  @Test
  void aLineStandsWhereCublasWinsAndTakesNothingWhereItLoses() throws IOException {
    String kind = "bf16 nt bias";
    List<Point> points = List.of(
        new Point(kind, 1000, 96, 96, 0.7),
        new Point(kind, 1000, 384, 384, 1.2),
        new Point(kind, 1000, 768, 768, 1.5),
        new Point(kind, 1000, 96, 3072, 1.3),
        new Point(kind, 1000, 768, 96, 1.02),
        new Point("bf16 nn none", 500, 500, 500, 2),
        new Point("bf16 nn none", 600, 500, 500, 0.99));
    List<String> lines = CublasLines.of(points, "9.0");
    assertEquals(List.of("bf16 nt bias 9.0 1000 384 384", "bf16 nt bias 9.0 1000 96 3072"), lines);
    CublasTable table = CublasTable.read(new StringReader(String.join("\n", lines)));
    for (Point point : points) {
      Gemm sizes = Gemm.dense(false, true, point.m(), point.n(), point.k());
      boolean takes = point.kind().equals(kind) && table.takes("bf16", sizes, "bias", 90);
      assertEquals(point.kind().equals(kind) && point.gain() >= CublasLines.WINS, takes, point.toString());
    }
  }

  @Test
  void ofEqualLinesOneRemains() {
    Point point = new Point("bf16 nn none", 500, 500, 500, 2);
    assertEquals(List.of("bf16 nn none 8.0 500 500 500"), CublasLines.of(List.of(point, point), "8.0"));
  }

  @Test
  @Tag("cuda")
  void theProductsOfAStepOfSwinT() {
    try (Backend backend = CudaBackendsForTests.open(DType.BF16)) {
      Map<ProductOfLayer, Integer> products =
          TrainingProducts.of(backend, Models.spec("swin_tiny_patch4_window7_224"), 256);
      int rows = 256 * 14 * 14;
      assertEquals(6, products.get(
          new ProductOfLayer(Way.FORWARD, "bias", new Layer(rows, 3 * 384, 384), List.of("bias"), 1)));
      assertEquals(6, products.get(
          new ProductOfLayer(Way.WEIGHT, "none", new Layer(rows, 3 * 384, 384), List.of("bias"), 1)));
      assertEquals(6, products.get(
          new ProductOfLayer(Way.INPUT, "none", new Layer(rows, 3 * 384, 384), List.of(), 1)));
      assertTrue(products.keySet().stream().anyMatch(product -> product.epilogue().equals("gelu")));
      assertTrue(products.keySet().stream().anyMatch(product -> product.epilogue().equals("residual")));
    }
  }

  /** With the stand-ins: every kind is computed by both sides, and the table can be read. */
  @Test
  @Tag("cuda")
  void theTableOfASmallModel() throws IOException {
    CudaBackendsForTests.assumeAvailable();
    assumeTrue(CudaBackendsForTests.isEmulated(), "bench/gpu cublas is for a GPU");
    try (CudaBackend own = (CudaBackend) CudaBackendsForTests.open(DType.BF16);
        CudaBackend library = (CudaBackend) CudaBackendsForTests.openWithLibraries(DType.BF16)) {
      CublasComparison comparison = new CublasComparison(own, library, 0);
      comparison.measure(List.of(SMALL), 2, new PrintStream(OutputStream.nullOutputStream()));
      List<Point> points = comparison.points();
      for (String kind : List.of("bf16 nt bias", "bf16 nt gelu", "bf16 nt residual", "bf16 nn none",
          "bf16f32 tn none")) {
        assertTrue(points.stream().anyMatch(point -> point.kind().equals(kind)), kind + " of " + points);
      }
      String table = comparison.table();
      assertTrue(table.startsWith("# origin: NOT A MEASUREMENT"), table);
      assertTrue(table.contains("µs"), table);
      CublasTable.read(new StringReader(table));
    }
  }
}
