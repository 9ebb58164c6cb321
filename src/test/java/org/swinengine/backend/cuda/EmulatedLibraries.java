package org.swinengine.backend.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Builds stand-ins of cuBLAS and cuDNN for the emulated driver, from {@code src/test/cuda/libraries}: folders
 * in {@code target/cuda-emulator} that hold each a library under the name that NVIDIA's has.
 */
final class EmulatedLibraries {
  private EmulatedLibraries() {}

  /** A folder with libcublas.so.12. */
  static Path cublas() {
    return folder("cublas", "libcublas.so.12");
  }

  /** A folder with libcublas.so.13, whose symbols are of that version. */
  static Path cublas13() {
    return folder("cublas", "libcublas.so.13");
  }

  /** A folder with libcudnn.so.9. */
  static Path cudnn() {
    return folder("cudnn", "libcudnn.so.9");
  }

  private static Path folder(String source, String name) {
    Path driver =
        CudaEmulator.library().orElseThrow(() -> new IllegalStateException(CudaEmulator.reason()));
    try {
      return build(driver, CudaEmulator.root().resolve(CudaEmulator.LIBRARIES), source, name);
    } catch (IOException e) {
      throw new UncheckedIOException("the stand-in " + name + " could not be built", e);
    }
  }

  private static Path build(Path driver, Path sources, String source, String name) throws IOException {
    Path file = sources.resolve(source + ".cpp");
    String made = driver + name + Files.readString(file) + Files.readString(sources.resolve("library.h"));
    Path root = driver.getParent().getParent();
    Path folder = root.resolve(CudaEmulator.hash(made + CudaEmulator.run(List.of(CudaEmulator.compiler(),
        "--version"))));
    Path library = folder.resolve(name);
    try (FileChannel lock = FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE,
        StandardOpenOption.WRITE)) {
      lock.lock();
      if (!Files.exists(library)) {
        Files.createDirectories(folder);
        Path versions = folder.resolve("versions.map");
        Files.writeString(versions, name + " { global: cu*; local: *; };\n");
        Path unfinished = folder.resolve("unfinished.so");
        CudaEmulator.run(List.of(
            CudaEmulator.compiler(), "-std=c++20", "-O2", "-fPIC", "-Wall", "-Wextra", "-ffp-contract=off",
            "-fvisibility=hidden", "-shared", "-Wl,-soname," + name, "-Wl,--version-script," + versions,
            file.toString(), driver.toString(), "-o", unfinished.toString()));
        Files.move(unfinished, library, StandardCopyOption.ATOMIC_MOVE);
      }
    }
    return folder;
  }
}
