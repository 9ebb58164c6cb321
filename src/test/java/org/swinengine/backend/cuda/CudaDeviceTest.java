package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.swinengine.backend.CudaReport.KernelForm.MACHINE_CODE;
import static org.swinengine.backend.CudaReport.KernelForm.PTX;
import static org.swinengine.backend.CudaReport.KernelForm.PTX_INSTEAD;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import jcuda.Pointer;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.CudaReport;
import org.swinengine.backend.DType;
import org.swinengine.backend.Precision;

/** Devices, drivers and launches that are not as usual, on the emulator, which can look like any of them. */
@Tag("cuda")
final class CudaDeviceTest {
  @BeforeEach
  void open() {
    CudaBackendsForTests.assumeAvailable();
    assumeTrue(CudaBackendsForTests.isEmulated(), "a GPU looks like nothing but itself");
    EmulatorControls.reset();
  }

  @AfterEach
  void reset() {
    if (CudaBackendsForTests.isEmulated()) {
      EmulatorControls.reset();
    }
  }

  /** Doubles a buffer of ones on a device. */
  private static void compute(CudaBackend backend) {
    int n = 100;
    Buffer x = backend.memory().allocate(DType.FLOAT32, n);
    float[] values = new float[n];
    Arrays.fill(values, 1);
    backend.memory().upload(values, 0, x, n);
    backend.pointwise().scale(n, 2, x, x);
    backend.memory().download(x, values, 0, n);
    x.release();
    for (float value : values) {
      assertEquals(2, value);
    }
  }

  @Test
  void aThreadUsesTwoDevicesInTurn() throws Exception {
    EmulatorControls.pretend(90, 12060, 2);
    try (CudaBackend first = new CudaBackend(0, DType.FLOAT32);
        CudaBackend second = new CudaBackend(1, DType.FLOAT32)) {
      for (int turn = 0; turn < 2; turn++) {
        compute(first);
        compute(second);
      }
      List<Throwable> failures = new ArrayList<>();
      Thread other = new Thread(() -> {
        compute(second);
        compute(first);
      });
      other.setUncaughtExceptionHandler((thread, failure) -> failures.add(failure));
      other.start();
      other.join();
      assertEquals(List.of(), failures);
      new CudaBackend(1, DType.FLOAT32).close(); // leaves that device's context on this thread
      compute(first);
    }
  }

  @Test
  void aGpuThatIsTooOldIsSaidAndAutoTakesTheProcessor() {
    EmulatorControls.pretend(75, 12060, 1);
    String sentence =
        assertThrows(IllegalArgumentException.class, () -> new CudaBackend(0, DType.FLOAT32)).getMessage();
    assertTrue(sentence.contains("compute capability 7.5") && sentence.contains("8.0 or newer"), sentence);
    List<String> remarks = new ArrayList<>();
    try (Backend auto = Backends.open("auto", 1, Precision.FULL, remarks::add)) {
      assertEquals("cpu", auto.name());
    }
    assertEquals(1, remarks.size());
    assertTrue(remarks.get(0).contains("compute capability 7.5"), remarks.get(0));
    CudaReport report = Backends.cuda();
    assertTrue(report.absence().contains("compute capability 7.5"), report.absence());
    assertEquals(sentence, report.gpus().get(0).problem());
  }

  @Test
  void aDriverThatIsTooOldIsSaidAndAutoTakesTheProcessor() {
    EmulatorControls.pretend(90, 10020, 1);
    String sentence =
        assertThrows(IllegalArgumentException.class, () -> new CudaBackend(0, DType.FLOAT32)).getMessage();
    assertTrue(sentence.contains("neither the machine code nor the PTX"), sentence);
    assertTrue(sentence.contains("UNSUPPORTED_PTX_VERSION") && sentence.contains("450"), sentence);
    try (Backend auto = Backends.open("auto", 1)) {
      assertEquals("cpu", auto.name());
    }
  }

  private static Set<CudaReport.KernelForm> forms() {
    CudaReport report = Backends.cuda();
    assertEquals(Set.copyOf(KernelImages.FAMILIES), report.gpus().get(0).kernels().keySet());
    return Set.copyOf(report.gpus().get(0).kernels().values());
  }

