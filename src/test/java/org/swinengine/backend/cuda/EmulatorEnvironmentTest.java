package org.swinengine.backend.cuda;

import static jcuda.driver.JCudaDriver.cuCtxSetCurrent;
import static jcuda.driver.JCudaDriver.cuDevicePrimaryCtxRetain;
import static jcuda.driver.JCudaDriver.cuInit;
import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemFree;
import static jcuda.driver.JCudaDriver.cuMemGetInfo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import org.junit.jupiter.api.Test;

/** Environment variables steer the emulator in processes that a test starts. */
class EmulatorEnvironmentTest {
  /** The process: loads the library that its argument names and prints the results of a few calls. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) {
      System.load(arguments[0]);
      CUcontext context = new CUcontext();
      CUdeviceptr memory = new CUdeviceptr();
      long[] available = new long[1], total = new long[1];
      System.out.print("init " + cuInit(0));
      cuDevicePrimaryCtxRetain(context, new CUdevice());
      cuCtxSetCurrent(context);
      System.out.print(", first " + cuMemAlloc(memory, 1000) + ", second " + cuMemAlloc(memory, 1000));
      System.out.print(", free " + cuMemFree(memory));
      cuMemGetInfo(available, total);
      System.out.println(", total " + total[0]);
    }
  }

  @Test
  void memoryIsLimited() throws Exception {
    assertEquals("init 0, first 0, second 2, free 0, total 1999",
        run(Map.of("SWIN_EMULATOR_MEMORY", "1999")));
  }

  @Test
  void anAllocationFails() throws Exception {
    assertEquals("init 0, first 0, second 2, free 0, total 5000",
        run(Map.of("SWIN_EMULATOR_FAIL", "allocation:1", "SWIN_EMULATOR_MEMORY", "5000")));
  }

  @Test
  void theDeviceIsLost() throws Exception {
    String text = run(Map.of("SWIN_EMULATOR_FAIL", "lost:3", "SWIN_EMULATOR_SEED", "2"));
    assertTrue(text.contains(", first 0, second 999, free 999, total 0"), text);
    assertTrue(text.contains("the device is lost, as the test asked"), text);
  }

  @Test
  void nonsenseIsRefused() throws Exception {
    String text = run(Map.of("SWIN_EMULATOR_FAIL", "launch:one"));
    assertTrue(text.contains("SWIN_EMULATOR_FAIL is 'launch:one'; expected launch:N:code"), text);
    assertTrue(text.contains("init 1, first 3"), text);
  }

  private static String run(Map<String, String> environment) throws Exception {
    var library = CudaEmulator.library();
    assumeTrue(library.isPresent(), CudaEmulator.reason());
    assumeTrue(CudaEmulator.sanitizer().isEmpty(), "the sanitizer's environment is for this process");
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    ProcessBuilder builder = new ProcessBuilder(java.toString(), "-XX:TieredStopAtLevel=1", "-cp",
        System.getProperty("java.class.path"), Child.class.getName(), library.get().toString());
    builder.environment().putAll(environment);
    Process process = builder.redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
    assertEquals(0, process.waitFor(), text);
    return text;
  }
}
