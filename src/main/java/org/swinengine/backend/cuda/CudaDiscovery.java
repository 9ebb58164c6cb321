package org.swinengine.backend.cuda;

import java.io.IOException;
import java.nio.file.DirectoryStream;
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
  /** Where toolkits, distributions and NVIDIA's own packages put libraries. */
  private static final List<String> USUAL_FOLDERS =
      List.of(
          "/usr/local/cuda/lib64",
          "/usr/local/cuda/targets/x86_64-linux/lib",
          "/usr/lib/x86_64-linux-gnu",
          "/usr/lib64",
          "/usr/lib");

  private static final Path MODULE_VERSION = Path.of("/sys/module/nvidia/version");

  private CudaDiscovery() {}

  /** What there is. Opens each GPU and loads its kernels, which takes some tenths of a second. */
  public static CudaReport report() {
    List<CudaReport.Library> libraries =
        List.of(library("cuBLAS", "libcublas.so*"), library("cuDNN", "libcudnn.so*"));
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

  private static CudaReport.Library library(String name, String pattern) {
    List<String> folders = new ArrayList<>();
    for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
      String home = System.getenv(variable);
      if (home != null) {
        folders.add(home + "/lib64");
        folders.add(home + "/lib");
      }
    }
    String searchPath = System.getenv("LD_LIBRARY_PATH");
    if (searchPath != null) {
      folders.addAll(List.of(searchPath.split(":")));
    }
    folders.addAll(USUAL_FOLDERS);
    for (String folder : folders) {
      String file = first(folder, pattern);
      if (file != null) {
        return new CudaReport.Library(name, file);
      }
    }
    return new CudaReport.Library(name, null);
  }

  private static String first(String folder, String pattern) {
    if (folder.isBlank() || !Files.isDirectory(Path.of(folder))) {
      return null;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of(folder), pattern)) {
      String longest = null; // the one with the full version in its name
      for (Path file : files) {
        String name = file.toString();
        longest = longest == null || name.length() > longest.length() ? name : longest;
      }
      return longest;
    } catch (IOException e) {
      return null;
    }
  }
}
