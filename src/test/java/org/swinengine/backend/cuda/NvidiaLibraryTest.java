package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.DType;
import org.swinengine.backend.GpuLibraries;
import org.swinengine.backend.LibraryUse;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.Span;

/** NVIDIA's libraries are found, loaded and asked, and where that fails the reason is said. */
class NvidiaLibraryTest {
  private static final List<String> CUBLAS = List.of("libcublas.so.12", "libcublas.so.13");

  @TempDir
  Path folder;

  private Path file(String path) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "");
  }

  private Optional<Path> find(Map<String, String> environment, String configured) {
    return new LibrarySearch(folder, environment, configured).find(CUBLAS);
  }

  @Test
  void theFirstFolderCounts() throws IOException {
    assertEquals(Optional.empty(), find(Map.of(), ""));
    Path cached = file("opt/odd/libcublas.so.12");
    Files.createDirectories(folder.resolve("etc"));
    Files.writeString(folder.resolve("etc/ld.so.cache"),
        "libcublas.so.12\0/opt/gone/libcublas.so.12\0libcublas.so.12\0/opt/odd/libcublas.so.12\0");
    assertEquals(Optional.of(cached), find(Map.of(), ""));
    Path usual = file("usr/local/cuda/lib64/libcublas.so.13");
    assertEquals(Optional.of(usual), find(Map.of(), ""));
    Path searched = file("some/libcublas.so.12");
    assertEquals(Optional.of(searched), find(Map.of("LD_LIBRARY_PATH", "/none:/some"), ""));
    Path home = file("home/lib/libcublas.so.13");
    assertEquals(Optional.of(home), find(Map.of("LD_LIBRARY_PATH", "/some", "CUDA_HOME", "/home"), ""));
    Path older = file("home/lib64/libcublas.so.12");
    file("home/lib64/libcublas.so.13");
    assertEquals(Optional.of(older), find(Map.of("CUDA_PATH", "/home"), ""));
  }

  @Test
  void aConfiguredFolderMayBeAPythonEnvironment() throws IOException {
    Path environment = folder.resolve("python");
    Path found = file("python/lib/python3.12/site-packages/nvidia/cublas/lib/libcublas.so.12");
    file("usr/lib64/libcublas.so.12");
    for (Path named : List.of(environment, environment.resolve("lib/python3.12/site-packages"),
        found.getParent())) {
      assertEquals(Optional.of(found), find(Map.of(), folder.resolve("none") + ":" + named));
    }
  }

  /** The example of the ABI's text, and that of JCublas2's own table. */
  @Test
  void namesHaveElfsHash() {
    assertEquals(0x077905a6, ElfVersionName.hash("printf"));
    assertEquals(0x09691a75, ElfVersionName.hash("GLIBC_2.2.5"));
  }

  @Test
  void onlyWhatAsksForTheVersionIsChanged() throws IOException {
    byte[] nothing = new byte[100];
    String said =
        assertThrows(IllegalArgumentException.class, () -> ElfVersionName.replace(nothing, "a.12", "a.13"))
            .getMessage();
    assertTrue(said.contains("no ELF library"), said);
    byte[] library;
    String name = "lib/libJCublas2-12.6.0-linux-x86_64.so";
    try (var in = getClass().getClassLoader().getResourceAsStream(name)) {
      library = in.readAllBytes();
    }
    byte[] changed = ElfVersionName.replace(library, "libcublas.so.12", "libcublas.so.13");
    int differences = 0;
    for (int i = 0; i < library.length; i++) {
      differences += library[i] == changed[i] ? 0 : 1;
    }
    assertEquals(library.length, changed.length);
    assertEquals(2, differences, "the last letter of the name, the last byte of its hash");
    assertArrayEquals(library, ElfVersionName.replace(changed, "libcublas.so.13", "libcublas.so.12"));
    assertThrows(IllegalArgumentException.class,
        () -> ElfVersionName.replace(changed, "libcublas.so.12", "libcublas.so.13"));
    byte[] cut = java.util.Arrays.copyOf(library, 5000);
    assertThrows(IllegalArgumentException.class,
        () -> ElfVersionName.replace(cut, "libcublas.so.12", "libcublas.so.13"));
  }

  /** A process: the emulated driver of a CUDA, then what is said of a library, and a product by it. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) {
      System.load(arguments[0]);
      System.setProperty(DriverLibrary.DRIVER_PROPERTY, arguments[0]);
      EmulatorControls.pretend(90, Integer.parseInt(arguments[1]), 1);
      System.setProperty(LibrarySearch.PROPERTY, arguments[2]);
      System.out.println(NvidiaLibrary.CUBLAS.report());
      System.out.println(NvidiaLibrary.CUDNN.report());
      try (CudaBackend silent =
          new CudaBackend(0, DType.BF16, new GpuLibraries(LibraryUse.AUTO, LibraryUse.AUTO))) {
        System.out.println(silent.describe());
      }
      try (CudaBackend backend =
          new CudaBackend(0, DType.FLOAT32, new GpuLibraries(LibraryUse.ON, LibraryUse.OFF))) {
        System.out.println(backend.describe());
        Span a = span(backend, 1, 2, 3, 4, 5, 6);
        Span b = span(backend, 1, 0, 2, -1, 0, 1);
        Span c = span(backend, 0, 0, 0, 0);
        backend.matrix().gemm(Gemm.dense(false, false, 2, 2, 3), a, b, c);
        float[] result = new float[4];
        backend.memory().download(c, result, 0, 4);
        System.out.println(java.util.Arrays.toString(result));
      } catch (IllegalArgumentException e) {
        System.out.println(e.getMessage());
      }
    }

    private static Span span(CudaBackend backend, float... values) {
      var buffer = backend.memory().allocate(DType.FLOAT32, values.length);
      backend.memory().upload(values, 0, buffer, values.length);
      return buffer;
    }
  }

  private static String run(int cuda, Path... folders) throws Exception {
    var driver = CudaEmulator.library();
    assumeTrue(driver.isPresent(), CudaEmulator.reason());
    String named = String.join(":", java.util.Arrays.stream(folders).map(Path::toString).toList());
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    ProcessBuilder builder = new ProcessBuilder(java.toString(), "-XX:TieredStopAtLevel=1", "-cp",
        System.getProperty("java.class.path"), Child.class.getName(), driver.get().toString(),
        Integer.toString(cuda), named);
    Process process = builder.redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
    assertEquals(0, process.waitFor(), text);
    return text;
  }

  private static void assertSays(String text, String... parts) {
    for (String part : parts) {
      assertTrue(text.contains(part), () -> part + " is not in\n" + text);
    }
  }

  @Test
  void bothAreUsed() throws Exception {
    assumeTrue(CudaEmulator.library().isPresent(), CudaEmulator.reason());
    assertSays(run(12060, EmulatedLibraries.cublas(), EmulatedLibraries.cudnn()),
        "name=cuBLAS, file=" + EmulatedLibraries.cublas().resolve("libcublas.so.12")
            + ", version=12.6.4, problem=null",
        "name=cuDNN, file=" + EmulatedLibraries.cudnn().resolve("libcudnn.so.9")
            + ", version=9.5.0, problem=null",
        "accumulation, cuBLAS 12.6.4 for large products", "float32, cuBLAS 12.6.4 for products",
        "[5.0, 1.0, 14.0, 1.0]");
  }

  /** JCublas2 asks for the version 12; the library of CUDA 13 has its symbols under another name. */
  @Test
  void cublasOfCuda13IsUsed() throws Exception {
    assumeTrue(CudaEmulator.library().isPresent(), CudaEmulator.reason());
    assertSays(run(13000, EmulatedLibraries.cublas13()),
        "name=cuBLAS, file=" + EmulatedLibraries.cublas13().resolve("libcublas.so.13")
            + ", version=12.6.4, problem=null",
        "[5.0, 1.0, 14.0, 1.0]");
    assertSays(run(12060, EmulatedLibraries.cublas13()),
        "libcublas.so.13 is of CUDA 13, but the driver is for CUDA 12.6; install a newer driver, or");
  }

  @Test
  void whatIsMissingIsSaid() throws Exception {
    String text = run(12060, folder);
    assumeTrue(text.contains("file=null"), "this machine has cuBLAS or cuDNN");
    assertSays(text, "libcublas.so.12 or libcublas.so.13 was not found; install NVIDIA's CUDA toolkit",
        "libcudnn.so.9 was not found; install NVIDIA's cuDNN 9", "bf16 with float32 accumulation\n",
        "cuBLAS (`cublas` on) cannot be used: libcublas.so.12 or");
    file("libcublas.so.12");
    assertSays(run(12060, folder), folder.resolve("libcublas.so.12") + " cannot be loaded (",
        "cuBLAS (`cublas` on) cannot be used: " + folder.resolve("libcublas.so.12"));
  }
}
