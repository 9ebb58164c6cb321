package org.swinengine.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("launcher")
class JvmFlagsTest {
  private static final List<String> COMMON = List.of("-XX:+UseG1GC", "-XX:MaxRAMPercentage=60");

  @Test
  void onlyAMeasuredJdkGetsFlagsOfItsOwn() {
    assertEquals(COMMON, JvmFlags.of(17, List.of()));
    assertEquals(COMMON, JvmFlags.of(26, List.of()));
    assertEquals(COMMON, JvmFlags.of(0, List.of()));
    assertEquals(List.of("-XX:+UseG1GC", "-XX:MaxRAMPercentage=60", "-XX:LoopStripMiningIter=0",
        "-XX:-UseCountedLoopSafepoints"), JvmFlags.of(25, List.of()));
  }

  @Test
  void whatTheUserHasSetIsLeftToTheUser() {
    assertEquals(List.of("-XX:+UseG1GC"), JvmFlags.of(17, List.of("-Xmx2g")));
    assertEquals(List.of("-XX:+UseG1GC"), JvmFlags.of(17, List.of("-XX:MaxRAMPercentage=30")));
    assertEquals(List.of("-XX:MaxRAMPercentage=60"), JvmFlags.of(17, List.of("-XX:+UseZGC")));
    assertEquals(COMMON, JvmFlags.of(25, List.of("-XX:+UseCountedLoopSafepoints")));
    assertEquals(COMMON, JvmFlags.of(17, List.of("-XX:+UseStringDeduplication", "-Xms1g")));
  }
}