  @Test
  void theReportSaysWhatTheDriverTakes() {
    for (int driver : new int[] {11080, 12060, 13000}) {
      EmulatorControls.pretend(90, driver, 1);
      assertEquals(Set.of(MACHINE_CODE), forms(), "driver of CUDA " + driver);
    }
    EmulatorControls.pretend(87, 12060, 1);
    assertEquals(Set.of(MACHINE_CODE), forms(), "made for 8.6");
    EmulatorControls.pretend(120, 12080, 1);
    assertEquals(Set.of(PTX), forms());
    EmulatorControls.pretend(90, 11000, 1); // knows no 9.0, and so not its machine code
    assertEquals(Set.of(PTX_INSTEAD), forms());
  }

  @Test
  void kernelsThatTheDriverCompilesAreCutOutAndRun() {
    EmulatorControls.pretend(120, 12080, 1);
    try (CudaBackend backend = new CudaBackend(0, DType.FLOAT32)) {
      compute(backend);
      assertTrue(backend.describe().contains("compiles each kernel at the first use"), backend.describe());
    }
    EmulatorControls.pretend(90, 12060, 1);
    try (CudaBackend backend = new CudaBackend(0, DType.FLOAT32)) {
      assertFalse(backend.describe().contains("compile"), backend.describe());
    }
  }

  /** The buffer can be reached from the launch alone. */
  private static void giveAwayTo(Launch launch, CudaMemory memory) {
    launch.span(memory.allocate(DType.FLOAT32, 1000));
  }

  @Test
  void buffersLiveUntilTheKernelThatReadsThemIsLaunched() throws Exception {
    try (CudaDevice device = new CudaDevice(0)) {
      CudaMemory memory = new CudaMemory(device);
      Buffer y = memory.allocate(DType.FLOAT32, 32);
      Launch launch = device.launch(device.kernel("probe", "probeExp2")).block(32);
      giveAwayTo(launch, memory);
      for (int i = 0; i < 5; i++) {
        System.gc();
        Thread.sleep(20); // the cleaner has a thread of its own
        assertEquals(1032 * 4, memory.statistics().liveBytes());
      }
      launch.span(y).run();
      for (int i = 0; i < 200 && memory.statistics().liveBytes() > 32 * 4; i++) {
        System.gc();
        Thread.sleep(10);
      }
      assertEquals(32 * 4, memory.statistics().liveBytes(), "a launch that is over keeps nothing");
      y.release();
      memory.close();
    }
  }

  private static int launch(CudaDevice device, Kernel kernel, int threads, int shared) {
    // The refused launch reads no arguments.
    return JCudaDriver.cuLaunchKernel(kernel.function(), 1, 1, 1, threads, 1, 1, shared, device.stream(),
        Pointer.to(Pointer.to(new long[1])), null);
  }

  @Test
  void launchesBeyondWhatTheCompiledKernelTakesAreRefused() {
    try (CudaDevice device = new CudaDevice(0)) {
      Kernel probe = device.kernel("probe", "probeExp2"); // __launch_bounds__(32)
      assertEquals(CUresult.CUDA_ERROR_INVALID_VALUE, launch(device, probe, 64, 0));
      Kernel product = device.kernel("matrix", "product_nn_128_f32"); // 33,792 bytes of static shared memory
      assertEquals(CUresult.CUDA_ERROR_INVALID_VALUE, launch(device, product, 256, 20_000));
      int attribute = CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
      assertEquals(CUresult.CUDA_ERROR_INVALID_VALUE,
          JCudaDriver.cuFuncSetAttribute(product.function(), attribute, 200_000));
      int[] value = new int[1];
      JCudaDriver.cuFuncGetAttribute(value, CUfunction_attribute.CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES,
          product.function());
      assertEquals(33_792, value[0]);
      JCudaDriver.cuFuncGetAttribute(value, CUfunction_attribute.CU_FUNC_ATTRIBUTE_NUM_REGS,
          product.function());
      assertTrue(value[0] > 128, "registers " + value[0]);
    }
  }
}
