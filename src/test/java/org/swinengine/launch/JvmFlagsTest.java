package org.swinengine.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("launcher")
class JvmFlagsTest {
  private static final List<String> COMMON = List.of("-XX:+UseG1GC", "-XX:MaxRAMPercentage=60");

  private static final List<String> FRUGAL = List.of(
      "-XX:+UseG1GC", "-XX:G1HeapRegionSize=1m", "-XX:MaxNewSize=64m",
      "-XX:+UnlockExperimentalVMOptions", "-XX:G1ExpandByPercentOfAvailable=0",
      "-XX:InitiatingHeapOccupancyPercent=100", "-XX:-G1UseAdaptiveIHOP", "-XX:MaxRAMPercentage=60");

  private static List<String> and(List<String> flags, String... more) {
    return Stream.concat(flags.stream(), Stream.of(more)).collect(Collectors.toList());
  }

  @Test
  void onlyAMeasuredJdkGetsFlagsOfItsOwn() {
    assertEquals(FRUGAL, JvmFlags.of(17, List.of()));
    assertEquals(COMMON, JvmFlags.of(26, List.of()));
    assertEquals(COMMON, JvmFlags.of(0, List.of()));
    List<String> newer = and(FRUGAL, "-XX:LoopStripMiningIter=0", "-XX:-UseCountedLoopSafepoints");
    assertEquals(newer, JvmFlags.of(25, List.of()));
  }

  @Test
  void whatTheUserHasSetIsLeftToTheUser() {
    List<String> withoutSize = FRUGAL.subList(0, FRUGAL.size() - 1);
    assertEquals(withoutSize, JvmFlags.of(17, List.of("-Xmx2g")));
    assertEquals(withoutSize, JvmFlags.of(17, List.of("-XX:MaxRAMPercentage=30")));
    assertEquals(List.of("-XX:MaxRAMPercentage=60"), JvmFlags.of(17, List.of("-XX:+UseZGC")));
    assertEquals(FRUGAL, JvmFlags.of(25, List.of("-XX:+UseCountedLoopSafepoints")));
    assertEquals(COMMON, JvmFlags.of(17, List.of("-XX:+UseStringDeduplication", "-Xms1g")));
    assertEquals(COMMON, JvmFlags.of(17, List.of("-XX:G1HeapRegionSize=8m")));
    assertEquals(COMMON, JvmFlags.of(17, List.of("-Xmn1g")));
    assertEquals(FRUGAL.subList(1, FRUGAL.size()), JvmFlags.of(17, List.of("-XX:+UseG1GC")));
  }

  @Test
  void aBriefCommandIsNotOptimized() {
    List<String> brief = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:MaxRAMPercentage=60");
    for (String command : List.of("", "inspect", "models", "help", "--help", "--version")) {
      assertEquals(brief, JvmFlags.of(17, List.of(), command));
      assertEquals(brief, JvmFlags.of(25, List.of(), command));
    }
    assertEquals(brief.subList(0, 2), JvmFlags.of(25, List.of("-Xmx1g"), "inspect"));
    for (String command : List.of("eval", "train", "convert", "devices")) {
      assertEquals(FRUGAL, JvmFlags.of(17, List.of(), command));
    }
  }

  @Test
  void aBriefCommandLeavesTheUsersCollectorAndCompilerAlone() {
    for (String option : List.of("-XX:+UseZGC", "-XX:G1HeapRegionSize=8m", "-XX:TieredStopAtLevel=4",
        "-XX:-TieredCompilation", "-Xint")) {
      assertEquals(JvmFlags.of(17, List.of(option)), JvmFlags.of(17, List.of(option), "inspect"));
    }
  }
}
