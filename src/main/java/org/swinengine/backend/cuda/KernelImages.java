package org.swinengine.backend.cuda;

import static jcuda.driver.CUresult.CUDA_ERROR_OUT_OF_MEMORY;
import static jcuda.driver.CUresult.CUDA_SUCCESS;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPInputStream;
import jcuda.Pointer;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import org.swinengine.backend.CudaReport;
import org.swinengine.backend.DeviceException;

/**
 * The compiled kernels in the jar, as a device's driver takes them: of each source file machine code for some
 * GPUs ({@code norm.sm_90.cubin.gz}), which is loaded at once, and PTX ({@code norm.ptx.gz}), from which the
 * driver makes machine code for any other. That takes a second for a large kernel, so it is done kernel by
 * kernel: what is never launched is never compiled.
 */
final class KernelImages {
  /** Ten times the oldest compute capability: asynchronous copies and bf16 products came with 8.0. */
  static final int OLDEST_CAPABILITY = 80;

  /** The families that have kernels: the names of the source files in {@code src/main/cuda}. */
  static final List<String> FAMILIES =
      List.of(
          "attention", "loss", "matrix", "matrixDropout", "memory", "norm", "optimizer", "pair", "patch",
          "pointwise", "probe", "random", "reduce", "tf32", "tf32Dropout", "window");

  /** The smallest family, whose load shows what a driver takes. */
  static final String PROBE = "probe";

  private final CudaDevice device;
  private final Map<String, CudaReport.KernelForm> forms = new ConcurrentHashMap<>();

  /** By family, or by family and kernel where the driver compiles them. */
  private final Map<String, CUmodule> modules = new ConcurrentHashMap<>();

  private volatile int lastRefusal = CUDA_SUCCESS;

  KernelImages(CudaDevice device) {
    this.device = device;
  }

  /**
   * The module that holds a kernel.
   *
   * @throws DeviceException if the driver takes no image of it
   */
  CUmodule module(String family, String kernel) {
    switch (form(family)) {
      case MACHINE_CODE:
        return modules.get(family);
      case MISSING:
        throw new DeviceException(
            "this build holds no kernels " + family + " for a GPU of compute capability "
                + device.capabilityName());
      default:
        return modules.computeIfAbsent(family + " " + kernel, key -> compile(family, kernel));
    }
  }

  /** In what form the driver takes a family's kernels; loads its machine code if it takes that. */
  CudaReport.KernelForm form(String family) {
    CudaReport.KernelForm form = forms.get(family);
    return form != null ? form : forms.computeIfAbsent(family, this::tryLoad);
  }

  private CudaReport.KernelForm tryLoad(String family) {
    device.enter();
    CudaReport.KernelForm held = held(family, device.capability());
    CUmodule module = new CUmodule();
    if (held == CudaReport.KernelForm.MACHINE_CODE) {
      int result = JCudaDriver.cuModuleLoadData(module, read(machineCode(family, device.capability())));
      if (result == CUDA_SUCCESS) {
        modules.put(family, module);
        return held;
      }
      requireRefusal(result, family);
      lastRefusal = result;
    }
    String text = held == CudaReport.KernelForm.MISSING ? null : ptx(family);
    if (text == null) {
      return CudaReport.KernelForm.MISSING;
    }
    // One kernel shows whether the driver reads this PTX; the others are compiled when they are wanted.
    String first = SingleKernelPtx.names(text).get(0);
    int result = loadPtx(module, SingleKernelPtx.of(text, first));
    if (result != CUDA_SUCCESS) {
      requireRefusal(result, family);
      lastRefusal = result;
      return CudaReport.KernelForm.REFUSED;
    }
    modules.put(family + " " + first, module);
    return held == CudaReport.KernelForm.MACHINE_CODE ? CudaReport.KernelForm.PTX_INSTEAD : held;
  }

  /** Lack of memory and faults say nothing of an image; thrown, so that a later call loads it. */
  private void requireRefusal(int result, String family) {
    if (result == CUDA_ERROR_OUT_OF_MEMORY
        || CudaStatus.isKernelFault(result)
        || CudaStatus.isDeviceLost(result)) {
      device.check(result, "loading the kernels " + family);
    }
  }

  private CUmodule compile(String family, String kernel) {
    String text = ptx(family);
    if (text == null || !SingleKernelPtx.names(text).contains(kernel)) {
      throw new DeviceException("this build's PTX of " + family + " holds no kernel " + kernel);
    }
    CUmodule module = new CUmodule();
    device.check(
        loadPtx(module, SingleKernelPtx.of(text, kernel)), "compiling the kernel " + kernel + " from PTX");
    return module;
  }

  private static int loadPtx(CUmodule module, String ptx) {
    byte[] text = (ptx + '\0').getBytes(StandardCharsets.UTF_8); // the driver wants a zero at its end
    return JCudaDriver.cuModuleLoadDataEx(
        module, Pointer.to(text), 0, new int[0], Pointer.to(new int[0]));
  }

  /** What the driver said to the last image that it did not take. */
  String refusal() {
    return CudaStatus.describe(lastRefusal);
  }

  /** Gives the modules back; results are not looked at. */
  void unload() {
    modules.values().forEach(JCudaDriver::cuModuleUnload);
  }

  /** In what form this build holds a family's kernels for a GPU, whatever its driver makes of it. */
  static CudaReport.KernelForm held(String family, int capability) {
    if (has(machineCode(family, capability))) {
      return CudaReport.KernelForm.MACHINE_CODE;
    }
    return has(family + ".ptx.gz") ? CudaReport.KernelForm.PTX : CudaReport.KernelForm.MISSING;
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
    byte[] text = read(family + ".ptx.gz");
    return text == null ? null : new String(text, StandardCharsets.UTF_8);
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
