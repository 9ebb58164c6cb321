package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The checked-in PTX becomes machine code for the oldest and the newest GPU that we name, in registers, and
 * the table in {@code docs/GPU.md} says what each kernel takes.
 *
 * <p>Assembling everything takes a minute, so what came out stands in a file, by the hash of the PTX. Here
 * the file is held to the PTX, and small families are assembled anew; the tag {@code slow} assembles all.
 * After PTX was renewed, {@code -Dtest=PtxAssemblesTest -Dtest.jvmArgs=-Dswin.registers.renew=true} writes
 * both.
 */
final class PtxAssemblesTest {
  private static final List<String> SMALL = List.of("memory", "optimizer", "window");

  private static final String RENEW =
      "; -Dtest=PtxAssemblesTest -Dtest.jvmArgs=-Dswin.registers.renew=true renews it";

  /** What a kernel does; and the types of its operands, or the length of the words that it moves. */
  private static final Pattern NAME_AND_VARIANT =
      Pattern.compile("(.*?)((?:_(?:f32|bf16|i32|bf16f32))*|_\\d+)");

  private static final DocumentTable TABLE =
      new DocumentTable(
          Path.of("docs/GPU.md"), "<!-- registers: written by PtxAssemblesTest -->\n",
          "<!-- end of registers -->\n", "PtxAssemblesTest", "swin.registers.renew");

  private static Map<String, UsageRecord.Family> recorded;

  @BeforeAll
  static void load(@TempDir Path folder) throws Exception {
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    assumeTrue(system.equals("Linux amd64"), "JCuda's assembler is for Linux on x86-64, not " + system);
    PtxAssembler.load(folder);
    recorded = UsageRecord.read();
    if (Boolean.getBoolean("swin.registers.renew")) {
      renew();
    }
  }

  private static void renew() throws Exception {
    List<String> families = CheckedInKernels.families();
    List<String> changed = new ArrayList<>();
    for (String family : families) {
      UsageRecord.Family before = recorded.get(family);
      if (before == null || !before.ptxHash().equals(UsageRecord.ptxHash(family))) {
        changed.add(family);
      }
    }
    recorded.keySet().retainAll(families);
    recorded.putAll(UsageRecord.assemble(changed));
    UsageRecord.write(recorded);
  }

  @Test
  void everyFamilyWasAssembledAsItIs() throws IOException {
    assertEquals(CheckedInKernels.families(), List.copyOf(recorded.keySet()), UsageRecord.FILE + RENEW);
    for (String family : recorded.keySet()) {
      UsageRecord.Family record = recorded.get(family);
      assertEquals(UsageRecord.ptxHash(family), record.ptxHash(), family + " in " + UsageRecord.FILE + RENEW);
      assertFalse(record.kernels().isEmpty(), family);
      record.kernels()
          .forEach((kernel, usages) -> assertEquals(UsageRecord.MACHINES.size(), usages.size(), kernel));
    }
  }

  @Test
  void smallFamiliesTakeWhatTheRecordSays() throws Exception {
    UsageRecord.assemble(SMALL)
        .forEach((family, record) -> assertEquals(record, recorded.get(family), family));
  }

  /** What a driver compiles, a kernel at a time, is what it would have compiled in the whole text. */
  @Test
  void kernelsThatWereCutOutTakeTheSame() throws Exception {
    for (String family : List.of("memory", "reduce")) { // which has shared memory outside of kernels
      String ptx = CheckedInKernels.ptx(family);
      for (String kernel : SingleKernelPtx.names(ptx)) {
        Map<String, PtxAssembler.Usage> usage =
            PtxAssembler.assemble(SingleKernelPtx.of(ptx, kernel), "sm_80");
        assertEquals(Map.of(kernel, recorded.get(family).kernels().get(kernel).get(0)), usage);
      }
    }
  }

  @Test
  @Tag("slow")
  void allFamiliesTakeWhatTheRecordSays() throws Exception {
    assertEquals(UsageRecord.assemble(CheckedInKernels.families()), recorded);
  }

  @Test
  void kernelsStayInRegisters() {
    List<String> problems = new ArrayList<>();
    recorded.forEach((family, record) -> record.kernels().forEach((kernel, usages) -> {
      for (int i = 0; i < usages.size(); i++) {
        PtxAssembler.Usage usage = usages.get(i);
        if (usage.spillBytes() > 0 || usage.stackBytes() > 0) {
          problems.add(kernel + " (" + family + ".cu) on " + UsageRecord.MACHINES.get(i) + ": " + usage);
        }
      }
    }));
    assertTrue(problems.isEmpty(), () -> "\n" + String.join("\n", problems));
  }

  @Test
  void stackAndSharedMemoryAreSeen() {
    // An array that is indexed by a variable, and one in shared memory.
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
  void spillsAreSeen() {
    // Sixty values that all live until the last line; a thread of such a block may have thirty-two registers.
    StringBuilder text = new StringBuilder("""
        .version 7.0
        .target sm_80
        .address_size 64
        .visible .entry probe(.param .u64 to) .maxntid 1024, 1, 1 .minnctapersm 2 {
          .reg .b32 %r<64>;
          .reg .b64 %d<2>;
          ld.param.u64 %d1, [to];
        """);
    for (int i = 0; i < 60; i++) {
      text.append("  ld.volatile.global.u32 %r").append(i).append(", [%d1+").append(4 * i).append("];\n");
    }
    for (int i = 59; i >= 0; i--) {
      text.append("  st.volatile.global.u32 [%d1+").append(4 * i).append("], %r").append(i).append(";\n");
    }
    PtxAssembler.Usage usage = PtxAssembler.assemble(text + "  ret;\n}\n", "sm_80").get("probe");
    assertTrue(usage.spillBytes() > 0, usage.toString());
  }

  @Test
  void whatDoesNotAssembleIsRefusedWithTheReason() {
    String ptx = ".version 7.0\n.target sm_80\n.address_size 64\n.visible .entry probe() { nonsense; }\n";
    Exception refused =
        assertThrows(IllegalArgumentException.class, () -> PtxAssembler.assemble(ptx, "sm_80"));
    assertTrue(refused.getMessage().contains("nonsense"), refused.getMessage());
  }

  @Test
  void theDocumentSaysWhatEachKernelTakes() throws IOException {
    TABLE.check(table());
  }

  /** A row for each kernel, with its variants in one cell. */
  private static String table() {
    StringBuilder table = new StringBuilder("| kernel | registers on 8.0 / 9.0 | shared memory |\n");
    table.append("|---|---|---|\n");
    recorded.forEach((family, record) -> {
      Map<String, List<String>> registers = new TreeMap<>();
      Map<String, Integer> shared = new TreeMap<>();
      record.kernels().forEach((kernel, usages) -> {
        Matcher parts = NAME_AND_VARIANT.matcher(kernel);
        assertTrue(parts.matches(), kernel);
        String name = parts.group(1).replace('_', ' ');
        String variant = parts.group(2).isEmpty() ? "" : parts.group(2).replace('_', ' ').strip() + ": ";
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
