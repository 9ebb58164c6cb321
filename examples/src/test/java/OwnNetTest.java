import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnNetTest {
  @TempDir
  Path scratch;

  @Test
  void learnsTheCircle() throws Exception {
    List<String> lines = Example.named("OwnNet", scratch).run().lines().toList();
    assertEquals(31, lines.size());
    String last = lines.get(29);
    double accuracy = Double.parseDouble(last.replaceAll(".*accuracy=([0-9.]+),.*", "$1"));
    assertTrue(accuracy > 95, last);
    assertEquals("within", lines.get(30));
    assertTrue(Files.exists(scratch.resolve("circle.safetensors")));
  }
}
