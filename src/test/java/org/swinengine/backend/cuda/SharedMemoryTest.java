package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.AttentionKernels.FormGradients;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.GpuLibraries;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;

/**
 * What kernels ask of shared memory is there on every generation: a block of 8.6, 8.9 and 12.0 can have 99
 * KiB, of 8.0 163 and of 9.0 227. The emulator has the limits of the GPU that it looks like. It notes the
 * launches of many threads without running them.
 */
@Tag("cuda")
final class SharedMemoryTest {
  private static final int SKETCH = 2;
  private static final int HEADS = 2;

  @BeforeEach
  void open() {
    CudaBackendsForTests.assumeAvailable();
    assumeTrue(CudaBackendsForTests.isEmulated(), "a GPU has the memory that it has");
    EmulatorControls.reset();
  }

  @AfterEach
  void reset() {
    if (CudaBackendsForTests.isEmulated()) {
      EmulatorControls.reset();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {80, 86, 89, 90, 120})
  void everyKernelThatAsksForMuchCanBeLaunched(int capability) {
    EmulatorControls.pretend(capability, 12080, 1);
    EmulatorControls.ledger(SKETCH);
    for (DType type : new DType[] {DType.FLOAT32, DType.BF16}) {
      try (CudaBackend backend = new CudaBackend(0, type, GpuLibraries.NONE)) {
        for (int headDim : new int[] {32, 64, 128}) {
          // A window of one tile, one of several, and one whose table of biases is as long as fits.
          windows(backend, type, headDim, 7);
          windows(backend, type, headDim, 14);
          windows(backend, type, headDim, 32);
          globally(backend, type, headDim);
        }
        product(backend, type, true, false);
        product(backend, type, false, true);
      }
    }
  }

  private static void windows(CudaBackend backend, DType type, int headDim, int window) {
    WindowGeometry geometry =
        new WindowGeometry(1, window, window, window, window, 0, 0, PaddingOrder.PAD_THEN_SHIFT);
    int n = window * window * HEADS * headDim;
    int tableSize = geometry.biasTableRows() * HEADS;
    Buffer qkv = backend.memory().allocate(type, 3 * n);
    Buffer out = backend.memory().allocate(type, n);
    Buffer statistics = backend.memory().allocate(DType.FLOAT32, 2 * window * window * HEADS);
    Buffer dQkv = backend.memory().allocate(type, 3 * n);
    Buffer table = backend.memory().allocate(DType.FLOAT32, tableSize);
    Buffer dTable = backend.memory().allocate(DType.FLOAT32, tableSize);
    AttentionForm form = new AttentionForm(HEADS, headDim, 1, table, null, null, null);
    backend.attention().windowForward(geometry, form, qkv, out, statistics);
    backend.attention().windowBackward(
        geometry, form, qkv, statistics, out, dQkv, new FormGradients(dTable, null, null, null));
    release(qkv, out, statistics, dQkv, table, dTable);
  }

  private static void globally(CudaBackend backend, DType type, int headDim) {
    int tokens = 197;
    int n = tokens * HEADS * headDim;
    Buffer qkv = backend.memory().allocate(type, 3 * n);
    Buffer out = backend.memory().allocate(type, n);
    Buffer statistics = backend.memory().allocate(DType.FLOAT32, 2 * tokens * HEADS);
    Buffer dQkv = backend.memory().allocate(type, 3 * n);
    AttentionForm form = new AttentionForm(HEADS, headDim, 1, null, null, null, null);
    backend.attention().globalForward(1, tokens, form, qkv, out, statistics);
    backend.attention().globalBackward(1, tokens, form, qkv, out, statistics, out, dQkv);
    release(qkv, out, statistics, dQkv);
  }

  /** In large tiles, with an inner dimension of more than one block of float32 sums. */
  private static void product(CudaBackend backend, DType type, boolean transposeA, boolean transposeB) {
    int size = 2048;
    int inner = 1600;
    Buffer a = backend.memory().allocate(type, size * inner);
    Buffer b = backend.memory().allocate(type, size * inner);
    Buffer c = backend.memory().allocate(type, size * size);
    backend.matrix().gemm(Gemm.dense(transposeA, transposeB, size, size, inner), a, b, c);
    release(a, b, c);
  }

  private static void release(Buffer... buffers) {
    for (Buffer buffer : buffers) {
      buffer.release();
    }
  }
}
