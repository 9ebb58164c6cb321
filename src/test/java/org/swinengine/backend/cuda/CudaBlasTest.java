package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.util.Arrays;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.DropoutMask;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.LibraryUse;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.RandomKey;

/** Which products cuBLAS gets, and that they may be captured. What it computes the conformance suite says. */
@Tag("cuda")
class CudaBlasTest {
  private static final Gemm LARGE = Gemm.dense(false, true, 4096, 384, 384);

  @Test
  void aLineFitsWhatIsAsLarge() throws IOException {
    CublasTable table = CublasTable.read(new StringReader("# a remark\n\nbf16 nt bias 9.0 40 30 20\n"));
    Gemm least = Gemm.dense(false, true, 40, 30, 20);
    assertTrue(table.takes("bf16", least, "bias", 90));
    assertTrue(table.takes("bf16", Gemm.dense(false, true, 41, 300, 20), "bias", 100));
    assertFalse(table.takes("bf16", Gemm.dense(false, true, 39, 30, 20), "bias", 90));
    assertFalse(table.takes("bf16", Gemm.dense(false, true, 40, 29, 20), "bias", 90));
    assertFalse(table.takes("bf16", Gemm.dense(false, true, 40, 30, 19), "bias", 90));
    assertFalse(table.takes("bf16", Gemm.dense(false, false, 40, 30, 20), "bias", 90));
    assertFalse(table.takes("bf16", least, "none", 90));
    assertFalse(table.takes("f32", least, "bias", 90));
    assertFalse(table.takes("bf16", least, "bias", 89));
    String said =
        assertThrows(IllegalArgumentException.class,
            () -> CublasTable.read(new StringReader("bf16 nt bias 9.0 40 30"))).getMessage();
    assertTrue(said.contains("\"bf16 nt bias 9.0 40 30\" is not of the form"), said);
  }

  @Test
  void theTableOfTheBuildIsThere() {
    assertTrue(CublasTable.ofThisBuild().takes("bf16", LARGE, "none", 90));
    assertFalse(CublasTable.ofThisBuild().takes("bf16", LARGE, "none", 80));
    assertFalse(CublasTable.ofThisBuild().takes("f32", LARGE, "none", 90));
    assertTrue(CublasTable.ofThisBuild().isOfUse(DType.BF16, 90));
    assertFalse(CublasTable.ofThisBuild().isOfUse(DType.BF16, 89), "an A100 need not even load it");
    assertFalse(CublasTable.ofThisBuild().isOfUse(DType.FLOAT32, 90));
  }

  /** A device, and cuBLAS on it. */
  private static final class World implements AutoCloseable {
    final CudaDevice device;
    final CudaMemory memory;
    final CudaBlas blas;

    World(LibraryUse use) {
      CudaBackendsForTests.provideLibraries();
      device = new CudaDevice(0);
      memory = new CudaMemory(device);
      blas = CudaBlas.open(device, memory, new CudaPointwise(device), use, DType.BF16, false);
    }

    Buffer of(DType type, int n) {
      Buffer buffer = memory.allocate(type, n);
      memory.fill(buffer, n, 1);
      return buffer;
    }

    @Override
    public void close() {
      blas.close();
      memory.close();
      device.close();
    }
  }

  @Test
  void autoTakesWhatTheTableNames() {
    try (World world = new World(LibraryUse.AUTO)) {
      Buffer half = world.of(DType.BF16, 4096 * 384);
      Buffer result = world.of(DType.BF16, 4096 * 384);
      assertTrue(world.blas.product(LARGE, half, half, result, Epilogue.NONE));
      assertEquals(1, world.blas.products());
      assertFalse(
          world.blas.product(Gemm.dense(false, true, 64, 384, 384), half, half, result, Epilogue.NONE));
      assertFalse(world.blas.product(LARGE, half, half, result, Epilogue.biasGelu(null, null)));
      Buffer single = world.of(DType.FLOAT32, 4096 * 384);
      assertFalse(world.blas.product(LARGE, single, single, single, Epilogue.NONE));
      float[] first = new float[1];
      world.memory.download(result, first, 0, 1);
      assertEquals(384, first[0]);
    }
  }

  /** What the steps of an epilogue are is known here; a combination that no layer has is left alone. */
  @Test
  void onTakesWhatItCanFinish() {
    try (World world = new World(LibraryUse.ON)) {
      Buffer x = world.of(DType.FLOAT32, 64);
      Buffer y = world.of(DType.FLOAT32, 64);
      Gemm sizes = Gemm.dense(false, true, 8, 8, 8);
      assertTrue(world.blas.product(sizes, x, x, y, Epilogue.biasResidual(x, x, 1, y)));
      float[] result = new float[64];
      world.memory.download(y, result, 0, 64);
      assertEquals(10, result[63], "8 of the product, 1 of the bias, 1 of the residual");
      Epilogue odd = new Epilogue(true, x, null, true, null, null, 1, null);
      assertFalse(world.blas.product(sizes, x, x, y, odd));
      DropoutMask mask = new DropoutMask(new RandomKey(1, 2, 3), 0, 8, 0.9);
      for (Epilogue epilogue : new Epilogue[] {
        Epilogue.NONE, Epilogue.bias(x), Epilogue.biasGelu(x, null), Epilogue.biasResidual(x, null, 1, y),
        Epilogue.timesGeluGradient(x)}) {
        assertFalse(world.blas.product(sizes, x, x, y, epilogue.dropping(mask)));
      }
      assertFalse(world.blas.product(Gemm.dense(false, true, 8, 8, 0), x, x, y, Epilogue.NONE));
      assertEquals(1, world.blas.products());
    }
  }

  /** A graph holds the product itself, and computes with what stands in the operands when it is launched. */
  @Test
  void productsMayBeCaptured() {
    try (World world = new World(LibraryUse.ON)) {
      Buffer x = world.of(DType.FLOAT32, 16);
      Buffer y = world.of(DType.FLOAT32, 16);
      CUgraph graph = new CUgraph();
      CUgraphExec executable = new CUgraphExec();
      Gemm sizes = Gemm.dense(false, false, 4, 4, 4);
      assertEquals(0, JCudaDriver.cuStreamBeginCapture(world.device.stream(),
          CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
      assertTrue(world.blas.product(sizes, x, x, y, Epilogue.NONE));
      assertEquals(0, JCudaDriver.cuStreamEndCapture(world.device.stream(), graph));
      assertEquals(0, JCudaDriver.cuGraphInstantiate(executable, graph, 0));
      float[] result = new float[16];
      world.memory.download(y, result, 0, 16);
      assertEquals(1, result[0], "nothing ran yet");
      world.memory.fill(x, 16, 2);
      assertEquals(0, JCudaDriver.cuGraphLaunch(executable, world.device.stream()));
      world.memory.download(y, result, 0, 16);
      float[] expected = new float[16];
      Arrays.fill(expected, 16);
      assertArrayEquals(expected, result);
      JCudaDriver.cuGraphExecDestroy(executable);
      JCudaDriver.cuGraphDestroy(graph);
    }
  }
}
