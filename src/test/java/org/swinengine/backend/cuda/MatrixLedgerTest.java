package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.cuda.EmulatorControls.Counted;
import org.swinengine.backend.cuda.ptx.PtxCounts;
import org.swinengine.backend.cuda.ptx.PtxMachine;

/** What products on tensor cores ask of these and of memory, counted by the emulator: docs/GPU_LEDGER.md. */
@Tag("cuda")
final class MatrixLedgerTest {
  private CudaBackend backend;

  @AfterEach
  void close() {
    if (backend != null) {
      backend.close();
    }
  }

  /** Multiplies [m, k] by [k, n] and looks at every count. */
  private void multiply(boolean transposeA, boolean transposeB, int m, int n, int k, int tile) {
    Buffer a = backend.memory().allocate(DType.BF16, (long) m * k);
    Buffer b = backend.memory().allocate(DType.BF16, (long) k * n);
    Buffer c = backend.memory().allocate(DType.BF16, (long) m * n);
    backend.memory().fill(a, (long) m * k, 1);
    backend.memory().fill(b, (long) k * n, 1);
    EmulatorControls.reset();
    int strideA = transposeA ? m : k;
    int strideB = transposeB ? k : n;
    Gemm sizes = new Gemm(transposeA, transposeB, m, n, k, 1, 0, strideA, strideB, n, 1, 0, 0, 0);
    backend.matrix().gemm(sizes, a, b, c);
    String what = (transposeA ? "t" : "n") + (transposeB ? "t" : "n") + " " + m + " × " + n + " × " + k;

    long tilesDown = Grids.blocks(m, tile);
    long tilesAcross = Grids.blocks(n, tile);
    long strips = Grids.blocks(k, 32);
    long products = tilesDown * tilesAcross * strips * (tile / 16) * (tile / 8) * 2;
    assertEquals(products, EmulatorControls.count(Counted.PRODUCTS), what + ": products");
    long loads = EmulatorControls.count(Counted.MATRIX_LOADS);
    // A warp of 64 × 32 loads six fragments for sixteen products, one of 32 × 32 four for eight.
    assertEquals(tile == 128 ? products * 6 / 16 : products * 4 / 8, loads, what + ": loads of matrices");
    assertEquals(4 * loads, EmulatorControls.count(Counted.MATRIX_PASSES), what + ": passes");
    long copies = ((long) m * k * tilesAcross + (long) n * k * tilesDown) / 8;
    assertEquals(copies, EmulatorControls.count(Counted.COPIES), what + ": copies");
    long all = tilesDown * tilesAcross * strips * 2 * tile * 32 / 8;
    assertEquals(all - copies, EmulatorControls.count(Counted.EMPTY_COPIES), what + ": copies of nothing");
    a.release();
    b.release();
    c.release();
  }

  /** In TF32, k 8 at a time in strips of 16; where k is slow fragments are read without {@code ldmatrix}. */
  private void multiplyTf32(boolean transposeA, boolean transposeB, int m, int n, int k, int tile) {
    Buffer a = backend.memory().allocate(DType.FLOAT32, (long) m * k);
    Buffer b = backend.memory().allocate(DType.FLOAT32, (long) k * n);
    Buffer c = backend.memory().allocate(DType.FLOAT32, (long) m * n);
    backend.memory().fill(a, (long) m * k, 1);
    backend.memory().fill(b, (long) k * n, 1);
    EmulatorControls.reset();
    int strideA = transposeA ? m : k;
    int strideB = transposeB ? k : n;
    Gemm sizes = new Gemm(transposeA, transposeB, m, n, k, 1, 0, strideA, strideB, n, 1, 0, 0, 0);
    List<RecordedCalls.Call> calls = RecordedCalls.of(() -> backend.matrix().gemm(sizes, a, b, c));
    String what = (transposeA ? "t" : "n") + (transposeB ? "t" : "n") + " " + m + " × " + n + " × " + k;
    long tiles = Grids.blocks(m, tile) * Grids.blocks(n, tile);
    long strips = Grids.blocks(k, 16);
    long products = tiles * strips * 2 * (tile / 16) * (tile / 8);
    assertEquals(products, EmulatorControls.count(Counted.PRODUCTS), what + ": products");
    // Of each operand a warp of 64 × 64 loads four fragments for 32 products, one of 32 × 32 two for eight.
    int operands = (transposeA ? 0 : 1) + (transposeB ? 1 : 0);
    long loads = EmulatorControls.count(Counted.MATRIX_LOADS);
    assertEquals(operands * products / (tile == 128 ? 8 : 4), loads, what + ": loads of matrices");
    assertEquals(4 * loads, EmulatorControls.count(Counted.MATRIX_PASSES), what + ": passes");
    long copies = ((long) m * k * Grids.blocks(n, tile) + (long) n * k * Grids.blocks(m, tile)) / 4;
    assertEquals(copies, EmulatorControls.count(Counted.COPIES), what + ": copies");
    RecordedCalls.Call launch = calls.get(0);
    assertTrue(launch.kernel().endsWith("_" + tile + "_tf32"), launch.kernel());
    PtxCounts counts =
        PtxMachine.counting(RecordedCalls.MEMORY)
            .run(RecordedCalls.program(launch.kernel()), launch.launch(), 1);
    double meet = (double) counts.wavefronts() / counts.leastWavefronts();
    assertTrue(meet <= 1.05, what + ": lanes meet in banks, " + meet);
    a.release();
    b.release();
    c.release();
  }

  @Test
  void productsInTf32DoNothingTwice() {
    backend = (CudaBackend) CudaBackendsForTests.openTensorFloat();
    assumeTrue(CudaBackendsForTests.isEmulated(), "a GPU does not count");
    multiplyTf32(false, true, 784, 96, 96, 64);
    multiplyTf32(false, true, 3136, 768, 16, 128);
    multiplyTf32(false, false, 3136, 768, 16, 128);
    multiplyTf32(true, false, 768, 2816, 24, 128);
    multiplyTf32(true, true, 72, 104, 40, 64);
  }

  @Test
  void productsOfSwinTDoNothingTwice() {
    backend = (CudaBackend) CudaBackendsForTests.open(DType.BF16);
    assumeTrue(CudaBackendsForTests.isEmulated(), "a GPU does not count");
    multiply(false, true, 784, 96, 96, 64); // projection of stage 1, a quarter of an image
    multiply(false, true, 49, 768, 96, 64); // rows of stage 4: 15 of 64 multiply nothing
    multiply(false, false, 3136, 768, 32, 128); // large tiles
    multiply(true, false, 768, 2816, 48, 128); // whose last strip is half
    multiply(true, true, 72, 104, 40, 64);
  }
}
