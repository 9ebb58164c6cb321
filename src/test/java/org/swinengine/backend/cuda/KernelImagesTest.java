package org.swinengine.backend.cuda;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.swinengine.backend.CudaReport.KernelForm.MACHINE_CODE;
import static org.swinengine.backend.CudaReport.KernelForm.MISSING;
import static org.swinengine.backend.CudaReport.KernelForm.PTX;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The compiled kernels that are checked in, and that every build takes, belong to the sources. */
final class KernelImagesTest {
  private static final Path PROGRAM = CheckedInKernels.SOURCES.resolve("CompileKernels.java");
  private static final Pattern PTX_VERSION = Pattern.compile("(?m)^\\.version (\\d+)\\.(\\d+)$");

  /** The PTX version of drivers from 525 on, which still serve in clusters: ten times the number. */
  private static final int NEWEST_PTX = 80;

  @Test
  void checkedInImagesBelongToTheSources() throws Exception {
    Output check = check(Path.of(""));
    assertEquals(0, check.exit(), check.text());
  }

  @Test
  void aChangedHeaderMakesImagesStaleAndTheMessageSaysWhatToDo(@TempDir Path copy) throws Exception {
    copyTo(copy);
    assertEquals(0, check(copy).exit());
    append(copy.resolve(CheckedInKernels.SOURCES).resolve("gelu.cuh"), "\n// changed\n");
    Output check = check(copy);
    assertEquals(1, check.exit());
    assertTrue(check.text().contains("pointwise"), check.text()); // which includes it
    assertTrue(!check.text().contains("memory"), check.text()); // which does not
    assertTrue(check.text().contains("CompileKernels.java renew"), check.text());
  }

  @Test
  void imagesOfAnotherBuildAreStale(@TempDir Path copy) throws Exception {
    copyTo(copy);
    Path images = copy.resolve(CheckedInKernels.IMAGES);
    Files.copy(images.resolve("window.ptx.gz"), images.resolve("unknown.ptx.gz"));
    Files.copy(images.resolve("window.ptx.gz"), images.resolve("patch.ptx.gz"), REPLACE_EXISTING);
    Files.copy(images.resolve("loss.sm_90.cubin.gz"), images.resolve("loss.sm_86.cubin.gz"),
        REPLACE_EXISTING);
    Files.delete(images.resolve("memory.sm_80.cubin.gz"));
    Files.write(images.resolve("random.sm_89.cubin.gz"), new byte[] {1, 2, 3});
    Output check = check(copy);
    assertEquals(1, check.exit());
    assertTrue(
        check.text().contains(": loss, memory, patch, random, unknown.ptx.gz (there is no such source)"),
        check.text());
  }

  @Test
  void nothingIsCompiledWhileAllIsAsItShouldBe(@TempDir Path copy) throws Exception {
    copyTo(copy);
    Path images = copy.resolve(CheckedInKernels.IMAGES);
    Files.copy(images.resolve("window.ptx.gz"), images.resolve("unknown.ptx.gz"));
    Output renew = run(copy, "renew", "no-nvcc-here");
    assertEquals(0, renew.exit(), renew.text());
    assertEquals("kernels: what is checked in belongs to the sources", renew.text().strip());
    assertFalse(Files.exists(images.resolve("unknown.ptx.gz")));
    Output all = run(copy, "renew-all", "no-nvcc-here");
    assertEquals(1, all.exit());
    assertTrue(all.text().contains("no-nvcc-here is no program"), all.text());
  }

  @Test
  void driversOfTheLastYearsReadThePtx() throws IOException {
    for (String family : CheckedInKernels.families()) {
      Matcher version = PTX_VERSION.matcher(CheckedInKernels.ptx(family));
      assertTrue(version.find(), family);
      int number = 10 * Integer.parseInt(version.group(1)) + Integer.parseInt(version.group(2));
      assertTrue(number <= NEWEST_PTX, () -> family + " is PTX " + version.group());
    }
  }

  @Test
  void everyGpuFindsEveryFamilyOnTheClassPath() {
    for (String family : KernelImages.FAMILIES) {
      for (int capability : new int[] {80, 86, 87, 89, 90}) { // 8.7 runs what was made for 8.6
        assertEquals(MACHINE_CODE, KernelImages.held(family, capability), family + " on " + capability);
      }
      assertEquals(PTX, KernelImages.held(family, 100), family);
      assertEquals(PTX, KernelImages.held(family, 120), family);
    }
    assertEquals(MISSING, KernelImages.held("unknown", 90));
  }

  /** Drivers before that of CUDA 13 (580) load no other machine code. */
  @Test
  void machineCodeHasTheFormatThatOlderDriversLoad() throws IOException {
    try (Stream<Path> files = Files.list(CheckedInKernels.IMAGES)) {
      List<Path> images = files.filter(file -> file.toString().endsWith(".cubin.gz")).toList();
      assertEquals(4 * KernelImages.FAMILIES.size(), images.size());
      for (Path image : images) {
        try (InputStream code = new GZIPInputStream(Files.newInputStream(image))) {
          byte[] head = code.readNBytes(64);
          assertEquals(0x33, head[7], image + ": the ELF header's OS ABI");
          assertEquals(7, head[8], image + ": its version");
          assertTrue(image.toString().contains(".sm_" + (head[48] & 0xff) + "."), image + "");
        }
      }
    }
  }

  @Test
  void aKernelIsCutOutOfItsFamily() throws IOException {
    for (String family : CheckedInKernels.families()) {
      String ptx = CheckedInKernels.ptx(family);
      List<String> names = SingleKernelPtx.names(ptx);
      assertFalse(names.isEmpty(), family);
      int length = 0;
      for (String name : names) {
        String one = SingleKernelPtx.of(ptx, name);
        assertEquals(List.of(name), SingleKernelPtx.names(one));
        assertTrue(one.startsWith(".version ") && one.endsWith("\n}\n"), name);
        length += one.length();
      }
      assertTrue(length >= ptx.length(), family + ": something belongs to no kernel");
    }
  }

  private record Output(int exit, String text) {}

  private static Output check(Path root) throws IOException, InterruptedException {
    return run(root, "check");
  }

  /** Runs the program in a repository. */
  private static Output run(Path root, String... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                PROGRAM.toAbsolutePath().toString()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).directory(root.toAbsolutePath().toFile()).redirectErrorStream(true)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Output(process.waitFor(), text);
  }

  private static void copyTo(Path root) throws IOException {
    Files.copy(Path.of("pom.xml"), root.resolve("pom.xml")); // names the assembler
    for (Path folder : new Path[] {CheckedInKernels.SOURCES, CheckedInKernels.IMAGES}) {
      Files.createDirectories(root.resolve(folder));
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.copy(file, root.resolve(file));
        }
      }
    }
  }

  private static void append(Path file, String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.APPEND);
  }
}
