package org.swinengine.backend.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.swinengine.backend.CudaReport;
import org.swinengine.backend.DeviceException;

/** Looks for what there is of CUDA. Never fails: what cannot be found out is part of the report. */
public final class CudaDiscovery {
  private static final Path MODULE_VERSION = Path.of("/sys/module/nvidia/version");

  private CudaDiscovery() {}

  /** What there is. Opens each GPU and loads its kernels, which takes some tenths of a second. */
  public static CudaReport report() {
    List<CudaReport.Library> libraries =
        List.of(NvidiaLibrary.CUBLAS.report(), NvidiaLibrary.CUDNN.report());
    String absence = CudaBackend.reasonForAbsence();
    if (absence != null) {
      return new CudaReport(absence, null, null, List.of(), libraries);
    }
    List<CudaReport.Gpu> gpus = new ArrayList<>();
    for (int ordinal = 0; ordinal < CudaDevice.count(); ordinal++) {
      gpus.add(gpu(ordinal));
    }
    boolean usable = gpus.stream().anyMatch(gpu -> gpu.problem() == null);
    int version = CudaDevice.driverVersion();
    return new CudaReport(
        usable ? null : gpus.get(0).problem(),
        driverRelease(),
        version / 1000 + "." + version % 1000 / 10,
        List.copyOf(gpus),
        libraries);
  }

  /** Linux: the version of the driver's kernel module. */
  private static String driverRelease() {
    try {
      return Files.readString(MODULE_VERSION).strip();
    } catch (IOException e) {
      return null;
    }
  }

  private static CudaReport.Gpu gpu(int ordinal) {
    try (CudaDevice device = new CudaDevice(ordinal)) {
      long[] memory = device.freeAndTotalMemory();
      Map<String, CudaReport.KernelForm> kernels = new TreeMap<>();
      for (String family : KernelImages.FAMILIES) {
        kernels.put(family, device.images().form(family));
      }
      return new CudaReport.Gpu(
          ordinal,
          device.deviceName(),
          device.capabilityName(),
          device.multiprocessors(),
          memory[1],
          memory[0],
          kernels,
          null);
    } catch (IllegalArgumentException | DeviceException e) {
      return new CudaReport.Gpu(ordinal, "GPU " + ordinal, "", 0, 0, 0, Map.of(), e.getMessage());
    }
  }
}
