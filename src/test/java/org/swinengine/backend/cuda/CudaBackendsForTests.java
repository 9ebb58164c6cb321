package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.Optional;
import jcuda.driver.JCudaDriver;
import org.swinengine.backend.Backend;
import org.swinengine.backend.CudaGraphs;
import org.swinengine.backend.DType;
import org.swinengine.backend.GpuLibraries;
import org.swinengine.backend.LibraryUse;

/** Doors for tests of other packages: a GPU where there is one, else the emulated one. */
public final class CudaBackendsForTests {
  /** Whether NVIDIA's libraries compute what they can. */
  public static final boolean LIBRARIES =
      System.getProperty("swin.conformance.libraries", "off").equals("on");

  private static final int[] SCHEDULES = {1, 2, 3, 4};

  private static final boolean EMULATED = prepare();

  private CudaBackendsForTests() {}

  /**
   * Points the engine to the emulator unless it was told of a driver or {@code -Dswin.cuda.real=true} was
   * given.
   */
  private static boolean prepare() {
    if (Boolean.getBoolean("swin.cuda.real") || System.getProperty(DriverLibrary.DRIVER_PROPERTY) != null) {
      return false;
    }
    Optional<Path> library = CudaEmulator.library();
    library.ifPresent(file -> System.setProperty(DriverLibrary.DRIVER_PROPERTY, file.toString()));
    return library.isPresent();
  }

  public static boolean isEmulated() {
    return EMULATED;
  }

  /** Skips a test where there is neither a GPU nor a compiler for the emulator. */
  public static void assumeAvailable() {
    String reason = CudaBackend.reasonForAbsence();
    assumeTrue(reason == null, () -> reason + "; and there is no emulator: " + CudaEmulator.reason());
  }

  /** The emulator's driver library, for processes of their own; skips a test where it cannot be built. */
  public static Path emulator() {
    Optional<Path> library = CudaEmulator.library();
    assumeTrue(library.isPresent(), CudaEmulator::reason);
    return library.get();
  }

  /** A GPU with own kernels alone; {@code -Dswin.conformance.libraries=on}: with NVIDIA's libraries. */
  public static Backend open(DType computeType) {
    return LIBRARIES ? openWithLibraries(computeType) : open(computeType, GpuLibraries.NONE);
  }

  /** A GPU on which cuBLAS and cuDNN do whatever they can. */
  public static Backend openWithLibraries(DType computeType) {
    provideLibraries();
    return open(computeType, new GpuLibraries(LibraryUse.ON, LibraryUse.ON));
  }

  /** A GPU in float32 whose own kernels multiply in TF32. */
  public static Backend openTensorFloat() {
    return openTensorFloat(GpuLibraries.NONE);
  }

  /** The same, where cuBLAS and cuDNN do whatever they can. */
  public static Backend openTensorFloatWithLibraries() {
    provideLibraries();
    return openTensorFloat(new GpuLibraries(LibraryUse.ON, LibraryUse.ON));
  }

  private static Backend openTensorFloat(GpuLibraries libraries) {
    assumeAvailable();
    return new CudaBackend(0, DType.FLOAT32, libraries, CudaGraphs.AUTO, true);
  }

  private static Backend open(DType computeType, GpuLibraries libraries) {
    assumeAvailable();
    return new CudaBackend(0, computeType, libraries);
  }

  /** Products that cuBLAS has done for a backend of these. */
  public static long productsByCublas(Backend backend) {
    return ((CudaBackend) backend).productsByCublas();
  }

  /** Has the engine find stand-ins of cuBLAS and cuDNN from now on, if the GPU is the emulated one. */
  public static void provideLibraries() {
    assumeAvailable();
    if (EMULATED) {
      System.setProperty(LibrarySearch.PROPERTY,
          EmulatedLibraries.cublas() + ":" + EmulatedLibraries.cudnn());
    }
  }

  /** The schedules to try; a real GPU has its own. */
  public static int[] schedules() {
    return EMULATED ? SCHEDULES.clone() : new int[] {0, 0};
  }

  /** Orders the emulator's threads, warps and copies in the way that a number stands for. */
  public static void schedule(int schedule) {
    if (EMULATED) {
      EmulatorControls.schedule(schedule);
    }
  }

  /**
   * Runs work whose driver calls stop now and then; each time another thread, this one, looks at what is on
   * the disk, as if the process had been killed there. Skips a test where the GPU is real.
   *
   * @param calls driver calls between two looks
   * @param atPause is called while the work stands still
   */
  public static void pausing(int calls, Runnable work, Runnable atPause) {
    assumeAvailable();
    assumeTrue(EMULATED, "only the emulator can be stopped");
    Thread worker = new Thread(work, "paused work");
    try {
      EmulatorControls.pauseEvery(calls);
      worker.start();
      while (worker.isAlive()) {
        if (EmulatorControls.awaitPause(2)) {
          atPause.run();
          EmulatorControls.endPause();
        }
      }
    } finally {
      EmulatorControls.pauseEvery(0);
      join(worker);
    }
  }

  private static void join(Thread worker) {
    try {
      worker.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Lets the emulated GPU have so much memory beyond what this process uses; a context is current. */
  static void leaveMemory(long bytes) {
    assumeTrue(EMULATED, "only the emulator's memory can be made smaller");
    long[] free = new long[1];
    long[] total = new long[1];
    assertEquals(0, JCudaDriver.cuMemGetInfo(free, total));
    EmulatorControls.limitMemory(total[0] - free[0] + bytes);
  }
}
