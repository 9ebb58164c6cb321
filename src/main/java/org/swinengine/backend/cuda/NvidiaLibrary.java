package org.swinengine.backend.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import jcuda.jcublas.JCublas2;
import jcuda.jcudnn.JCudnn;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.CudaReport;

/**
 * A library of NVIDIA's that the engine uses where it is there. Found by {@link LibrarySearch}, loaded by its
 * path together with those that it asks for, so that no search path has to be set; then JCuda's library for
 * it finds it by its name. A process loads each once; one that was not found is looked for again when it is
 * asked for again.
 */
final class NvidiaLibrary {
  private static final int NEWEST_KNOWN_BY_JCUDA = 12;

  /** Dense linear algebra. */
  static final NvidiaLibrary CUBLAS =
      new NvidiaLibrary(
          "cuBLAS", "JCublas2", "libcublas.so.", List.of("12", "13"), List.of("libcublasLt.so."),
          "NVIDIA's CUDA toolkit of version 12 or 13, or its part libcublas", "cublas",
          NvidiaLibrary::cublasVersion);

  /** Convolutions; of version 9 there is one for CUDA 12 and one for CUDA 13, under the same name. */
  static final NvidiaLibrary CUDNN =
      new NvidiaLibrary(
          "cuDNN", "JCudnn", "libcudnn.so.", List.of("9"),
          List.of("libcudnn_graph.so.", "libcudnn_ops.so.", "libcudnn_cnn.so."),
          "NVIDIA's cuDNN 9", "cudnn", NvidiaLibrary::cudnnVersion);

  private final String name;
  private final String bindings;
  private final String stem;
  private final List<String> versions;
  private final List<String> before;
  private final String install;
  private final String pythonPackage;
  private final Supplier<String> asksForVersion;

  private @Nullable Path file;
  private @Nullable String version;
  private @Nullable String problem;
  private boolean tried;

  private NvidiaLibrary(
      String name, String bindings, String stem, List<String> versions, List<String> before, String install,
      String pythonPackage, Supplier<String> asksForVersion) {
    this.name = name;
    this.bindings = bindings;
    this.stem = stem;
    this.versions = versions;
    this.before = before;
    this.install = install;
    this.pythonPackage = pythonPackage;
    this.asksForVersion = asksForVersion;
  }

  /** Loads the library unless it is loaded; why that is not possible, a sentence without its end, or null. */
  synchronized @Nullable String reasonForAbsence() {
    if (!tried) {
      String driver = DriverLibrary.reasonForAbsence();
      problem = driver == null ? load() : driver;
    }
    return problem;
  }

  /** What is known of it; loads it. */
  synchronized CudaReport.Library report() {
    String reason = reasonForAbsence();
    return new CudaReport.Library(name, file == null ? null : file.toString(), version, reason);
  }

  /** Like {@code cuBLAS 12.6.4}. */
  synchronized String describe() {
    return version == null ? name : name + " " + version;
  }

  private @Nullable String load() {
    Optional<Path> found = LibrarySearch.here().find(versions.stream().map(stem::concat).toList());
    if (found.isEmpty()) {
      return String.join(" or ", versions.stream().map(stem::concat).toList())
          + " was not found; install " + install + ", or name the folder that holds it with -D"
          + LibrarySearch.PROPERTY + "=FOLDER, for example a Python environment's site-packages/nvidia/"
          + pythonPackage + "/lib";
    }
    file = found.get();
    String major = file.getFileName().toString().substring(stem.length());
    boolean renamed = this == CUBLAS && Integer.parseInt(major) > NEWEST_KNOWN_BY_JCUDA;
    int driver = CudaDevice.driverVersion();
    if (renamed && driver < 1000 * Integer.parseInt(major)) {
      return file + " is of CUDA " + major + ", but the driver is for CUDA " + driver / 1000 + "."
          + driver % 1000 / 10 + "; install a newer driver, or the library of CUDA 12";
    }
    tried = true; // a class of JCuda's that did not load stays so
    try {
      for (String needed : before) {
        Path neighbour = file.resolveSibling(needed + major);
        if (Files.exists(neighbour)) {
          System.load(neighbour.toString());
        }
      }
      System.load(file.toString());
      UnaryOperator<byte[]> change =
          renamed
              ? bytes -> ElfVersionName.replace(bytes, stem + NEWEST_KNOWN_BY_JCUDA, stem + major)
              : UnaryOperator.identity();
      version = JCudaNatives.load(bindings, change, asksForVersion);
      return null;
    } catch (IOException | IllegalArgumentException e) {
      return file + " is there, but not JCuda's library for it: " + e.getMessage();
    } catch (LinkageError e) {
      return file + " cannot be loaded (" + telling(e) + ")";
    }
  }

  /** The line of a message, several of JCuda's, that names what is missing. */
  private static String telling(LinkageError error) {
    List<String> lines = String.valueOf(error.getMessage()).lines().map(String::strip).toList();
    return lines.stream().filter(line -> line.contains(".so")).findFirst().orElse(lines.get(0));
  }

  private static String cublasVersion() {
    JCublas2.setExceptionsEnabled(false);
    StringBuilder text = new StringBuilder();
    for (int part = 0; part < 3; part++) { // major, minor, patch
      int[] value = new int[1];
      JCublas2.cublasGetProperty(part, value);
      text.append(part == 0 ? "" : ".").append(value[0]);
    }
    return text.toString();
  }

  /** From version 9 on the number is major·10000 + minor·100 + patch. */
  private static String cudnnVersion() {
    JCudnn.setExceptionsEnabled(false);
    long number = JCudnn.cudnnGetVersion();
    return number / 10000 + "." + number / 100 % 100 + "." + number % 100;
  }
}
