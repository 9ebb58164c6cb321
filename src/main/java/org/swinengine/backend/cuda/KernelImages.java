package org.swinengine.backend.cuda;

import static jcuda.driver.CUresult.CUDA_SUCCESS;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.zip.GZIPInputStream;
import jcuda.Pointer;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import org.swinengine.backend.CudaReport;
import org.swinengine.backend.DeviceException;

/**
 * The compiled kernels in the jar: of each source file machine code for some GPUs ({@code
 * norm.sm_90.cubin.gz}), and PTX ({@code norm.ptx.gz}), from which the driver makes machine code for any
 * other.
 */
final class KernelImages {
  /** Ten times the oldest compute capability: asynchronous copies and bf16 products came with 8.0. */
  static final int OLDEST_CAPABILITY = 80;

  /** The families that have kernels: the names of the source files in {@code src/main/cuda}. */
  static final List<String> FAMILIES =
      List.of(
          "attention", "loss", "matrix", "memory", "norm", "optimizer", "patch", "pointwise", "random",
          "reduce",
          "window");

  private KernelImages() {}

  /** Loads a family's kernels: machine code for this GPU if there is some that the driver takes, else PTX. */
  static CUmodule load(CudaDevice device, String family) {
    CUmodule module = new CUmodule();
    byte[] machineCode = read(machineCode(family, device.capability()));
    if (machineCode != null && JCudaDriver.cuModuleLoadData(module, machineCode) == CUDA_SUCCESS) {
      return module;
    }
    byte[] ptx = read(ptx(family));
    if (ptx == null) {
      throw new DeviceException(
          "this build holds no kernels " + family + " for a GPU of compute capability "
              + device.capabilityName());
    }
    byte[] text = new byte[ptx.length + 1]; // the driver wants a zero at its end
    System.arraycopy(ptx, 0, text, 0, ptx.length);
    device.check(
        JCudaDriver.cuModuleLoadDataEx(module, Pointer.to(text), 0, new int[0], Pointer.to(new int[0])),
        "loading the kernels " + family + " from PTX");
    return module;
  }

  /** In what form this build holds a family's kernels for a GPU. */
  static CudaReport.KernelForm form(String family, int capability) {
    if (has(machineCode(family, capability))) {
      return CudaReport.KernelForm.MACHINE_CODE;
    }
    return has(ptx(family)) ? CudaReport.KernelForm.PTX : CudaReport.KernelForm.MISSING;
  }

  /**
   * The newest machine code that runs on a GPU: made for it, or for an older one of the same major version.
   */
  private static String machineCode(String family, int capability) {
    int oldest = capability / 10 * 10;
    int version = capability;
    while (version > oldest && !has(family + ".sm_" + version + ".cubin.gz")) {
      version--;
    }
    return family + ".sm_" + version + ".cubin.gz";
  }

  private static String ptx(String family) {
    return family + ".ptx.gz";
  }

  private static boolean has(String name) {
    return KernelImages.class.getResource("kernels/" + name) != null;
  }

  private static byte[] read(String name) {
    try (InputStream file = KernelImages.class.getResourceAsStream("kernels/" + name)) {
      if (file == null) {
        return null;
      }
      try (InputStream data = new GZIPInputStream(file)) {
        return data.readAllBytes();
      }
    } catch (IOException e) {
      throw new DeviceException("the kernels " + name + " in the jar cannot be read: " + e.getMessage());
    }
  }
}
