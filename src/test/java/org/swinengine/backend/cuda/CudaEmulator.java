package org.swinengine.backend.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * Builds the CUDA emulator: a stand-in {@code libcuda.so.1} that holds the project's own {@code .cu} files,
 * compiled by g++ for the CPU. See {@code src/test/cuda/README.md}.
 *
 * <p>Objects and library are kept in {@code target/cuda-emulator}, under names that contain a hash of
 * everything that they were made from, and several JVMs may build at once. The system property
 * {@code swin.emulator.sanitize} takes {@code address} or {@code undefined} for a build with that sanitizer.
 */
final class CudaEmulator {
  private static final int COMPILERS_AT_ONCE = 2;

  /** Stand-ins of NVIDIA's other libraries, which {@link EmulatedLibraries} builds. */
  static final String LIBRARIES = "src/test/cuda/libraries";

  private static Path built;
  private static String reason;
  private static RuntimeException failure;

  private CudaEmulator() {}

  /**
   * The library, built when it has to be.
   *
   * @return the absolute path of {@code libcuda.so.1}; empty where it cannot be built, see {@link #reason}
   * @throws IllegalStateException when a source does not compile, with the compiler's messages
   */
  static synchronized Optional<Path> library() {
    if (built == null && reason == null && failure == null) {
      try {
        reason = obstacle();
        built = reason == null ? new Build(root(), compiler(), sanitizer()).library() : null;
      } catch (IOException e) {
        failure = new UncheckedIOException("the CUDA emulator could not be built below " + root(), e);
      } catch (RuntimeException e) {
        failure = e; // the next test that asks need not compile again to learn it
      }
    }
    if (failure != null) {
      throw failure;
    }
    return Optional.ofNullable(built);
  }

  /** Why {@link #library} is empty, a clause such as "no g++ was found (g++: not found)". */
  static synchronized String reason() {
    return reason;
  }

  /** The sanitizer that the library is built with: "address", "undefined" or "" for none. */
  static String sanitizer() {
    return System.getProperty("swin.emulator.sanitize", "");
  }

  private static String obstacle() {
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (!system.equals("Linux amd64")) {
      return "the CUDA emulator switches stacks with instructions of x86-64 Linux, and this is " + system;
    }
    try {
      run(List.of(compiler(), "--version"));
      return null;
    } catch (IOException e) {
      return "no C++ compiler was found for the CUDA emulator (" + e.getMessage()
          + "); install g++ 12 or newer, or name one in the environment variable CXX";
    }
  }

  static String compiler() {
    return Optional.ofNullable(System.getenv("CXX")).filter(name -> !name.isBlank()).orElse("g++");
  }

  /** The repository: the nearest folder upwards that holds the emulator's sources. */
  static Path root() {
    Path start = Path.of("").toAbsolutePath();
    for (Path folder = start; folder != null; folder = folder.getParent()) {
      if (Files.exists(folder.resolve("src/test/cuda/emulator.h"))) {
        return folder;
      }
    }
    throw new IllegalStateException("src/test/cuda/emulator.h is neither in " + start + " nor above it");
  }

