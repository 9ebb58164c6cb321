import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadWeightsTest {
  private static final Path FILE =
      Path.of("weights-converter", "src", "test", "resources", "fixtures", "ms_swin", "weights.pth");

  @TempDir
  Path scratch;

  /** The norms are those that PyTorch computes of its file. */
  @Test
  void printsEachArray() throws Exception {
    String file = FILE.toAbsolutePath().toString();
    List<String> lines = Example.named("ReadWeights", scratch).run(file).lines().toList();
    assertEquals(68, lines.size());
    assertTrue(lines.get(0).startsWith("patch_embed.proj.weight [24, 3, 4, 4], norm 2.5554"), lines.get(0));
    assertTrue(lines.get(2).startsWith("patch_embed.norm.weight [24], norm 4.87759"), lines.get(2));
  }
}
