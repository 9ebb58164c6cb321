package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The checked-in PTX becomes machine code for the oldest and the newest GPU that we name, without spilling registers, and
 * the table in {@code docs/GPU.md} says what each kernel takes. {@code -Dtest.jvmArgs=-Dswin.docs.rewrite=true} writes the
 * table anew.
 */
final class PtxAssemblesTest {
  private static final List<String> MACHINES = List.of("sm_80", "sm_90");

  /**
   * Local memory of a thread. Arrays that are indexed by variables belong in shared memory, and none is as short as this.
   * A kernel at the limit of its registers may keep two words: this assembler, older than nvcc's, does so in layerNorm
   * for sm_90, where nvcc 13.0 needs none.
   */
  private static final int MOST_STACK_BYTES = 8;

  private static final Path DOCUMENT = Path.of("docs/GPU.md");
  private static final String BEGIN = "<!-- registers: written by PtxAssemblesTest -->\n";
  private static final String END = "<!-- end of registers -->\n";

  /** Usage on each machine, by family and kernel. */
  private static final Map<String, Map<String, List<PtxAssembler.Usage>>> USAGES = new TreeMap<>();

  @BeforeAll
  static void assemble(@TempDir Path folder) throws Exception {
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    assumeTrue(system.equals("Linux amd64"), "JCuda's assembler is built for Linux on x86-64, and this is " + system);
    PtxAssembler.load(folder);
    List<Callable<Map<String, PtxAssembler.Usage>>> tasks = new ArrayList<>();
    List<String> families = CheckedInKernels.families();
    for (String family : families) {
      String ptx = CheckedInKernels.ptx(family);
      MACHINES.forEach(machine -> tasks.add(() -> PtxAssembler.assemble(ptx, machine)));
    }
    ExecutorService threads = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try {
      List<Future<Map<String, PtxAssembler.Usage>>> results = threads.invokeAll(tasks);
      for (int i = 0; i < results.size(); i++) {
        Map<String, List<PtxAssembler.Usage>> family =
            USAGES.computeIfAbsent(families.get(i / MACHINES.size()), name -> new TreeMap<>());
        results.get(i).get().forEach((kernel, usage) ->
            family.computeIfAbsent(kernel, name -> new ArrayList<>()).add(usage));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void everyKernelAssemblesForEachMachine() throws IOException {
    assertEquals(CheckedInKernels.families(), List.copyOf(USAGES.keySet()));
    USAGES.forEach((family, kernels) -> {
      assertFalse(kernels.isEmpty(), family);
      kernels.forEach((kernel, usages) -> assertEquals(MACHINES.size(), usages.size(), kernel));
    });
  }

  @Test
  void noKernelSpillsRegistersOrHasAStack() {
    List<String> problems = new ArrayList<>();
    USAGES.forEach((family, kernels) -> kernels.forEach((kernel, usages) -> {
      for (int i = 0; i < usages.size(); i++) {
        PtxAssembler.Usage usage = usages.get(i);
        if (usage.spillBytes() > 0 || usage.stackBytes() > MOST_STACK_BYTES) {
          problems.add(kernel + " (" + family + ".cu) on " + MACHINES.get(i) + ": " + usage);
        }
      }
    }));
    assertTrue(problems.isEmpty(), () -> "\n" + String.join("\n", problems));
  }

  @Test
  void spillsStackAndSharedMemoryAreSeen() {
    // Keeps an array that is indexed by a variable, and one in shared memory.
    PtxAssembler.Usage usage = PtxAssembler.assemble("""
        .version 7.0
        .target sm_80
        .address_size 64
        .visible .entry probe(.param .u64 to, .param .u32 index) {
          .local .align 4 .b8 array[64];
          .shared .align 4 .b8 tile[128];
          .reg .b32 %r<4>;
          .reg .b64 %d<6>;
          ld.param.u64 %d1, [to];
          ld.param.u32 %r1, [index];
          mov.u64 %d2, array;
          mul.wide.u32 %d3, %r1, 4;
          add.u64 %d4, %d2, %d3;
          mov.u32 %r2, %tid.x;
          st.local.u32 [%d4], %r2;
          st.shared.u32 [tile], %r2;
          ld.local.u32 %r3, [array+8];
          st.global.u32 [%d1], %r3;
          ret;
        }
        """, "sm_80").get("probe");
    assertEquals(64, usage.stackBytes());
    assertEquals(128, usage.sharedBytes());
    assertTrue(usage.registers() > 0, usage.toString());
  }

  @Test
  void whatDoesNotAssembleIsRefusedWithTheReason() {
    String ptx = ".version 7.0\n.target sm_80\n.address_size 64\n.visible .entry probe() { nonsense; }\n";
    Exception refused = assertThrows(IllegalArgumentException.class, () -> PtxAssembler.assemble(ptx, "sm_80"));
    assertTrue(refused.getMessage().contains("nonsense"), refused.getMessage());
  }

  @Test
  void theDocumentSaysWhatEachKernelTakes() throws IOException {
    String document = Files.readString(DOCUMENT);
    int begin = document.indexOf(BEGIN) + BEGIN.length();
    int end = document.indexOf(END);
    assertTrue(begin >= BEGIN.length() && end >= begin, DOCUMENT + " has lost the marks around its table of registers");
    String renewed = document.substring(0, begin) + "\n" + table() + "\n" + document.substring(end);
    if (Boolean.getBoolean("swin.docs.rewrite")) {
      Files.writeString(DOCUMENT, renewed);
      return;
    }
    assertEquals(renewed, document, "the table of registers in " + DOCUMENT + " is not that of the checked-in PTX;"
        + " -Dtest=PtxAssemblesTest -Dtest.jvmArgs=-Dswin.docs.rewrite=true writes it anew");
  }

  /** A row for each kernel, with its variants (types of the operands, for the most part) in one cell. */
  private static String table() {
    StringBuilder table = new StringBuilder("| kernel | registers on 8.0 / 9.0 | shared memory |\n|---|---|---|\n");
    USAGES.forEach((family, kernels) -> {
      Map<String, List<String>> registers = new TreeMap<>();
      Map<String, Integer> shared = new TreeMap<>();
      kernels.forEach((kernel, usages) -> {
        int underscore = kernel.indexOf('_');
        String name = underscore < 0 ? kernel : kernel.substring(0, underscore);
        String variant = underscore < 0 ? "" : kernel.substring(underscore + 1).replace('_', ' ') + ": ";
        registers.computeIfAbsent(name, n -> new ArrayList<>())
            .add(variant + usages.get(0).registers() + " / " + usages.get(1).registers());
        usages.forEach(usage -> shared.merge(name, usage.sharedBytes(), Math::max));
      });
      registers.forEach((name, variants) -> table.append("| `").append(family).append("` ").append(name)
          .append(" | ").append(String.join("; ", variants))
          .append(" | ").append(shared.get(name)).append(" |\n"));
    });
    return table.toString();
  }
}
