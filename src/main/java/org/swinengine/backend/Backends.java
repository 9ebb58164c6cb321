package org.swinengine.backend;

import java.util.Locale;
import java.util.function.Consumer;
import org.swinengine.backend.cpu.CpuBackend;
import org.swinengine.backend.cuda.CudaBackend;
import org.swinengine.backend.cuda.CudaDiscovery;
import org.swinengine.backend.reference.ReferenceBackend;

/** Opens backends by the names that {@code --device} takes. */
public final class Backends {
  private Backends() {}

  /** Opens a device in its full precision, the processor with a thread for each of its processors. */
  public static Backend open(String device) {
    return open(device, 0);
  }

  /** Opens a device in its full precision; see {@link #open(String, int, Precision)}. */
  public static Backend open(String device, int threads) {
    return open(device, threads, Precision.FULL);
  }

  /**
   * Opens a device.
   *
   * @param device {@code auto} (a GPU where one works, else the processor), {@code cpu}, {@code reference},
   * {@code cuda}
   *     or {@code cuda:n}
   * @param threads threads of the {@code cpu} backend; 0 or less: one for each processor. Results do not
   *     depend on it
   * @param precision of activations
   * @throws IllegalArgumentException with a sentence for the user if there is no such device, or it cannot be
   * used, or
   *     does not have the precision
   */
  public static Backend open(String device, int threads, Precision precision) {
    return open(device, threads, precision, remark -> {});
  }

  /**
   * Opens a device.
   *
   * @param remarks receives a sentence for the user where {@code auto} passes over a GPU that is there but
   * cannot be used
   * @see #open(String, int, Precision)
   */
  public static Backend open(String device, int threads, Precision precision, Consumer<String> remarks) {
    return open(device, threads, precision, GpuLibraries.NONE, remarks);
  }

  /**
   * Opens a device.
   *
   * @param libraries of NVIDIA's that a GPU may use beside the engine's kernels; whether one that is only
   * {@link LibraryUse#AUTO} is there changes results in their last digits
   * @throws IllegalArgumentException also if a library must be used and the device has it not
   * @see #open(String, int, Precision, Consumer)
   */
  public static Backend open(
      String device, int threads, Precision precision, GpuLibraries libraries, Consumer<String> remarks) {
    return open(device, threads, precision, libraries, CudaGraphs.AUTO, remarks);
  }

  /**
   * Opens a device.
   *
   * @param graphs whether a GPU records passes that repeat, {@link Backend#record}
   * @throws IllegalArgumentException also if graphs are insisted on, and the device has none
   * @see #open(String, int, Precision, GpuLibraries, Consumer)
   */
  public static Backend open(
      String device, int threads, Precision precision, GpuLibraries libraries, CudaGraphs graphs,
      Consumer<String> remarks) {
    String name = device.toLowerCase(Locale.ROOT);
    if (name.equals("auto")) {
      return openBest(threads, precision, libraries, graphs, remarks);
    }
    if (name.equals("cuda")) {
      return openGpu(0, precision, libraries, graphs);
    }
    if (name.matches("cuda:\\d{1,9}")) {
      return openGpu(Integer.parseInt(name.substring("cuda:".length())), precision, libraries, graphs);
    }
    requireKnown(device, precision);
    requireGpu(device, libraries);
    requireKnown(device, graphs);
    return name.equals("cpu") ? openCpu(threads) : new ReferenceBackend();
  }

  /**
   * Checks the name of a device.
   *
   * @throws IllegalArgumentException if there is no device of that name on any machine, or it never computes
   *     with that precision
   */
  public static void requireKnown(String device, Precision precision) {
    String name = device.toLowerCase(Locale.ROOT);
    if (name.matches("auto|cuda(:\\d{1,9})?")) {
      return;
    }
    if (!name.equals("cpu") && !name.equals("reference")) {
      throw new IllegalArgumentException(
          "there is no device \"" + device + "\"; the devices are auto, cpu, reference, cuda and cuda:n");
    }
    if (precision == Precision.MIXED) {
      throw new IllegalArgumentException(
          "device " + name + " computes in " + (name.equals("cpu") ? "float32" : "float64")
              + " alone; bf16 needs a GPU (`device` cuda)");
    }
    if (precision == Precision.TF32) {
      throw new IllegalArgumentException(
          "device " + name
              + " has no tensor cores, which multiply in TF32; `tf32` on needs a GPU (`device` cuda)");
    }
  }

