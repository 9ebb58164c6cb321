package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@link AttackCorpus}: a sentence or the weights, nothing run, nothing written, memory within four times the
 * file.
 */
class AttackCorpusTest {
  private static final long BYTES_FOR_ANY = 64 << 20;

  @TempDir
  private Path folder;

  static List<AttackCorpus.Attack> attacks() {
    return AttackCorpus.all();
  }

  @Test
  void thereAreEnough() {
    List<AttackCorpus.Attack> all = attacks();
    assertTrue(all.size() >= 60, all.size() + " files");
    assertEquals(all.size(), new HashSet<>(all.stream().map(AttackCorpus.Attack::name).toList()).size());
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void eachIsReadWithoutItsCallOrRefused(AttackCorpus.Attack attack) throws Exception {
    Path file = TestFiles.write(folder, attack.name(), attack.bytes());
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          long before = Cost.allocated();
          if (attack.refused() != null) {
            TestFiles.assertRefused(attack.refused(), () -> TestFiles.readAll(WeightFiles.read(file)));
          } else {
            StateDict dict = WeightFiles.read(file);
            TestFiles.readAll(dict);
            assertArrayEquals(new float[] {1.5f, -2}, dict.get("w").toFloats());
            assertTrue(dict.calls().containsAll(attack.calls()), () -> dict.calls().toString());
          }
          // What is allocated in all bounds what is held at any time.
          long spent = Cost.allocated() - before;
          assertTrue(spent <= 4L * attack.bytes().length + BYTES_FOR_ANY, () -> "allocated " + spent);
        });
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(file), left.toList(), "nothing else is written");
    }
  }
}