  /** Runs a command and returns what it printed; its exit code must be 0. */
  static String run(List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().remove("LD_PRELOAD"); // a sanitizer's library is for this JVM alone
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + "\nfailed:\n" + output);
      }
    } catch (InterruptedException e) {
      process.destroy();
      throw new IllegalStateException("interrupted while " + command.get(0) + " ran", e);
    }
    return output;
  }

  /** The first letters of a hash, of which names are made. */
  static String hash(String text) {
    return Build.hash(text).substring(0, 16);
  }

  /** One build with fixed compiler and flags. */
  private static final class Build {
    private final Path root;
    private final Path folder;
    private final String compiler;
    private final List<String> flags = new ArrayList<>();
    private final List<String> kernelFlags = new ArrayList<>();
    private final List<String> linkFlags = new ArrayList<>();

    Build(Path root, String compiler, String sanitizer) throws IOException {
      this.root = root;
      this.compiler = compiler;
      this.folder = Files.createDirectories(root.resolve("target/cuda-emulator"));
      flags.addAll(List.of("-std=c++20", "-O2", "-fPIC", "-pthread"));
      flags.addAll(List.of("-Wall", "-Wextra", "-Wno-unknown-pragmas"));
      // Kernels look at the same bytes as several types, which nvcc allows.
      flags.add("-fno-strict-aliasing");
      // Shared memory is thread-local and has no constructors: no call before each access to an extern array.
      flags.add("-fno-extern-tls-init");
      // Explicit fmaf is what fuses, so that the same source gives the same bits with every g++.
      flags.add("-ffp-contract=off");
      flags.add("-fvisibility=hidden");
      flags.addAll(List.of("-I", root.resolve("src/main/cuda").toString()));
      flags.addAll(List.of("-I", root.resolve("src/test/cuda").toString()));
      if (processorHas("avx2") && processorHas("fma")) {
        flags.addAll(List.of("-mavx2", "-mfma"));
      }
      // A GPU faults at a float4 that is not aligned to 16 bytes, x86 need not: a trap before it does.
      List<String> alignmentTraps = List.of("-fsanitize=alignment", "-fsanitize-undefined-trap-on-error");
      switch (sanitizer) {
        case "" -> kernelFlags.addAll(alignmentTraps);
        case "address" -> {
          flags.addAll(List.of("-g", "-fno-omit-frame-pointer", "-fsanitize=address"));
          linkFlags.add("-fsanitize=address");
          kernelFlags.addAll(alignmentTraps);
        }
        case "undefined" -> {
          kernelFlags.addAll(List.of("-g", "-fsanitize=undefined"));
          linkFlags.add("-fsanitize=undefined");
        }
        default -> throw new IllegalArgumentException(
            "swin.emulator.sanitize is '" + sanitizer + "'; expected 'address', 'undefined' or nothing");
      }
    }

    private static boolean processorHas(String flag) throws IOException {
      try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
        return lines.filter(line -> line.startsWith("flags")).findFirst()
            .map(line -> List.of(line.split("\\s+")).contains(flag)).orElse(false);
      }
    }

    Path library() throws IOException {
      Map<Path, Path> objects = objects();
      List<String> link = new ArrayList<>(List.of(compiler, "-shared", "-pthread"));
      link.add("-Wl,-soname,libcuda.so.1");
      link.addAll(linkFlags);
      objects.values().forEach(object -> link.add(object.toString()));
      Path library = folder.resolve(hash(String.join("\n", link)).substring(0, 16)).resolve("libcuda.so.1");
      if (Files.exists(library)) {
        return library;
      }
      try (FileChannel lock = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE,
          StandardOpenOption.WRITE)) {
        lock.lock();
        if (!Files.exists(library)) {
          compile(objects);
          Files.createDirectories(library.getParent());
          Path unfinished = library.resolveSibling("unfinished.so");
          link.addAll(List.of("-o", unfinished.toString()));
          run(link);
          Files.move(unfinished, library, StandardCopyOption.ATOMIC_MOVE);
        }
      }
      return library;
    }

    /** Source to object; the object's name says what it was made from. */
    private Map<Path, Path> objects() throws IOException {
      String common = run(List.of(compiler, "--version")) + flags + kernelFlags;
      List<Path> sources = new ArrayList<>();
      for (Path file : filesBelow("src/main/cuda", "src/test/cuda")) {
        String name = file.getFileName().toString();
        if (name.endsWith(".h") || name.endsWith(".cuh")) {
          common += "\n" + file + "\n" + Files.readString(file);
        } else if (name.endsWith(".cu") || name.endsWith(".cpp")) {
          sources.add(file);
        }
      }
      sources.add(limits());
      Map<Path, Path> objects = new LinkedHashMap<>();
      for (Path source : sources) {
        String hash = hash(common + "\n" + source + "\n" + Files.readString(source)).substring(0, 16);
        objects.put(source, folder.resolve("objects").resolve(source.getFileName() + "-" + hash + ".o"));
      }
      return objects;
    }

    /** For kernel_limits.h, what only nvcc knows: from checked-in PTX and the record of registers. */
    private Path limits() throws IOException {
      StringBuilder text = new StringBuilder("#include \"kernel_limits.h\"\n");
      text.append("const emulator::KernelLimits emulator::kernelLimits[] = {\n");
      for (String family : CheckedInKernels.families(root)) {
        Map<String, Integer> threads = PtxText.launchBounds(CheckedInKernels.ptx(root, family));
        UsageRecord.Family record = UsageRecord.read(root).get(family);
        if (record == null) {
          continue; // a new family that has not been assembled yet
        }
        record.kernels().forEach((kernel, usages) -> {
          PtxAssembler.Usage newest = usages.get(usages.size() - 1);
          text.append("  {\"").append(kernel).append("\", ").append(threads.getOrDefault(kernel, 1024))
              .append(", ").append(newest.sharedBytes()).append(", ").append(newest.registers())
              .append("},\n");
        });
      }
      text.append("  {nullptr, 0, 0, 0}};\n");
      Path file = folder.resolve("limits-" + hash(text.toString()).substring(0, 16) + ".cpp");
      if (!Files.exists(file)) {
        Path unfinished = Files.createTempFile(folder, "limits", ".unfinished");
        Files.writeString(unfinished, text);
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
      }
      return file;
    }

    private List<Path> filesBelow(String... folders) throws IOException {
      List<Path> files = new ArrayList<>();
      for (String name : folders) {
        try (Stream<Path> walk = Files.walk(root.resolve(name))) {
          walk.filter(Files::isRegularFile).filter(file -> !file.startsWith(root.resolve(LIBRARIES))).sorted()
              .forEach(files::add);
        }
      }
      return files;
    }

    private void compile(Map<Path, Path> objects) throws IOException {
      Files.createDirectories(folder.resolve("objects"));
      ExecutorService compilers = Executors.newFixedThreadPool(COMPILERS_AT_ONCE);
      try {
        List<Future<Path>> running = new ArrayList<>();
        objects.forEach((source, object) -> {
          if (!Files.exists(object)) {
            running.add(compilers.submit(() -> compile(source, object)));
          }
        });
        for (Future<Path> one : running) {
          one.get();
        }
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause().getMessage(), e.getCause());
      } catch (InterruptedException e) {
        throw new IllegalStateException("interrupted while the CUDA emulator was compiled", e);
      } finally {
        compilers.shutdownNow();
      }
    }

    private Path compile(Path source, Path object) throws IOException {
      Path unfinished = object.resolveSibling(object.getFileName() + ".unfinished");
      List<String> command = new ArrayList<>(List.of(compiler));
      command.addAll(flags);
      if (source.toString().endsWith(".cu")) {
        command.addAll(kernelFlags);
      }
      command.addAll(List.of("-x", "c++", "-c", source.toString(), "-o", unfinished.toString()));
      String messages = run(command);
      if (!messages.isBlank()) {
        System.err.println(messages);
      }
      return Files.move(unfinished, object, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String hash(String text) {
      try {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java has SHA-256", e);
      }
    }
  }
}