  /**
   * Checks that a device can have graphs, where they are insisted on.
   *
   * @throws IllegalArgumentException if it never has
   */
  public static void requireKnown(String device, CudaGraphs graphs) {
    if (graphs == CudaGraphs.ON && !device.toLowerCase(Locale.ROOT).matches("auto|cuda(:\\d{1,9})?")) {
      throw new IllegalArgumentException(
          "CUDA graphs need a GPU (`device` cuda), and device " + device.toLowerCase(Locale.ROOT)
              + " is none; leave `cudaGraphs` at auto");
    }
  }

  /**
   * Checks that a device, which is known, may have libraries.
   *
   * @throws IllegalArgumentException if one must be used that no such device has
   */
  public static void requireGpu(String device, GpuLibraries libraries) {
    String name = device.toLowerCase(Locale.ROOT);
    if (libraries.areWanted() && !name.matches("auto|cuda(:\\d{1,9})?")) {
      throw new IllegalArgumentException(
          libraries.wanted() + " needs a GPU (`device` cuda), and device " + name + " is none");
    }
  }

  private static Backend openBest(
      int threads, Precision precision, GpuLibraries libraries, CudaGraphs graphs,
      Consumer<String> remarks) {
    String reason = CudaBackend.reasonForAbsence();
    if (reason == null) {
      for (int ordinal = 0; ordinal < CudaBackend.count(); ordinal++) {
        try {
          Backend gpu = openGpu(ordinal, precision, libraries, graphs);
          if (reason != null) {
            remarks.accept(
                "computing on cuda:" + ordinal + ", because another GPU cannot be used: " + reason);
          }
          return gpu;
        } catch (IllegalArgumentException | DeviceException e) {
          reason = reason == null ? e.getMessage() : reason; // the first is the one that users know
        }
      }
      if (!needsGpu(precision) && !libraries.areWanted()) {
        remarks.accept("computing on the processor, because the GPU cannot be used: " + reason);
      }
    }
    if (libraries.areWanted()) {
      boolean none = CudaBackend.reasonForAbsence() != null;
      throw new IllegalArgumentException(
          none ? libraries.wanted() + " needs a GPU, and there is none to use: " + reason : reason);
    }
    if (needsGpu(precision)) {
      throw new IllegalArgumentException(
          (precision == Precision.TF32 ? "`tf32` on" : "bf16") + " needs a GPU, and there is none to use: "
              + reason);
    }
    if (graphs == CudaGraphs.ON) {
      throw new IllegalArgumentException("CUDA graphs need a GPU, and there is none to use: " + reason);
    }
    return openCpu(threads);
  }

  private static boolean needsGpu(Precision precision) {
    return precision == Precision.MIXED || precision == Precision.TF32;
  }

  private static Backend openCpu(int threads) {
    return new CpuBackend(threads > 0 ? threads : Runtime.getRuntime().availableProcessors());
  }

  private static Backend openGpu(
      int ordinal, Precision precision, GpuLibraries libraries, CudaGraphs graphs) {
    boolean half = precision == Precision.MIXED || precision == Precision.MIXED_ON_GPU;
    boolean rounds = precision == Precision.TF32 || precision == Precision.TF32_ON_GPU;
    return new CudaBackend(ordinal, half ? DType.BF16 : DType.FLOAT32, libraries, graphs, rounds);
  }

  /** What there is of CUDA on this machine. */
  public static CudaReport cuda() {
    return CudaDiscovery.report();
  }

  /** Bits of the vectors that the {@code cpu} device computes with in this process; 0: scalar kernels. */
  public static int vectorBits() {
    return CpuBackend.vectorBits();
  }

  /**
   * Has the CPU's kernels compiled from now on, on a thread of its own, for a process that will open that
   * backend: this takes longer than whatever else it does before. Nothing happens a second time.
   */
  public static void warmUpCpuEarly() {
    CpuBackend.warmUpEarly();
  }

  /**
   * Which register tile matrix products on the CPU have, how fast each was, and why; empty for scalar
   * kernels.
   */
  public static String cpuTile() {
    return CpuBackend.tile();
  }
}
